/** SAM's globals, put under the properties of each function: maps are merged, lists added, all else is overridden. */

import type { From } from "../value.ts";
import { at, below, callOf, type Entry, type MapNode, type Node, textOf } from "./node.ts";

const SECTIONS: Readonly<Record<string, string>> = {
  "AWS::Serverless::Function": "Function",
  "AWS::Serverless::SimpleTable": "SimpleTable",
};

/** The properties of a resource, with what the globals add to them. */
export function withGlobals(root: MapNode, { keyStart, keyEnd, value }: Entry): Node | undefined {
  const own = at(value, "Properties");
  const section = SECTIONS[textOf(at(value, "Type")) ?? ""];
  const globals = section === undefined ? undefined : at(root, "Globals", section);
  if (globals?.kind !== "map" || globals.entries.size === 0) return own;
  if (own) return merged(globals, own);
  // It has none of its own: they would have to be written at the resource.
  return { ...marked(globals), start: keyStart, end: keyEnd, pointer: below(value.pointer, "Properties") };
}

function merged(globals: Node, own: Node): Node {
  // SAM takes a call of a function for a plain value, and a plain value overrides.
  if (globals.kind === "map" && own.kind === "map" && !callOf(globals) && !callOf(own)) {
    const entries = new Map<string, Entry>();
    for (const [name, entry] of globals.entries) {
      const mine = own.entries.get(name);
      const value = mine ? merged(entry.value, mine.value) : marked(entry.value);
      entries.set(name, { ...(mine ?? entry), value });
    }
    for (const [name, entry] of own.entries) if (!entries.has(name)) entries.set(name, entry);
    return { ...own, entries };
  }
  if (globals.kind === "list" && own.kind === "list")
    return { ...own, items: [...globals.items.map(marked), ...own.items] };
  return own;
}

function marked(node: Node): Node {
  const from: From = "globals";
  if (node.kind === "list") return { ...node, from, items: node.items.map(marked) };
  if (node.kind === "scalar") return { ...node, from };
  const entries = new Map(
    [...node.entries].map(([key, entry]) => [key, { ...entry, value: marked(entry.value) }]),
  );
  return { ...node, from, entries };
}
