/** From logs to what they come to: read, put together, judged key by key, and added up on the way. */

import { Aggregator, type Aggregates } from "../../logs/aggregates.ts";
import { Fold } from "../../logs/fold/fold.ts";
import type { Folded } from "../../logs/fold/folded.ts";
import { judge } from "../../logs/judge.ts";
import type { LedgerJoin } from "../../logs/ledger/join.ts";
import type { Context, Entry } from "../../logs/model.ts";
import type { KeyHistory, Read } from "../../logs/report/report.ts";
import { WorstKeys } from "../../logs/report/worst.ts";
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
  using fold = new Fold({
    visibilityTimeoutSeconds: settings.visibilityTimeoutSeconds,
    signal: call.interrupted,
  });
  await call.output.during(logs.progress, fill(fold, logs, settings, call.interrupted));
  using folded = await call.output.during("putting the lines together", fold.end());
  const read = readOf(logs, folded);
  if (folded.counts.deliveries === 0) throw nothingFound(read, folded.counts.invocations, settings);
  const aggregator = new Aggregator();
  const limit = settings.html === undefined ? settings.limit : Math.max(settings.limit, PICTURE_KEYS);
  const worst = new WorstKeys({ limit, all: settings.all || settings.html !== undefined });
  const add = async (): Promise<void> => {
    for await (const deliveries of folded.groups()) {
      const judged = judge(deliveries, folded.context);
      aggregator.add(judged);
      worst.add(judged);
      ledger?.add(judged);
    }
  };
  await call.output.during("judging", add());
  const { keys, leftOut } = worst.done();
  return {
    read,
    context: folded.context,
    aggregates: aggregator.done(),
    keys,
    keysOffered: keys.length + leftOut,
  };
}

async function fill(
  fold: Fold,
  logs: OpenLogs,
  { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY }: DetectSettings,
  interrupted: AbortSignal,
): Promise<void> {
  const within = ({ atMs }: Entry): boolean => atMs >= sinceMs && atMs < untilMs;
  for await (const entries of logs.entries()) {
    interrupted.throwIfAborted();
    fold.add(entries.every(within) ? entries : entries.filter(within));
  }
}

function readOf(logs: OpenLogs, { context, signs, counts }: Folded): Read {
  const any = counts.entries > 0;
  return {
    ...logs.counts,
    sources: logs.sources(),
    problems: logs.problems,
    complete: context.complete,
    missing: Object.fromEntries(Object.entries(signs).filter(([, times]) => times > 0)),
    invocations: counts.invocations,
    fromMs: any ? context.fromMs : undefined,
    toMs: any ? context.toMs : undefined,
  };
}
