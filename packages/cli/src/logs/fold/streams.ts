/** What is remembered of each log stream and of each function while entries come: where a stream begins and ends, and which kinds of lines are written in it. */

import type { Entry } from "../model.ts";

/** Lambda's own lines, as far as each invocation has one of them. */
export type Line = "start" | "end" | "report";

/** How often lines of each kind were seen. */
export interface Lines {
  start: number;
  end: number;
  report: number;
  /** `platform.runtimeDone`: some configurations write it of failures only. */
  done: number;
}

export interface Stream {
  readonly name: string;
  function: string | undefined;
  readonly lines: Lines;
  /** Of these, those that name their function. */
  readonly named: Lines;
  firstMs: number;
  lastMs: number;
  /** The invocations that a time range or a rotated file may have cut in two. */
  first: Edge | undefined;
  last: Edge | undefined;
  /** When its last invocation began: one before it that has not ended will not end any more. */
  lastStartMs: number;
  /** Whether invocations overlap in it: then it is not one environment's, and no START says that another has ended. */
  mixed: boolean;
}

interface Edge {
  readonly requestId: string;
  readonly atMs: number;
  readonly rank: number;
}

const LINES = ["start", "end", "report", "done"] as const;
/** So many lines of one kind without any of another show that the other is not written there. */
const SHOWN = 4;

export class Streams {
  fromMs: number = Number.POSITIVE_INFINITY;
  toMs: number = Number.NEGATIVE_INFINITY;
  /** Known after `close`. */
  severalFunctions = false;
  readonly #streams = new Map<string, Stream>();
  readonly #functions = new Map<string, Lines>();
  /** Lines that some stream of a function is shown not to have. */
  readonly #without = new Set<string>();
  readonly #ranges = new Map<string, { readonly fromMs: number; readonly toMs: number }>();
  readonly #names = new Map<string, string>();

  add(entry: Entry): void {
    const { atMs, requestId } = entry;
    const stream = this.#streamOf(entry);
    if (atMs < this.fromMs) this.fromMs = atMs;
    if (atMs > this.toMs) this.toMs = atMs;
    if (atMs < stream.firstMs) stream.firstMs = atMs;
    if (atMs > stream.lastMs) stream.lastMs = atMs;
    if (entry.kind === "started" && atMs > stream.lastStartMs) stream.lastStartMs = atMs;
    const line = lineOf(entry);
    if (line !== undefined) {
      stream.lines[line] += 1;
      // What names no function is its stream's, which may only be known later.
      if (entry.function !== undefined) {
        this.#linesOf(this.#nameOf(entry.function))[line] += 1;
        stream.named[line] += 1;
      }
    }
    if (requestId === undefined) return;
    // In one millisecond, what ends an invocation comes before what begins the next one.
    const rank = entry.kind === "ended" ? 0 : entry.kind === "started" ? 2 : 1;
    const { first, last } = stream;
    if (!first || atMs < first.atMs || (atMs === first.atMs && rank < first.rank))
      stream.first = { requestId, atMs, rank };
    if (!last || atMs > last.atMs || (atMs === last.atMs && rank >= last.rank))
      stream.last = { requestId, atMs, rank };
  }

  /** After the last entry. */
  close(): void {
    const known = new Set<string>();
    for (const stream of this.#streams.values())
      if (stream.function !== undefined) known.add(stream.function);
    // Where one function only is named, what names none is its.
    if (known.size === 1) for (const stream of this.#streams.values()) [stream.function] = known;
    this.severalFunctions = known.size > 1;
    for (const { function: name = "", lines, named, firstMs, lastMs } of this.#streams.values()) {
      const range = this.#ranges.get(name);
      this.#ranges.set(name, {
        fromMs: Math.min(firstMs, range?.fromMs ?? firstMs),
        toMs: Math.max(lastMs, range?.toMs ?? lastMs),
      });
      if (shows(lines))
        for (const line of ["start", "end", "report"] as const)
          if (lines[line] === 0) this.#without.add(`${line} ${name}`);
      const sum = this.#linesOf(name);
      for (const line of LINES) sum[line] += lines[line] - named[line];
    }
  }

  of(name: string): Stream | undefined {
    return this.#streams.get(name);
  }

  get size(): number {
    return this.#streams.size;
  }

  /** From the first to the last instant in all streams of its function. */
  rangeOf({ function: name = "", firstMs, lastMs }: Stream): {
    readonly fromMs: number;
    readonly toMs: number;
  } {
    return this.#ranges.get(name) ?? { fromMs: firstMs, toMs: lastMs };
  }

  /** Of all streams of a function. */
  linesOf(name: string | undefined): Lines | undefined {
    return this.#functions.get(name ?? "");
  }

  /**
   * Whether each invocation in a stream has such a line. One that is not written (by a log format, a filter, a level of logs)
   * is not lost. In a stream of a few lines that cannot be told, so that its function's other streams tell.
   */
  writes(name: string, line: Line): boolean {
    const stream = this.#streams.get(name);
    if (!stream) return false;
    if (stream.lines[line] > 0) return true;
    if (shows(stream.lines)) return false;
    const { function: of = "" } = stream;
    return (this.#functions.get(of)?.[line] ?? 0) > 0 && !this.#without.has(`${line} ${of}`);
  }

  /** Whether the ends of invocations are written in a stream, in one way or another. */
  writesEnds(name: string): boolean {
    const lines = this.#streams.get(name)?.lines;
    return (lines && lines.end + lines.done > 0) || this.writes(name, "report");
  }

  #linesOf(name: string): Lines {
    let lines = this.#functions.get(name);
    if (!lines) {
      lines = noLines();
      this.#functions.set(name, lines);
    }
    return lines;
  }

  #nameOf(text: string): string {
    let name = this.#names.get(text);
    if (name === undefined) {
      name = functionName(text);
      this.#names.set(text, name);
    }
    return name;
  }

  #streamOf(entry: Entry): Stream {
    const known = this.#streams.get(entry.stream);
    if (known) {
      if (known.function === undefined && entry.function !== undefined)
        known.function = this.#nameOf(entry.function);
      return known;
    }
    const stream: Stream = {
      name: entry.stream,
      function: entry.function === undefined ? undefined : this.#nameOf(entry.function),
      lines: noLines(),
      named: noLines(),
      firstMs: entry.atMs,
      lastMs: entry.atMs,
      first: undefined,
      last: undefined,
      lastStartMs: Number.NEGATIVE_INFINITY,
      mixed: false,
    };
    this.#streams.set(entry.stream, stream);
    return stream;
  }
}

function lineOf(entry: Entry): keyof Lines | undefined {
  if (entry.kind === "started") return "start";
  if (entry.kind !== "ended") return undefined;
  return entry.by === "runtimeDone" ? "done" : entry.by;
}

function shows({ start, end, report }: Lines): boolean {
  return Math.max(start, end, report) >= SHOWN;
}

function noLines(): Lines {
  return { start: 0, end: 0, report: 0, done: 0 };
}

/** One name for one function, whichever way a line names it: log group, ARN, name. */
export function functionName(text: string): string {
  const arn = /^arn:[^:]*:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(text);
  if (arn?.[1] !== undefined) return arn[1];
  const group = /^(?:arn:[^:]*:logs:[^:]*:[^:]*:log-group:)?\/aws\/lambda\/([^:]+)/.exec(text);
  return group?.[1] ?? text;
}
