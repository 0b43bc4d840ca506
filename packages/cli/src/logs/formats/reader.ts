/** From raw lines to entries: which format a line has is told by the line itself, so that sources may mix them. */

import { stripVTControlCharacters } from "node:util";
import type { Batch } from "../input/open.ts";
import type { Heading } from "../input/documents.ts";
import type { Expressions } from "../keys/expressions.ts";
import type { Entry, ReadCounts } from "../model.ts";
import { ApplicationReader, type Application } from "./application.ts";
import { instantAt } from "./instant.ts";
import { platformText, runtimeError } from "./lambda-text.ts";
import { type Line, parsed, type Said, timed, type Unplaced } from "./line.ts";
import { own } from "./own.ts";
import { Pretty } from "./pretty.ts";
import { type Prefilter, prefilterOf } from "./prefilter.ts";
import { Seen } from "./seen.ts";
import { StreamState } from "./stream-state.ts";
import { type Unwrapped, unwrap } from "./wrappers.ts";

/** `2026/09/25/[$LATEST]0123…`, and with the function's name before the version where functions share a log group. */
const STREAM_NAME = /^(\d{4}\/\d\d\/\d\d\/[^\s[\]]*\[[^\s[\]]+\][^\s[\]]*) ?/;
const CONSOLE = /^\t([0-9A-Za-z-]{8,64}|undefined)?\t([A-Za-z]+)\t/;
/** Python's logger. */
const BRACKETED = /^\[([A-Z]+)\]\t([^\t]+)\t([0-9A-Za-z-]{8,64})?\t/;
const [BRACE, BRACKET, ESCAPE, ZERO, NINE, SPACE, TAB] = [123, 91, 27, 48, 57, 32, 9];
/** Lines before the first instant of their stream. */
const MOST_TIMELESS = 1_000;

/** Reads batches in their order; one for all sources. */
export class EntryReader {
  readonly #counts: ReadCounts;
  readonly #expressions: Expressions;
  readonly #prefilter: Prefilter;
  readonly #application: ApplicationReader;
  readonly #streams = new Map<string, StreamState>();
  readonly #seen = new Seen();
  readonly #timeless = new Map<StreamState, Entry[]>();
  readonly #pretty = new Map<string, Pretty>();
  #out: Entry[] = [];

  constructor(counts: ReadCounts, expressions: Expressions) {
    this.#counts = counts;
    this.#expressions = expressions;
    this.#prefilter = prefilterOf(expressions);
    this.#application = new ApplicationReader(expressions, counts);
  }

  read({ source, heading, texts }: Batch): readonly Entry[] {
    this.#out = [];
    const wrapped = heading.logStream !== undefined;
    const stream = this.#stream(heading.logStream ?? source.stream, wrapped, heading.logGroup);
    const pretty = this.#prettyOf(stream.name);
    const name = functionOf(heading.logGroup);
    for (const text of texts) this.#text(text, stream, name, heading, pretty);
    stream.letGo();
    pretty.letGo();
    this.#counts.entries += this.#out.length;
    return this.#out;
  }

  /** What was held back: lines of a record that never ended, and what has no instant at all, which is counted. */
  end(): readonly Entry[] {
    this.#out = [];
    for (const pretty of this.#pretty.values()) if (pretty.open) this.#counts.unreadable += 1;
    for (const entries of this.#timeless.values()) this.#counts.unreadable += entries.length;
    this.#pretty.clear();
    this.#timeless.clear();
    return this.#out;
  }

  #text(text: string, stream: StreamState, name: string | undefined, heading: Heading, pretty: Pretty): void {
    if (pretty.open) {
      const whole = pretty.add(text);
      if (whole === undefined) return;
      if (whole.cut) this.#counts.unreadable += 1;
      if (whole.text !== undefined) this.#look(whole.text, stream, name, heading);
      if (whole.again === undefined) return;
    }
    const code = text.charCodeAt(0);
    const last = text.charCodeAt(text.length - 1);
    if (last === BRACE && pretty.begins(text)) return;
    const json = code === BRACE || code === BRACKET;
    if (code === BRACE && last !== 125 && !text.trimEnd().endsWith("}") && text.charCodeAt(1) === 34) {
      this.#counts.unreadable += 1;
      return;
    }
    if (code >= ZERO && code <= NINE) pretty.heading(text);
    if (!(json ? this.#prefilter.wrapped(text) : this.#prefilter.line(text))) {
      if (code >= ZERO && code <= NINE) stream.pass(text);
      return;
    }
    this.#look(text, stream, name, heading);
  }

  #look(text: string, stream: StreamState, name: string | undefined, heading: Heading): void {
    this.#line(
      {
        text:
          text.charCodeAt(0) === ESCAPE || text.includes("\u001B[") ? stripVTControlCharacters(text) : text,
        stream,
        function: name,
        atMs: undefined,
        fine: false,
        eventId: undefined,
        unordered: false,
        joined: false,
      },
      heading,
    );
  }

