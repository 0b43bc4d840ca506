/**
 * What may call functions asynchronously and is not listed here: for each function with asynchronous settings one
 * delivery of which nothing is known, not even whether there is one. No rule then takes their absence for granted.
 */

import type { DeliveryFact, FunctionFact } from "../model.ts";
import { known, unknown } from "../value.ts";

const UNSEEN = unknown("asynchronous triggers are not seen in an account");

export function unseenTriggers(functions: readonly FunctionFact[]): readonly DeliveryFact[] {
  return functions.filter(hasAsyncSettings).map(({ id }) => ({
    id: `triggers of ${id}`,
    exists: UNSEEN,
    kind: "other",
    asynchronous: true,
    target: known({ kind: "function", id }, "live"),
    source: UNSEEN,
    selection: UNSEEN,
    deadLetter: UNSEEN,
    maximumEventAgeSeconds: UNSEEN,
    deduplicationId: known(undefined, "live"),
  }));
}

/** Nobody sets these at a function that is never called so, or by mistake. */
function hasAsyncSettings({ deadLetter, async }: FunctionFact): boolean {
  return [deadLetter, async.configured].some(({ cases }) =>
    cases.some(({ answer }) => !answer.known || (answer.value !== undefined && answer.value !== false)),
  );
}
