/** `.tf.json` to the same syntax: strings are templates, and what a block is shows by where it stands. */

import { getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { InputProblem } from "../files.ts";
import type { Place } from "../value.ts";
import type { Hcl } from "./hcl.ts";
import type { Attribute, Block, Body, Expression } from "./syntax.ts";

/** How many names stand before a block's own settings. */
const LABELS: Readonly<Record<string, number>> = {
  resource: 2,
  data: 2,
  ephemeral: 2,
  variable: 1,
  module: 1,
  output: 1,
  provider: 1,
  check: 1,
  locals: 0,
  terraform: 0,
  moved: 0,
  import: 0,
  removed: 0,
};

/** @throws InputProblem that says where the file is not JSON */
export function jsonBody(text: string, file: string, hcl: Hcl): Body {
  const reader = new Reader(text, file, hcl);
  const root = reader.root();
  const blocks: Block[] = [];
  for (const [type, value] of members(root)) {
    const labels = LABELS[type];
    if (labels !== undefined) blocks.push(...reader.blocks(type, value, labels));
  }
  return { attributes: new Map(), blocks };
}

/** `.tfvars.json`: one object of values, which are no templates. */
export function jsonValues(text: string, file: string, hcl: Hcl): ReadonlyMap<string, Expression> {
  const reader = new Reader(text, file, hcl, true);
  return new Map(members(reader.root()).map(([name, value]) => [name, reader.expression(value)]));
}

class Reader {
  readonly #text: string;
  readonly #file: string;
  readonly #hcl: Hcl;
  readonly #plain: boolean;
  readonly #lines: readonly number[];

  constructor(text: string, file: string, hcl: Hcl, plain = false) {
    this.#text = text;
    this.#file = file;
    this.#hcl = hcl;
    this.#plain = plain;
    this.#lines = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
  }

  root(): Node {
    const errors: ParseError[] = [];
    const root = parseTree(this.#text, errors);
    const [error] = errors;
    if (error || root?.type !== "object") {
      const { line, column } = this.#point(error?.offset ?? 0);
      const what = error ? printParseErrorCode(error.error) : "one object is expected";
      throw new InputProblem(`${this.#file}:${line}:${column}: it is not JSON (${what}).`);
    }
    return root;
  }

  blocks(type: string, node: Node, labels: number, path: readonly string[] = []): Block[] {
    if (path.length < labels)
      return each(node).flatMap((one) =>
        members(one).flatMap(([name, value]) => this.blocks(type, value, labels, [...path, name])),
      );
    return each(node).map((one) => {
      const place = this.#place(one);
      const end = one.offset + 1;
      return {
        type,
        labels: path,
        body: this.#body(one),
        head: { ...place, ...this.#end(end), end },
        place,
      };
    });
  }

  #body(node: Node): Body {
    const attributes = new Map<string, Attribute>();
    const blocks: Block[] = [];
    for (const [name, value] of members(node)) {
      if (name === "//") continue;
      if (name === "dynamic") {
        for (const block of this.blocks("dynamic", value, 1)) blocks.push(withContent(block, value, this));
        continue;
      }
      attributes.set(name, { name, value: this.expression(value), place: this.#place(value) });
    }
    return { attributes, blocks };
  }

  expression(node: Node): Expression {
    const place = this.#place(node);
    const text = this.#text.slice(node.offset, node.offset + node.length).replaceAll(/\s+/g, " ");
    if (node.type === "array")
      return {
        kind: "tuple",
        items: (node.children ?? []).map((item) => this.expression(item)),
        place,
        text,
      };
    if (node.type === "object")
      return {
        kind: "object",
        entries: members(node).map(([name, value]) => ({
          key: { kind: "literal", value: name, place, text: name },
          value: this.expression(value),
        })),
        place,
        text,
      };
    const value = getNodeValue(node) as string | number | boolean | null;
    if (typeof value !== "string" || this.#plain || !/[$%]\{/.test(value))
      return { kind: "literal", value, place, text };
    const template = this.#hcl.template(value, this.#file);
    if (!template) {
      const { line, column } = this.#point(node.offset);
      throw new InputProblem(
        `${this.#file}:${line}:${column}: the string is no template of Terraform: ${text}.`,
      );
    }
    return relocated(template, place) as Expression;
  }

  #place(node: Node): Place {
    const start = node.offset;
    const end = node.offset + node.length;
    return { file: this.#file, ...this.#point(start), ...this.#end(end), start, end };
  }

  #end(offset: number): { readonly endLine: number; readonly endColumn: number } {
    const { line, column } = this.#point(offset);
    return { endLine: line, endColumn: column };
  }

  #point(offset: number): { readonly line: number; readonly column: number } {
    const next = this.#lines.findIndex((start) => start > offset);
    const line = next === -1 ? this.#lines.length : next;
    return { line, column: offset - (this.#lines[line - 1] ?? 0) + 1 };
  }
}

/** `content` is a block of a dynamic one. */
function withContent(block: Block, node: Node, reader: Reader): Block {
  const [label = ""] = block.labels;
  const own = members(node).find(([name]) => name === label)?.[1];
  const content =
    own &&
    each(own)
      .flatMap(members)
      .find(([name]) => name === "content")?.[1];
  const blocks = content ? reader.blocks("content", content, 0) : [];
  return { ...block, body: { ...block.body, blocks } };
}

function members(node: Node): readonly (readonly [string, Node])[] {
  if (node.type !== "object") return [];
  return (node.children ?? []).flatMap(({ children }) => {
    const [key, value] = children ?? [];
    return key && value ? [[String(key.value), value] as const] : [];
  });
}

/** One block, or a list of them. */
function each(node: Node): readonly Node[] {
  return node.type === "array" ? (node.children ?? []) : [node];
}

/** What stands in a string stands where the string does. */
function relocated(part: unknown, place: Place): unknown {
  if (Array.isArray(part)) return part.map((one) => relocated(one, place));
  if (typeof part !== "object" || part === null) return part;
  return Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, name === "place" ? place : relocated(value, place)]),
  );
}
