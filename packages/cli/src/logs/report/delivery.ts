/** One delivery as both outputs show it: how it ended in one word, how long it took. */

import type { Judged, Outcome } from "../model.ts";

/** The words of an attempt's ending, as those of an invocation. */
const ENDINGS: Readonly<Record<string, Outcome>> = {
  completed: "success",
  failed: "error",
  deadline: "timeout",
  fenced: "error",
  "store-error": "error",
};

/** How its run ended; `undefined` for one that did not run. */
export function outcomeOf({ delivery, ran }: Judged): Outcome | undefined {
  const { told, failed, invocation } = delivery;
  if (ran === false) return undefined;
  if (told) return ENDINGS[told.ending] ?? "unknown";
  return failed && invocation?.outcome !== "timeout" ? "error" : (invocation?.outcome ?? "unknown");
}

export function durationOf({ delivery }: Judged): number | undefined {
  return delivery.told?.durationMs ?? delivery.invocation?.durationMs;
}
