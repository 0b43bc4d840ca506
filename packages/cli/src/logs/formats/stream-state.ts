/** What is remembered of a log stream while it is read: the last instant, and which requests are running. */

import type { Entry } from "../model.ts";
import { instantAt } from "./instant.ts";
import { own } from "./own.ts";

interface Running {
  startMs: number;
  /** What was already given of this request: a handler names its key in many lines. */
  given: Set<string> | undefined;
}

/** No request runs for longer (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html): one whose end is missing ends here. */
const LONGEST_MS = 15 * 60_000 + 60_000;
/** More than any way to write one takes. */
const INSTANT_LENGTH = 64;
const MOST_RUNNING = 1_000;
const STEP_MS = 1_000;

export class StreamState {
  readonly name: string;
  /** Whether it is one execution environment's for sure: a log stream that was named. */
  readonly named: boolean;
  lastMs: number | undefined;
  /** A line that was not looked into, but may say the time. */
  #lastTimed: string | undefined;
  /** The first of those since a start that says none. */
  #firstTimed: string | undefined;
  #firstMs: number | undefined;
  /** A start that says no time: the next line's is nearer to it than that of a line of another request. */
  #waiting: Entry | undefined;
  readonly #running = new Map<string, Running>();
  /** The last one: its REPORT may be yet to come. */
  #ended: { readonly requestId: string; readonly startMs: number } | undefined;

  constructor(name: string, named: boolean) {
    this.name = name;
    this.named = named;
  }

  /** A line that was not looked into, and begins as an instant does. */
  pass(text: string): void {
    this.#lastTimed = text;
    this.#firstTimed ??= text;
  }

  /** Between two batches: nothing may keep alive the megabyte that a line was cut out of, and there are thousands of streams. */
  letGo(): void {
    void this.beforeMs;
    if (this.#firstTimed !== undefined) this.#firstTimed = own(this.#firstTimed.slice(0, INSTANT_LENGTH));
  }

  /** The instant of the line before. */
  get beforeMs(): number | undefined {
    const timed = this.#lastTimed;
    this.#lastTimed = undefined;
    if (timed !== undefined) this.lastMs = instantAt(timed)?.atMs ?? this.lastMs;
    return this.lastMs;
  }

  /** @returns whether it stepped back by more than a second */
  advance(atMs: number): boolean {
    const before = this.beforeMs;
    this.lastMs = atMs;
    this.#firstMs ??= atMs;
    return before !== undefined && atMs < before - STEP_MS;
  }

  /** Keeps a start until a line says the time. */
  hold(start: Entry): void {
    this.#waiting = start;
    this.#firstTimed = undefined;
    this.#firstMs = undefined;
  }

  /** The start that waits, once a line has said the time. */
  held(): Entry | undefined {
    const waiting = this.#waiting;
    if (waiting?.kind !== "started") return undefined;
    const first = this.#firstTimed === undefined ? undefined : instantAt(this.#firstTimed)?.atMs;
    const atMs = first ?? this.#firstMs;
    if (atMs === undefined) return undefined;
    this.#waiting = undefined;
    const running = this.#running.get(waiting.requestId);
    if (running) running.startMs = atMs;
    return { ...waiting, atMs };
  }

  start(requestId: string, atMs: number): void {
    // One environment runs one request at a time: the end of another is missing.
    if (this.named) this.#running.clear();
    if (this.#running.size >= MOST_RUNNING) this.#running.delete(this.#running.keys().next().value as string);
    this.#running.delete(requestId);
    this.#running.set(requestId, { startMs: atMs, given: undefined });
  }

  isRunning(requestId: string): boolean {
    return this.#running.has(requestId);
  }

  startedMs(requestId: string): number | undefined {
    const ended = this.#ended?.requestId === requestId ? this.#ended : undefined;
    return (this.#running.get(requestId) ?? ended)?.startMs;
  }

  /** From here on no line without an id is of it. */
  end(requestId: string): void {
    const running = this.#running.get(requestId);
    if (!running) return;
    this.#running.delete(requestId);
    this.#ended = { requestId, startMs: running.startMs };
  }

  /** The request that a line without an id is of, when there is only one that it can be of. */
  only(atMs: number | undefined): string | undefined {
    if (this.#running.size === 0) return undefined;
    if (atMs !== undefined)
      for (const [requestId, { startMs }] of this.#running)
        if (atMs - startMs > LONGEST_MS) this.#running.delete(requestId);
    if (this.#running.size !== 1) return undefined;
    const [requestId, { startMs }] = this.#running.entries().next().value as [string, Running];
    // Sorted the other way round, what has just been read began later.
    return atMs !== undefined && atMs < startMs ? undefined : requestId;
  }

  /** Whether this was not given before in this run of the request. */
  isNew(requestId: string, what: string): boolean | undefined {
    const running = this.#running.get(requestId);
    if (!running) return undefined;
    running.given ??= new Set();
    if (running.given.has(what)) return false;
    running.given.add(what);
    return true;
  }
}
