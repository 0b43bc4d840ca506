/** `--html`: the report as a picture. */

import type { Spans } from "../../logs/spans.ts";
import { durationOf, outcomeOf } from "../../logs/report/delivery.ts";
import { readSentence } from "../../logs/report/pretty-read.ts";
import type { DetectReport, KeyHistory } from "../../logs/report/report.ts";
import type { Judged } from "../../logs/model.ts";
import { KILLED } from "../../logs/trace.ts";
import type { PictureData, PictureDelivery, PictureGaps, PictureMessage } from "../../picture/data.ts";

export function pictureData(report: DetectReport, visibilityTimeoutSeconds: number | undefined): PictureData {
  const { read, aggregates, keys, keysLeftOut, diagnosis } = report;
  const { verdicts, origins, repeatedRuns, suppressed, gaps } = aggregates;
  // As it was given, else as the gaps have it.
  const inferred = diagnosis.map(({ figures }) => figures.visibilityTimeoutSeconds);
  const seconds = visibilityTimeoutSeconds ?? inferred.find((one) => one !== undefined);
  const visibilityTimeoutMs = seconds === undefined ? undefined : seconds * 1_000;
  const bins = gapBins(gaps, visibilityTimeoutMs);
  return {
    title: "Deliveries, and what each of them was",
    generatedFrom: `${readSentence(read)}.`,
    sections: [
      {
        id: "logs",
        name: "Logs",
        notes: read.complete
          ? []
          : ["Lines are missing: a delivery has a verdict only where the lines that are there prove it."],
        summary: {
          keys: aggregates.keys,
          deliveries: aggregates.deliveries,
          verdicts,
          origins: {
            redelivery: origins.busy.redelivery + origins.duplicate.redelivery,
            resend: origins.busy.resend + origins.duplicate.resend,
          },
          repeatedRuns,
          suppressed,
        },
        messages: keys.map((history) => messageOf(history, visibilityTimeoutMs)),
        messagesLeftOut: keysLeftOut,
        ...(bins === undefined ? {} : { gaps: bins }),
        ...(visibilityTimeoutMs === undefined ? {} : { visibilityTimeoutMs }),
        diagnosis: diagnosis.map(({ cause, evidence, advice }) => ({
          cause,
          evidence,
          ...(advice.length === 0 ? {} : { advice: advice.join(" ") }),
        })),
      },
    ],
  };
}

function messageOf({ key, judged }: KeyHistory, visibilityTimeoutMs: number | undefined): PictureMessage {
  return { key, deliveries: judged.map((one) => deliveryOf(one, visibilityTimeoutMs)) };
}

function deliveryOf(one: Judged, visibilityTimeoutMs: number | undefined): PictureDelivery {
  const { delivery, verdict, origin, ran, gapMs, cause, reason } = one;
  const { atMs, receiveCount, messageId, firstReceivedAtMs, invocation, told } = delivery;
  const outcome = outcomeOf(one);
  const durationMs = durationOf(one);
  const endMs =
    told?.endMs ?? invocation?.endMs ?? (durationMs === undefined ? undefined : atMs + durationMs);
  // The visibility runs from the receive, which only a first one says.
  const receivedMs = receiveCount === 1 && firstReceivedAtMs !== undefined ? firstReceivedAtMs : atMs;
  const killed = ran !== false && outcome !== undefined && KILLED.has(outcome) && endMs !== undefined;
  return {
    startMs: atMs,
    verdict,
    ran,
    ...defined({ endMs, reason, origin, outcome, receiveCount, messageId, gapMs, cause }),
    ...defined({ attempt: told?.attempt, requestId: invocation?.requestId }),
    ...(killed ? { killedAtMs: endMs } : {}),
    ...(visibilityTimeoutMs === undefined || messageId === undefined
      ? {}
      : { visibility: { fromMs: receivedMs, toMs: receivedMs + visibilityTimeoutMs } }),
  };
}

const MOST_BINS = 40;
const SHARE_DRAWN = 0.95;

/** Bins of a second put together to some of one width, of which one ends at the visibility timeout. */
export function gapBins(
  { count, bins }: Spans,
  visibilityTimeoutMs: number | undefined,
): PictureGaps | undefined {
  const last = bins.at(-1);
  if (count === 0 || last === undefined) return undefined;
  let below = 0;
  const usual = bins.find(({ count: here }) => (below += here) >= count * SHARE_DRAWN) ?? last;
  const reachMs = Math.max(usual.toMs, (visibilityTimeoutMs ?? 0) * 2);
  const least = Math.max(1, Math.ceil(reachMs / MOST_BINS / 1_000));
  const visibility = (visibilityTimeoutMs ?? 0) / 1_000;
  let seconds = least;
  if (visibility > 0 && least <= visibility) while (visibility % seconds !== 0) seconds++;
  else if (visibility > 0) seconds = Math.ceil(least / visibility) * visibility;
  const widthMs = seconds * 1_000;
  const counts = Array.from({ length: Math.ceil(reachMs / widthMs) }, () => 0);
  let longer = 0;
  for (const { fromMs, count: here } of bins) {
    const at = Math.floor(fromMs / widthMs);
    if (at < counts.length) counts[at] = (counts[at] ?? 0) + here;
    else longer += here;
  }
  return {
    bins: counts.map((here, at) => ({ fromMs: at * widthMs, toMs: (at + 1) * widthMs, count: here })),
    longer,
  };
}

function defined<T extends object>(values: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
