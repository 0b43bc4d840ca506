/** Lines about messages that name no request, joined to the invocation that was running in their stream, where exactly one was. */

import type { MessageLine, RunLines } from "./runs.ts";

/** When a run may have been running, as far as the log says. */
export interface Span {
  readonly requestId: string;
  readonly firstMs: number;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
}

export function spanOf(requestId: string, { run }: RunLines): Span {
  return { requestId, firstMs: run.firstMs, startMs: run.beganMs, endMs: lastEndOf(run) };
}

export interface Joined {
  readonly line: MessageLine;
  /** `undefined`: none was running, or several. */
  readonly requestId: string | undefined;
}

/**
 * @param spans of all runs in one stream
 * @param lines of that stream that name no request
 */
export function join(spans: readonly Span[], lines: readonly MessageLine[]): readonly Joined[] {
  const windows = windowsOf(spans);
  let next = 0;
  let running: Window[] = [];
  return [...lines]
    .sort((left, right) => left.atMs - right.atMs)
    .map((line) => {
      for (let window = windows[next]; window && window.fromMs <= line.atMs; window = windows[next]) {
        running.push(window);
        next += 1;
      }
      running = running.filter(({ toMs }) => toMs >= line.atMs);
      const ids = new Set(running.map(({ requestId }) => requestId));
      return { line, requestId: ids.size === 1 ? running[0]?.requestId : undefined };
    });
}

interface Window {
  readonly requestId: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Widest: what is missing of a run is taken to be as early or as late as it can have been. */
function windowsOf(spans: readonly Span[]): readonly Window[] {
  const ordered = [...spans].sort((left, right) => fromOf(left) - fromOf(right));
  const windows: Window[] = [];
  let beforeMs = Number.NEGATIVE_INFINITY;
  for (const [at, span] of ordered.entries()) {
    const { requestId, startMs, endMs } = span;
    const next = ordered[at + 1];
    const toMs =
      endMs ?? (next && next.requestId !== requestId ? fromOf(next) - 1 : Number.POSITIVE_INFINITY);
    windows.push({ requestId, fromMs: startMs ?? beforeMs, toMs });
    beforeMs = Math.max(beforeMs, endMs ?? fromOf(span));
  }
  return windows.toSorted((left, right) => left.fromMs - right.fromMs);
}

function fromOf({ startMs, firstMs }: Pick<Span, "startMs" | "firstMs">): number {
  return startMs ?? firstMs;
}

/** REPORT comes after what extensions have written. */
function lastEndOf({ ends, endMs }: RunLines["run"]): number | undefined {
  return ends.end ?? ends.runtimeDone ?? endMs;
}
