/** One run of a request, while its lines are put together; and how they are told from those of another run of the same request. */

import type { Entry, InvocationEnded, InvocationFailed, InvocationStarted, Outcome } from "../model.ts";

export type PlatformLine = InvocationStarted | InvocationEnded | InvocationFailed;

/** An outcome that was said beats one that was not; what killed the process beats what the handler said; the narrower beats the wider. */
const RANK: Readonly<Record<Outcome, number>> = {
  unknown: 0,
  success: 1,
  error: 2,
  crash: 3,
  timeout: 4,
  "out-of-memory": 5,
};
const KILLED: ReadonlySet<Outcome> = new Set(["crash", "timeout", "out-of-memory"]);

/** Two STARTs of one request that lie closer together are one, told of twice (a telemetry extension beside the log, two copies of a file): Lambda waits longer before it tries again. */
const SAME_START_MS = 1_000;
/** Extensions go on after the handler; Lambda's first retry of an asynchronous invocation comes after a minute. */
const LINGERS_MS = 30_000;

/** So exactly does a duration say when a run began. */
const REST_MS = 2_000;

export class Run {
  /** Where its lines stand: several, where the same line stands in two files. */
  readonly streams: Set<string> = new Set();
  startMs: number | undefined;
  version: string | undefined;
  outcome: Outcome = "unknown";
  durationMs: number | undefined;
  endMs: number | undefined;
  firstMs: number = Number.POSITIVE_INFINITY;
  lastMs: number = Number.NEGATIVE_INFINITY;
  readonly lines: PlatformLine[] = [];
  readonly ends: { end?: number; report?: number; runtimeDone?: number } = {};
  #killedMs: number | undefined;
  #reported = false;

  add(line: PlatformLine): void {
    this.lines.push(line);
    this.touch(line);
    if (line.kind === "started") {
      this.startMs ??= line.atMs;
      this.version ??= line.version;
      return;
    }
    if (RANK[line.outcome] > RANK[this.outcome]) this.outcome = line.outcome;
    if (line.kind === "failed") {
      if (KILLED.has(line.outcome)) this.#killedMs ??= line.atMs;
      return;
    }
    this.ends[line.by] ??= line.atMs;
    if (this.endMs === undefined || line.atMs < this.endMs) this.endMs = line.atMs;
    if (line.durationMs !== undefined && !this.#reported) {
      this.durationMs = line.durationMs;
      this.#reported = line.by === "report";
    }
  }

  touch({ stream, atMs }: Entry): void {
    this.streams.add(stream);
    if (atMs < this.firstMs) this.firstMs = atMs;
    if (atMs > this.lastMs) this.lastMs = atMs;
  }

  get ended(): boolean {
    return this.endMs !== undefined;
  }

  /** When the handler did not run any more, for certain. */
  get overMs(): number | undefined {
    return this.endMs ?? this.#killedMs;
  }

  /** Whether it is known when it began and when it ended: then what was written between is its own. */
  get closed(): boolean {
    return this.beganMs !== undefined && this.ended;
  }

  /** Whether Lambda itself has said that it ended it: then it has written all lines of its end. */
  get stopped(): boolean {
    return this.outcome === "timeout" || this.outcome === "out-of-memory";
  }

  /** When it began: as its START says, or as its duration does. */
  get beganMs(): number | undefined {
    if (this.startMs !== undefined) return this.startMs;
    return this.endMs !== undefined && this.durationMs !== undefined
      ? this.endMs - this.durationMs
      : undefined;
  }

  /** Whether a line of the same request is one of this run. Lines come in the order of time. */
  takes(line: PlatformLine): boolean {
    if (line.kind === "started") {
      if (this.ended) return false;
      return line.atMs - (this.startMs ?? this.firstMs) < SAME_START_MS;
    }
    return this.streams.has(line.stream) && !this.#over(line);
  }

  /** Whether a line of another file or stream is one of this run: an error that is logged apart from START and END. */
  takesFromElsewhere(line: PlatformLine): boolean {
    return line.kind === "failed" && this.startMs !== undefined && !this.#over(line);
  }

  /** Whether another run is the rest of this one, in the file that comes after: then its duration fits. */
  goesOnIn(rest: Run): boolean {
    if (this.startMs === undefined || this.ended || rest.startMs !== undefined) return false;
    return rest.beganMs !== undefined && Math.abs(rest.beganMs - this.startMs) < REST_MS;
  }

  #over(line: PlatformLine): boolean {
    if (this.overMs !== undefined && line.atMs - this.overMs > LINGERS_MS) return true;
    if (line.kind !== "ended") return false;
    const same = this.ends[line.by];
    return same !== undefined && Math.abs(line.atMs - same) >= SAME_START_MS;
  }
}
