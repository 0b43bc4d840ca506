/** The tree of a YAML template: short forms written out, aliases and merge keys followed. */

import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node as YamlNode,
  parseDocument,
  Schema,
  type ScalarTag,
  type YAMLMap,
} from "yaml";
import { InputProblem } from "../files.ts";
import { below, type Entry, type MapNode, type Node, type Source } from "./node.ts";

const SHORT_FORMS = [
  ...["And", "Base64", "Cidr", "Condition", "Equals", "FindInMap", "GetAtt", "GetAZs", "If", "ImportValue"],
  ...["Join", "Length", "Not", "Or", "Ref", "Select", "Split", "Sub", "ToJsonString", "Transform"],
];

/** Known beforehand: a tag that is not costs a warning with a stack, and there are many of them. */
const schema = new Schema({
  // Numbers, booleans and nulls are told from their own text: trying each scalar on each of their patterns takes time.
  schema: "failsafe",
  customTags: [
    ...new Schema({ schema: "failsafe" }).tags,
    ...SHORT_FORMS.flatMap((name) => [
      { tag: `!${name}`, resolve: (text: string) => text } satisfies ScalarTag,
      { tag: `!${name}`, collection: "map" as const },
      { tag: `!${name}`, collection: "seq" as const },
    ]),
  ],
});

const BOOLEAN = /^(?:true|True|TRUE|false|False|FALSE)$/;
const NULL = /^(?:|~|null|Null|NULL)$/;

/** Aliases of aliases can ask for more than there is memory for. */
const MAX_NODES = 1_000_000;

/** @throws InputProblem with the place and what the parser said */
export function yamlTree(source: Source): Node {
  // A key that is written twice is said by us: it is not worth refusing the whole file.
  const document = parseDocument(source.text, {
    schema,
    logLevel: "error",
    prettyErrors: false,
    uniqueKeys: false,
  });
  const [error] = document.errors;
  if (error) {
    const { line, column } = source.place(error.pos[0], error.pos[1]);
    throw new InputProblem(
      `${source.file}:${line}:${column} cannot be read as YAML: ${error.message.trim()}.`.replace(
        /[.:]\.$/,
        ".",
      ),
    );
  }
  return new Builder(source).build(document.contents, "", 0, source.text.length);
}

class Builder {
  readonly #source: Source;
  readonly #anchors = new Map<string, YamlNode>();
  readonly #within = new Set<YamlNode>();
  #nodes = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  build(yaml: YamlNode | null, pointer: string, emptyStart: number, emptyEnd: number): Node {
    const source = this.#source;
    if (++this.#nodes > MAX_NODES)
      throw new InputProblem(
        `${source.file} has more than ${MAX_NODES} values once its aliases are followed, and is not read.`,
      );
    if (yaml === null)
      return { kind: "scalar", text: "", isNull: true, source, start: emptyStart, end: emptyEnd, pointer };
    if (isAlias(yaml)) return this.#aliased(yaml.source, yaml, pointer);
    const anchor = (yaml as { anchor?: string }).anchor;
    if (anchor !== undefined) this.#anchors.set(anchor, yaml);
    const tag = yaml.tag;
    if (tag === undefined || !/^![A-Z]/.test(tag)) return this.#plain(yaml, pointer, rangeOf(yaml));
    const name = tag.slice(1);
    const key = name === "Ref" || name === "Condition" ? name : `Fn::${name}`;
    const [valueStart, end] = rangeOf(yaml);
    const start = this.#startOfTag(tag, valueStart);
    const value = this.#plain(yaml, below(pointer, key), [valueStart, end]);
    const entry: Entry = { keyStart: start, keyEnd: start + tag.length, value };
    return { kind: "map", entries: new Map([[key, entry]]), source, start, end, pointer };
  }

  /** A node's range begins after its tag; what replaces the node replaces the tag too. */
  #startOfTag(tag: string, valueStart: number): number {
    const at = this.#source.text.lastIndexOf(tag, valueStart);
    return at === -1 ? valueStart : at;
  }

  #aliased(name: string, alias: YamlNode, pointer: string): Node {
    const source = this.#source;
    const target = this.#anchors.get(name);
    const [start, end] = rangeOf(alias);
    if (target === undefined || this.#within.has(target)) {
      const { line, column } = source.place(start, end);
      throw new InputProblem(
        `${source.file}:${line}:${column} cannot be read as YAML: the alias *${name} ${target ? "contains itself" : "has no anchor before it"}.`,
      );
    }
    return this.build(target, pointer, start, end);
  }

  #plain(yaml: YamlNode, pointer: string, [start, end]: readonly [number, number]): Node {
    const source = this.#source;
    if (isScalar(yaml)) {
      const written = yaml.source ?? "";
      const plain = yaml.type === "PLAIN";
      // `True` is the boolean that conditions compare with `true`.
      const text = plain && BOOLEAN.test(written) ? written.toLowerCase() : written;
      return { kind: "scalar", text, isNull: plain && NULL.test(written), source, start, end, pointer };
    }
    this.#within.add(yaml);
    try {
      if (isSeq(yaml)) {
        const items = yaml.items.map((item, index) =>
          this.build(item as YamlNode | null, below(pointer, index), start, end),
        );
        return { kind: "list", items, source, start, end, pointer };
      }
      if (isMap(yaml)) return this.#map(yaml as YAMLMap<YamlNode, YamlNode | null>, pointer, start, end);
    } finally {
      this.#within.delete(yaml);
    }
    return { kind: "scalar", text: "", isNull: true, source, start, end, pointer };
  }

  #map(yaml: YAMLMap<YamlNode, YamlNode | null>, pointer: string, start: number, end: number): MapNode {
    const source = this.#source;
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    for (const { key, value } of yaml.items) {
      const [keyStart, keyEnd] = rangeOf(key);
      const name = isScalar(key) ? (key.source ?? String(key.value)) : String(key);
      if (name === "<<") {
        const from = this.build(value, pointer, keyStart, keyEnd);
        merged.push(...(from.kind === "list" ? from.items : [from]));
        continue;
      }
      if (entries.has(name)) source.twice.push({ key: name, place: source.place(keyStart, keyEnd, pointer) });
      const built = this.build(value, below(pointer, name), keyStart, keyEnd);
      entries.set(name, { keyStart, keyEnd, value: built });
    }
    for (const from of merged)
      if (from.kind === "map")
        for (const [name, entry] of from.entries) if (!entries.has(name)) entries.set(name, entry);
    return { kind: "map", entries, source, start, end, pointer };
  }
}

function rangeOf(yaml: YamlNode): readonly [number, number] {
  const range = (yaml as { range?: readonly number[] | null }).range;
  return [range?.[0] ?? 0, range?.[1] ?? 0];
}
