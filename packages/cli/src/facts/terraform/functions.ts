/** Terraform's functions, as far as queues and functions are described with them; any other answer is not known. */

import type { Place } from "../value.ts";
import { branched, choiceOf, defaultOf, entryNamed, entryOf, equal, indexed } from "./access.ts";
import type { Asked, Builtin } from "./builtin.ts";
import { COLLECTIONS } from "./collections.ts";
import {
  booleanOf,
  type Datum,
  firstUnknown,
  invalid,
  isNull,
  linearOfDatum,
  mixed,
  numberOf,
  scalar,
  textOf,
  unseen,
  withOrigin,
} from "./datum.ts";
import { decodedJson, decodedYaml } from "./encoded.ts";
import { extreme, numberDatum } from "./operate.ts";
import { TEXTS } from "./texts.ts";
import { nameOf } from "./worlds.ts";

export function called(name: string, args: readonly Datum[], asked: Asked): Datum {
  const known = name.replace(/^core::/, "");
  const builtin = BUILTINS.get(known) ?? COLLECTIONS.get(known) ?? TEXTS.get(known);
  if (!builtin) return unseen(`the function ${name} is not worked out`, { place: asked.place });
  return builtin(args, asked);
}

const same: Builtin = ([datum], { place }) => datum ?? invalid("an argument is missing", place);

const BUILTINS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["sensitive", same],
  ["nonsensitive", same],
  ["ephemeralasnull", same],
  [
    "coalesce",
    (args, { place }) => firstUsable(args, (datum) => !isNull(datum) && textOf(datum) !== "", place),
  ],
  [
    "coalescelist",
    (args, { place }) => firstUsable(args, (datum) => datum.kind === "list" && datum.items.length > 0, place),
  ],
  ["max", (args, { place }) => extreme("max", args, place)],
  ["min", (args, { place }) => extreme("min", args, place)],
  ["ceil", (args, asked) => rounded(Math.ceil, args, asked)],
  ["floor", (args, asked) => rounded(Math.floor, args, asked)],
  ["abs", (args, asked) => rounded(Math.abs, args, asked)],
  ["parseint", ([text, base], { place }) => parsedInt(text, base, place)],
  ["tonumber", ([datum], { place }) => toNumber(datum, place)],
  ["tostring", ([datum], { place }) => toText(datum, place)],
  ["tobool", ([datum], { place }) => toBoolean(datum, place)],
  ["jsonencode", ([datum], { place }) => encoded(datum, place)],
  [
    "jsondecode",
    ([datum], { place }) => (datum ? decodedJson(datum, place) : invalid("it is no JSON", place)),
  ],
  [
    "yamldecode",
    ([datum], { place }) => (datum ? decodedYaml(datum, place) : invalid("it is no YAML", place)),
  ],
  ["file", ([path], asked) => fileText(path, asked)],
  ["lookup", looked],
  ["contains", contained],
  ["element", element],
]);

/** The first that is there; one that is not known may be, or not. */
function firstUsable(args: readonly Datum[], usable: (datum: Datum) => boolean, place: Place): Datum {
  for (const [at, arg] of args.entries()) {
    if (arg.kind === "unknown") return arg.invalid ? arg : { ...arg, label: undefined };
    // What was passed over may have been taken for granted.
    if (usable(arg)) return withOrigin(arg, mixed(args.slice(0, at + 1), arg.place));
  }
  return invalid("all arguments are empty", place);
}

function rounded(round: (value: number) => number, [datum]: readonly Datum[], { place }: Asked): Datum {
  const value = datum && numberOf(datum);
  if (value !== undefined && datum) return scalar(round(value), mixed([datum], place));
  return unseen((datum && firstUnknown(datum)?.reason) ?? "it is no number", { place });
}

