/**
 * By which signs lines are missing. What a filter or a log format leaves out everywhere is no sign, nor what a time range
 * has cut off at either of its ends; a stream that is cut elsewhere has lost lines that others of its function have not.
 */

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

/** Whether none was seen. */
export function isComplete(signs: Signs): boolean {
  return Object.values(signs).every((times) => times === 0);
}

/** No function runs for longer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. */
const LONGEST_MS = 15 * 60_000;
/** So exactly is a time range cut. */
const SLACK_MS = 2_000;
/** So exactly are parts cut that a delivery stream has written, each with what had arrived until then. */
const PART_MS = 60_000;
/** Where a cut falls into a run is chance: into the first twentieth of its time once in twenty. */
const TIGHT = 20;
/** So many such cuts, and more than half of all, are no cuts. */
const TIGHT_CUTS = 2;
/** In so few invocations chance may have hidden all other signs. */
const FEW = 50;

type OfRun = "withoutStart" | "withoutEnd" | "withoutBoth";

/** What a time range may have cut off. */
interface Cut {
  readonly sign: OfRun;
  /** Unless the stream is one environment's: then it has lost a line. */
  readonly inMiddleOf: Stream | undefined;
  /** Whether the very next line of its run is there. */
  readonly tight: boolean;
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
  readonly #signs: Record<OfRun, number> = { withoutStart: 0, withoutEnd: 0, withoutBoth: 0 };
  readonly #cuts: Cut[] = [];
  readonly #functions = new Map<string, OfFunction>();
  #withoutFunction = 0;

  constructor(streams: Streams) {
    this.#streams = streams;
  }

  /** @param deliveries how many it had */
  addRun(run: Run, requestId: string, scope: string, deliveries: number): void {
    const [name] = run.streams;
    const stream = name === undefined ? undefined : this.#streams.of(name);
    if (!stream) return;
    const sign = this.#signOf(run, stream.name);
    if (sign !== undefined) this.#count(run, sign, requestId, stream);
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
    let [starts, tight] = [0, 0];
    for (const cut of this.#cuts) {
      if (cut.inMiddleOf?.mixed === false) this.#signs[cut.sign] += 1;
      else if (cut.sign === "withoutStart") {
        starts += 1;
        if (cut.tight) tight += 1;
      }
    }
    if (tight >= TIGHT_CUTS && tight * 2 > starts) this.#signs.withoutStart += tight;
    const signs: Signs = {
      ...this.#signs,
      withoutMessage: 0,
      unseen: 0,
      withoutFunction: this.#withoutFunction,
    };
    for (const [scope, { given, bare, loose, seen }] of this.#functions) {
      const lines = this.#streams.linesOf(scope);
      if (!lines || lines.start + lines.end + lines.report + lines.done === 0) signs.unseen += seen;
      if (given > 0 && bare > loose && (given + bare < FEW || bare < given))
        signs.withoutMessage += bare - loose;
    }
    return signs;
  }

  #signOf(run: Run, stream: string): OfRun | undefined {
    const streams = this.#streams;
    if (!run.ended && run.startMs === undefined)
      return streams.writes(stream, "start") ? "withoutBoth" : undefined;
    if (run.startMs === undefined && streams.writes(stream, "start")) return "withoutStart";
    // One that has not ended at all may have been killed, where nothing else is missing.
    if (!run.ended) return run.stopped && streams.writesEnds(stream) ? "withoutEnd" : undefined;
    const lacks = (line: "end" | "report"): boolean =>
      run.ends[line] === undefined && streams.writes(stream, line);
    return lacks("end") || lacks("report") ? "withoutEnd" : undefined;
  }

  /** Unless what it lacks may lie before the first or after the last instant of its function's logs. */
  #count(run: Run, sign: OfRun, requestId: string, stream: Stream): void {
    const { fromMs, toMs } = this.#streams.rangeOf(stream);
    const isEdge = (edge: Stream["first"]): boolean =>
      edge?.requestId === requestId && edge.atMs >= run.firstMs && edge.atMs <= run.lastMs;
    const [isFirst, isLast] = [isEdge(stream.first), isEdge(stream.last)];
    const began = run.beganMs ?? run.firstMs - LONGEST_MS;
    const atFrom = began <= fromMs + (isFirst ? PART_MS : SLACK_MS);
    const atTo = (run.endMs ?? run.lastMs) >= toMs - (isLast ? PART_MS : SLACK_MS);
    // Its END is cut off with its START, or its REPORT with what comes after: never an END alone.
    const isCut =
      sign === "withoutEnd"
        ? (atTo && run.ends.report === undefined) || (run.startMs === undefined && atFrom)
        : atFrom;
    if (!isCut) {
      this.#signs[sign] += 1;
      return;
    }
    // In the midst of an environment's stream nothing is cut: that it is one environment's is known in the end.
    const isWithin = sign === "withoutEnd" ? !isLast && (!isFirst || run.startMs !== undefined) : !isFirst;
    this.#cuts.push({ sign, inMiddleOf: isWithin ? stream : undefined, tight: isTight(run) });
  }

  #of(scope: string): OfFunction {
    const known = this.#functions.get(scope);
    if (known) return known;
    const one = { given: 0, bare: 0, loose: 0, seen: 0 };
    this.#functions.set(scope, one);
    return one;
  }
}

function isTight({ beganMs, firstMs, durationMs }: Run): boolean {
  return beganMs !== undefined && durationMs !== undefined && (firstMs - beganMs) * TIGHT <= durationMs;
}

function succeeded({ outcome }: Run): boolean {
  return outcome === "success" || outcome === "unknown";
}
