/** Numbers as they stand in a sentence. */

import { quantileMs, type Spans } from "../spans.ts";

/** `45 s`, `30.2 s`, `120 ms`. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  return `${seconds >= 100 ? Math.round(seconds) : Math.round(seconds * 10) / 10} s`;
}

/** `1 delivery`, `2 deliveries`. */
export function many(count: number, one: string, more: string): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : more}`;
}

export function median(spans: Spans): number | undefined {
  return quantileMs(spans, 0.5);
}

/** `Gaps: median 30.2 s, p90 31 s.` */
export function gaps(spans: Spans): readonly string[] {
  const [half, most] = [median(spans), quantileMs(spans, 0.9)];
  return half === undefined || most === undefined
    ? []
    : [`Gap since the delivery before: median ${span(half)}, p90 ${span(most)}.`];
}

/** `The runs before them: p99 44 s, longest 45.1 s.` */
export function runs(spans: Spans): readonly string[] {
  const most = quantileMs(spans, 0.99);
  return most === undefined
    ? []
    : [`The runs before them took ${span(most)} at p99 and ${span(spans.maxMs)} at most.`];
}
