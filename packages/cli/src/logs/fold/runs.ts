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
/** An id that is no request's, which all lines have, must not cost more and more. */
const MOST_BACK = 20;

/** @returns in the order in which they began; never empty */
export function runsOf(entries: readonly Entry[]): readonly RunLines[] {
  const ordered = [...entries].sort(
    (left, right) => left.atMs - right.atMs || ORDER[left.kind] - ORDER[right.kind],
  );
  const runs = platformRuns(ordered.filter(isPlatform));
  let at = 0;
  for (const entry of ordered) {
    if (isPlatform(entry)) continue;
    while (hasBegun(runs[at + 1], entry)) at += 1;
    const { run, messages } = runAt(runs, at, entry);
    run.touch(entry);
    messages.push(entry);
  }
  return runs;
}

function platformRuns(lines: readonly PlatformLine[]): RunLines[] {
  const runs: Run[] = [];
  for (const line of lines) {
    const latest = runs.slice(-MOST_BACK);
    // Of several only the last one can be running: what has no place in it is of one whose start is missing.
    const last = latest.at(-1);
    let run =
      latest.findLast((one) => one.takes(line)) ?? (last?.takesFromElsewhere(line) ? last : undefined);
    if (!run) {
      run = new Run();
      runs.push(run);
    }
    run.add(line);
  }
  const gone = new Set<Run>();
  for (const [at, rest] of runs.entries()) {
    const first = runs.slice(Math.max(0, at - MOST_BACK), at).findLast((one) => one.goesOnIn(rest));
    if (!first) continue;
    for (const line of rest.lines) first.add(line);
    gone.add(rest);
  }
  const found = runs.filter((run) => !gone.has(run));
  return (found.length > 0 ? found : [new Run()]).map((run) => ({ run, messages: [] }));
}

function hasBegun(lines: RunLines | undefined, { atMs }: MessageLine): boolean {
  return lines !== undefined && beganMs(lines.run) <= atMs;
}

/** @param at the last that has begun */
function runAt(runs: readonly RunLines[], at: number, { stream, atMs }: MessageLine): RunLines {
  const latest = runs.slice(Math.max(0, at - MOST_BACK), at + 1);
  const found = latest.findLast(({ run }) => run.streams.has(stream)) ?? (latest.at(-1) as RunLines);
  const over = found.run.overMs !== undefined && atMs > found.run.overMs;
  const next = runs[at + 1];
  return over && next && beganMs(next.run) - atMs <= SLACK_MS ? next : found;
}

function beganMs(run: Run): number {
  return run.beganMs ?? run.firstMs;
}

function isPlatform(entry: Entry): entry is PlatformLine {
  return entry.kind === "started" || entry.kind === "ended" || entry.kind === "failed";
}

export function isMessageLine(entry: Entry): entry is MessageLine {
  return !isPlatform(entry);
}
