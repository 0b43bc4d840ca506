/** Settings of resources as answers: with the default where nothing is set, and the reason where it is not known. */

import type { Answer, Place } from "../value.ts";
import {
  booleanOf,
  type Datum,
  firstUnknown,
  isNull,
  linearOfDatum,
  numberOf,
  spelledDatum,
  textOf,
} from "./datum.ts";
import type { Section } from "./item.ts";
import type { Worlds } from "./worlds.ts";

export interface Limits {
  readonly otherwise: number;
  /** What AWS takes. */
  readonly min: number;
  readonly max: number;
}

/** @param times what the provider's unit is in the facts' */
export function numberAnswer(
  section: Section,
  name: string,
  { otherwise, min, max }: Limits,
  worlds: Worlds,
): Answer<number> {
  const datum = section.get(name);
  if (isNull(datum)) return byDefault(otherwise, datum, section.place);
  const value = numberOf(datum);
  if (value !== undefined) return knownAnswer(value, datum);
  const linear = linearOfDatum(datum);
  const [term] = linear?.terms ?? [];
  // What AWS takes here bounds what the number can be wherever else it stands.
  if (term && term.times === 1 && linear?.constant === 0 && linear.terms.length === 1)
    worlds.limit(term.symbol.id, { min, max });
  return { ...notKnown(datum, section, name), ...(linear ? { linear } : {}) };
}

export function booleanAnswer(section: Section, name: string, otherwise: boolean): Answer<boolean> {
  const datum = section.get(name);
  if (isNull(datum)) return byDefault(otherwise, datum, section.place);
  const value = booleanOf(datum);
  return value === undefined ? notKnown(datum, section, name) : knownAnswer(value, datum);
}

export function textAnswer(section: Section, name: string): Answer<string | undefined> {
  const datum = section.get(name);
  if (isNull(datum)) return byDefault(undefined, datum, section.place);
  const value = textOf(datum);
  return value === undefined ? notKnown(datum, section, name) : knownAnswer(value, datum);
}

/** What nothing sets; a variable whose default is null may still be given. */
export function byDefault<T>(value: T, datum: Datum, place: Place): Answer<T> {
  if (datum.kind === "scalar" && datum.assuming)
    return {
      known: true,
      value,
      from: "parameter-default",
      place: datum.place ?? place,
      assuming: datum.assuming,
    };
  const from = datum.kind === "scalar" && datum.from === "branch" ? "branch" : "default";
  return { known: true, value, from, place };
}

export function knownAnswer<T>(value: T, datum: Datum): Answer<T> {
  if (datum.kind === "unknown") return { known: false, reason: datum.reason };
  const { from, place, assuming } = datum;
  return { known: true, value, from, ...(place ? { place } : {}), ...(assuming ? { assuming } : {}) };
}

export function notKnown(
  datum: Datum,
  section: Section,
  name: string,
): Extract<Answer<never>, { known: false }> {
  const why = firstUnknown(datum);
  return {
    known: false,
    reason: why?.reason ?? `${section.pointer}.${name} is ${spelledDatum(datum)}, which cannot be`,
    place: datum.place ?? section.place,
  };
}

/** What a choice of selections comes to, as one text to compare. */
export function selectionAnswer(parts: readonly Datum[], place: Place): Answer<string> {
  const texts = parts.filter((datum) => !isNull(datum)).map(spelledDatum);
  const why = parts.map(firstUnknown).find((found) => found !== undefined);
  // What is not known, but has a name, is the same wherever that name stands.
  if (why && why.label === undefined && !why.names) return { known: false, reason: why.reason, place };
  return { known: true, value: texts.join(" "), from: "literal", place };
}
