/** A template's text as a tree, the same for YAML and JSON, whose every node knows where it stands. */

import type { From, Place } from "../value.ts";

interface At {
  readonly source: Source;
  /** UTF-16 offsets in the source's text, the end excluded. */
  readonly start: number;
  readonly end: number;
  readonly pointer: string;
  /** Set where what is written here holds elsewhere, as SAM's globals do; what is below it inherits it. */
  readonly from?: From;
}

/** A map, or a call of a function. */
export interface MapNode extends At {
  readonly kind: "map";
  readonly entries: ReadonlyMap<string, Entry>;
}

/** A key, where it stands, and its value. */
export interface Entry {
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly value: Node;
}

/** A list. */
export interface ListNode extends At {
  readonly kind: "list";
  readonly items: readonly Node[];
}

/** A text, number, boolean or nothing. */
export interface ScalarNode extends At {
  readonly kind: "scalar";
  /** As it is written, without quotes: an account id keeps its leading zero. */
  readonly text: string;
  readonly isNull: boolean;
}

/** A short form (`!Ref X`) is the map that it stands for. */
export type Node = MapNode | ListNode | ScalarNode;

/** One file of a template. */
export class Source {
  readonly file: string;
  readonly text: string;
  /** By logical id: the path of the construct that made it. */
  readonly constructs = new Map<string, string>();
  readonly twice: { readonly key: string; readonly place: Place }[] = [];
  #lineStarts: readonly number[] | undefined;

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
  }

  place(start: number, end: number, pointer?: string): Place {
    const from = this.#position(start);
    const to = this.#position(Math.max(start, end));
    const construct =
      pointer === undefined || this.constructs.size === 0
        ? undefined
        : this.constructs.get(pointerKeys(pointer)[1] ?? "");
    return {
      file: this.file,
      line: from.line,
      column: from.column,
      endLine: to.line,
      endColumn: to.column,
      start,
      end,
      ...(pointer === undefined ? {} : { pointer }),
      ...(construct === undefined ? {} : { construct }),
    };
  }

  #position(offset: number): { readonly line: number; readonly column: number } {
    const starts = (this.#lineStarts ??= lineStarts(this.text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** Where a node stands. */
export function placeOf(node: Node): Place {
  return node.source.place(node.start, node.end, node.pointer);
}

/** Where the key of an entry stands, under the pointer of its value. */
export function placeOfKey({ keyStart, keyEnd, value }: Entry): Place {
  return value.source.place(keyStart, keyEnd, value.pointer);
}

/** The pointer of what stands at a key. */
export function below(pointer: string, key: string | number): string {
  return `${pointer}/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

function pointerKeys(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at a key of a map, where the node is one. A key without a value is not set. */
export function at(node: Node | undefined, ...keys: readonly string[]): Node | undefined {
  let here = node;
  for (const key of keys) here = here?.kind === "map" ? here.entries.get(key)?.value : undefined;
  return here?.kind === "scalar" && here.isNull ? undefined : here;
}

/** None of what is no map. */
export function entriesOf(node: Node | undefined): readonly (readonly [string, Entry])[] {
  return node?.kind === "map" ? [...node.entries] : [];
}

/** The text of a scalar; `undefined` of anything else, and of a call. */
export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && !node.isNull ? node.text : undefined;
}

/** None of what is no list. */
export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === "list" ? node.items : [];
}

/** `["Fn::If", …]` of a map that is a call of a function, and nothing else. */
export function callOf(node: Node): readonly [string, Node] | undefined {
  if (node.kind !== "map" || node.entries.size !== 1) return undefined;
  for (const [name, { value }] of node.entries)
    if (name === "Ref" || name === "Condition" || name.startsWith("Fn::"))
      return name.startsWith("Fn::ForEach::") ? undefined : [name, value];
  return undefined;
}
