/** From all lines of one request to its runs: one, or one for each start, where Lambda has retried it. */

import type { DeliveryFailed, DeliverySeen, DeliveryTold, Entry } from "../model.ts";
import { type PlatformLine, Run } from "./run.ts";

/** What says something of a message. */
export type MessageLine = DeliverySeen | DeliveryTold | DeliveryFailed;

export interface RunLines {
  readonly run: Run;
  readonly messages: MessageLine[];
}

/** In one millisecond: what begins, what was done, what ends. */
const ORDER: Readonly<Record<Entry["kind"], number>> = {
  started: 0,
  delivery: 1,
  told: 2,
  "delivery-failed": 3,
  failed: 4,
  ended: 5,
};

/** A line of the handler may bear an instant of its own clock's, before that of the platform's START. */
const SLACK_MS = 1_000;

/** @returns in the order in which they began; never empty */
export function runsOf(entries: readonly Entry[]): readonly RunLines[] {
  const ordered = [...entries].sort(
    (left, right) => left.atMs - right.atMs || ORDER[left.kind] - ORDER[right.kind],
  );
  const runs: RunLines[] = [];
  for (const entry of ordered) {
    if (!isPlatform(entry)) continue;
    const found = runs.findLast(({ run }) => run.takes(entry));
    const { run } = found ?? opened(runs);
    run.add(entry);
  }
  if (runs.length === 0) opened(runs);
  for (const entry of ordered) {
    if (isPlatform(entry)) continue;
    const { run, messages } = runAt(runs, entry);
    run.touch(entry);
    messages.push(entry);
  }
  return runs;
}

function opened(runs: RunLines[]): RunLines {
  const opening = { run: new Run(), messages: [] };
  runs.push(opening);
  return opening;
}

function runAt(runs: readonly RunLines[], { stream, atMs }: MessageLine): RunLines {
  const first = runs[0] as RunLines;
  if (runs.length === 1) return first;
  const begun = runs.filter(({ run }) => beganMs(run) <= atMs);
  const found = begun.findLast(({ run }) => run.streams.has(stream)) ?? begun.at(-1) ?? first;
  const over = found.run.overMs !== undefined && atMs > found.run.overMs;
  const next = runs[runs.indexOf(found) + 1];
  return over && next && beganMs(next.run) - atMs <= SLACK_MS ? next : found;
}

function beganMs(run: Run): number {
  return run.beganMs ?? run.firstMs;
}

function isPlatform(entry: Entry): entry is PlatformLine {
  return entry.kind === "started" || entry.kind === "ended" || entry.kind === "failed";
}
