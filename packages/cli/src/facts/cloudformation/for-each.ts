/** `Fn::ForEach` of `AWS::LanguageExtensions`, written out where its collection stands in the template. */

import type { Place } from "../value.ts";
import { callOf, type Entry, type MapNode, type Node, placeOf, textOf } from "./node.ts";

const PREFIX = "Fn::ForEach::";
const MAX_COPIES = 10_000;

type Names = ReadonlyMap<string, string>;

/** A loop that stays as it is. */
export interface LeftOut {
  readonly reason: string;
  readonly place: Place;
}

/** The map with its loops written out; those that only a deployment can write out are told of, and stay. */
export function writtenOut(root: MapNode, leftOut: (what: LeftOut) => void): MapNode {
  if (!root.source.text.includes(PREFIX)) return root;
  let copies = 0;
  return map(root, new Map());

  function node(here: Node, names: Names): Node {
    if (here.kind === "scalar") return names.size === 0 ? here : { ...here, text: filled(here.text, names) };
    if (here.kind === "list") return { ...here, items: here.items.map((item) => node(item, names)) };
    const call = callOf(here);
    const named = call?.[0] === "Ref" ? names.get(textOf(call[1]) ?? "") : undefined;
    if (named !== undefined) return { ...here, kind: "scalar", text: named, isNull: false };
    return map(here, names);
  }

  function map(here: MapNode, names: Names): MapNode {
    const entries = new Map<string, Entry>();
    for (const [key, entry] of here.entries) {
      const made = key.startsWith(PREFIX) ? loop(key, entry.value, names) : undefined;
      if (made) for (const [name, one] of made) entries.set(name, one);
      else entries.set(filled(key, names), { ...entry, value: node(entry.value, names) });
    }
    return { ...here, entries };
  }

  function loop(key: string, value: Node, names: Names): readonly (readonly [string, Entry])[] | undefined {
    const [identifier, collection, body] = value.kind === "list" ? value.items : [];
    const id = textOf(identifier);
    const over = collection?.kind === "list" ? collection.items.map((item) => node(item, names)) : undefined;
    const texts = over?.map(textOf);
    if (id === undefined || body?.kind !== "map" || !texts?.every((text) => text !== undefined)) {
      leftOut({
        reason: `${key} is not written out: its collection is not a list of texts in the template`,
        place: placeOf(value),
      });
      return undefined;
    }
    copies += texts.length;
    if (copies > MAX_COPIES) {
      leftOut({
        reason: `${key} is not written out: the template's loops make more than ${MAX_COPIES} copies`,
        place: placeOf(value),
      });
      return undefined;
    }
    return texts.flatMap((text) => [...map(body, new Map([...names, [id, text]])).entries]);
  }
}

/** `${Name}`, and `&{Name}` without what a logical id cannot have. */
function filled(text: string, names: Names): string {
  return text.replaceAll(/([$&])\{([^}]*)\}/g, (whole, kind: string, name: string) => {
    const value = names.get(name);
    if (value === undefined) return whole;
    return kind === "&" ? value.replaceAll(/[^A-Za-z0-9]/g, "") : value;
  });
}
