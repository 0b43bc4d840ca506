/** From the lines of each request to deliveries under their keys, and what is learned of functions on the way. */

import type { Entry, FunctionTraits, Invocation } from "../model.ts";
import { overlap } from "./mixed.ts";
import type { Names } from "./names.ts";
import { groupOf, invocationId, keyOf, type PackedRow, packRow, unpackRow } from "./packed-row.ts";
import { type DeliveryRow, looseRow, rowsOf } from "./rows.ts";
import { isMessageLine, type MessageLine, type RunLines, runsOf } from "./runs.ts";
import { isComplete, type Signs, SignCounter } from "./signs.ts";
import { type Slots, slotsOf } from "./slots.ts";
import { Spool, type SpoolOptions } from "./spool.ts";
import { functionName, type Streams } from "./streams.ts";
import { TraitsCounter } from "./traits.ts";

/** What was put together, and what could not be. */
export interface AssemblyCounts {
  invocations: number;
  /** Before those that no request joins are compared with each other: at least as many as are given. */
  deliveries: number;
  /** Messages of a batch of which nothing says which of its keys was theirs: they are in the keys' deliveries. */
  unpaired: number;
  /** Lines about messages that name neither a key nor a message. */
  nameless: number;
}

const ROUNDED_MS = 10;

interface RunSpan {
  readonly stream: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Which run of which request, in which function. */
interface RunPlace extends Pick<DeliveryRow, "only"> {
  readonly requestId: string;
  readonly name: string | undefined;
  /** Its stream, where none of its own lines has one. */
  readonly otherwise: string;
  readonly retry: number;
}

/** Of a message that some lines name by its id only: a delivery without a key, or the group that another line has for it. */
type OfMessage =
  | readonly [message: string, group: string, only: DeliveryRow["only"] | null]
  | readonly [message: string, row: PackedRow];

export class Assembly {
  readonly counts: AssemblyCounts = { invocations: 0, deliveries: 0, unpaired: 0, nameless: 0 };
  readonly #streams: Streams;
  readonly #signs: SignCounter;
  readonly #traits = new TraitsCounter();
  readonly #spans: Spool<RunSpan>;
  readonly #keyed: Spool<PackedRow>;
  readonly #byMessage: Spool<OfMessage>;

  /** Whether some lines name a message by its id only, and others by its key. */
  readonly #joinsNames: boolean;
  readonly #names: Names;

  constructor(streams: Streams, names: Names, joinsNames: boolean, options: SpoolOptions) {
    this.#streams = streams;
    this.#names = names;
    this.#joinsNames = joinsNames;
    this.#signs = new SignCounter(streams);
    this.#spans = new Spool(({ stream }) => stream, options);
    this.#keyed = new Spool(([group]) => group, options);
    this.#byMessage = new Spool(([message]) => message, options);
  }

