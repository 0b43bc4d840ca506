/** Whether a stream is one environment's: then its invocations come one after another. */

/** From starts and ends alone: in order, each has ended before the next one begins, exactly if none overlap. */
export function overlap(spans: readonly { readonly startMs: number; readonly endMs: number }[]): boolean {
  const starts = Float64Array.from(spans, ({ startMs }) => startMs).sort();
  const ends = Float64Array.from(spans, ({ endMs }) => endMs).sort();
  for (let at = 1; at < starts.length; at += 1)
    if ((ends[at - 1] as number) > (starts[at] as number)) return true;
  return false;
}
