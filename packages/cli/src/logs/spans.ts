/** Spans of time, counted into bins: what a million gaps look like, in a few kilobytes. */

export interface Bin {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  readonly count: number;
}

/** Plain data: empty bins are left out. `minMs` and `maxMs` are exact, and 0 when there is none. */
export interface Spans {
  readonly count: number;
  readonly minMs: number;
  readonly maxMs: number;
  readonly bins: readonly Bin[];
}

/** Into which bin a span falls, and where bins begin. Whole numbers from 0 on. */
interface Scale {
  binOf(ms: number): number;
  startOf(bin: number): number;
}

const SECOND_MS = 1_000;
const LINEAR_BINS = 1_000;
const LINEAR_END_MS = LINEAR_BINS * SECOND_MS;
/** Beyond, each bin is a tenth longer than the one before. */
const GROWTH = Math.log(1.1);

/** For gaps: a visibility timeout is a whole number of seconds, and most are below 1,000. */
export const BY_SECOND: Scale = {
  binOf: (ms) =>
    ms < LINEAR_END_MS
      ? Math.floor(ms / SECOND_MS)
      : LINEAR_BINS + Math.floor(Math.log(ms / LINEAR_END_MS) / GROWTH + 1e-9),
  startOf: (bin) =>
    bin <= LINEAR_BINS ? bin * SECOND_MS : LINEAR_END_MS * Math.exp((bin - LINEAR_BINS) * GROWTH),
};

/** For durations, of which most are below a second: each bin is a fiftieth longer than the one before. */
const FINE = Math.log(1.02);
export const BY_SHARE: Scale = {
  binOf: (ms) => (ms < 1 ? 0 : 1 + Math.floor(Math.log(ms) / FINE + 1e-9)),
  startOf: (bin) => (bin === 0 ? 0 : Math.exp((bin - 1) * FINE)),
};

/** Counts spans. What is negative (a clock that went backwards) counts as 0. */
export class SpanCounter {
  readonly #scale: Scale;
  readonly #counts = new Map<number, number>();
  #count = 0;
  #minMs = Number.POSITIVE_INFINITY;
  #maxMs = 0;

  constructor(scale: Scale = BY_SECOND) {
    this.#scale = scale;
  }

  add(ms: number): void {
    const span = Math.max(0, ms);
    const bin = this.#scale.binOf(span);
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1);
    this.#count++;
    this.#minMs = Math.min(this.#minMs, span);
    this.#maxMs = Math.max(this.#maxMs, span);
  }

  done(): Spans {
    const bins = [...this.#counts]
      .toSorted(([left], [right]) => left - right)
      .map(([bin, count]) => ({
        fromMs: Math.round(this.#scale.startOf(bin)),
        toMs: Math.round(this.#scale.startOf(bin + 1)),
        count,
      }));
    return { count: this.#count, minMs: this.#count === 0 ? 0 : this.#minMs, maxMs: this.#maxMs, bins };
  }
}

/**
 * The span below which a share of them lies, to about a bin's width; `undefined` when there is none.
 *
 * @param share between 0 and 1
 */
export function quantileMs({ count, minMs, maxMs, bins }: Spans, share: number): number | undefined {
  if (count === 0) return undefined;
  const rank = share * count;
  let below = 0;
  for (const { fromMs, toMs, count: here } of bins) {
    if (below + here >= rank) {
      const within = fromMs + ((rank - below) / here) * (toMs - fromMs);
      return Math.round(Math.min(maxMs, Math.max(minMs, within)));
    }
    below += here;
  }
  return maxMs;
}