  /** Takes off what a line is wrapped in. */
  #line(line: Line, heading: Heading): void {
    const { text } = line;
    const code = text.charCodeAt(0);
    if (code === BRACE || (code === BRACKET && /^\[\s*[{[]/.test(text))) {
      const value = parsed(text);
      if (value === undefined) {
        if (/^\{\s*["}]/.test(text)) this.#counts.unreadable += 1;
        return;
      }
      const events = unwrap(value);
      if (events) for (const event of events) this.#unwrapped(event, line, heading);
      else this.#json(value, line);
      return;
    }
    if (code >= ZERO && code <= NINE) {
      const instant = instantAt(text);
      if (instant) {
        timed(line, instant);
        const rest = text.slice(instant.end);
        const console = rest.charCodeAt(0) === TAB ? CONSOLE.exec(rest) : null;
        if (console) this.#console(rest.slice(console[0].length), console[1], line);
        else
          this.#after(
            rest.charCodeAt(0) === SPACE || rest.charCodeAt(0) === TAB ? rest.slice(1) : rest,
            line,
            heading,
          );
        return;
      }
    }
    const bracketed = code === BRACKET ? BRACKETED.exec(text) : null;
    if (bracketed) {
      const instant = instantAt(bracketed[2] ?? "");
      if (instant) timed(line, instant);
      this.#console(text.slice(bracketed[0].length), bracketed[3], line);
      return;
    }
    this.#plain(line);
  }

  /** After the time of `aws logs tail` or of an export. */
  #after(rest: string, line: Line, heading: Heading): void {
    const named = STREAM_NAME.exec(rest);
    if (named) line.stream = this.#stream(named[1] as string, true, heading.logGroup);
    line.text = named ? rest.slice(named[0].length).trimStart() : rest;
    if (line.text !== "") this.#line(line, heading);
  }

  #unwrapped(event: Unwrapped, outer: Line, heading: Heading): void {
    const { message, atMs, eventId } = event;
    const logGroup = event.logGroup ?? heading.logGroup;
    const logStream = event.logStream;
    const stream = logStream === undefined ? outer.stream : this.#stream(logStream, true, logGroup);
    const name = functionOf(logGroup) ?? outer.function;
    const line = {
      stream,
      function: name,
      atMs: atMs ?? outer.atMs,
      fine: atMs !== undefined,
      eventId,
      unordered: event.unordered === true,
      joined: false,
    };
    if (typeof message === "string") this.#line({ ...line, text: message.trimEnd() }, heading);
    else this.#json(message, { ...line, text: JSON.stringify(message) });
  }

  #console(text: string, requestId: string | undefined, line: Line): void {
    const known = requestId === undefined || requestId === "undefined" ? undefined : own(requestId);
    const error = runtimeError(text);
    const request = known ?? line.stream.only(line.atMs);
    if (error && request !== undefined) {
      const failed = { kind: "failed", requestId: request, outcome: error } as const;
      const said = known === undefined ? { ...failed, joined: true } : failed;
      this.#give([said], line, request, line.atMs, false);
    } else if (!error) this.#applied(this.#application.text(text, line.text, known), line);
  }

  #plain(line: Line): void {
    const said = platformText(line.text);
    if (said) this.#give([said], line, undefined, line.atMs, false);
    else this.#console(line.text, undefined, line);
  }

