/** Where spans gather: the visibility timeout shows so in the gaps between receives, a producer's timeout in those between sends. */

import type { Spans } from "../spans.ts";

export interface Cluster {
  readonly seconds: number;
  /** How many lie within three seconds from it. */
  readonly within: number;
  readonly of: number;
  /** `sure`: at least ten, of which four in five. `likely`: at least three, of which half. */
  readonly sure: "sure" | "likely";
}

const WIDTH_MS = 3_000;
const SECOND_MS = 1_000;

/** The second from which on the most lie close together; `undefined` where they are few, or scattered. */
export function clusterOf({ count, bins }: Spans): Cluster | undefined {
  let best: { fromMs: number; within: number } | undefined;
  for (const [at, bin] of bins.entries()) {
    // Beyond a thousand seconds bins are wide: whatever gathers there cannot be told to the second.
    if (bin.toMs - bin.fromMs > SECOND_MS) break;
    let within = 0;
    for (let next = at; ; next++) {
      const other = bins[next];
      if (!other || other.toMs > bin.fromMs + WIDTH_MS) break;
      within += other.count;
    }
    if (!best || within > best.within) best = { fromMs: bin.fromMs, within };
  }
  if (!best) return undefined;
  const start = startOf(bins, best);
  const share = best.within / count;
  const found = { seconds: start / SECOND_MS, within: best.within, of: count };
  if (count >= 10 && share >= 0.8) return { ...found, sure: "sure" };
  return count >= 3 && share >= 0.5 ? { ...found, sure: "likely" } : undefined;
}

/** More of them than may be chance: a clock that was off, a queue that gave something twice. */
const FEW = 3;

/** The whole seconds that a timeout can be at most, of which no such span can be shorter; `undefined` where they are few. */
export function atMostSeconds({ bins }: Spans): number | undefined {
  let seen = 0;
  for (const { fromMs, count } of bins) {
    seen += count;
    if (seen >= FEW) return Math.floor(fromMs / SECOND_MS);
  }
  return undefined;
}

/** A straggler or two in front of the crowd are not its beginning. */
function startOf(bins: Spans["bins"], { fromMs, within }: { fromMs: number; within: number }): number {
  const begin = bins.find(
    (bin) => bin.fromMs >= fromMs && bin.toMs <= fromMs + WIDTH_MS && bin.count >= within / 5,
  );
  return begin?.fromMs ?? fromMs;
}
