/** How long a message that is not acknowledged stays invisible (`docs/protocol.md`, P9 and P10). */

import type { Random } from "../ports.ts";
import type { Visibility } from "./dispositions.ts";

/** SQS ends a message's invisibility twelve hours after it was received, whatever it is asked. */
export const VISIBILITY_CAP_MS = 43_200_000;

const JITTER_MS = 1_000;
/** From this receive on, a duplicate of a running message waits until the owner will have been killed. */
const PATIENT_FROM_RECEIVE = 3;

export interface VisibilityQuestion {
  readonly how: Visibility;
  readonly attempt: number | undefined;
  readonly receiveCount: number | undefined;
  /** What is left of the lease of an attempt that has begun. */
  readonly leaseLeftMs: number | undefined;
  /** What is left of the lease, and of the possible run, of the attempt that keeps this message busy. */
  readonly busy: { readonly leftMs: number; readonly runLeftMs: number } | undefined;
}

/** Milliseconds from now, or `undefined` to leave the message as the queue has it. */
export function visibilityMs(
  asked: VisibilityQuestion,
  backoff: ((attempt: number) => number) | undefined,
  random: Random,
): number | undefined {
  const jitterMs = random.fraction() * JITTER_MS;
  switch (asked.how) {
    case "leave":
      return undefined;
    case "backoff":
      return backoff ? capped(backoff(asked.attempt ?? 1)) : undefined;
    case "deadline":
      // Not started: at once. Running: its record is ours until the lease ends, and a delivery before would find it busy.
      return capped((asked.leaseLeftMs ?? 0) + jitterMs);
    case "busy": {
      if (!asked.busy) return undefined;
      // A long run must not bounce its duplicate into the dead-letter queue. A renewal that arrived late may have moved
      // the lease past the end of the run, and until then it is busy.
      const patient = (asked.receiveCount ?? 1) >= PATIENT_FROM_RECEIVE;
      const { leftMs, runLeftMs } = asked.busy;
      return capped(Math.max(0, leftMs, patient ? runLeftMs : 0) + jitterMs);
    }
  }
}

/** A backoff function of a user may answer anything; SQS takes 0 to 43,200 seconds. */
function capped(ms: number): number {
  return Number.isFinite(ms) ? Math.min(VISIBILITY_CAP_MS, Math.max(0, ms)) : 0;
}
