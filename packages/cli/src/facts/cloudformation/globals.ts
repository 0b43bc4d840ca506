/** SAM's globals, put under the properties of each function: maps are merged, lists added, all else is overridden. */

import type { From } from "../value.ts";
import { at, callOf, type Entry, type MapNode, type Node } from "./node.ts";

const SECTIONS: Readonly<Record<string, string>> = {
  "AWS::Serverless::Function": "Function",
  "AWS::Serverless::SimpleTable": "SimpleTable",
};

/** The properties of a resource of that type, with what the globals add to them. */
export function withGlobals(root: MapNode, type: string, own: Node | undefined): Node | undefined {
  const section = SECTIONS[type];
  const globals = section === undefined ? undefined : at(root, "Globals", section);
  if (globals?.kind !== "map" || globals.entries.size === 0) return own;
  return own === undefined ? marked(globals) : merged(globals, own);
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
  return { ...node, from: "globals" satisfies From };
}
