/** The heartbeat of one invocation: leases of what it holds, visibility of what it has not returned. */

import { OnceError } from "../errors.ts";
import type { Transport } from "../source.ts";
import { fencedError } from "./attempt.ts";
import type { Session } from "./session.ts";

/** SQS ends a message's invisibility twelve hours after it was received, whatever it is asked. */
const VISIBILITY_CAP_MS = 43_200_000;

export class Beat {
  readonly #session: Session;
  readonly #transport: Transport | undefined;
  readonly #refs: () => readonly string[];
  readonly #lost: (ref: string) => void;
  #cancel: (() => void) | undefined;
  #stopped = false;
  #tick: Promise<void> = Promise.resolve();
  readonly #startedMs: number;

  constructor(
    session: Session,
    transport: Transport | undefined,
    refs: () => readonly string[],
    lost: (ref: string) => void,
  ) {
    this.#session = session;
    this.#transport = transport;
    this.#refs = refs;
    this.#lost = lost;
    this.#startedMs = session.settings.clock.wallMs();
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
    const [unasked] = await Promise.all([this.#session.renew([...this.#session.held]), this.#extend()]);
    if (this.#stopped) return;
    const periodMs = this.#periodMs();
    for (const attempt of unasked) {
      // The next try may come too late: tell the handler while the lease still holds.
      if (attempt.transactions === 0 && attempt.leaseLeftMs() < periodMs / 2)
        attempt.lose(fencedError(attempt.request.label));
    }
    this.#next(unasked.length > 0 ? periodMs / 4 : periodMs);
  }

  async #extend(): Promise<void> {
    const refs = this.#refs();
    if (!this.#transport || refs.length === 0) return;
    const elapsedMs = this.#session.settings.clock.wallMs() - this.#startedMs;
    const ms = Math.min(this.#session.leaseMs(), VISIBILITY_CAP_MS - elapsedMs);
    if (ms < 1_000) {
      this.#session.warnings.once(
        this.#session.scope.text,
        new OnceError(
          "visibility-cap",
          "SQS keeps no message invisible for more than twelve hours after it was received: this run goes on, and its message comes again.",
        ),
      );
      return;
    }
    const { lost } = await this.#transport.visibility(refs.map((ref) => ({ ref, ms })));
    for (const ref of lost) this.#lost(ref);
  }

  /** Before the answer is given; waits for a beat in flight, so that nothing of this invocation runs after it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#tick;
  }
}
