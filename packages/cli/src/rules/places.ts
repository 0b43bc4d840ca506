/** Where a finding points to. */

import type { Fact } from "../facts/model.ts";
import type { Answer, Place } from "../facts/value.ts";
import type { Failure } from "./worlds.ts";

type Related = NonNullable<Failure["related"]>;

/** The setting, where it is written; else the thing that does not set it. */
export function placeOf(answer: Answer<unknown>, fact: Fact): { readonly place?: Place } {
  const written = answer.known && answer.from === "default" ? undefined : answer.place;
  const place = written ?? fact.place;
  return place ? { place } : {};
}

/** What else a finding stands on; what has no place is left out. */
export function relatedTo(
  ...all: readonly (readonly [{ readonly place?: Place } | undefined, string])[]
): Related {
  return all.flatMap(([at, message]) => (at?.place ? [{ place: at.place, message }] : []));
}
