/** Functions over lists and maps. */

import {
  type Datum,
  dataOf,
  firstUnknown,
  invalid,
  isNull,
  list,
  map,
  mixed,
  numberOf,
  type Origin,
  scalar,
  textOf,
  unseen,
} from "./datum.ts";
import type { Builtin } from "./builtin.ts";

function merged(args: readonly Datum[], { place }: Parameters<Builtin>[1]): Datum {
  const entries = new Map<string, Datum>();
  for (const arg of args) {
    if (isNull(arg)) continue;
    if (arg.kind !== "map")
      return unseen(firstUnknown(arg)?.reason ?? "one of the maps is not known", { place });
    for (const [key, value] of arg.entries) entries.set(key, value);
  }
  return map(entries, mixed(args, place));
}

function pairs(args: readonly Datum[], { place }: Parameters<Builtin>[1]): Datum {
  const entries = new Map<string, Datum>();
  for (let at = 0; at < args.length; at += 2)
    entries.set(textOf(args[at] ?? scalar("")) ?? "", args[at + 1] ?? scalar(null));
  return map(entries, mixed(args, place));
}

/** For functions whose arguments are lists; resources of unknown number go on as such. */
function lists(work: (items: readonly (readonly Datum[])[], origin: Origin) => Datum): Builtin {
  return (args, { place }) => {
    const items: (readonly Datum[])[] = [];
    for (const arg of args) {
      if (arg.kind === "list") items.push(arg.items);
      else if (arg.kind === "map") items.push([...arg.entries.values()]);
      else if (arg.kind === "unknown")
        return arg.invalid ? arg : { ...arg, label: undefined, linear: undefined };
      else if (isNull(arg)) return invalid("an argument is null", place);
      else items.push([arg]);
    }
    return work(items, { ...mixed(args, place), place });
  };
}

function maps(work: (entries: ReadonlyMap<string, Datum>, origin: Origin) => Datum): Builtin {
  return ([of], { place }) => {
    if (of?.kind === "map") return work(of.entries, mixed([of], place));
    return unseen((of && firstUnknown(of)?.reason) ?? "it is no map", { place });
  };
}

function flat(datum: Datum): readonly Datum[] {
  return datum.kind === "list" ? datum.items.flatMap(flat) : [datum];
}

function unique(items: readonly Datum[]): readonly Datum[] {
  return items.filter((item, at) => !items.slice(0, at).some((before) => isSame(before, item)));
}

function isSame(left: Datum, right: Datum): boolean {
  const a = dataOf(left);
  return a !== undefined && JSON.stringify(a) === JSON.stringify(dataOf(right));
}

function sum(items: readonly Datum[], origin: Origin): Datum {
  const numbers = items.map(numberOf);
  if (numbers.some((one) => one === undefined))
    return unseen("not all of its numbers are known", { place: origin.place });
  return scalar(
    numbers.reduce<number>((total, one) => total + (one ?? 0), 0),
    mixed(items, origin.place),
  );
}

const length: Builtin = ([of], { place }) => {
  if (of?.kind === "list") return scalar(of.items.length, mixed([of], place));
  if (of?.kind === "map") return scalar(of.entries.size, mixed([of], place));
  const text = of && textOf(of);
  if (text !== undefined && of) return scalar(Array.from(text).length, mixed([of], place));
  return unseen((of && firstUnknown(of)?.reason) ?? "its length is not known", { place });
};

const range: Builtin = (args, { place }) => {
  const numbers = args.map(numberOf);
  if (numbers.includes(undefined)) return unseen("its ends are not known", { place });
  const [start, limit, step = 1] = (numbers.length === 1 ? [0, ...numbers] : numbers) as number[];
  const items: Datum[] = [];
  for (let at = start ?? 0; step > 0 ? at < (limit ?? 0) : at > (limit ?? 0); at += step) {
    if (items.length > 1_000 || step === 0) return unseen("it has too many elements", { place });
    items.push(scalar(at));
  }
  return list(items, mixed(args, place));
};

const slice: Builtin = ([of, from, to], { place }) => {
  const [start, end] = [from && numberOf(from), to && numberOf(to)];
  if (of?.kind !== "list" || start === undefined || end === undefined)
    return unseen("the list is not known", { place });
  return list(of.items.slice(start, end), mixed([of], place));
};

const zipmap: Builtin = ([keys, values], { place }) => {
  if (keys?.kind !== "list" || values?.kind !== "list") return unseen("its lists are not known", { place });
  const names = keys.items.map(textOf);
  if (names.includes(undefined)) return unseen("its keys are not known", { place });
  return map(
    new Map(names.map((name, at) => [name ?? "", values.items[at] ?? scalar(null)])),
    mixed([keys, values], place),
  );
};

const indexIn: Builtin = ([of, wanted], { place }) => {
  if (of?.kind !== "list" || !wanted) return unseen("the list is not known", { place });
  const at = of.items.findIndex((item) => isSame(item, wanted));
  return at === -1 ? invalid("it is not in the list", place) : scalar(at, mixed([of, wanted], place));
};

function product(all: readonly (readonly Datum[])[]): readonly (readonly Datum[])[] {
  return all.reduce<readonly (readonly Datum[])[]>(
    (rows, items) => rows.flatMap((row) => items.map((item) => [...row, item])),
    [[]],
  );
}

export const COLLECTIONS: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  ["merge", merged],
  ["concat", lists((items, origin) => list(items.flat(), origin))],
  [
    "flatten",
    lists((items, origin) =>
      list(
        items.flatMap((one) => one.flatMap(flat)),
        origin,
      ),
    ),
  ],
  [
    "compact",
    lists(([items = []], origin) =>
      list(
        items.filter((item) => !isNull(item) && textOf(item) !== ""),
        origin,
      ),
    ),
  ],
  ["distinct", lists(([items = []], origin) => list(unique(items), origin))],
  ["toset", lists(([items = []], origin) => list(unique(items), origin))],
  ["tolist", lists(([items = []], origin) => list(items, origin))],
  ["reverse", lists(([items = []], origin) => list(items.toReversed(), origin))],
  ["setunion", lists((all, origin) => list(unique(all.flat()), origin))],
  [
    "sort",
    lists(([items = []], origin) =>
      list(
        items.toSorted((a, b) => ((textOf(a) ?? "") < (textOf(b) ?? "") ? -1 : 1)),
        origin,
      ),
    ),
  ],
  [
    "setsubtract",
    lists(([items = [], taken = []], origin) =>
      list(
        items.filter((item) => !taken.some((one) => isSame(one, item))),
        origin,
      ),
    ),
  ],
  ["one", lists(([items = []]) => items[0] ?? scalar(null))],
  ["sum", lists(([items = []], origin) => sum(items, origin))],
  // Of Terraform before 0.12:
  ["list", (args, { place }) => list(args, mixed(args, place))],
  ["map", pairs],
  ["tomap", ([of]) => of ?? invalid("an argument is missing")],
  [
    "keys",
    maps((entries, origin) =>
      list(
        [...entries.keys()].toSorted().map((key) => scalar(key, origin)),
        origin,
      ),
    ),
  ],
  [
    "values",
    maps((entries, origin) =>
      list(
        [...entries].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value),
        origin,
      ),
    ),
  ],
  ["length", length],
  ["range", range],
  ["slice", slice],
  ["zipmap", zipmap],
  ["index", indexIn],
  [
    "setproduct",
    lists((all, origin) =>
      list(
        product(all).map((items) => list(items, origin)),
        origin,
      ),
    ),
  ],
]);
