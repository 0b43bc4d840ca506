/** Edits JSON in place, in the layout that it has: on one line or on many, with its own indentation. */

import { isDeepStrictEqual } from "node:util";
import { findNodeAtLocation, type Node, type ParseError, parseTree, getNodeValue } from "jsonc-parser";
import { meansTheSame, put } from "./meaning.ts";
import {
  checkFrom,
  checkLiteral,
  type Draft,
  type Drafted,
  grown,
  isMap,
  lineEndOf,
  mayGrow,
  Refusal,
  segmentsOf,
  type Wish,
} from "./wish.ts";

export function draftJson(text: string, wishes: readonly Wish[]): Drafted {
  const root = treeOf(text);
  if (root === undefined)
    return { drafts: [], refused: new Map(wishes.map((wish) => [wish, "the file is no JSON"])) };
  const drafts: Draft[] = [];
  const refused = new Map<Wish, string>();
  const missing = new Map<Node, { wishes: Wish[]; tree: Record<string, unknown> }>();
  for (const wish of wishes)
    try {
      const { node, rest, path } = find(root, segmentsOf(wish.pointer));
      if (rest.length === 0) drafts.push({ ...replaced(text, node, wish), wishes: [wish] });
      else {
        if (node.type !== "object") throw new Refusal(`/${path.join("/")} is not written as an object`);
        if (!mayGrow(path)) throw new Refusal(`there is no ${rest[0]} at /${path.join("/")}`);
        const { wishes: all, tree } = missing.get(node) ?? { wishes: [], tree: {} };
        missing.set(node, { wishes: [...all, wish], tree: grown(tree, rest, wish.to) });
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.set(wish, error.message);
    }
  for (const [node, { wishes: all, tree }] of missing)
    drafts.push({ ...inserted(text, node, tree), wishes: all });
  return { drafts, refused };
}

export function sameButJson(before: string, after: string, wishes: readonly Wish[]): boolean {
  const expected = dataOf(before);
  for (const { pointer, to } of wishes) put(expected, segmentsOf(pointer), to);
  return meansTheSame(expected, dataOf(after));
}

/** `undefined`: it is not JSON, or only with comments or commas too many, which CloudFormation does not take. */
function treeOf(text: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  return errors.length > 0 ? undefined : root;
}

function dataOf(text: string): unknown {
  const root = treeOf(text);
  return root === undefined ? undefined : getNodeValue(root);
}

/** As far as the path is there. */
function find(
  root: Node,
  segments: readonly string[],
): { readonly node: Node; readonly rest: readonly string[]; readonly path: readonly string[] } {
  let node = root;
  for (const [at, segment] of segments.entries()) {
    const index = segment === "-" ? (node.children?.length ?? 0) : Number(segment);
    const next = findNodeAtLocation(node, [node.type === "array" ? index : segment]);
    if (next === undefined) return { node, rest: segments.slice(at), path: segments.slice(0, at) };
    node = next;
  }
  return { node, rest: [], path: segments };
}

type Change = Pick<Draft, "start" | "end" | "text">;

function replaced(text: string, node: Node, wish: Wish): Change {
  const { offset: start, length } = node;
  const now: unknown = getNodeValue(node);
  const { to } = wish;
  if (isMap(now)) {
    const [key = ""] = Object.keys(now);
    throw new Refusal(
      /^(?:Ref|Fn::\w+)$/.test(key)
        ? `its value is not written there, but comes from ${key}`
        : "an object is written there",
    );
  }
  if (Array.isArray(now)) {
    if (!Array.isArray(to) || !isDeepStrictEqual(now, to.slice(0, now.length)))
      throw new Refusal("a list is written there that has something else in it");
    return appended(text, node, to.slice(now.length));
  }
  if (typeof to === "object")
    throw new Refusal(`${JSON.stringify(now)} is written there, where a list or object would have to be`);
  if (typeof now === "string") checkLiteral(now);
  checkFrom(wish, now);
  // A number in quotes stays in quotes.
  const written = typeof now === "string" ? String(to) : to;
  return { start, end: start + length, text: JSON.stringify(written) };
}

function inserted(text: string, object: Node, tree: Readonly<Record<string, unknown>>): Change {
  const last = object.children?.at(-1);
  const content = (depth: string, step: string): string[] =>
    Object.entries(tree).map(
      ([key, value]) => `${JSON.stringify(key)}${colonOf(text, object)}${laid(value, depth, step, text)}`,
    );
  if (last === undefined) {
    const depth = indentOf(text, object.offset);
    const step = stepOf(text);
    const lineEnd = lineEndOf(text);
    const oneLine = !text.includes("\n");
    const start = object.offset;
    const body = oneLine
      ? `{${content("", "").join(",")}}`
      : `{${content(depth + step, step)
          .map((one) => `${lineEnd}${depth}${step}${one}`)
          .join(",")}${lineEnd}${depth}}`;
    return { start, end: start + object.length, text: body };
  }
  const at = last.offset + last.length;
  const apart = text.slice(object.offset, last.offset).includes("\n");
  if (!apart) {
    const comma =
      /,\s/.test(text.slice(object.offset, last.offset)) || / /.test(colonOf(text, object)) ? ", " : ",";
    return {
      start: at,
      end: at,
      text: content("", "")
        .map((one) => `${comma}${one}`)
        .join(""),
    };
  }
  const depth = indentOf(text, last.offset);
  const written = content(depth, stepOf(text)).map((one) => `,${lineEndOf(text)}${depth}${one}`);
  return { start: at, end: at, text: written.join("") };
}

function appended(text: string, array: Node, values: readonly unknown[]): Change {
  const last = array.children?.at(-1);
  const written = values.map((value) => JSON.stringify(value));
  if (last === undefined) {
    const { offset: start, length } = array;
    return { start, end: start + length, text: `[${written.join(", ")}]` };
  }
  const at = last.offset + last.length;
  const apart = text.slice(array.offset, last.offset).includes("\n");
  const before = apart ? `,${lineEndOf(text)}${indentOf(text, last.offset)}` : ", ";
  return { start: at, end: at, text: written.map((one) => `${before}${one}`).join("") };
}

/** A value as this file lays values out; without a step on one line. */
function laid(value: unknown, depth: string, step: string, text: string): string {
  if (step === "") return JSON.stringify(value);
  return JSON.stringify(value, null, step).replaceAll("\n", `${lineEndOf(text)}${depth}`);
}

/** `: ` or `:`, as the object has it, or else the file. */
function colonOf(text: string, object: Node): string {
  const [property] = object.children ?? [];
  const key = property?.children?.[0];
  const value = property?.children?.[1];
  if (key && value) {
    const between = text.slice(key.offset + key.length, value.offset);
    return between.includes("\n") ? ": " : between;
  }
  return /":\S/.test(text) && !/": /.test(text) ? ":" : ": ";
}

function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset))?.[0] ?? "";
}

/** The first indentation in the file. */
function stepOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? "  ";
}
