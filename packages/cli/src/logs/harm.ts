/** What one delivery was worth: harm done, harm prevented, how long it had waited. */

import type { Delivery, Judged } from "./model.ts";

/** Harm done. */
export function isRepeatedRun({ ran, verdict, beside }: Judged): boolean {
  return ran === true && (verdict === "busy" || verdict === "duplicate" || beside === true);
}

/** Harm prevented. */
export function isSuppressed({ ran, verdict }: Judged): boolean {
  return ran === false && (verdict === "busy" || verdict === "duplicate");
}

/** When the queue gave it out, where that is known, else when it reached the handler. */
export function receivedAtMs({ receiveCount, firstReceivedAtMs, atMs }: Delivery): number {
  return receiveCount === 1 && firstReceivedAtMs !== undefined ? Math.min(firstReceivedAtMs, atMs) : atMs;
}

/** Between its receive and the handler. */
export function waitOf(delivery: Delivery): number | undefined {
  const { receiveCount, firstReceivedAtMs, atMs } = delivery;
  return receiveCount === 1 && firstReceivedAtMs !== undefined
    ? atMs - Math.min(firstReceivedAtMs, atMs)
    : undefined;
}