  #json(value: unknown, line: Line): void {
    this.#applied(this.#application.json(value, line.text), line);
  }

  #applied({ said, requestId, atMs, mentions }: Application, line: Line): void {
    if (said.length === 0) return;
    const asked = this.#expressions.fields.has("time") && atMs !== undefined;
    const at = line.fine && !asked ? line.atMs : (atMs ?? line.atMs);
    const request = requestId ?? line.stream.only(at);
    line.joined = requestId === undefined;
    if (asked) Object.assign(line, { atMs, fine: true });
    this.#give(said, line, request, at, mentions);
  }

  #give(
    said: readonly Said[],
    line: Line,
    requestId: string | undefined,
    atMs: number | undefined,
    mentions: boolean,
  ): void {
    const { stream } = line;
    if (this.#seen.repeated(line, requestId, atMs ?? said[0]?.atMs, said)) {
      this.#counts.repeated += 1;
      return;
    }
    for (const one of said) {
      const saidMs = line.fine ? (line.atMs ?? one.atMs) : (one.atMs ?? atMs);
      const at = saidMs ?? this.#guess(one, stream);
      if (at !== undefined && stream.advance(at) && said.length === 1 && !line.unordered)
        this.#counts.clockSteps += 1;
      // One object from here on: there are millions.
      const entry = one as Unplaced;
      if (requestId !== undefined && entry.requestId === undefined) {
        entry.requestId = requestId;
        if (line.joined) entry.joined = true;
      }
      if (mentions && !this.#seen.isNew(entry, stream)) continue;
      if (!mentions && this.#expressions.any) this.#seen.mentioned(entry, stream);
      entry.atMs = at ?? Number.NaN;
      entry.stream = stream.name;
      if (line.function !== undefined) entry.function = line.function;
      if (one.kind === "started") {
        stream.start(one.requestId, at ?? Number.NaN);
        if (saidMs === undefined) stream.hold(entry as Entry);
        else this.#place(entry as Entry, stream);
      } else if (one.kind !== "ended") this.#place(entry as Entry, stream);
      else if (at === undefined) this.#counts.unreadable += 1;
      // Without an instant the REPORT says better when it ended.
      else if (saidMs !== undefined || one.by !== "end") this.#place(entry as Entry, stream);
      if (one.kind === "ended" || one.kind === "failed") stream.end(one.requestId);
    }
  }

  /** A line without an instant is as late as the one before it; an end is not before what it says it took. */
  #guess(one: Said, stream: StreamState): number | undefined {
    if (one.kind === "started") return undefined;
    const held = stream.held();
    if (held) this.#place(held, stream);
    const before = stream.beforeMs;
    if (one.kind !== "ended" || one.durationMs === undefined || before === undefined) return before;
    const started = stream.startedMs(one.requestId);
    // Without its start nobody knows how long it ran after its last line.
    return started === undefined || Number.isNaN(started)
      ? undefined
      : Math.max(before, started + Math.round(one.durationMs));
  }

  #place(entry: Entry, stream: StreamState): void {
    const held = entry.kind === "started" ? undefined : stream.held();
    if (held) this.#out.push(held);
    const waiting = this.#timeless.get(stream);
    if (!Number.isNaN(entry.atMs)) {
      if (waiting) {
        this.#timeless.delete(stream);
        for (const one of waiting) this.#out.push({ ...one, atMs: entry.atMs } as Entry);
      }
      this.#out.push(entry);
    } else if (!waiting) this.#timeless.set(stream, [entry]);
    else if (waiting.length < MOST_TIMELESS) waiting.push(entry);
    else this.#counts.unreadable += 1;
  }

  #stream(name: string, named: boolean, logGroup: string | undefined): StreamState {
    // Names of streams are a log group's own.
    const id = logGroup === undefined ? name : `${logGroup}:${name}`;
    const known = this.#streams.get(id);
    if (known) return known;
    const stream = new StreamState(own(id), named);
    this.#streams.set(stream.name, stream);
    return stream;
  }

  #prettyOf(name: string): Pretty {
    const known = this.#pretty.get(name) ?? new Pretty();
    this.#pretty.set(name, known);
    return known;
  }
}

function functionOf(logGroup: string | undefined): string | undefined {
  return logGroup?.replace(/^\/aws\/lambda\//, "");
}
