/** `count` and `for_each`: of which instances a block is made, in one world. */

import { type Datum, firstUnknown, numberOf, textOf } from "./datum.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import type { Block } from "./syntax.ts";
import { Unseen } from "./worlds.ts";

export type Expansion =
  | { readonly kind: "one" }
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "each"; readonly entries: ReadonlyMap<string, Datum> }
  | { readonly kind: "unknown"; readonly by: "count" | "for_each"; readonly reason: string };

/** More are not looked at one by one. */
const MAX_INSTANCES = 200;

export function expansionOf({ body }: Block, scope: Scope): Expansion {
  const count = body.attributes.get("count")?.value;
  if (count) return countOf(evaluate(count, scope), count.text);
  const each = body.attributes.get("for_each")?.value;
  return each ? entriesOf(evaluate(each, scope), each.text) : { kind: "one" };
}

function countOf(datum: Datum, text: string): Expansion {
  const count = numberOf(datum);
  if (count === undefined) return notKnown("count", datum, text);
  return count > MAX_INSTANCES
    ? {
        kind: "unknown",
        by: "count",
        reason: `count is ${count}, and no more than ${MAX_INSTANCES} are looked at`,
      }
    : { kind: "count", count };
}

function entriesOf(datum: Datum, text: string): Expansion {
  if (datum.kind === "map" && datum.entries.size <= MAX_INSTANCES)
    return { kind: "each", entries: datum.entries };
  if (datum.kind !== "list" || datum.items.length > MAX_INSTANCES) return notKnown("for_each", datum, text);
  const entries = new Map<string, Datum>();
  for (const item of datum.items) {
    const key = textOf(item);
    if (key === undefined) return notKnown("for_each", item, text);
    entries.set(key, item);
  }
  return { kind: "each", entries };
}

function notKnown(by: "count" | "for_each", datum: Datum, text: string): Expansion {
  const why = firstUnknown(datum)?.reason;
  return {
    kind: "unknown",
    by,
    reason: `${by} = ${text} is not known${why === undefined ? "" : `: ${why}`}`,
  };
}

/** @throws Unseen */
export function isIn(expansion: Expansion, key: string | number | undefined): boolean {
  switch (expansion.kind) {
    case "one":
      return key === undefined;
    case "count":
      return typeof key === "number" && key < expansion.count;
    case "each":
      return key !== undefined && expansion.entries.has(String(key));
    case "unknown":
      throw new Unseen(expansion.reason);
  }
}

/** As an address has it: `[0]`, `["a"]`; `[*]` stands for instances of which nothing is known. */
export function keyed(key: string | number | undefined): string {
  if (key === undefined) return "";
  if (key === "*") return "[*]";
  return typeof key === "number" ? `[${key}]` : `[${JSON.stringify(key)}]`;
}

/** The keys of its instances, in the world that is being read. */
export function keysOf(expansion: Expansion): readonly (string | number | undefined)[] {
  switch (expansion.kind) {
    case "one":
      return [undefined];
    case "count":
      return Array.from({ length: expansion.count }, (_, at) => at);
    case "each":
      return [...expansion.entries.keys()];
    case "unknown":
      return ["*"];
  }
}
