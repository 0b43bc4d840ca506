/** From the lines of each request to deliveries under their keys, and what is learned of functions on the way. */

import type { Entry, FunctionTraits, Invocation } from "../model.ts";
import { overlap } from "./mixed.ts";
import type { Names } from "./names.ts";
import { groupOf, invocationId, keyOf, type PackedRow, packRow, unpackRow } from "./packed-row.ts";
import { type DeliveryRow, looseRow, rowsOf } from "./rows.ts";
import { type MessageLine, type RunLines, runsOf } from "./runs.ts";
import { type Signs, SignCounter } from "./signs.ts";
import { slotsOf } from "./slots.ts";
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

interface RunSpan {
  readonly stream: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Of a message that some lines name by its id only: a delivery without a key, or the group that another line has for it. */
type OfMessage = readonly [message: string, group: string] | readonly [message: string, row: PackedRow];

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
    for (const [retry, lines] of runsOf(entries).entries())
      this.#addRun(lines, requestId, name, stream, retry);
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
    for await (const part of this.#byMessage.parts()) for (const rows of part) this.#nameKeys(rows);
    this.#byMessage.close();
    return {
      deliveries: this.#keyed,
      signs: this.#signs.done(),
      traits: this.#traits.done(),
      counts: this.counts,
    };
  }

  close(): void {
    for (const spool of [this.#spans, this.#keyed, this.#byMessage]) spool.close();
  }

  #addRun(
    lines: RunLines,
    requestId: string,
    name: string | undefined,
    otherwise: string,
    retry: number,
  ): void {
    const { run, messages } = lines;
    const scope = name ?? "";
    const stream = [...run.streams][0] ?? otherwise;
    const { slots, unpaired, nameless } = slotsOf(messages);
    const rows: DeliveryRow[] = [];
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
      deliveries: slots.length,
      version: run.version,
      retry,
    };
    const open = !outcomeSaid && !run.ended && run.startMs !== undefined && this.#streams.writesEnds(stream);
    for (const slot of slots) rows.push(...rowsOf(slot, lines, { scope, invocation, open }));
    this.counts.invocations += 1;
    this.counts.unpaired += unpaired;
    this.counts.nameless += nameless;
    this.#signs.addRun(run, requestId, scope, rows.length);
    this.#traits.add(scope, invocation, slots);
    if (run.startMs !== undefined && run.endMs !== undefined)
      this.#spans.add({ stream, startMs: run.startMs, endMs: run.endMs });
    for (const row of rows) this.#emit(row, false);
  }

  #emit(row: DeliveryRow, loose: boolean): void {
    if (!row.failure) {
      this.counts.deliveries += 1;
      this.#signs.addDelivery(row.scope, row.told !== undefined, loose);
    }
    if (row.messageId === undefined || !this.#joinsNames) {
      this.#keep({ ...row, key: row.key ?? row.messageId });
      return;
    }
    const message = `${row.scope}\n${row.messageId}`;
    if (row.key === undefined) {
      this.#byMessage.add([message, packRow(row, this.#names)]);
    } else {
      this.#keep(row);
      this.#byMessage.add([message, groupOf(row)]);
    }
  }

  /** A message that is named by its id only is the key's that another line names with it, else a key of its own. */
  #nameKeys(rows: readonly OfMessage[]): void {
    let found: string | undefined;
    for (const [, group] of rows)
      if (typeof group === "string" && (found === undefined || group < found)) found = group;
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
