/** What one delivery was worth: harm done, harm prevented, how long it had waited. */

import type { Delivery, Judged } from "./model.ts";

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html */
const MAX_VISIBILITY_MS = 12 * 60 * 60 * 1_000;

/** Harm done. */
export function isRepeatedRun({ ran, verdict, beside }: Judged): boolean {
  return ran === true && (verdict === "busy" || verdict === "duplicate" || beside === true);
}

/** Harm prevented. */
export function isSuppressed({ ran, verdict }: Judged): boolean {
  return ran === false && (verdict === "busy" || verdict === "duplicate");
}

/** When the queue gave it out, where that is known, else when it reached the handler. */
export function receivedAtMs(delivery: Delivery): number {
  return delivery.atMs - (waitOf(delivery) ?? 0);
}

/** Between its receive and the handler. */
export function waitOf(delivery: Delivery): number | undefined {
  const { receiveCount, firstReceivedAtMs, atMs } = delivery;
  if (receiveCount !== 1 || firstReceivedAtMs === undefined) return undefined;
  const waitMs = atMs - Math.min(firstReceivedAtMs, atMs);
  // No receive lasts longer than the longest visibility timeout: the instants are of two clocks, or of two days.
  return waitMs > MAX_VISIBILITY_MS ? undefined : waitMs;
}
