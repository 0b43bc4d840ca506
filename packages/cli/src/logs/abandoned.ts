/** Messages that were handed back and never came again: in whole logs, what has gone to a dead-letter queue. */

import { receivedAtMs } from "./harm.ts";
import type { Delivery, Outcome } from "./model.ts";
import { KILLED, SLACK_MS } from "./trace.ts";

/** Where the visibility timeout is not known: from so many receives on it is taken for given up. AWS advises five. */
const MANY_RECEIVES = 3;
const FAILURES: ReadonlySet<Outcome | undefined> = new Set<Outcome>([...KILLED, "error"]);

/** The last delivery of each message, where the queue was not told that it is done. */
export function abandonedOf(deliveries: readonly Delivery[]): ReadonlySet<Delivery> {
  const last = new Map<string, Delivery>();
  if (deliveries.length > 1)
    for (const delivery of deliveries)
      if (delivery.messageId !== undefined) last.set(delivery.messageId, delivery);
  return new Set(last.values());
}

/** What may come back from the dead-letter queue, under a new id. */
export class Abandoned {
  readonly #lasts: ReadonlySet<Delivery>;
  readonly #visibilityMs: number | undefined;
  /** From when on one may come back. */
  #fromMs = Number.POSITIVE_INFINITY;

  constructor(lasts: ReadonlySet<Delivery>, visibilityTimeoutSeconds: number | undefined) {
    this.#lasts = lasts;
    this.#visibilityMs =
      visibilityTimeoutSeconds === undefined ? undefined : visibilityTimeoutSeconds * 1_000;
  }

  pass(delivery: Delivery): void {
    if (!this.#lasts.has(delivery)) return;
    const fromMs = this.#givenUpAtMs(delivery);
    if (fromMs !== undefined) this.#fromMs = Math.min(this.#fromMs, fromMs);
  }

  /** Whether a message may be one of them. */
  mayBe({ sentAtMs, atMs }: Delivery): boolean {
    return this.#fromMs <= (sentAtMs ?? atMs);
  }

  #givenUpAtMs(delivery: Delivery): number | undefined {
    const { told, invocation, failed, receiveCount, atMs } = delivery;
    // With the answer of its batch, not before.
    const endMs = invocation?.endMs ?? told?.endMs;
    if (endMs === undefined) return undefined;
    const visibilityMs = this.#visibilityMs;
    const killed = KILLED.has(invocation?.outcome ?? "unknown");
    const done = told ? told.acknowledged && !killed : !failed && invocation?.outcome === "success";
    if (visibilityMs === undefined) return !done && (receiveCount ?? 0) >= MANY_RECEIVES ? endMs : undefined;
    // One that was done too late to be deleted would have come again, had it not been given up.
    const visibleAgainMs = receivedAtMs(delivery) + visibilityMs;
    if (done && endMs < visibleAgainMs + SLACK_MS) return undefined;
    // Of later receives it is not known when they were: they may have waited, for as long as it lasts.
    const fromMs = receiveCount === 1 ? visibleAgainMs : atMs;
    return told || failed || FAILURES.has(invocation?.outcome) || done ? fromMs : undefined;
  }
}
