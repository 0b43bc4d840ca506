/** What the logs hold, key by key. */

import type { Context, Delivery, Invocation } from "../model.ts";
import type { AssemblyCounts } from "./assembly.ts";
import type { Names } from "./names.ts";
import { type PackedRow, unpackRow } from "./packed-row.ts";
import { type DeliveryRow, deliveryOf } from "./rows.ts";
import type { Signs } from "./signs.ts";
import type { Spool } from "./spool.ts";
import type { Streams } from "./streams.ts";

export interface FoldCounts extends Readonly<AssemblyCounts> {
  readonly entries: number;
  readonly streams: number;
  /** Lines without a request that were joined to the invocation which was running in their stream. */
  readonly joinedByTime: number;
  /** Lines without a request of which nothing says in which invocation they were. */
  readonly withoutInvocation: number;
  /** What was written to temporary files. */
  readonly spilledBytes: number;
}

interface Parts {
  readonly context: Context;
  readonly signs: Signs;
  readonly counts: FoldCounts;
  readonly streams: Streams;
  readonly names: Names;
  readonly deliveries: Spool<PackedRow>;
}

/** So near to a logged event begins what a guard tells of it, where it waits for nothing. */
const NEAR_MS = 50;

export class Folded implements Disposable {
  readonly context: Context;
  /** Why `context.complete` is false: how often each sign of missing lines was seen. */
  readonly signs: Signs;
  readonly counts: FoldCounts;
  readonly #streams: Streams;
  readonly #names: Names;
  readonly #deliveries: Spool<PackedRow>;

  constructor({ context, signs, counts, streams, names, deliveries }: Parts) {
    this.context = context;
    this.signs = signs;
    this.counts = counts;
    this.#streams = streams;
    this.#names = names;
    this.#deliveries = deliveries;
  }

  /** All deliveries of each key of each function, in the order in which they reached a handler. May be asked again until it is closed. */
  async *groups(): AsyncGenerator<readonly Delivery[], void, undefined> {
    for await (const part of this.#deliveries.parts())
      for (const packed of part) {
        const deliveries = this.#ordered(packed.map((row) => unpackRow(row, this.#names)));
        if (deliveries.length > 0) yield deliveries;
      }
  }

  /** Gives back what temporary files hold. */
  [Symbol.dispose](): void {
    this.#deliveries.close();
  }

  #ordered(rows: readonly DeliveryRow[]): readonly Delivery[] {
    const not = this.context.complete ? "incomplete" : "complete";
    const ordered = rows
      .filter(({ only }) => only !== not)
      .sort(
        (left, right) =>
          left.atMs - right.atMs || compare(left.invocation?.id ?? "", right.invocation?.id ?? ""),
      );
    return merged(ordered, this.context.complete).map((row) => {
      const key = row.key ?? "";
      return deliveryOf(row, key, row.open ? this.#resolved(row.invocation) : row.invocation);
    });
  }

  /** One that has not ended while its environment went on was killed, if its end is not missing. */
  #resolved(invocation: Invocation | undefined): Invocation | undefined {
    const stream = this.#streams.of(invocation?.stream ?? "");
    if (!invocation || !stream || stream.mixed || !this.context.complete) return invocation;
    return stream.lastStartMs > (invocation.startMs ?? Number.POSITIVE_INFINITY)
      ? { ...invocation, outcome: "crash" }
      : invocation;
  }
}

/** Lines that name no request and were joined to no invocation: what speaks of the same delivery can only be told here. */
function merged(rows: readonly DeliveryRow[], complete: boolean): readonly DeliveryRow[] {
  if (rows.every(({ invocation }) => invocation !== undefined)) return rows;
  const found: DeliveryRow[] = [];
  // At the end, so that the order stays that of time.
  const replaced = (at: number, row: DeliveryRow): void => {
    found.splice(at, 1);
    found.push(row);
  };
  for (const row of rows) {
    if (row.invocation !== undefined) {
      found.push(row);
      continue;
    }
    if (row.only === "incomplete" && (row.told || row.failure)) {
      const own = found.findLastIndex((one) => mayBeSame(one, row));
      if (own >= 0) {
        if (row.told) replaced(own, row);
        continue;
      }
    }
    const at = found.findLastIndex((one) => isSame(one, row));
    const before = found[at];
    if (row.failure) {
      if (before) found[at] = { ...before, failed: true };
      else {
        const { failure: _, ...delivery } = row;
        found.push({ ...delivery, failed: true, undated: true });
      }
    } else if (before && !before.told && row.told) {
      // A batch's messages wait for each other. Where lines are missing, the guard may speak of a later delivery.
      if (complete || row.atMs - before.atMs <= NEAR_MS)
        found[at] = { ...row, ...defined(before), told: row.told };
      else replaced(at, row);
    } else if (!before || JSON.stringify(before) !== JSON.stringify(row)) {
      found.push(row);
    }
  }
  return found;
}

/** Whether a line without an invocation may speak of an earlier delivery of the same stream. */
function isSame(one: DeliveryRow, row: DeliveryRow): boolean {
  if (one.invocation !== undefined || one.stream !== row.stream) return false;
  return one.messageId === undefined || row.messageId === undefined || one.messageId === row.messageId;
}

/**
 * Whether what was joined by time, and may be another run's, speaks of a run that has not ended. Of the two the guard's own
 * word is kept, and nothing is counted twice.
 */
function mayBeSame({ invocation, stream, messageId, told }: DeliveryRow, row: DeliveryRow): boolean {
  return (
    invocation !== undefined &&
    invocation.endMs === undefined &&
    stream === row.stream &&
    messageId === row.messageId &&
    told === undefined
  );
}

function defined(row: DeliveryRow): DeliveryRow {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== undefined),
  ) as unknown as DeliveryRow;
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
