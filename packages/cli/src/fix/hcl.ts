/** Edits Terraform's configuration in place: the characters of a literal, or a new line in its block. */

import { isDeepStrictEqual } from "node:util";
import { type Attribute, type Block, hclTree } from "./hcl-tree.ts";
import { checkFrom, type Draft, type Drafted, grown, isMap, lineEndOf, Refusal, type Wish } from "./wish.ts";

type Change = Pick<Draft, "start" | "end" | "text">;

export async function draftHcl(text: string, wishes: readonly Wish[]): Promise<Drafted> {
  const root = await hclTree(text);
  if (root === undefined)
    return { drafts: [], refused: new Map(wishes.map((wish) => [wish, "the file cannot be read as HCL"])) };
  const drafts: Draft[] = [];
  const refused = new Map<Wish, string>();
  const missing = new Map<Block, { wishes: Wish[]; tree: Record<string, unknown> }>();
  for (const wish of wishes)
    try {
      const { attribute, block, rest } = find(root, wish.pointer);
      if (attribute !== undefined) drafts.push({ ...replaced(attribute, wish), wishes: [wish] });
      else {
        const { wishes: all, tree } = missing.get(block) ?? { wishes: [], tree: {} };
        missing.set(block, { wishes: [...all, wish], tree: grown(tree, rest, wish.to) });
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refused.set(wish, error.message);
    }
  for (const [block, { wishes: all, tree }] of missing)
    drafts.push({ ...inserted(text, block, tree), wishes: all });
  return { drafts, refused };
}

/** Whether all attributes but those that were wished are as they were, by address and by their text. */
export async function sameButHcl(before: string, after: string, wishes: readonly Wish[]): Promise<boolean> {
  const [was, is] = [await hclTree(before), await hclTree(after)];
  if (was === undefined || is === undefined) return false;
  const wanted = wishes.map((wish) => {
    const { block, attribute, rest } = find(is, wish.pointer);
    return {
      done: attribute !== undefined && rest.length === 0 && says(attribute, wish.to),
      block,
      attribute,
    };
  });
  const changed = new Set(wanted.map(({ attribute }) => attribute));
  const kept = flat(is).filter(({ attribute }) => !changed.has(attribute));
  const replacedBefore = new Set(wishes.map((wish) => find(was, wish.pointer).attribute));
  const expected = flat(was).filter(({ attribute }) => !replacedBefore.has(attribute));
  const lines = (all: ReturnType<typeof flat>): readonly string[] => all.map(({ line }) => line);
  return wanted.every(({ done }) => done) && isDeepStrictEqual(lines(kept), lines(expected));
}

function says({ value, kind }: Attribute, to: unknown): boolean {
  if (kind === "list") {
    const items = itemsOf(value);
    return Array.isArray(to) ? isDeepStrictEqual(items, to) : items.at(-1) === to;
  }
  return value === expression(to) || (kind === "string" && value === JSON.stringify(String(to)));
}

function flat(block: Block, path = ""): readonly { readonly line: string; readonly attribute: Attribute }[] {
  const here = `${path}/${block.labels.join(".")}`;
  return [
    ...block.attributes.flatMap((attribute) => leaves(attribute, here)),
    ...block.blocks.flatMap((one) => flat(one, here)),
  ];
}

/** An object's entries by themselves, and what is around them. */
function leaves(
  attribute: Attribute,
  path: string,
): readonly { readonly line: string; readonly attribute: Attribute }[] {
  const { name, value, valueStart, entries = [] } = attribute;
  const around = entries
    .toReversed()
    .reduce(
      (text, entry) =>
        `${text.slice(0, entry.valueStart - valueStart)}…${text.slice(entry.valueEnd - valueStart)}`,
      value,
    );
  return [
    { line: `${path} ${name}=${around}`, attribute },
    ...entries.flatMap((entry) => leaves(entry, `${path} ${name}`)),
  ];
}

/** In its own file: without the modules that it goes through, and without the instance. All instances are written once. */
export function ownAddress(address: string): string {
  let parts = address.replaceAll(/\[[^\]]*\]/g, "").split(".");
  while (parts[0] === "module" && parts.length > 3) parts = parts.slice(2);
  return parts.join(".");
}

function find(
  root: Block,
  address: string,
): { readonly block: Block; readonly attribute?: Attribute; readonly rest: readonly string[] } {
  const parts = ownAddress(address).split(".");
  const [first = "", second = ""] = parts;
  if (first === "data" || first === "var" || first === "local")
    throw new Refusal(`${address} is not a setting of a resource`);
  const labels = first === "module" ? ["module", second] : ["resource", first, second];
  const path = parts.slice(2);
  const blocks = root.blocks.filter((block) => isDeepStrictEqual(block.labels, labels));
  const [block] = blocks;
  if (block === undefined || path.length === 0)
    throw new Refusal(`there is no ${labels.join(" ")} in this file`);
  if (blocks.length > 1) throw new Refusal(`there are several ${labels.join(" ")} in this file`);
  return within(block, path);
}

