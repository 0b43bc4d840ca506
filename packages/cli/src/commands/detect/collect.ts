/** From logs to what they come to: read, put together, judged key by key, and added up on the way. */

import type { Aggregates } from "../../logs/aggregates.ts";
import { Fold } from "../../logs/fold/fold.ts";
import type { Folded } from "../../logs/fold/folded.ts";
import { summarise } from "../../logs/fold/summary.ts";
import type { LedgerJoin } from "../../logs/ledger/join.ts";
import type { Context, Entry } from "../../logs/model.ts";
import type { KeyHistory, Read } from "../../logs/report/report.ts";
import type { Call } from "../../options.ts";
import { nothingFound } from "./nothing.ts";
import type { DetectSettings } from "./settings.ts";
import { openLogs, type OpenLogs } from "./sources.ts";

export interface Collected {
  readonly read: Read;
  readonly context: Context;
  readonly aggregates: Aggregates;
  /** The worst first; one page of a picture holds more of them than a list does. */
  readonly keys: readonly KeyHistory[];
  readonly keysOffered: number;
}

/** A picture stays readable up to about so many messages. */
const PICTURE_KEYS = 1_000;

/** @throws Usage when no delivery is found: a count of nothing is no good news */
export async function collect(
  call: Call,
  settings: DetectSettings,
  ledger: LedgerJoin | undefined,
): Promise<Collected> {
  const logs = await openLogs(call, settings);
  const fold = new Fold({
    visibilityTimeoutSeconds: settings.visibilityTimeoutSeconds,
    batchingWindowSeconds: settings.batchingWindowSeconds,
    signal: call.interrupted,
  });
  // Not by `using`, which Node 22 does not have: what is on the disk is given back however this ends.
  let folded: Folded | undefined;
  try {
    const keyed = await call.output.during(logs.progress, fill(fold, logs, settings, call.interrupted));
    folded = await call.output.during("putting the lines together", fold.end());
    const read = readOf(logs, folded);
    // What would be found by message ids instead is not what was asked.
    const keyless = settings.asked.key !== undefined && keyed === 0;
    if (folded.counts.deliveries === 0 || keyless)
      throw nothingFound(read, folded.counts.invocations, settings);
    return await added(call, settings, read, folded, ledger);
  } finally {
    fold[Symbol.dispose]();
    folded?.[Symbol.dispose]();
  }
}

async function added(
  call: Call,
  settings: DetectSettings,
  read: Read,
  folded: Folded,
  ledger: LedgerJoin | undefined,
): Promise<Collected> {
  const { html, limit, all } = settings;
  const {
    shown,
    showable,
    truncated: _,
    ...aggregates
  } = await call.output.during(
    "judging",
    summarise(folded, {
      maxKeys: html === undefined ? limit : Math.max(limit, PICTURE_KEYS),
      all,
      onKey: (judged) => ledger?.add(judged),
    }),
  );
  return {
    read,
    context: folded.context,
    aggregates,
    keys: shown.map((judged) => ({ key: judged[0]?.delivery.key ?? "", judged })),
    keysOffered: showable,
  };
}

/** @returns how many entries have a key */
async function fill(
  fold: Fold,
  logs: OpenLogs,
  { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY }: DetectSettings,
  interrupted: AbortSignal,
): Promise<number> {
  let keyed = 0;
  const within = ({ atMs }: Entry): boolean => atMs >= sinceMs && atMs < untilMs;
  for await (const entries of logs.entries()) {
    interrupted.throwIfAborted();
    const some = entries.every(within) ? entries : entries.filter(within);
    for (const entry of some) if ("key" in entry && entry.key !== undefined) keyed++;
    fold.add(some);
  }
  return keyed;
}

function readOf(logs: OpenLogs, { context, signs, counts }: Folded): Read {
  const any = counts.entries > 0;
  return {
    ...logs.counts,
    sources: logs.sources,
    problems: logs.problems,
    complete: context.complete,
    missing: Object.fromEntries(Object.entries(signs).filter(([, times]) => times > 0)),
    invocations: counts.invocations,
    fromMs: any ? context.fromMs : undefined,
    toMs: any ? context.toMs : undefined,
  };
}
