/** The mechanism of a finding, drawn: what happens when, as bars on one scale. */

import type { TimelineBar } from "../rules/rule.ts";
import { cells, harmless, padded } from "../cells.ts";

const COLUMNS = 50;

/**
 * Lines without colour; ASCII is the caller's business. `[]` when there is nothing to draw.
 *
 * @param within columns that a line may take
 */
export function timelineLines(bars: readonly TimelineBar[], within: number = Infinity): readonly string[] {
  const real = bars.filter(({ fromSeconds, toSeconds }) => Number.isFinite(fromSeconds + toSeconds));
  const start = Math.min(0, ...real.map(({ fromSeconds }) => fromSeconds));
  const end = Math.max(...real.map(({ toSeconds }) => toSeconds));
  if (real.length === 0 || end <= start) return [];
  const labels = real.map(({ label }) => harmless(label));
  const width = Math.max(...labels.map(cells));
  const spans = real.map(({ fromSeconds, toSeconds }) =>
    fromSeconds === 0 ? lasts(toSeconds) : `${lasts(fromSeconds)} to ${lasts(toSeconds)}`,
  );
  const room = within - width - 3 - Math.max(...spans.map(cells));
  const scale = Math.max(8, Math.min(COLUMNS, room)) / (end - start);
  const column = (seconds: number): number => Math.round((seconds - start) * scale);
  return real.map(({ fromSeconds, toSeconds }, index) => {
    const from = column(fromSeconds);
    // What lasts a moment is seen too.
    const length = Math.max(1, column(toSeconds) - from);
    const bar = `${"·".repeat(from)}${"█".repeat(length)}`;
    return `${padded(labels[index] ?? "", width)}  ${bar} ${spans[index] ?? ""}`;
  });
}

/** `90 s`, `2 h`, `4 d`: in the largest unit that leaves no rest. */
export function lasts(seconds: number): string {
  for (const [unit, size] of [
    ["d", 86_400],
    ["h", 3_600],
    ["min", 60],
  ] as const)
    if (seconds >= 2 * size && seconds % size === 0) return `${seconds / size} ${unit}`;
  return `${Math.round(seconds * 1_000) / 1_000} s`;
}
