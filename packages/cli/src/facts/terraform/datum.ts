/** What an expression of Terraform comes to: data, with where it came from, and what of it is not known. */

import { constant, type Linear, type Symbol as LinearSymbol, symbol } from "../linear.ts";
import type { From, Place } from "../value.ts";

export type Scalar = string | number | boolean | null;

/** What came with a value, and goes on with it. */
export interface Origin {
  readonly from: From;
  readonly place?: Place;
  readonly assuming?: string;
  /** It is the default of this variable, which a comparison may leave open: `var.env`. */
  readonly choice?: string;
  /** It was read off this attribute of a thing: what links two resources, even when their names are known. */
  readonly names?: Names;
}

export interface Names {
  /** `module.x.aws_sqs_queue.orders`. */
  readonly address: string;
  readonly attribute: string;
}

export type Datum = ScalarDatum | TextDatum | ListDatum | MapDatum | JsonDatum | ObjectDatum | UnknownDatum;

export type ScalarDatum = Origin & {
  readonly kind: "scalar";
  readonly value: Scalar;
  /** Of a text that was put together. */
  readonly parts?: readonly Datum[];
};
/** A text of which a part is not known. */
export type TextDatum = Origin & { readonly kind: "text"; readonly parts: readonly Datum[] };
export type ListDatum = Origin & { readonly kind: "list"; readonly items: readonly Datum[] };
export type MapDatum = Origin & { readonly kind: "map"; readonly entries: ReadonlyMap<string, Datum> };
/** A text that is the JSON of something, so that what it says can be read again. */
export type JsonDatum = Origin & { readonly kind: "json"; readonly of: Datum };
/** A resource, a module: something with attributes. */
export type ObjectDatum = Origin & { readonly kind: "object"; readonly object: Thing };

export interface Thing {
  readonly label: string;
  get(name: string): Datum;
}

export interface UnknownDatum {
  readonly kind: "unknown";
  readonly reason: string;
  readonly place?: Place;
  /** What stands for it: `var.timeout`, `data.aws_region.current.name`. The same label is the same value. */
  readonly label?: string;
  readonly linear?: Linear;
  readonly names?: Names;
  /** Terraform would refuse it: `try` takes the next. */
  readonly invalid?: boolean;
  /** Resources whose number is not known stand for each of them. */
  readonly each?: Datum;
}

export const LITERAL: Origin = { from: "literal" };

export function scalar(value: Scalar, origin: Origin = LITERAL): ScalarDatum {
  return { kind: "scalar", value, ...originOf(origin) };
}

export function list(items: readonly Datum[], origin: Origin = LITERAL): ListDatum {
  return { kind: "list", items, ...originOf(origin) };
}

export function map(entries: ReadonlyMap<string, Datum>, origin: Origin = LITERAL): MapDatum {
  return { kind: "map", entries, ...originOf(origin) };
}

/** Of a datum: only where it came from. */
function originOf({ from, place, assuming, choice, names }: Origin): Origin {
  return {
    from,
    ...(place ? { place } : {}),
    ...(assuming === undefined ? {} : { assuming }),
    ...(choice === undefined ? {} : { choice }),
    ...(names ? { names } : {}),
  };
}

export const NOTHING: ScalarDatum = scalar(null);

export function unseen(reason: string, more: Omit<UnknownDatum, "kind" | "reason"> = {}): UnknownDatum {
  return { kind: "unknown", reason, ...more };
}

export function invalid(reason: string, place?: Place): UnknownDatum {
  return { kind: "unknown", reason, invalid: true, ...(place ? { place } : {}) };
}

/** Something that is not known, but is the same wherever its label stands. */
export function labelled(
  label: string,
  reason: string,
  more: { place?: Place; names?: Names; bounds?: Partial<LinearSymbol> } = {},
): UnknownDatum {
  const { bounds, ...rest } = more;
  return { kind: "unknown", reason, label, linear: symbol(label, bounds), ...rest };
}

export function isNull(datum: Datum): boolean {
  return datum.kind === "scalar" && datum.value === null;
}

/** Plain data of JSON or YAML, all from one place. */
export function fromData(data: unknown, origin: Origin): Datum {
  if (Array.isArray(data))
    return list(
      data.map((item) => fromData(item, origin)),
      origin,
    );
  if (typeof data === "object" && data !== null)
    return map(new Map(Object.entries(data).map(([key, value]) => [key, fromData(value, origin)])), origin);
  return scalar(
    typeof data === "string" || typeof data === "number" || typeof data === "boolean" ? data : null,
    origin,
  );
}

