/** A delivery on its way from its run to its key, as plain data; and what it becomes there. */

import type { Delivery, DeliveryTold, Invocation, Told } from "../model.ts";
import type { MessageLine, RunLines } from "./runs.ts";
import type { Slot } from "./slots.ts";

export interface DeliveryRow {
  /** Two functions do different work with the same message: a key is one function's. */
  readonly scope: string;
  readonly key?: string | undefined;
  readonly stream: string;
  readonly atMs: number;
  readonly messageId?: string | undefined;
  readonly receiveCount?: number | undefined;
  readonly sentAtMs?: number | undefined;
  readonly firstReceivedAtMs?: number | undefined;
  readonly source?: string | undefined;
  readonly failed?: boolean;
  readonly invocation?: Invocation | undefined;
  /** Its invocation has not ended, and whether it ever will is only known when all streams are. */
  readonly open?: boolean;
  readonly told?: Told | undefined;
  /** Whether it counts only where no lines are missing, or only where some are: with lines that the row joins by time, and without. */
  readonly only?: "complete" | "incomplete" | undefined;
  /** Nothing says when it came: `atMs` is when it had failed. */
  readonly undated?: boolean;
  /** No delivery: a line without a request says that this message has failed. */
  readonly failure?: boolean;
}

/** A slot is one delivery, or several where a guard has told of each. */
export function rowsOf(
  slot: Slot,
  { run, messages }: RunLines,
  {
    scope,
    invocation,
    open,
    only,
  }: Pick<DeliveryRow, "scope" | "open" | "only"> & { readonly invocation: Invocation },
): DeliveryRow[] {
  const lines = [...slot.seen, ...slot.told];
  const some = <T>(of: (line: (typeof lines)[number]) => T | undefined): T | undefined => {
    for (const line of lines) if (of(line) !== undefined) return of(line);
    return undefined;
  };
  const first = messages[slot.place];
  let seenMs = Number.POSITIVE_INFINITY;
  for (const { atMs } of slot.seen) seenMs = Math.min(seenMs, atMs);
  // Only its failure is known: it was given to the handler when the run began.
  const undated = lines.length === 0 && run.beganMs === undefined;
  if (lines.length === 0) seenMs = run.beganMs ?? first?.atMs ?? run.firstMs;
  const row: Omit<DeliveryRow, "atMs"> = {
    scope,
    key: slot.key,
    stream: invocation.stream,
    messageId: slot.messageId,
    receiveCount: some(({ receiveCount }) => receiveCount) ?? slot.receiveCount,
    sentAtMs: some(({ sentAtMs }) => sentAtMs),
    firstReceivedAtMs: some(({ firstReceivedAtMs }) => firstReceivedAtMs),
    source: some(({ source }) => source),
    failed: slot.failed,
    open,
    only,
    undated,
    invocation: slot.doubtful && invocation.outcome === "success" ? doubted(invocation) : invocation,
  };
  const told = toldOnce(slot.told);
  if (told.length === 0) return [{ ...row, atMs: seenMs }];
  return told.map((line, at) => ({
    ...row,
    // What was seen is seen of the first one.
    atMs: Math.min(beganMs(line, run.startMs), at === 0 ? seenMs : Number.POSITIVE_INFINITY),
    told: toldOf(line),
  }));
}

/** Of a line whose invocation is not known: a delivery by itself. */
export function looseRow(line: MessageLine, scope: string): DeliveryRow {
  const { stream, key, messageId, atMs } = line;
  if (line.kind === "delivery-failed") return { scope, stream, key, messageId, atMs, failure: true };
  const { receiveCount, sentAtMs, firstReceivedAtMs, source } = line;
  const row = {
    scope,
    stream,
    key,
    messageId,
    receiveCount,
    sentAtMs,
    firstReceivedAtMs,
    source,
  };
  if (line.kind === "delivery") return { ...row, atMs };
  return { ...row, atMs: beganMs(line, undefined), told: toldOf(line) };
}

export function deliveryOf(row: DeliveryRow, key: string, invocation: Invocation | undefined): Delivery {
  const { atMs, messageId, receiveCount, sentAtMs, firstReceivedAtMs, source, failed, told, undated } = row;
  return {
    atMs,
    key,
    messageId,
    receiveCount,
    sentAtMs,
    firstReceivedAtMs,
    source,
    failed: failed === true,
    invocation,
    told,
    ...(undated ? { undated } : {}),
  };
}

/** The same line twice is one. */
function toldOnce(lines: readonly DeliveryTold[]): readonly DeliveryTold[] {
  if (lines.length < 2) return lines;
  const once = new Map<string, DeliveryTold>();
  for (const line of lines) {
    const same = `${line.atMs} ${line.verdict} ${line.ending} ${line.attempt}`;
    if (!once.has(same)) once.set(same, line);
  }
  return [...once.values()];
}

function toldOf({ verdict, origin, ending, attempt, acknowledged, durationMs, atMs }: DeliveryTold): Told {
  return {
    ...(verdict === undefined ? {} : { verdict }),
    ...(origin === undefined ? {} : { origin }),
    ending,
    ...(attempt === undefined ? {} : { attempt }),
    acknowledged,
    ...(durationMs === undefined ? {} : { durationMs }),
    endMs: atMs,
  };
}

/** A guard tells at the end. */
function beganMs({ atMs, durationMs = 0 }: DeliveryTold, startMs: number | undefined): number {
  return Math.min(atMs, Math.max(atMs - durationMs, startMs ?? Number.NEGATIVE_INFINITY));
}

function doubted(invocation: Invocation): Invocation {
  return { ...invocation, outcome: "unknown", outcomeSaid: false };
}
