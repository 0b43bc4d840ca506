/** YAML and JSON as a tree of which each part knows its place. Short tags of CloudFormation become their long form. */

import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node as YamlNode,
  parseDocument,
} from "yaml";
import { InputProblem } from "../files.ts";
import type { Place } from "../value.ts";

export type Scalar = string | number | boolean | null;

export type Node = (
  | { readonly kind: "scalar"; readonly value: Scalar }
  | { readonly kind: "map"; readonly entries: ReadonlyMap<string, Node> }
  | { readonly kind: "list"; readonly items: readonly Node[] }
) & {
  readonly place: Place;
  /** Where the key stands that it is the value of. */
  readonly key?: Place;
};

/** @throws InputProblem that says where the file is not well formed */
export function documentOf(text: string, file: string): Node {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: "silent", prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new InputProblem(`${file}:${line}:${col}: it is not well formed: ${error.message.trimEnd()}.`);
  }
  return new Builder(document, file, lines).node(document.contents, "");
}

/** References that are followed one after the other at most: an anchor may lie inside itself. */
const MAX_DEPTH = 200;

class Builder {
  readonly #document: Document;
  readonly #file: string;
  readonly #lines: LineCounter;
  #depth = 0;

  constructor(document: Document, file: string, lines: LineCounter) {
    this.#document = document;
    this.#file = file;
    this.#lines = lines;
  }

  node(node: YamlNode | null, pointer: string): Node {
    if (isAlias(node)) return this.#aliased(node.resolve(this.#document) ?? null, pointer);
    const place = this.#place(node, pointer);
    const tag = node?.tag;
    if (tag !== undefined && /^![A-Za-z]/.test(tag))
      return tagged(tag.slice(1), this.#untagged(node, place), place);
    return this.#untagged(node, place);
  }

  #aliased(node: YamlNode | null, pointer: string): Node {
    this.#depth += 1;
    try {
      return this.#depth > MAX_DEPTH
        ? { kind: "scalar", value: null, place: this.#place(node, pointer) }
        : this.node(node, pointer);
    } finally {
      this.#depth -= 1;
    }
  }

  #untagged(node: YamlNode | null, place: Place): Node {
    const pointer = place.pointer ?? "";
    if (isMap(node)) {
      const entries = new Map<string, Node>();
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        const child = this.node(value as YamlNode | null, `${pointer}/${escaped(name)}`);
        const at = this.#place(key as YamlNode | null, child.place.pointer ?? "");
        if (name !== "<<") entries.set(name, { ...child, key: at });
        // What is merged in stands behind what is said here.
        else
          for (const [merged, one] of mergedEntries(child))
            if (!entries.has(merged)) entries.set(merged, one);
      }
      return { kind: "map", entries, place };
    }
    if (isSeq(node))
      return {
        kind: "list",
        items: node.items.map((item, at) => this.node(item as YamlNode | null, `${pointer}/${at}`)),
        place,
      };
    const value = isScalar(node) ? node.value : null;
    const plain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    return {
      kind: "scalar",
      value: plain ? value : value === null || value === undefined ? null : String(value),
      place,
    };
  }

  #place(node: YamlNode | null, pointer: string): Place {
    const [start = 0, end = start] = node?.range ?? [];
    const [from, to] = [this.#lines.linePos(start), this.#lines.linePos(end)];
    return {
      file: this.#file,
      line: Math.max(1, from.line),
      column: Math.max(1, from.col),
      endLine: Math.max(1, to.line),
      endColumn: Math.max(1, to.col),
      start,
      end,
      pointer,
    };
  }
}

function escaped(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

function mergedEntries(node: Node): readonly (readonly [string, Node])[] {
  if (node.kind === "map") return [...node.entries];
  return node.kind === "list" ? node.items.flatMap(mergedEntries) : [];
}

/** `!Ref Q` is `{ Ref: Q }`, `!GetAtt Q.Arn` is `{ "Fn::GetAtt": [Q, Arn] }`. */
function tagged(tag: string, value: Node, place: Place): Node {
  const name = tag === "Ref" || tag === "Condition" ? tag : `Fn::${tag}`;
  return { kind: "map", entries: new Map([[name, value]]), place };
}

export function entry(node: Node | undefined, name: string): Node | undefined {
  if (node?.kind === "map") return node.entries.get(name);
  return node?.kind === "list" && /^\d+$/.test(name) ? node.items[Number(name)] : undefined;
}
