/** Edits YAML in place: the characters of a value, or new lines for what is missing. Everything else stays as it is. */

import { isDeepStrictEqual } from "node:util";
import {
  isMap as isYamlMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  stringify,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { readYaml } from "../template/yaml.ts";
import { meansTheSame, put } from "./meaning.ts";
import {
  type Draft,
  type Drafted,
  checkFrom,
  checkLiteral,
  grown,
  lineEndOf,
  Refusal,
  segmentsOf,
  type Wish,
} from "./wish.ts";
import { columnOf, endOfLine, endOfValue, firstStart, isOneLine, stepOf, type Text } from "./yaml-layout.ts";
import { type Found, findInYaml, functionOf, sharedAnchors } from "./yaml-path.ts";

type Missing = Extract<Found, { kind: "key" | "empty" }>;

export function draftYaml(text: string, wishes: readonly Wish[]): Drafted {
  const document = parseDocument(text, { logLevel: "silent" });
  const [error] = document.errors;
  if (error)
    return {
      drafts: [],
      refused: new Map(wishes.map((wish) => [wish, `the file is no YAML: ${error.code}`])),
    };
  const source: Text = { text, lineEnd: lineEndOf(text), step: stepOf(document, text) };
  const root = document.contents as Node | null;
  const shared = sharedAnchors(document);
  const drafts: Draft[] = [];
  const refused = new Map<Wish, string>();
  // What is missing in one map is written together.
  const missing = new Map<Node, { found: Missing; wishes: Wish[]; tree: Record<string, unknown> }>();
  const items = new Map<YAMLSeq, { readonly all: readonly Wish[]; readonly depth: number }>();
  for (const wish of wishes)
    refusing(wish, refused, () => {
      const found = findInYaml(root, segmentsOf(wish.pointer), shared);
      if (found.kind === "value") drafts.push({ ...replaced(source, found.node, wish), wishes: [wish] });
      else if (found.kind === "item")
        items.set(found.list, {
          all: [...(items.get(found.list)?.all ?? []), wish],
          depth: found.path.length - 1,
        });
      else if (found.kind === "empty" && found.rest.length === 0) drafts.push(filled(source, found, wish));
      else {
        const at = found.kind === "key" ? found.map : found.key;
        const group = missing.get(at) ?? { found, wishes: [], tree: {} };
        missing.set(at, {
          found,
          wishes: [...group.wishes, wish],
          tree: grown(group.tree, found.rest, wish.to),
        });
      }
    });
  // Several may end on one line: what is deeper is written first, or it would move into what is new.
  const groups = [
    ...[...missing.values()].map(({ found, wishes: all, tree }) => ({
      all,
      depth: found.path.length - found.rest.length,
      change: () => inserted(source, found, tree),
    })),
    ...[...items].map(([list, { all, depth }]) => ({
      all,
      depth,
      change: () =>
        appended(
          source,
          list,
          all.map(({ to }) => to),
        ),
    })),
  ];
  for (const { all, change } of groups.toSorted((left, right) => right.depth - left.depth))
    refusing(all, refused, () => drafts.push({ ...change(), wishes: all }));
  return { drafts, refused };
}

/** Whether nothing but what was wished has changed, by what the two texts mean. */
export function sameButYaml(before: string, after: string, wishes: readonly Wish[]): boolean {
  const document = parseDocument(before, { logLevel: "silent" });
  const shared = sharedAnchors(document);
  const expected = readYaml(before, "before");
  for (const wish of wishes) {
    const { path } = findInYaml(document.contents as Node | null, segmentsOf(wish.pointer), shared);
    put(expected, path, wish.to);
  }
  return meansTheSame(expected, readYaml(after, "after"));
}

function refusing(of: Wish | readonly Wish[], refused: Map<Wish, string>, work: () => unknown): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    for (const wish of Array.isArray(of) ? (of as readonly Wish[]) : [of as Wish])
      refused.set(wish, error.message);
  }
}

type Change = Pick<Draft, "start" | "end" | "text">;

