/** Time and chance enter the runtime here and nowhere else, so that a test or a simulator can hold both. */

import { randomBytes } from "node:crypto";

export interface Clock {
  /** Milliseconds since 1970. May jump. */
  wallMs(): number;
  /** Milliseconds that never go back, but that may stand still while Lambda suspends the environment. */
  monotonicMs(): number;
  /** Runs `fn` once, after `ms`; the answer cancels it. */
  after(ms: number, fn: () => void): () => void;
}

export interface Random {
  /** 128 bits from a CSPRNG, as text. Fresh at each call, never made at module load (a restored snapshot would repeat it). */
  token(): string;
  /** Between 0 (included) and 1 (excluded); for jitter only. */
  fraction(): number;
}

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, fn) {
    const timer = setTimeout(fn, Math.max(0, ms));
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Random = {
  token: () => randomBytes(16).toString("hex"),
  fraction: () => Math.random(),
};

/** Elapsed time since it was made: the larger of what the two clocks say, so that neither a suspended
 * environment (monotonic stands still) nor a wall clock set back can hide that a lease is over. */
export class Stopwatch {
  readonly #clock: Clock;
  readonly #wallMs: number;
  readonly #monotonicMs: number;
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wallMs = clock.wallMs();
    this.#monotonicMs = clock.monotonicMs();
  }
  elapsedMs(): number {
    return Math.max(this.#clock.wallMs() - this.#wallMs, this.#clock.monotonicMs() - this.#monotonicMs);
  }
}

/** Resolves after `ms`, or early when `signal` aborts. Never rejects. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener("abort", done, { once: true });
  });
}
