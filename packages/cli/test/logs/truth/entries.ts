/** What lines say of an invocation, as entries. */

import type { Entry } from "../../../src/logs/model.ts";
import type { Arrived, Ran } from "./definition.ts";

/** In the order of their instants. */
export function entriesOf(ran: Ran): Entry[] {
  const { requestId, stream, startMs, endMs, outcome, version, arrivals } = ran;
  const at = { stream, function: ran.function };
  const entries: Entry[] = [
    { kind: "started", ...at, atMs: startMs, requestId, version },
    ...arrivals.flatMap((arrival) => arrivalEntries(arrival, ran)),
  ];
  if (outcome !== "success") entries.push({ kind: "failed", ...at, atMs: endMs, requestId, outcome });
  entries.push(
    { kind: "ended", by: "end", ...at, atMs: endMs, requestId, outcome: "unknown" },
    {
      kind: "ended",
      by: "report",
      ...at,
      atMs: endMs,
      requestId,
      outcome,
      durationMs: endMs - startMs,
      memoryMb: 128,
      maxMemoryMb: outcome === "out-of-memory" ? 128 : 90,
    },
  );
  return entries.toSorted((left, right) => left.atMs - right.atMs);
}

function arrivalEntries(arrival: Arrived, { requestId, stream, endMs, function: name }: Ran): Entry[] {
  const { key, messageId, receiveCount, sentAtMs, firstReceivedAtMs, source, atMs, named, told } = arrival;
  const common = {
    stream,
    function: name,
    requestId,
    key,
    ...(messageId === undefined ? {} : { messageId }),
  };
  const seen = {
    ...common,
    source,
    ...(receiveCount === undefined ? {} : { receiveCount }),
    ...(sentAtMs === undefined ? {} : { sentAtMs }),
    ...(firstReceivedAtMs === undefined ? {} : { firstReceivedAtMs }),
  };
  const entries: Entry[] = [{ kind: "delivery", ...seen, atMs }];
  if (named) entries.push({ kind: "delivery-failed", ...common, atMs: endMs - 1 });
  if (!told) return entries;
  const { verdict, origin, ending, attempt, durationMs, acknowledged } = told;
  entries.push({
    kind: "told",
    ...common,
    ...(receiveCount === undefined ? {} : { receiveCount }),
    atMs: told.atMs,
    verdict,
    ...(origin === undefined ? {} : { origin }),
    ending,
    ...(attempt === undefined ? {} : { attempt }),
    durationMs,
    acknowledged,
  });
  return entries;
}
