/** How fast one region of one service is asked: so many calls at once, so many a second, and slower once it says that this is too fast. */

import { setTimeout as sleep } from "node:timers/promises";

export interface PaceOptions {
  readonly atOnce: number;
  readonly perSecond: number;
}

const SLOWER = 2;
/** At most so much slower than at first. */
const SLOWEST = 8;
/** One throttled request is made up for by some 14 answers. */
const FASTER = 0.95;

export class Pace {
  readonly #atOnce: number;
  readonly #fastestMs: number;
  #everyMs: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];
  #nextAtMs = 0;
  #slowedAtMs = 0;

  constructor({ atOnce, perSecond }: PaceOptions) {
    this.#atOnce = atOnce;
    this.#fastestMs = 1_000 / perSecond;
    this.#everyMs = this.#fastestMs;
  }

  /** `work`, when its turn has come. A call's retries are within one turn: they keep later calls waiting. */
  async turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Before each request. @returns when that is sent, for {@link throttled} */
  async step(signal: AbortSignal): Promise<number> {
    const nowMs = performance.now();
    const atMs = Math.max(nowMs, this.#nextAtMs);
    this.#nextAtMs = atMs + this.#everyMs;
    await pause(atMs - nowMs, signal);
    return performance.now();
  }

  /** Requests that were under way together slow the others down once, not once each. */
  throttled(sentAtMs: number): void {
    if (sentAtMs < this.#slowedAtMs) return;
    this.#slowedAtMs = performance.now();
    this.#everyMs = Math.min(this.#everyMs * SLOWER, this.#fastestMs * SLOWEST);
  }

  answered(): void {
    this.#everyMs = Math.max(this.#fastestMs, this.#everyMs * FASTER);
  }
}

/** @throws the signal's reason, at once */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms <= 0) return;
  try {
    await sleep(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