function within(
  block: Block,
  path: readonly string[],
): { readonly block: Block; readonly attribute?: Attribute; readonly rest: readonly string[] } {
  const [first = "", ...rest] = path;
  const attribute = block.attributes.find(({ name }) => name === first);
  if (attribute !== undefined) return { block, attribute: inObject(attribute, rest), rest: [] };
  const nested = block.blocks.filter(({ labels }) => labels[0] === first);
  if (block.blocks.some(({ labels }) => labels[0] === "dynamic" && labels[1] === first))
    throw new Refusal(`${first} is written by a dynamic block`);
  if (nested.length > 1) throw new Refusal(`there are several ${first} blocks`);
  const inner = rest.filter((part) => part !== "0");
  if (nested[0] !== undefined && inner.length > 0) return within(nested[0], inner);
  return { block, rest: path };
}

function inObject(attribute: Attribute, path: readonly string[]): Attribute {
  const [first, ...rest] = path;
  if (first === undefined || (rest.length === 0 && /^(?:-|0)$/.test(first))) return attribute;
  const same = attribute.entries?.filter(({ name }) => name === first) ?? [];
  const [entry] = same;
  if (entry === undefined || same.length > 1)
    throw new Refusal(`${attribute.name} is written as an expression without one ${first} of its own`);
  return inObject(entry, rest);
}

function replaced({ valueStart, valueEnd, value, kind }: Attribute, wish: Wish): Change {
  const { to } = wish;
  if (kind === "expression")
    throw new Refusal(`its value is not written there, but comes from ${shortened(value)}`);
  if (kind === "list") {
    const now = itemsOf(value);
    const items = Array.isArray(to) ? to : [...now, to];
    if (!isDeepStrictEqual(now, items.slice(0, now.length)))
      throw new Refusal("a list is written there that has something else in it");
    const added = items.slice(now.length).map((item) => JSON.stringify(item));
    const at = valueStart + value.replace(/\s*,?\s*\]$/, "").length;
    return { start: at, end: at, text: `${now.length > 0 ? ", " : ""}${added.join(", ")}` };
  }
  const now: unknown = kind === "string" ? value.slice(1, -1) : value;
  checkFrom(wish, now);
  if (typeof to === "object")
    throw new Refusal(`${value} is written there, where a list or map would have to be`);
  const text = kind === "string" ? JSON.stringify(String(to)) : expression(to);
  return { start: valueStart, end: valueEnd, text };
}

/** A list of texts without templates is JSON, but for a comma at its end. */
function itemsOf(list: string): readonly unknown[] {
  try {
    return JSON.parse(list.replace(/,\s*\]$/, "]")) as unknown[];
  } catch {
    throw new Refusal(`the list ${shortened(list)} has more in it than texts`);
  }
}

function inserted(text: string, block: Block, tree: Readonly<Record<string, unknown>>): Change {
  const lineEnd = lineEndOf(text);
  const { bodyStart, bodyEnd, attributes } = block;
  const outer =
    /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", block.start - 1) + 1, block.start))?.[0] ?? "";
  const oneLine = !text.slice(bodyStart, bodyEnd).includes("\n");
  if (oneLine) {
    const depth = `${outer}  `;
    const body = text.slice(bodyStart, bodyEnd).trim();
    const lines = [...(body === "" ? [] : [`${depth}${body}`]), ...written(tree, depth, 0)];
    return { start: bodyStart, end: bodyEnd, text: `${lineEnd}${lines.join(lineEnd)}${lineEnd}${outer}` };
  }
  const last = attributes.at(-1);
  if (last === undefined) {
    const lines = written(tree, `${outer}  `, 0).map((line) => `${lineEnd}${line}`);
    const at = endOfLine(text, bodyStart);
    return { start: at, end: at, text: lines.join("") };
  }
  const depth = /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", last.start - 1) + 1, last.start))?.[0] ?? "";
  const at = endOfLine(text, last.end);
  const lines = written(tree, depth, alignment(text, attributes)).map((line) => `${lineEnd}${line}`);
  return { start: at, end: at, text: lines.join("") };
}

/** `terraform fmt` aligns the signs of lines that follow each other: how wide the names above are, spaces included. */
function alignment(text: string, attributes: readonly Attribute[]): number {
  const last = attributes.at(-1);
  if (last === undefined || text.slice(last.start, last.end).includes("\n")) return 0;
  return text.slice(last.start, last.end).indexOf("=");
}

function written(tree: Readonly<Record<string, unknown>>, depth: string, width: number): readonly string[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    if (!isMap(value)) return [`${depth}${name.padEnd(width - 1)} = ${expression(value)}`];
    return [`${depth}${name} {`, ...written(value, `${depth}  `, 0), `${depth}}`];
  });
}

/** Numbers, strings, booleans and lists of them are written alike in JSON and HCL, but for templates in strings. */
function expression(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(expression).join(", ")}]`;
  if (isMap(value)) throw new Refusal("a map would have to be written");
  return JSON.stringify(value).replaceAll(/([$%])\{/g, "$1$1{");
}

/** A heredoc ends behind its line break: that is the line's end. */
function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", text[from - 1] === "\n" ? from - 1 : from);
  if (end < 0) return text.length;
  return text[end - 1] === "\r" ? end - 1 : end;
}

function shortened(value: string): string {
  const line = value.replaceAll(/\s+/g, " ");
  return line.length > 60 ? `${line.slice(0, 57)}…` : line;
}