/** As plain data; `undefined`: a part of it is not known. */
export function dataOf(datum: Datum): unknown {
  switch (datum.kind) {
    case "scalar":
      return datum.value;
    case "list": {
      const items = datum.items.map(dataOf);
      return items.includes(undefined) ? undefined : items;
    }
    case "map": {
      const entries = [...datum.entries].map(([key, value]) => [key, dataOf(value)] as const);
      return entries.some(([, value]) => value === undefined) ? undefined : Object.fromEntries(entries);
    }
    case "json": {
      const data = dataOf(datum.of);
      return data === undefined ? undefined : JSON.stringify(data);
    }
    default:
      return undefined;
  }
}

/** As text, where it is known. */
export function textOf(datum: Datum): string | undefined {
  const data = dataOf(datum);
  return data === undefined || data === null || typeof data === "object" ? undefined : String(data);
}

/** For people and for comparing, with `${…}` where it is not known. */
export function spelledDatum(datum: Datum): string {
  switch (datum.kind) {
    case "scalar":
      return String(datum.value);
    case "text":
      return datum.parts.map(spelledDatum).join("");
    case "list":
      return `[${datum.items.map(spelledDatum).join(", ")}]`;
    case "map":
      return `{${[...datum.entries].map(([key, value]) => `${key}: ${spelledDatum(value)}`).join(", ")}}`;
    case "json":
      return spelledDatum(datum.of);
    case "object":
      return datum.object.label;
    case "unknown":
      return datum.names ? `${datum.names.address}.${datum.names.attribute}` : (datum.label ?? "…");
  }
}

/** Why it is not known: of a text or a list, the first part that is not. `undefined`: it is known. */
export function firstUnknown(datum: Datum): UnknownDatum | undefined {
  switch (datum.kind) {
    case "unknown":
      return datum;
    case "text":
      return firstOf(datum.parts);
    case "list":
      return firstOf(datum.items);
    case "map":
      return firstOf([...datum.entries.values()]);
    case "json":
      return firstUnknown(datum.of);
    case "object":
      return unseen(`${datum.object.label} is a whole resource`, { place: datum.place });
    default:
      return undefined;
  }
}

function firstOf(data: readonly Datum[]): UnknownDatum | undefined {
  for (const datum of data) {
    const found = firstUnknown(datum);
    if (found) return found;
  }
  return undefined;
}

/** A number, known or in relation to what is not. */
export function linearOfDatum(datum: Datum): Linear | undefined {
  if (datum.kind === "unknown") return datum.linear;
  const value = numberOf(datum);
  return value === undefined ? undefined : constant(value);
}

export function numberOf(datum: Datum): number | undefined {
  if (datum.kind !== "scalar") return undefined;
  if (typeof datum.value === "number") return datum.value;
  if (typeof datum.value !== "string" || datum.value.trim() === "") return undefined;
  const value = Number(datum.value);
  return Number.isFinite(value) ? value : undefined;
}

export function booleanOf(datum: Datum): boolean | undefined {
  if (datum.kind !== "scalar") return undefined;
  if (typeof datum.value === "boolean") return datum.value;
  return datum.value === "true" ? true : datum.value === "false" ? false : undefined;
}

/** The least certain of all: what a value that is made of several came from. */
const CERTAINTY: readonly From[] = [
  "literal",
  "globals",
  "mapping",
  "live",
  "default",
  "branch",
  "parameter-default",
];

export function mixed(data: readonly Datum[], place?: Place): Origin {
  const origins = data.flatMap((datum) => (datum.kind === "unknown" ? [] : [datum]));
  const from = origins.reduce<From>(
    (worst, one) => (CERTAINTY.indexOf(one.from) > CERTAINTY.indexOf(worst) ? one.from : worst),
    "literal",
  );
  const assumed = [...new Set(origins.flatMap(({ assuming }) => (assuming ? [assuming] : [])))];
  return {
    from,
    ...(place ? { place } : {}),
    ...(assumed.length > 0 ? { assuming: assumed.join(" and ") } : {}),
  };
}

/** The same datum, which came from elsewhere too. */
export function withOrigin<T extends Datum>(datum: T, more: Partial<Origin>): T {
  return { ...datum, ...more };
}
