/** An entry as a short list of plain data: what waits for the others of its request, in memory or on the disk. */

import type { DeliverySeen, Entry, InvocationEnded, Outcome } from "../model.ts";
import { long, unlong } from "./long.ts";
import type { Names } from "./names.ts";

/** `null`, and 0 for a name: it is not there. The request comes first, by which they are grouped. */
export type PackedEntry =
  | Packed<"s", [version: number]>
  | Packed<"e", [by: InvocationEnded["by"], outcome: Outcome, durationMs: number | null]>
  | Packed<"f", [outcome: Outcome, joined: 0 | 1]>
  | Packed<"d", Seen>
  | Packed<
      "t",
      [
        ...Seen,
        verdict: string | null,
        origin: string | null,
        ending: string,
        attempt: number | null,
        durationMs: number | null,
        acknowledged: boolean,
      ]
    >
  | Packed<"x", [joined: 0 | 1, key: string | null, messageId: string | null]>;

type Packed<Kind, Rest extends readonly unknown[]> = readonly [
  requestId: string | null,
  kind: Kind,
  atMs: number,
  stream: number,
  function: number,
  ...Rest,
];

type Seen = [
  joined: 0 | 1,
  key: string | null,
  messageId: string | null,
  receiveCount: number | null,
  sentAtMs: number | null,
  firstReceivedAtMs: number | null,
  source: number,
];

export function packEntry(entry: Entry, names: Names): PackedEntry {
  const { atMs } = entry;
  const id = entry.requestId ?? null;
  const [stream, name] = [names.numberOf(entry.stream), names.numberOf(entry.function)];
  switch (entry.kind) {
    case "started":
      return [id, "s", atMs, stream, name, names.numberOf(entry.version)];
    case "ended":
      return [id, "e", atMs, stream, name, entry.by, entry.outcome, entry.durationMs ?? null];
    case "failed":
      return [id, "f", atMs, stream, name, entry.outcome, joinedOf(entry)];
    case "delivery":
      return [id, "d", atMs, stream, name, ...packSeen(entry, names)];
    case "told": {
      const {
        verdict = null,
        origin = null,
        ending,
        attempt = null,
        durationMs = null,
        acknowledged,
      } = entry;
      const told = [verdict, origin, ending, attempt, durationMs, acknowledged] as const;
      return [id, "t", atMs, stream, name, ...packSeen(entry, names), ...told];
    }
    case "delivery-failed":
      return [id, "x", atMs, stream, name, joinedOf(entry), longKey(entry), entry.messageId ?? null];
  }
}

export function unpackEntry(packed: PackedEntry, names: Names): Entry {
  const [id, , atMs, stream, name] = packed;
  const requestId = id ?? "";
  const at = { atMs, stream: names.textOf(stream) ?? "", function: names.textOf(name) };
  switch (packed[1]) {
    case "s":
      return { kind: "started", requestId, ...at, version: names.textOf(packed[5]) };
    case "e":
      return {
        kind: "ended",
        requestId,
        ...at,
        by: packed[5],
        outcome: packed[6],
        durationMs: packed[7] ?? undefined,
      };
    case "f":
      return { kind: "failed", requestId, ...at, outcome: packed[5] as "error", joined: packed[6] === 1 };
    case "d": {
      const [, , , , , ...seen] = packed;
      return { kind: "delivery", requestId: id ?? undefined, ...at, ...unpackSeen(seen, names) };
    }
    case "t": {
      const [, , , , , ...rest] = packed;
      const [
        joined,
        key,
        messageId,
        receives,
        sent,
        received,
        source,
        verdict,
        origin,
        ending,
        attempt,
        took,
        acknowledged,
      ] = rest;
      return {
        kind: "told",
        requestId: id ?? undefined,
        ...at,
        ...unpackSeen([joined, key, messageId, receives, sent, received, source], names),
        verdict: (verdict ?? undefined) as "first" | undefined,
        origin: (origin ?? undefined) as "resend" | undefined,
        ending,
        attempt: attempt ?? undefined,
        durationMs: took ?? undefined,
        acknowledged,
      };
    }
    case "x":
      return {
        kind: "delivery-failed",
        requestId: id ?? undefined,
        ...at,
        joined: packed[5] === 1,
        key: packed[6] === null ? undefined : unlong(packed[6]),
        messageId: packed[7] ?? undefined,
      };
  }
}

function packSeen(entry: Omit<DeliverySeen, "kind">, names: Names): Seen {
  const { messageId = null, receiveCount = null, sentAtMs = null, firstReceivedAtMs = null, source } = entry;
  const joined = joinedOf(entry);
  return [
    joined,
    longKey(entry),
    messageId,
    receiveCount,
    sentAtMs,
    firstReceivedAtMs,
    names.numberOf(source),
  ];
}

function joinedOf({ joined }: { readonly joined?: boolean }): 0 | 1 {
  return joined === true ? 1 : 0;
}

function longKey({ key }: { readonly key?: string | undefined }): string | null {
  return key === undefined ? null : long(key);
}

function unpackSeen(
  [joined, key, messageId, receiveCount, sentAtMs, firstReceivedAtMs, source]: Readonly<Seen>,
  names: Names,
): Pick<
  DeliverySeen,
  "joined" | "key" | "messageId" | "receiveCount" | "sentAtMs" | "firstReceivedAtMs" | "source"
> {
  return {
    joined: joined === 1,
    key: key === null ? undefined : unlong(key),
    messageId: messageId ?? undefined,
    receiveCount: receiveCount ?? undefined,
    sentAtMs: sentAtMs ?? undefined,
    firstReceivedAtMs: firstReceivedAtMs ?? undefined,
    source: names.textOf(source),
  };
}
