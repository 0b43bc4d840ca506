/** A plain fold of entries in memory, for tests of the judge alone: what the streaming one does, without its size. */

import type {
  Context,
  Delivery,
  DeliverySeen,
  DeliveryTold,
  Entry,
  FunctionTraits,
  Invocation,
  Outcome,
} from "../../../src/logs/model.ts";

const FAILURES: readonly Outcome[] = ["out-of-memory", "timeout", "crash", "error"];

interface Opened {
  readonly id: string;
  readonly requestId: string;
  readonly stream: string;
  readonly function: string | undefined;
  readonly retry: number;
  startMs?: number;
  endMs?: number;
  durationMs?: number;
  version?: string;
  readonly outcomes: Set<Outcome>;
  readonly seen: Map<string, { seen?: DeliverySeen; told?: DeliveryTold; failed: boolean }>;
}

export interface Joined {
  readonly byKey: ReadonlyMap<string, readonly Delivery[]>;
  readonly functions: ReadonlyMap<string, FunctionTraits>;
  readonly fromMs: number;
  readonly toMs: number;
}

/** @param entries in the order of their instants, whatever is missing */
export function join(entries: readonly Entry[]): Joined {
  const open = new Map<string, Opened[]>();
  const invocationOf = (entry: Entry): Opened => {
    const requestId = entry.requestId ?? "";
    const known = open.get(requestId) ?? [];
    open.set(requestId, known);
    const last = known.at(-1);
    const over = last?.endMs !== undefined && entry.kind !== "ended" && entry.atMs > last.endMs;
    const again = entry.kind === "started" && last !== undefined && (last.startMs !== undefined || over);
    if (last && !again && !over) return last;
    const next: Opened = {
      id: `${requestId}#${known.length}`,
      requestId,
      stream: entry.stream,
      function: entry.function,
      retry: known.length,
      outcomes: new Set(),
      seen: new Map(),
    };
    known.push(next);
    return next;
  };
  for (const entry of entries) add(invocationOf(entry), entry);
  const invocations = [...open.values()].flat();
  const times = entries.map(({ atMs }) => atMs);
  return {
    byKey: deliveriesOf(invocations),
    functions: traitsOf(invocations),
    fromMs: times.reduce((least, atMs) => Math.min(least, atMs), Number.POSITIVE_INFINITY),
    toMs: times.reduce((most, atMs) => Math.max(most, atMs), 0),
  };
}

function add(invocation: Opened, entry: Entry): void {
  switch (entry.kind) {
    case "started":
      invocation.startMs = entry.atMs;
      if (entry.version !== undefined) invocation.version = entry.version;
      break;
    case "ended":
      invocation.endMs ??= entry.atMs;
      if (entry.durationMs !== undefined) invocation.durationMs = entry.durationMs;
      if (entry.outcome !== "unknown") invocation.outcomes.add(entry.outcome);
      break;
    case "failed":
      invocation.outcomes.add(entry.outcome);
      break;
    default: {
      const id = entry.messageId ?? entry.key ?? "";
      const one = invocation.seen.get(id) ?? { failed: false };
      invocation.seen.set(id, one);
      if (entry.kind === "delivery") one.seen = entry;
      else if (entry.kind === "told") one.told = entry;
      else one.failed = true;
    }
  }
}

function deliveriesOf(invocations: readonly Opened[]): ReadonlyMap<string, readonly Delivery[]> {
  const byKey = new Map<string, Delivery[]>();
  for (const opened of invocations) {
    const invocation = invocationOf(opened);
    for (const { seen, told, failed } of opened.seen.values()) {
      const line = seen ?? told;
      if (line?.key === undefined) continue;
      const toldAtMs = told && told.atMs - (told.durationMs ?? 0);
      const list = byKey.get(line.key) ?? [];
      byKey.set(line.key, list);
      list.push({
        atMs: Math.min(seen?.atMs ?? Number.POSITIVE_INFINITY, toldAtMs ?? Number.POSITIVE_INFINITY),
        key: line.key,
        messageId: line.messageId,
        receiveCount: line.receiveCount,
        sentAtMs: seen?.sentAtMs,
        firstReceivedAtMs: seen?.firstReceivedAtMs,
        source: seen?.source,
        failed,
        invocation,
        told: told && { ...told, endMs: told.atMs },
      });
    }
  }
  for (const list of byKey.values()) list.sort((left, right) => left.atMs - right.atMs);
  return byKey;
}

function invocationOf(opened: Opened): Invocation {
  const { id, requestId, stream, retry, startMs, endMs, durationMs, version, outcomes, seen } = opened;
  const failure = FAILURES.find((outcome) => outcomes.has(outcome));
  const outcome = failure ?? (outcomes.has("success") ? "success" : "unknown");
  return {
    id,
    requestId,
    stream,
    function: opened.function,
    startMs,
    endMs,
    durationMs,
    outcome,
    outcomeSaid: outcome !== "unknown",
    deliveries: seen.size,
    version,
    retry,
  };
}

function traitsOf(invocations: readonly Opened[]): ReadonlyMap<string, FunctionTraits> {
  const traits = new Map<string, { guarded: boolean; partial: boolean; versions: Map<string, number> }>();
  for (const { function: name = "", seen, outcomes, version, startMs } of invocations) {
    const one = traits.get(name) ?? { guarded: false, partial: false, versions: new Map() };
    traits.set(name, one);
    const lines = [...seen.values()];
    one.guarded ||= lines.some(({ told }) => told !== undefined);
    one.partial ||= outcomes.has("success") && outcomes.size === 1 && lines.some(({ failed }) => failed);
    if (version !== undefined && startMs !== undefined)
      one.versions.set(version, Math.min(startMs, one.versions.get(version) ?? startMs));
  }
  return new Map(
    [...traits].map(([name, { guarded, partial, versions }]) => [
      name,
      {
        guarded,
        partialResponses: partial ? true : undefined,
        deployedAtMs: [...versions.values()].toSorted((left, right) => left - right).slice(1),
      },
    ]),
  );
}

/** What is known beside the lines. */
export function contextOf(joined: Joined, known: Partial<Context>): Context {
  const { fromMs, toMs, functions } = joined;
  return { complete: true, fromMs, toMs, visibilityTimeoutSeconds: undefined, functions, ...known };
}