function parsedInt(text: Datum | undefined, base: Datum | undefined, place: Place): Datum {
  const [digits, radix] = [text && textOf(text), base && numberOf(base)];
  if (digits === undefined || radix === undefined || !text) return unseen("it is not known", { place });
  const value = Number.parseInt(digits, radix);
  return Number.isNaN(value) ? invalid("it is no number", place) : scalar(value, mixed([text], place));
}

function toNumber(datum: Datum | undefined, place: Place): Datum {
  if (!datum || isNull(datum)) return datum ?? invalid("an argument is missing", place);
  if (datum.kind === "unknown") return datum;
  const linear = linearOfDatum(datum);
  if (linear)
    return withOrigin(numberDatum(linear, [datum], datum.place ?? place), { choice: choiceOf(datum) });
  const why = firstUnknown(datum);
  return why ? unseen(why.reason, { place }) : invalid("it is no number", place);
}

function toText(datum: Datum | undefined, place: Place): Datum {
  if (!datum) return invalid("an argument is missing", place);
  if (datum.kind !== "scalar" || datum.value === null) return datum;
  return { ...datum, value: String(datum.value) };
}

function toBoolean(datum: Datum | undefined, place: Place): Datum {
  if (!datum || datum.kind !== "scalar") return datum ?? invalid("an argument is missing", place);
  const value = booleanOf(datum);
  return value === undefined && !isNull(datum)
    ? invalid("it is no boolean", place)
    : { ...datum, value: value ?? null };
}

function encoded(datum: Datum | undefined, place: Place): Datum {
  if (!datum) return invalid("an argument is missing", place);
  if (datum.kind === "unknown") return datum;
  return { kind: "json", of: datum, ...mixed([datum], place) };
}

function fileText(path: Datum | undefined, { place, text }: Asked): Datum {
  const name = path && textOf(path);
  if (name === undefined) return unseen("the name of the file is not known", { place });
  const found = text(name);
  return found === undefined
    ? unseen(`${name} is not on this disk`, { place })
    : scalar(found, { from: "literal", place });
}

/** `lookup(map, key, default)`: a key that is a variable may be any of the map's, or none. */
function looked([of, key, otherwise]: readonly Datum[], { place, worlds }: Asked): Datum {
  if (!of || !key) return invalid("an argument is missing", place);
  const label = choiceOf(key);
  if (label !== undefined && of.kind === "map" && otherwise) {
    const keys = [...of.entries.keys()].map((name) => scalar(name));
    const name = worlds.choose(label, keys, defaultOf(key));
    const found = entryNamed(of.entries, name);
    return found ? branched(found) : branched(otherwise);
  }
  const found = indexed(of, key, worlds, place);
  return found.kind === "unknown" && found.invalid && otherwise ? otherwise : found;
}

/** Each element is compared, so that a variable is tried for each. */
function contained([of, wanted]: readonly Datum[], { place, worlds }: Asked): Datum {
  if (!of || !wanted || of.kind !== "list")
    return unseen((of && firstUnknown(of)?.reason) ?? "the list is not known", { place });
  const choice = choiceOf(wanted);
  const candidates = of.items.filter((item) => item.kind === "scalar");
  if (choice !== undefined && candidates.length === of.items.length) {
    const name = worlds.choose(choice, candidates, defaultOf(wanted));
    return scalar(
      candidates.some((candidate) => nameOf(candidate) === name),
      { from: "branch", place },
    );
  }
  const answers = of.items.map((item) => equal(item, wanted, worlds, place));
  const found = answers.find((answer) => booleanOf(answer) === true);
  const open = answers.find((answer) => answer.kind === "unknown");
  return found ?? open ?? scalar(false, mixed([of, wanted], place));
}

function element([of, index]: readonly Datum[], { place, worlds }: Asked): Datum {
  if (!of || !index) return invalid("an argument is missing", place);
  const at = numberOf(index);
  if (of.kind !== "list" || at === undefined) return indexed(of, index, worlds, place);
  if (of.items.length === 0) return invalid("the list is empty", place);
  return entryOf(of, ((at % of.items.length) + of.items.length) % of.items.length, place);
}
