/** From the lines of each request to deliveries under their keys, and what is learned of functions on the way. */

import type { Entry, FunctionTraits, Invocation } from "../model.ts";
import { overlap } from "./mixed.ts";
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

/** Either a delivery that names no key, or the key of a message that others name only by its id. */
type OfMessage = DeliveryRow & { readonly names?: true };

export class Assembly {
  readonly counts: AssemblyCounts = { invocations: 0, deliveries: 0, unpaired: 0, nameless: 0 };
  readonly #streams: Streams;
  readonly #signs: SignCounter;
  readonly #traits = new TraitsCounter();
  readonly #spans: Spool<RunSpan>;
  readonly #keyed: Spool<DeliveryRow>;
  readonly #byMessage: Spool<OfMessage>;

  /** Whether some lines name a message by its id only, and others by its key. */
  readonly #joinsNames: boolean;

  constructor(streams: Streams, joinsNames: boolean, options: SpoolOptions) {
    this.#streams = streams;
    this.#joinsNames = joinsNames;
    this.#signs = new SignCounter(streams);
    this.#spans = new Spool(({ stream }) => stream, options);
    this.#keyed = new Spool(keyOf, options);
    this.#byMessage = new Spool(({ scope, messageId }) => `${scope}\n${messageId}`, options);
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
    readonly deliveries: Spool<DeliveryRow>;
    readonly signs: Signs;
    readonly traits: ReadonlyMap<string, FunctionTraits>;
    readonly counts: AssemblyCounts;
  }> {
    for await (const spans of this.#spans.groups()) {
      const stream = this.#streams.of(spans[0]?.stream ?? "");
      if (stream) stream.mixed = overlap(spans);
    }
    this.#spans.close();
    for await (const rows of this.#byMessage.groups()) {
      let key: string | undefined;
      for (const row of rows) if (row.names && (key === undefined || (row.key ?? "") < key)) key = row.key;
      for (const row of rows) if (!row.names) this.#keyed.add({ ...row, key: key ?? row.messageId });
    }
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
      id: retry === 0 ? requestId : `${requestId}#${retry}`,
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
    for (const slot of slots)
      rows.push(...rowsOf(slot, lines, { scope, invocation, ...(open ? { open } : {}) }));
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
    if (row.key === undefined && row.messageId !== undefined) {
      if (this.#joinsNames) this.#byMessage.add(row);
      else this.#keyed.add({ ...row, key: row.messageId });
      return;
    }
    this.#keyed.add(row);
    if (row.messageId !== undefined && this.#joinsNames)
      this.#byMessage.add({
        scope: row.scope,
        stream: "",
        atMs: 0,
        messageId: row.messageId,
        key: row.key,
        names: true,
      });
  }
}

/** A delivery without a name, of which a guard has told, is alone. */
function keyOf({ scope, key, stream, atMs, invocation }: DeliveryRow): string {
  return key === undefined ? `${scope}\u0000${invocation?.id ?? stream}\u0000${atMs}` : `${scope}\n${key}`;
}

function firstOf<Row, Value>(rows: readonly Row[], of: (row: Row) => Value | undefined): Value | undefined {
  for (const row of rows) {
    const value = of(row);
    if (value !== undefined) return value;
  }
  return undefined;
}
