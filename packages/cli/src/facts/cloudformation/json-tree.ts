/** The tree of a JSON template. */

import { type Node as JsonNode, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { InputProblem } from "../files.ts";
import { below, type Entry, type Node, type Source } from "./node.ts";

/** @throws InputProblem with the place and what the parser said */
export function jsonTree(source: Source): Node {
  const errors: ParseError[] = [];
  const root = parseTree(source.text, errors, { disallowComments: true });
  const [error] = errors;
  if (error || !root) {
    const { line, column } = source.place(error?.offset ?? 0, error?.offset ?? 0);
    const said = error ? spelledOut(printParseErrorCode(error.error)) : "it is empty";
    throw new InputProblem(`${source.file}:${line}:${column} cannot be read as JSON: ${said}.`);
  }
  return build(source, root, "");
}

/** `CommaExpected` → `comma expected`. */
function spelledOut(code: string): string {
  return code.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}

function build(source: Source, json: JsonNode, pointer: string): Node {
  const start = json.offset;
  const end = json.offset + json.length;
  const children = json.children ?? [];
  if (json.type === "array") {
    const items = children.map((child, index) => build(source, child, below(pointer, index)));
    return { kind: "list", items, source, start, end, pointer };
  }
  if (json.type !== "object") {
    const text = json.type === "string" ? String(json.value) : source.text.slice(start, end);
    return { kind: "scalar", text, isNull: json.type === "null", source, start, end, pointer };
  }
  const entries = new Map<string, Entry>();
  for (const { children: [key, value] = [] } of children) {
    if (!key || !value) continue;
    const name = String(key.value);
    const keyEnd = key.offset + key.length;
    if (entries.has(name))
      source.twice.push({ key: name, place: source.place(key.offset, keyEnd, below(pointer, name)) });
    entries.set(name, { keyStart: key.offset, keyEnd, value: build(source, value, below(pointer, name)) });
  }
  return { kind: "map", entries, source, start, end, pointer };
}
