/** How an invocation goes on and ends, as far as nothing comes between. */

import type { Chance } from "./chance.ts";
import type { Settings } from "./definition.ts";
import { isRun, type Live, type LiveInvocation } from "./live.ts";
import { even } from "./written.ts";

export function plan(invocation: LiveInvocation, settings: Settings, chance: Chance): void {
  const { rates } = settings;
  const { lives, startMs, guarded } = invocation;
  const spans = lives.map((live) => spanOf(live));
  const runMs = 10 + (guarded ? Math.max(...spans) : spans.reduce((sum, span) => sum + span, 0));
  const failed = lives.filter(({ fails }) => fails);
  const whole =
    !guarded &&
    (settings.partialResponses && invocation.function === "orders"
      ? chance.is(rates.throws)
      : failed.length > 0);
  const cutMs = startMs + Math.round(runMs * (0.1 + 0.8 * chance.next()));
  const [outOfMemory, crash] = [chance.is(rates.outOfMemory), chance.is(rates.crash)];
  invocation.endMs = even(startMs + 4 + runMs);
  invocation.outcome = whole ? "error" : "success";
  if (outOfMemory || crash) {
    invocation.outcome = outOfMemory ? "out-of-memory" : "crash";
    invocation.endMs = even(Math.max(cutMs, startMs + 4));
  }
  if (invocation.endMs - startMs >= settings.timeoutSeconds * 1_000) {
    invocation.outcome = "timeout";
    invocation.endMs = even(startMs + settings.timeoutSeconds * 1_000);
  }
}

/** A guard does not run what it turns away. */
function spanOf({ invocation, truth, durationMs }: Live): number {
  return invocation.guarded && !isRun(truth.verdict) ? 4 : durationMs;
}
