/** DynamoDB has no clock that a condition could use, so leases are decided by this process's, corrected by the server's. */

import type { Clock } from "../../ports.ts";

/**
 * Another's lease counts as over only this long after its end. Two workers that each know the server's time to within
 * `CLOCK_TOLERANCE_MS` differ by less.
 */
export const CLOCK_MARGIN_MS = 5_000;

/** What was written by a clock that turns out to be further off than this is written again. */
export const CLOCK_TOLERANCE_MS = 2_000;

/** The `Date` header has whole seconds. */
const DATE_GRAIN_MS = 1_000;

export class ServerClock {
  readonly #clock: Clock;
  #offsetMs = 0;
  #epoch = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowMs(): number {
    return Math.round(this.#clock.wallMs() + this.#offsetMs);
  }

  /** Changes whenever the clock was found to be wrong by more than `CLOCK_TOLERANCE_MS`. */
  get epoch(): number {
    return this.#epoch;
  }

  /**
   * The server wrote its date at some instant between the request and its answer, which bounds the offset on both
   * sides. The offset moves only as far as the bounds say, so a clock that is right stays what it is.
   */
  observe(dateMs: number, sentAtMs: number, receivedAtMs: number): void {
    const atLeastMs = dateMs - receivedAtMs;
    const atMostMs = dateMs + DATE_GRAIN_MS - sentAtMs;
    // The local clock was set back while the request was under way: this answer tells nothing.
    if (atLeastMs > atMostMs) return;
    const offsetMs = Math.min(Math.max(this.#offsetMs, atLeastMs), atMostMs);
    if (Math.abs(offsetMs - this.#offsetMs) > CLOCK_TOLERANCE_MS) this.#epoch += 1;
    this.#offsetMs = offsetMs;
  }
}
