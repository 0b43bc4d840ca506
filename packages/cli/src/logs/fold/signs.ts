/** By which signs lines are missing. What a filter or a log format leaves out everywhere is no sign, nor what a time range has cut at either end of a stream. */

import type { Run } from "./run.ts";
import type { Stream, Streams } from "./streams.ts";

/** How often each was seen. */
export interface Signs {
  /** Invocations that end and have not started, in the middle of their stream. */
  withoutStart: number;
  /** Invocations of whose several lines at the end some are missing. */
  withoutEnd: number;
  /** Invocations that handled a message, where neither start nor end was logged. */
  withoutBoth: number;
  /** Invocations that succeeded and name no message, where most others of their function do. */
  withoutMessage: number;
  /** Deliveries of functions in whose logs no invocation starts or ends: whether anything is missing cannot be seen. */
  unseen: number;
  /** Deliveries of which no line says which function had them, where there are several. */
  withoutFunction: number;
}

/** No function runs for longer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. */
const LONGEST_MS = 15 * 60_000;
const SLACK_MS = 2_000;
/** In so few invocations chance may have hidden all other signs. */
const FEW = 50;

interface Tally {
  withoutStart: number;
  withoutEnd: number;
  withoutBoth: number;
}

interface OfFunction {
  given: number;
  bare: number;
  /** Lines about messages of which nothing says in which invocation they were. */
  loose: number;
  /** Deliveries that no guard has told of. */
  seen: number;
}

export class SignCounter {
  readonly #streams: Streams;
  /** By stream; which of the two counts is only known when all of it is: [one environment's, several'] */
  readonly #tallies = new Map<string, readonly [Tally, Tally]>();
  readonly #functions = new Map<string, OfFunction>();
  #withoutFunction = 0;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  /** @param deliveries how many it had */
  addRun(run: Run, requestId: string, scope: string, deliveries: number): void {
    const name = [...run.streams][0] ?? "";
    const stream = this.#streams.of(name);
    if (!stream) return;
    const sign = this.#signOf(run, name);
    const cut = this.#cut(run, requestId);
    if (sign !== undefined) {
      const tallies = this.#tallies.get(name) ?? [tally(), tally()];
      this.#tallies.set(name, tallies);
      const exempt =
        sign === "withoutStart" ? cut.first : sign === "withoutBoth" ? cut.first || cut.last : undefined;
      // Its own END is cut off with its START, and its REPORT with what comes after.
      if (!(exempt ?? (cut.last || (cut.first && run.startMs === undefined)))) tallies[0][sign] += 1;
      if (!nearEdge(run, stream, sign)) tallies[1][sign] += 1;
    }
    const one = this.#of(scope);
    if (deliveries > 0) one.given += 1;
    // One whose start and end are there is not cut, and has said all that it has to say.
    else if (run.startMs !== undefined && run.ended && succeeded(run)) one.bare += 1;
  }

  addDelivery(scope: string, told: boolean, loose: boolean): void {
    const one = this.#of(scope);
    if (!told) one.seen += 1;
    if (loose) one.loose += 1;
    if (scope === "" && this.#streams.severalFunctions) this.#withoutFunction += 1;
  }

  /** After all streams have been told to be mixed or not. */
  done(): Signs {
    const signs: Signs = {
      ...tally(),
      withoutMessage: 0,
      unseen: 0,
      withoutFunction: this.#withoutFunction,
    };
    for (const [name, [strict, lenient]] of this.#tallies) {
      const found = this.#streams.of(name)?.mixed ? lenient : strict;
      for (const sign of ["withoutStart", "withoutEnd", "withoutBoth"] as const) signs[sign] += found[sign];
    }
    for (const [scope, { given, bare, loose, seen }] of this.#functions) {
      const lines = this.#streams.linesOf(scope);
      if (!lines || lines.start + lines.end + lines.report + lines.done === 0) signs.unseen += seen;
      if (given > 0 && bare > loose && (given + bare < FEW || bare < given))
        signs.withoutMessage += bare - loose;
    }
    return signs;
  }

  #signOf(run: Run, stream: string): keyof Tally | undefined {
    const streams = this.#streams;
    if (!run.ended && run.startMs === undefined)
      return streams.writes(stream, "start") ? "withoutBoth" : undefined;
    if (run.startMs === undefined && streams.writes(stream, "start")) return "withoutStart";
    // One that has not ended at all may have been killed, where nothing else is missing.
    if (!run.ended) return undefined;
    const lacks = (line: "end" | "report"): boolean =>
      run.ends[line] === undefined && streams.writes(stream, line);
    return lacks("end") || lacks("report") ? "withoutEnd" : undefined;
  }

  /** Whether a part of it may lie before the first or after the last line of one of its streams. */
  #cut(run: Run, requestId: string): { readonly first: boolean; readonly last: boolean } {
    let [first, last] = [false, false];
    const at = (edge: Stream["first"]): boolean =>
      edge?.requestId === requestId && edge.atMs >= run.firstMs && edge.atMs <= run.lastMs;
    for (const name of run.streams) {
      const stream = this.#streams.of(name);
      if (at(stream?.first)) first = true;
      if (at(stream?.last)) last = true;
    }
    return { first, last };
  }

  #of(scope: string): OfFunction {
    const known = this.#functions.get(scope);
    if (known) return known;
    const one = { given: 0, bare: 0, loose: 0, seen: 0 };
    this.#functions.set(scope, one);
    return one;
  }
}

/** In a stream of several environments, each may have been cut: only what is far from both ends has all of its lines. */
function nearEdge(run: Run, { firstMs, lastMs }: Stream, sign: keyof Tally): boolean {
  const began = run.beganMs ?? run.firstMs - LONGEST_MS;
  const isFirst = began <= firstMs + SLACK_MS;
  // Once it has ended, the rest of its lines follow at once.
  const isLast =
    run.endMs === undefined
      ? lastMs - (run.startMs ?? run.firstMs) <= LONGEST_MS
      : lastMs - run.endMs <= SLACK_MS;
  if (sign === "withoutStart") return isFirst;
  if (sign === "withoutBoth") return isFirst || isLast;
  return isLast || (isFirst && run.startMs === undefined);
}

function succeeded({ outcome }: Run): boolean {
  return outcome === "success" || outcome === "unknown";
}

function tally(): Tally {
  return { withoutStart: 0, withoutEnd: 0, withoutBoth: 0 };
}
