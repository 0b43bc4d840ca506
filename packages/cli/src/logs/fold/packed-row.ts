/** A delivery as a short list of plain data: what waits for the others of its key, in memory or on the disk. */

import type { Invocation, Outcome, Told } from "../model.ts";
import { long, unlong } from "./long.ts";
import type { Names } from "./names.ts";
import type { DeliveryRow } from "./rows.ts";

/** `null`, and 0 for a name: it is not there. The group comes first. */
export type PackedRow = readonly [
  group: string,
  flags: number,
  scope: number,
  stream: number,
  atMs: number,
  messageId: string | null,
  receiveCount: number | null,
  sentAtMs: number | null,
  firstReceivedAtMs: number | null,
  source: number,
  invocation: PackedInvocation | null,
  told: Told | null,
];

type PackedInvocation = readonly [
  requestId: string,
  retry: number,
  stream: number,
  function: number,
  startMs: number | null,
  endMs: number | null,
  durationMs: number | null,
  outcome: Outcome,
  outcomeSaid: boolean,
  deliveries: number,
  version: number,
];

const [FAILED, OPEN, FAILURE, NAMELESS, COMPLETE, INCOMPLETE, UNDATED] = [1, 2, 4, 8, 16, 32, 64];
/** A delivery without a name, of which a guard has told, is alone. */
export function groupOf({ scope, key, stream, atMs, invocation }: DeliveryRow): string {
  return long(`${scope} ${key ?? `\u0000${invocation?.id ?? stream} ${atMs}`}`);
}

/** @param group of a row that has a key */
export function keyOf(group: string, scope: string): string {
  return unlong(group).slice(scope.length + 1);
}

export function packRow(row: DeliveryRow, names: Names): PackedRow {
  return [
    groupOf(row),
    (row.key === undefined ? NAMELESS : 0) |
      (row.failed ? FAILED : 0) |
      (row.open ? OPEN : 0) |
      (row.failure ? FAILURE : 0) |
      (row.undated ? UNDATED : 0) |
      (row.only === undefined ? 0 : row.only === "complete" ? COMPLETE : INCOMPLETE),
    names.numberOf(row.scope),
    names.numberOf(row.stream),
    row.atMs,
    row.messageId ?? null,
    row.receiveCount ?? null,
    row.sentAtMs ?? null,
    row.firstReceivedAtMs ?? null,
    names.numberOf(row.source),
    row.invocation ? packInvocation(row.invocation, names) : null,
    row.told ?? null,
  ];
}

export function unpackRow(packed: PackedRow, names: Names): DeliveryRow {
  const [group, flags, of, stream, atMs, messageId, receives, sentMs, receivedMs, source, invocation, told] =
    packed;
  const scope = names.textOf(of) ?? "";
  return {
    scope,
    key: (flags & NAMELESS) === 0 ? keyOf(group, scope) : undefined,
    stream: names.textOf(stream) ?? "",
    atMs,
    messageId: messageId ?? undefined,
    receiveCount: receives ?? undefined,
    sentAtMs: sentMs ?? undefined,
    firstReceivedAtMs: receivedMs ?? undefined,
    source: names.textOf(source),
    failed: (flags & FAILED) !== 0,
    open: (flags & OPEN) !== 0,
    failure: (flags & FAILURE) !== 0,
    undated: (flags & UNDATED) !== 0,
    only: (flags & COMPLETE) !== 0 ? "complete" : (flags & INCOMPLETE) !== 0 ? "incomplete" : undefined,
    invocation: invocation ? unpackInvocation(invocation, names) : undefined,
    told: told ?? undefined,
  };
}

function packInvocation(invocation: Invocation, names: Names): PackedInvocation {
  const { requestId, retry, stream, startMs, endMs, durationMs, outcome, outcomeSaid, deliveries, version } =
    invocation;
  return [
    requestId,
    retry,
    names.numberOf(stream),
    names.numberOf(invocation.function),
    startMs ?? null,
    endMs ?? null,
    durationMs ?? null,
    outcome,
    outcomeSaid,
    deliveries,
    names.numberOf(version),
  ];
}

function unpackInvocation(packed: PackedInvocation, names: Names): Invocation {
  const [
    requestId,
    retry,
    stream,
    name,
    startMs,
    endMs,
    durationMs,
    outcome,
    outcomeSaid,
    deliveries,
    version,
  ] = packed;
  return {
    id: invocationId(requestId, retry),
    requestId,
    stream: names.textOf(stream) ?? "",
    function: names.textOf(name),
    startMs: startMs ?? undefined,
    endMs: endMs ?? undefined,
    durationMs: durationMs ?? undefined,
    outcome,
    outcomeSaid,
    deliveries,
    version: names.textOf(version),
    retry,
  };
}

export function invocationId(requestId: string, retry: number): string {
  return retry === 0 ? requestId : `${requestId}#${retry}`;
}
