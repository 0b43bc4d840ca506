/** What was seen of functions and queues, for the rules about it. */

import type { Facts, QueueFact } from "../../facts/model.ts";
import { consumersOf, isConsumed } from "../pipelines.ts";
import { isFalse } from "../truths.ts";
import type { Judgement } from "../worlds.ts";

/** Queues that a mapping reads from, or may. */
export function sourcesOf(facts: Facts): readonly QueueFact[] {
  return facts.queues.filter(
    (queue) =>
      consumersOf(facts, queue).length > 0 &&
      !isConsumed(facts, queue).cases.every(({ answer }) => isFalse(answer)),
  );
}

/** Where a number is missing: why it is not known, or that there was nothing to count. */
export function missing(
  observed: { readonly unmeasured?: string; readonly days: number } | undefined,
  nothing: string,
): Judgement {
  if (observed === undefined) return { status: "unknown", reason: "its metrics were not read" };
  return observed.unmeasured === undefined
    ? { status: "not-applicable", reason: `${nothing} in ${lastDays(observed.days)}` }
    : { status: "unknown", reason: observed.unmeasured };
}

export function lastDays(days: number): string {
  return days === 1 ? "the last day" : `the last ${days} days`;
}

/** Seconds as people say them: `40 s`, `2.5 hours`, `3 days`. */
export function spoken(seconds: number): string {
  const said = (count: number, unit: string): string => {
    const rounded = Math.round(count * 10) / 10;
    return `${rounded} ${unit}${rounded === 1 ? "" : "s"}`;
  };
  if (seconds >= 86_400) return said(seconds / 86_400, "day");
  if (seconds >= 3_600) return said(seconds / 3_600, "hour");
  return seconds >= 120 ? said(seconds / 60, "minute") : `${Math.round(seconds * 10) / 10} s`;
}
