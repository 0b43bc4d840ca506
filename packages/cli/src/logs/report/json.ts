/** The pinned JSON of `detect`. */

import { ledgerJson } from "../ledger/json.ts";
import type { Judged } from "../model.ts";
import { durationOf, outcomeOf } from "./delivery.ts";
import { metricsJson } from "./metrics.ts";
import type { DetectReport, KeyHistory } from "./report.ts";

export function jsonReport(report: DetectReport): object {
  const { read, aggregates, keys, keysLeftOut, diagnosis, ledger, metrics } = report;
  const { deliveries, repeatedRuns, suppressed, verdicts, origins } = aggregates;
  const { fromMs, toMs, problems, ...counts } = read;
  return {
    summary: {
      deliveries,
      keys: aggregates.keys,
      repeatedKeys: aggregates.repeatedKeys,
      repeatedRuns,
      suppressed,
      verdicts,
      origins,
      unknownReasons: aggregates.unknownReasons,
      receivesWithoutRun: aggregates.receivesWithoutRun,
    },
    read: { ...counts, from: instant(fromMs), to: instant(toMs), problems },
    diagnosis,
    keys: keys.map(keyJson),
    truncated: keysLeftOut > 0,
    keysLeftOut,
    ...(ledger === undefined ? {} : { ledger: ledgerJson(ledger) }),
    ...(metrics === undefined ? {} : { metrics: metricsJson(metrics) }),
  };
}

function keyJson({ key, judged }: KeyHistory): object {
  return { key, deliveries: judged.map(deliveryJson) };
}

/** All of them, `null` where it is not known: a program should not have to ask whether a field is there. */
function deliveryJson(one: Judged): object {
  const { delivery, verdict, origin, ran, gapMs, cause, reason } = one;
  const { invocation, told } = delivery;
  return {
    at: instant(delivery.atMs),
    requestId: invocation?.requestId ?? null,
    messageId: delivery.messageId ?? null,
    receiveCount: delivery.receiveCount ?? null,
    verdict,
    origin: origin ?? null,
    ran,
    outcome: outcomeOf(one) ?? null,
    durationMs: durationOf(one) ?? null,
    gapMs: gapMs ?? null,
    cause: cause ?? null,
    function: invocation?.function ?? null,
    ...(told === undefined ? {} : { ending: told.ending }),
    ...(one.beside === undefined ? {} : { beside: true }),
    ...(reason === undefined ? {} : { reason }),
  };
}

function instant(ms: number | undefined): string | null {
  return ms === undefined || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15
    ? null
    : new Date(ms).toISOString();
}
