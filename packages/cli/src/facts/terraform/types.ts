/** What a variable's type adds to its value: `object({ timeout = optional(number, 30) })`. */

import { type Datum, isNull, list, map, type MapDatum, numberOf, scalar, withOrigin } from "./datum.ts";
import { evaluate, type Scope } from "./evaluate.ts";
import type { Expression } from "./syntax.ts";

export function typed(datum: Datum, type: Expression | undefined, scope: Scope): Datum {
  if (!type || datum.kind === "unknown" || isNull(datum)) return datum;
  if (type.kind === "name") return converted(datum, type.name);
  if (type.kind !== "call") return datum;
  const [inner] = type.args;
  switch (type.name) {
    case "list":
    case "set":
      return datum.kind === "list"
        ? list(
            datum.items.map((item) => typed(item, inner, scope)),
            datum,
          )
        : datum;
    case "map":
      return datum.kind === "map"
        ? map(new Map([...datum.entries].map(([key, value]) => [key, typed(value, inner, scope)])), datum)
        : datum;
    case "object":
      return objectTyped(datum, inner, scope);
    case "optional":
      return typed(datum, inner, scope);
    default:
      return datum;
  }
}

function converted(datum: Datum, type: string): Datum {
  if (datum.kind !== "scalar") return datum;
  if (type === "number") {
    const value = numberOf(datum);
    return value === undefined ? datum : { ...datum, value };
  }
  if (type === "string") return { ...datum, value: String(datum.value) };
  if (type === "bool" && (datum.value === "true" || datum.value === "false"))
    return { ...datum, value: datum.value === "true" };
  return datum;
}

function objectTyped(datum: Datum, attributes: Expression | undefined, scope: Scope): Datum {
  if (datum.kind !== "map" || attributes?.kind !== "object") return datum;
  const entries = new Map<string, Datum>();
  for (const { key, value: type } of attributes.entries) {
    const name = key.kind === "literal" ? String(key.value) : key.text;
    const given = datum.entries.get(name);
    if (given && !isNull(given)) entries.set(name, typed(given, type, scope));
    else entries.set(name, absent(given, type, datum, scope));
  }
  return map(entries, datum);
}

/** An attribute that is not given is its default, or null. */
function absent(given: Datum | undefined, type: Expression, of: MapDatum, scope: Scope): Datum {
  const otherwise = type.kind === "call" && type.name === "optional" ? type.args[1] : undefined;
  if (otherwise && type.kind === "call") {
    const value = typed(evaluate(otherwise, scope), type.args[0], scope);
    return value.kind === "unknown" ? value : withOrigin(value, { from: "parameter-default" });
  }
  return given ?? scalar(null, of);
}
