/** The heartbeat of one invocation: leases of what it holds, visibility of what it has not returned. */

import { OnceError } from "../errors.ts";
import { Stopwatch } from "../ports.ts";
import { fencedError } from "./attempt.ts";
import type { Session } from "./session.ts";
import { VISIBILITY_CAP_MS } from "./visibility.ts";

/** A batching window of up to five minutes is spent before the function is called, and counts towards the cap. */
const BEFORE_CALL_MS = 300_000;
const LEAST_EXTENSION_MS = 1_000;
/** A message that comes again just before its owner's lease is over would be busy, and wait once more for nothing. */
const AFTER_LEASE_MS = 1_000;

export class Beat {
  readonly #session: Session;
  /** Makes every message invisible for this long from now. */
  readonly #extend: ((ms: number) => Promise<void>) | undefined;
  #cancel = (): void => {};
  #stopped = false;
  #tick: Promise<void> = Promise.resolve();
  readonly #watch: Stopwatch;

  constructor(session: Session, extend: ((ms: number) => Promise<void>) | undefined) {
    this.#session = session;
    this.#extend = extend;
    this.#watch = new Stopwatch(session.settings.clock);
    this.#next(this.#periodMs());
  }

  #periodMs(): number {
    return this.#session.settings.leaseMs / 3;
  }

  #next(ms: number): void {
    this.#cancel = this.#session.settings.clock.after(ms, () => {
      this.#tick = this.#beat();
    });
  }

  async #beat(): Promise<void> {
    // A timer that slept through a freeze wakes in another invocation: it has nothing to do there.
    if (this.#stopped) return;
    const [unasked] = await Promise.all([this.#session.renew([...this.#session.held]), this.#extended()]);
    if (this.#stopped) return;
    const periodMs = this.#periodMs();
    for (const attempt of unasked) {
      // The next try may come too late: tell the handler while the lease still holds.
      if (attempt.transactions === 0 && attempt.leaseLeftMs() < periodMs / 2)
        attempt.lose(fencedError(attempt.request.label));
    }
    this.#next(unasked.length > 0 ? periodMs / 4 : periodMs);
  }

  async #extended(): Promise<void> {
    if (!this.#extend) return;
    const capLeftMs = VISIBILITY_CAP_MS - BEFORE_CALL_MS - this.#watch.elapsedMs();
    if (capLeftMs >= LEAST_EXTENSION_MS) {
      const forMs = Math.min(this.#session.leaseMs() + AFTER_LEASE_MS, capLeftMs);
      const watch = new Stopwatch(this.#session.settings.clock);
      await this.#extend(forMs);
      this.#session.visibility = { watch, forMs };
      return;
    }
    // Refused beyond the cap, and a refusal would be taken for a lost message.
    this.#session.warnings.once(
      this.#session.scope.text,
      new OnceError(
        "visibility-cap",
        "SQS keeps no message invisible for more than twelve hours after it was received: this run goes on under its lease, and its message comes again and is busy.",
      ),
    );
  }

  /** Before the answer is given; waits for a beat in flight, so that nothing of this invocation runs after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#tick;
  }
}
