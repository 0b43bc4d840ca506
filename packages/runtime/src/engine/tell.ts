/** The event of one delivery, in one shape for a batch and for `run`. */

import type { Delivery } from "../types.ts";
import type { AttemptEnd } from "./run-attempt.ts";
import type { Ended } from "./items.ts";
import type { Session } from "./session.ts";

export interface Told {
  readonly delivery: Delivery;
  readonly key: string | undefined;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
}

/** @param end what is known of the attempt; of a delivery that began none, only how it ended */
export function tellDelivery(
  { settings, scope }: Session,
  { delivery, key, correlationId, traceparent }: Told,
  end: AttemptEnd & Partial<Ended<unknown>>,
  acknowledged: boolean,
): void {
  const { source, messageId, receiveCount, sentAtMs } = delivery;
  settings.emit({
    kind: "delivery",
    scope: scope.text,
    key,
    messageId,
    receiveCount,
    correlationId,
    verdict: end.verdict,
    origin: end.origin,
    ending: end.ending,
    attempt: end.attempt,
    fence: end.fence,
    durationMs: end.durationMs ?? 0,
    acknowledged,
    error: end.error,
    source,
    ageMs: sentAtMs === undefined ? undefined : settings.clock.wallMs() - sentAtMs,
    leaseLeftMs: end.leaseLeftMs,
    visibilityLeftMs: end.visibilityLeftMs,
    deadlineLeftMs: end.deadlineLeftMs,
    renewals: end.renewals ?? 0,
    traceparent,
  });
}
