/** `a.b`, `a[b]` and what a comparison or a condition leaves open. */

import type { Place } from "../value.ts";
import {
  booleanOf,
  type Datum,
  dataOf,
  firstUnknown,
  invalid,
  isNull,
  labelled,
  mixed,
  numberOf,
  scalar,
  type ScalarDatum,
  spelledDatum,
  textOf,
  unseen,
  withOrigin,
} from "./datum.ts";
import { Impossible, nameOf, type Worlds } from "./worlds.ts";

/** `of.name` and `of["name"]`, of a known key. */
export function entryOf(of: Datum, key: string | number, place?: Place): Datum {
  switch (of.kind) {
    case "object":
      return of.object.get(String(key));
    case "map":
      return of.entries.get(String(key)) ?? invalid(`there is no ${String(key)} in it`, place);
    case "list":
      return of.items[Number(key)] ?? invalid(`it has no element ${key}`, place);
    case "unknown":
      return unknownEntry(of, key, place);
    default:
      return invalid(`${spelledDatum(of)} has no ${String(key)}`, place);
  }
}

function unknownEntry(of: Extract<Datum, { kind: "unknown" }>, key: string | number, place?: Place): Datum {
  if (of.each && typeof key === "number") return of.each;
  if (of.invalid || of.label === undefined) return of;
  const label = typeof key === "number" ? `${of.label}[${key}]` : `${of.label}.${key}`;
  return labelled(label, of.reason, { place: of.place ?? place });
}

/** `of[key]`; a key that is a variable is tried for each key that there is. */
export function indexed(of: Datum, key: Datum, worlds: Worlds, place: Place): Datum {
  if (of.kind === "map") {
    const label = choiceOf(key);
    const keys = [...of.entries.keys()].map((name) => scalar(name));
    if (label !== undefined && keys.length > 0) {
      const name = worlds.choose(label, keys, defaultOf(key));
      const found = entryNamed(of.entries, name);
      if (found) return branched(found);
      const byDefault = defaultOf(key);
      if (!byDefault || nameOf(byDefault) !== name) throw new Impossible(`${label} is none of the keys`);
      return invalid(`there is no ${name} in it`, place);
    }
  }
  if (of.kind === "unknown" && of.each && firstUnknown(key)) return of.each;
  const number = numberOf(key);
  if (of.kind === "list" || of.kind === "unknown") {
    if (number !== undefined) return entryOf(of, number, place);
  }
  const text = textOf(key);
  if (text !== undefined) return entryOf(of, text, place);
  const why = firstUnknown(key);
  if (why?.invalid) return why;
  // The elements of a list of resources that are alike but for their number.
  return unseen(why?.reason ?? "its key is not known", { place });
}

/** The entry whose key is called so among the ways of a choice. */
export function entryNamed(entries: ReadonlyMap<string, Datum>, name: string): Datum | undefined {
  for (const [key, value] of entries) if (nameOf(scalar(key)) === name) return value;
  return undefined;
}

/** The name of the choice that a datum is. */
export function choiceOf(datum: Datum): string | undefined {
  if (datum.kind === "unknown") return datum.invalid ? undefined : datum.label;
  return datum.kind === "scalar" ? datum.choice : undefined;
}

/** The default that a choice has; what was decided in this world is none. */
export function defaultOf(datum: Datum): ScalarDatum | undefined {
  return datum.kind === "scalar" && datum.from !== "branch" ? datum : undefined;
}

/** What was taken in one world only. */
export function branched(datum: Datum): Datum {
  if (datum.kind === "unknown" || datum.from !== "literal") return datum;
  return withOrigin(datum, { from: "branch" });
}

const BOOLEANS = [scalar(true), scalar(false)];

/**
 * Whether a condition holds in this world; where that is open, both ways are tried.
 *
 * @param label what the choice is called when only the condition's text can name it
 */
export function holds(datum: Datum, label: string, worlds: Worlds): boolean {
  const settled = settledBoolean(datum, worlds);
  const value = booleanOf(settled);
  if (value !== undefined) return value;
  return worlds.decide(label, ["true", "false"]) === "true";
}

/** A boolean that is a variable, decided. */
export function settledBoolean(datum: Datum, worlds: Worlds): Datum {
  const choice = choiceOf(datum);
  if (choice === undefined) return datum;
  if (datum.kind === "scalar") {
    const value = booleanOf(datum);
    if (value === undefined) return datum;
    return scalar(worlds.choose(choice, BOOLEANS, defaultOf(datum) && scalar(value)) === "true", {
      from: "branch",
      place: datum.place,
    });
  }
  return scalar(worlds.choose(choice, BOOLEANS) === "true", { from: "branch" });
}

/** `left == right`: as a boolean, or not known. */
export function equal(left: Datum, right: Datum, worlds: Worlds, place: Place): Datum {
  const bare = (datum: Datum): datum is ScalarDatum => datum.kind === "scalar" && datum.choice === undefined;
  if (choiceOf(left) !== undefined && bare(right)) return compared(left, right, worlds, place);
  if (choiceOf(right) !== undefined && bare(left)) return compared(right, left, worlds, place);
  if (left.kind === "scalar" && right.kind === "scalar")
    return scalar(
      nameOf(left) === nameOf(right) && isNull(left) === isNull(right),
      mixed([left, right], place),
    );
  const [a, b] = [dataOf(left), dataOf(right)];
  if (a !== undefined && b !== undefined)
    return scalar(JSON.stringify(a) === JSON.stringify(b), mixed([left, right], place));
  // A list, a map, a text or a resource is there, whatever is in it.
  const isSomething = (datum: Datum) => datum.kind !== "unknown";
  if ((isNull(left) && isSomething(right)) || (isNull(right) && isSomething(left)))
    return scalar(false, mixed([left, right], place));
  const why = firstUnknown(left) ?? firstUnknown(right);
  if (why?.invalid) return why;
  return unseen(why?.reason ?? "it compares what is not known", { place });
}

function compared(open: Datum, other: ScalarDatum, worlds: Worlds, place: Place): Datum {
  const byDefault = defaultOf(open);
  const boolean = booleanOf(other) !== undefined && typeof other.value === "boolean";
  const name = worlds.choose(choiceOf(open) ?? "", boolean ? BOOLEANS : [other], byDefault);
  return scalar(name === nameOf(other), { from: "branch", place });
}
