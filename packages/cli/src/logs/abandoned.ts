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

/** What may come back from the dead-letter queue, under a new id. Each comes back once. */
export class Abandoned {
  readonly #lasts: ReadonlySet<Delivery>;
  readonly #visibilityMs: number | undefined;
  /** From when on each may come back. */
  readonly #fromMs: number[] = [];

  constructor(lasts: ReadonlySet<Delivery>, visibilityTimeoutSeconds: number | undefined) {
    this.#lasts = lasts;
    this.#visibilityMs =
      visibilityTimeoutSeconds === undefined ? undefined : visibilityTimeoutSeconds * 1_000;
  }

  pass(delivery: Delivery): void {
    if (!this.#lasts.has(delivery)) return;
    const fromMs = this.#givenUpAtMs(delivery);
    if (fromMs !== undefined) this.#fromMs.push(fromMs);
  }

  /** Whether a message may be one of them; takes that one away. */
  takes({ sentAtMs, atMs }: Delivery): boolean {
    const at = this.#fromMs.findIndex((fromMs) => fromMs <= (sentAtMs ?? atMs));
    if (at >= 0) this.#fromMs.splice(at, 1);
    return at >= 0;
  }

  #givenUpAtMs(delivery: Delivery): number | undefined {
    const { told, invocation, failed, receiveCount } = delivery;
    const endMs = told?.endMs ?? invocation?.endMs;
    if (endMs === undefined) return undefined;
    const visibilityMs = this.#visibilityMs;
    const killed = KILLED.has(invocation?.outcome ?? "unknown");
    const done = told ? told.acknowledged && !killed : !failed && invocation?.outcome === "success";
    const many = (receiveCount ?? 0) >= MANY_RECEIVES;
    if (visibilityMs === undefined) return !done && many ? endMs : undefined;
    const visibleAgainMs = receivedAtMs(delivery) + visibilityMs;
    // One that was done too late to be deleted may be given up all the same.
    if (done) return many && endMs >= visibleAgainMs + SLACK_MS ? visibleAgainMs : undefined;
    return told || failed || FAILURES.has(invocation?.outcome) ? visibleAgainMs : undefined;
  }
}