  /** All entries of one request. */
  addRequest(entries: readonly Entry[]): void {
    const [{ requestId = "", stream = "" } = {}] = entries;
    const known = entries.find((entry) => entry.function !== undefined)?.function;
    const name =
      known === undefined
        ? firstOf(entries, (entry) => this.#streams.of(entry.stream)?.function)
        : functionName(known);
    const of = { requestId, name, otherwise: stream };
    const runs = runsOf(entries);
    // Where lines are missing, what was written while a run was not closed may be the next one's.
    const unsure = runs.some(({ run }) => !run.closed) && entries.some(({ joined }) => joined === true);
    const only = unsure ? "complete" : undefined;
    for (const [retry, lines] of runs.entries()) this.#addRun(lines, { ...of, retry, only });
    if (unsure) this.#addUnjoined(entries, of);
  }

  /** The same without the lines that were joined by time: each is by itself. */
  #addUnjoined(entries: readonly Entry[], of: Omit<RunPlace, "retry" | "only">): void {
    const own = entries.filter(({ joined }) => joined !== true);
    for (const [retry, lines] of runsOf(own).entries())
      for (const row of this.#built(lines, { ...of, retry, only: "incomplete" }).rows) this.#route(row);
    for (const entry of entries)
      if (entry.joined === true && isMessageLine(entry))
        this.#route({ ...looseRow(entry, of.name ?? ""), only: "incomplete" });
  }

  /** A line of which nothing says in which invocation it was. */
  addLoose(line: MessageLine): void {
    if (line.key === undefined && line.messageId === undefined && line.kind !== "told") {
      this.counts.nameless += 1;
      return;
    }
    const scope =
      (line.function === undefined ? this.#streams.of(line.stream)?.function : functionName(line.function)) ??
      "";
    this.#emit(looseRow(line, scope), true);
  }

  async done(): Promise<{
    readonly deliveries: Spool<PackedRow>;
    readonly signs: Signs;
    readonly traits: ReadonlyMap<string, FunctionTraits>;
    readonly counts: AssemblyCounts;
  }> {
    for await (const part of this.#spans.parts()) {
      for (const spans of part) {
        const stream = this.#streams.of(spans[0]?.stream ?? "");
        if (stream) stream.mixed = overlap(spans);
      }
    }
    this.#spans.close();
    const signs = this.#signs.done();
    const not = isComplete(signs) ? "incomplete" : "complete";
    for await (const part of this.#byMessage.parts()) for (const rows of part) this.#nameKeys(rows, not);
    this.#byMessage.close();
    return {
      deliveries: this.#keyed,
      signs,
      traits: this.#traits.done(),
      counts: this.counts,
    };
  }

  close(): void {
    for (const spool of [this.#spans, this.#keyed, this.#byMessage]) spool.close();
  }

  #addRun(lines: RunLines, place: RunPlace): void {
    const { run } = lines;
    const scope = place.name ?? "";
    const { rows, slots, invocation } = this.#built(lines, place);
    this.counts.invocations += 1;
    this.counts.unpaired += slots.unpaired;
    this.counts.nameless += slots.nameless;
    this.#signs.addRun(run, place.requestId, scope, rows.length);
    this.#traits.add(scope, invocation, slots.slots);
    // Of one whose START is cut off its duration says when it began, but for what is rounded.
    const startMs = run.startMs ?? (run.beganMs === undefined ? undefined : run.beganMs + ROUNDED_MS);
    if (startMs !== undefined && run.endMs !== undefined)
      this.#spans.add({ stream: invocation.stream, startMs: Math.min(startMs, run.endMs), endMs: run.endMs });
    for (const row of rows) this.#emit(row, false);
  }

  #built(
    lines: RunLines,
    { requestId, name, otherwise, retry, only }: RunPlace,
  ): { readonly rows: readonly DeliveryRow[]; readonly slots: Slots; readonly invocation: Invocation } {
    const { run, messages } = lines;
    const stream = [...run.streams][0] ?? otherwise;
    const slots = slotsOf(messages);
    const outcomeSaid = run.outcome !== "unknown";
    // What is said of it at last may be cut off.
    const ended = run.ended && !(run.ends.report === undefined && this.#streams.writes(stream, "report"));
    const invocation: Invocation = {
      id: invocationId(requestId, retry),
      requestId,
      stream,
      function: name,
      startMs: run.startMs,
      endMs: run.overMs,
      durationMs:
        run.durationMs ??
        (run.startMs === undefined || run.endMs === undefined ? undefined : run.endMs - run.startMs),
      outcome: outcomeSaid ? run.outcome : ended ? "success" : "unknown",
      outcomeSaid,
      deliveries: slots.slots.length,
      version: run.version,
      retry,
    };
    const open = !outcomeSaid && !run.ended && run.startMs !== undefined && this.#streams.writesEnds(stream);
    const rows = slots.slots.flatMap((slot) =>
      rowsOf(slot, lines, { scope: name ?? "", invocation, open, only }),
    );
    return { rows, slots, invocation };
  }

  #emit(row: DeliveryRow, loose: boolean): void {
    if (!row.failure) {
      this.counts.deliveries += 1;
      this.#signs.addDelivery(row.scope, row.told !== undefined, loose);
    }
    this.#route(row);
  }

  /** To its key, at once or when it is known. */
  #route(row: DeliveryRow): void {
    if (row.messageId === undefined || !this.#joinsNames) {
      this.#keep({ ...row, key: row.key ?? row.messageId });
      return;
    }
    const message = `${row.scope}\n${row.messageId}`;
    if (row.key === undefined) {
      this.#byMessage.add([message, packRow(row, this.#names)]);
    } else {
      this.#keep(row);
      this.#byMessage.add([message, groupOf(row), row.only ?? null]);
    }
  }

  /** A message that is named by its id only is the key's that another line names with it, else a key of its own. */
  #nameKeys(rows: readonly OfMessage[], not: DeliveryRow["only"]): void {
    let found: string | undefined;
    for (const [, group, only] of rows)
      if (typeof group === "string" && only !== not && (found === undefined || group < found)) found = group;
    for (const [, packed] of rows) {
      if (typeof packed === "string") continue;
      const row = unpackRow(packed, this.#names);
      this.#keep({ ...row, key: found === undefined ? row.messageId : keyOf(found, row.scope) });
    }
  }

  #keep(row: DeliveryRow): void {
    this.#keyed.add(packRow(row, this.#names));
  }
}

function firstOf<Row, Value>(rows: readonly Row[], of: (row: Row) => Value | undefined): Value | undefined {
  for (const row of rows) {
    const value = of(row);
    if (value !== undefined) return value;
  }
  return undefined;
}
