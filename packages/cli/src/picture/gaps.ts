/** Gaps between deliveries as a histogram whose bins have the visibility timeout at an edge: what came before it, what after. */

import type { PictureGaps } from "./data.ts";

const MOST_BINS = 40;
/** What lies further out is counted and not drawn: one redrive after a day would make all else a single bar. */
const SHARE_DRAWN = 0.95;
/** Of visibility timeouts so many are drawn, so that there is always an edge at the first: what lies around it is what is asked. */
const LEAST_TIMEOUTS = 3;
const MOST_TIMEOUTS = 20;

/**
 * @param gapsMs in any order; what is negative or no number is left out, as it comes of clocks
 * @returns `undefined` without a gap
 */
export function gapsOf(
  gapsMs: readonly number[],
  visibilityTimeoutMs: number | undefined,
): PictureGaps | undefined {
  const sorted = gapsMs.filter((gap) => Number.isFinite(gap) && gap >= 0).toSorted((a, b) => a - b);
  if (sorted.length === 0) return undefined;
  const visibilityMs = visibilityTimeoutMs && visibilityTimeoutMs > 0 ? visibilityTimeoutMs : undefined;
  const usual = sorted[Math.ceil(sorted.length * SHARE_DRAWN) - 1] ?? 0;
  const most = visibilityMs === undefined ? Number.POSITIVE_INFINITY : visibilityMs * MOST_TIMEOUTS;
  const reachMs = Math.min(Math.max(usual + 1, (visibilityMs ?? 0) * LEAST_TIMEOUTS), most);
  const widthMs = widthOf(reachMs, visibilityMs);
  const count = Math.ceil(reachMs / widthMs);
  const counts = Array.from({ length: count }, () => 0);
  let longer = 0;
  for (const gap of sorted) {
    const bin = Math.floor(gap / widthMs);
    if (bin < count) counts[bin] = (counts[bin] ?? 0) + 1;
    else longer += 1;
  }
  return {
    bins: counts.map((found, bin) => ({ fromMs: bin * widthMs, toMs: (bin + 1) * widthMs, count: found })),
    longer,
  };
}

/** 1, 2 or 5 times a power of ten; with a visibility timeout a whole part of it. */
function widthOf(reachMs: number, visibilityMs: number | undefined): number {
  const least = reachMs / MOST_BINS;
  const power = 10 ** Math.floor(Math.log10(least));
  const round = [1, 2, 5, 10].map((step) => step * power).find((width) => width >= least) ?? least;
  if (visibilityMs === undefined) return round;
  return visibilityMs / Math.max(1, Math.floor(visibilityMs / least));
}