function replaced(source: Text, node: Node, wish: Wish): Change {
  const { text } = source;
  const { to } = wish;
  const name = functionOf(node);
  if (name !== undefined) throw new Refusal(`its value is not written there, but comes from ${name}`);
  if (isYamlMap(node)) {
    const key =
      node.items.length === 1 && isScalar(node.items[0]?.key) ? String(node.items[0].key.value) : "";
    throw new Refusal(
      /^(?:Ref|Fn::\w+)$/.test(key)
        ? `its value is not written there, but comes from ${key}`
        : "a map is written there",
    );
  }
  if (isSeq(node)) return listed(source, node as YAMLSeq, wish);
  if (!isScalar(node) || !node.range) throw new Refusal("its value is not written as one word");
  const [start, end] = node.range;
  if (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED")
    throw new Refusal("its value is written over several lines");
  const written = text.slice(start, end);
  checkLiteral(written);
  checkFrom(wish, node.value);
  if (typeof to === "object")
    throw new Refusal(`${written} is written there, where a list or map would have to be`);
  if (node.type === "QUOTE_DOUBLE") return { start, end, text: JSON.stringify(String(to)) };
  if (node.type === "QUOTE_SINGLE") return { start, end, text: `'${String(to).replaceAll("'", "''")}'` };
  return { start, end, text: oneLine(to) };
}

/** A list keeps what it has, and gets what it lacks. */
function listed(source: Text, list: YAMLSeq, { to }: Wish): Change {
  const now: unknown = list.toJSON();
  if (!Array.isArray(to) || !Array.isArray(now) || !isDeepStrictEqual(now, to.slice(0, now.length)))
    throw new Refusal("a list is written there that has something else in it");
  return appended(source, list, to.slice(now.length));
}

function filled(source: Text, found: Missing, wish: Wish): Draft {
  if (found.kind !== "empty" || found.inFlow)
    throw new Refusal("its key has no value, within a map on one line");
  // Right behind the colon, so that a comment keeps the space before it.
  const at = source.text.indexOf(":", found.key.range?.[1] ?? 0) + 1;
  if (typeof wish.to !== "object" || wish.to === null)
    return { start: at, end: at, text: ` ${oneLine(wish.to)}`, wishes: [wish] };
  return { start: at, end: at, text: ` ${flow(wish.to)}`, wishes: [wish] };
}

function inserted(source: Text, found: Missing, tree: Readonly<Record<string, unknown>>): Change {
  const { text, lineEnd, step } = source;
  if (found.kind === "empty") {
    if (found.inFlow) throw new Refusal("its map is on one line, and has no value there");
    const depth = columnOf(text, found.key.range?.[0] ?? 0) + step;
    const at = endOfLine(text, found.value.range?.[0] ?? 0);
    return {
      start: at,
      end: at,
      text: lines(tree, depth, step)
        .map((line) => `${lineEnd}${line}`)
        .join(""),
    };
  }
  const { map } = found;
  if (map.flow === true) return insertedInFlow(text, map, tree);
  const first = firstStart(map);
  const depth = columnOf(text, first);
  const at = endOfValue(source, map);
  const written = lines(tree, depth, step);
  // After a value that ends with blank lines of its own, nothing can be added without making it longer.
  if (at === undefined)
    return {
      start: first,
      end: first,
      text: `${written.join(lineEnd).trimStart()}${lineEnd}${" ".repeat(depth)}`,
    };
  return { start: at, end: at, text: written.map((line) => `${lineEnd}${line}`).join("") };
}

function insertedInFlow(text: string, map: YAMLMap, tree: Readonly<Record<string, unknown>>): Change {
  const content = flow(tree)
    .replace(/^\{\s*/, "")
    .replace(/\s*\}$/, "");
  const [start = 0, end = 0] = map.range ?? [];
  const last = map.items.at(-1);
  if (last === undefined) {
    if (!isOneLine(text, start, end) || text.slice(start, end).includes("#"))
      throw new Refusal("its map is empty over several lines");
    return { start, end, text: `{ ${content} }` };
  }
  const node = (last.value ?? last.key) as Node;
  const at = node.range?.[1] ?? end;
  if (text[at] === ":" || (isScalar(node) && node.range?.[0] === node.range?.[1]))
    throw new Refusal("its map ends with a key without a value");
  // A comma that is already there stays the one before the new key.
  const comma = /^\s*,/.exec(text.slice(at, end))?.[0];
  if (comma !== undefined) return { start: at + comma.length, end: at + comma.length, text: ` ${content}` };
  return { start: at, end: at, text: `, ${content}` };
}

function appended(source: Text, list: YAMLSeq, values: readonly unknown[]): Change {
  const { text, lineEnd } = source;
  const [start = 0, end = 0] = list.range ?? [];
  const last = list.items.at(-1) as Node | undefined;
  if (list.flow === true) {
    const content = flow(values)
      .replace(/^\[\s*/, "")
      .replace(/\s*\]$/, "");
    if (last === undefined) {
      if (!isOneLine(text, start, end)) throw new Refusal("its list is empty over several lines");
      return { start, end, text: `[${content}]` };
    }
    const at = last.range?.[1] ?? end;
    if (/^\s*,/.test(text.slice(at, end))) throw new Refusal("its list ends with a comma");
    return { start: at, end: at, text: `, ${content}` };
  }
  const at = endOfValue(source, list);
  if (at === undefined) throw new Refusal("its list ends with a text of several lines");
  const depth = columnOf(text, start);
  const written = values.map((value) => `${lineEnd}${" ".repeat(depth)}- ${flow(value)}`);
  return { start: at, end: at, text: written.join("") };
}

function lines(tree: Readonly<Record<string, unknown>>, depth: number, step: number): readonly string[] {
  const written = stringify(tree, { indent: step, lineWidth: 0 }).trimEnd();
  return written.split("\n").map((line) => `${" ".repeat(depth)}${line}`);
}

function flow(value: unknown): string {
  return stringify(value, { collectionStyle: "flow", lineWidth: 0, indent: 2 })
    .trim()
    .replaceAll(/\s*\n\s*/g, " ");
}

function oneLine(value: unknown): string {
  const written = stringify(value, { lineWidth: 0 }).trim();
  return written.includes("\n") ? JSON.stringify(value) : written;
}
