/** From what all deliveries come to, to why: causes by the harm they have done, with their numbers and what helps. */

import type { Aggregates, CauseAggregates } from "../aggregates.ts";
import type { Cause } from "../model.ts";
import { quantileMs } from "../spans.ts";
import { atMostSeconds, clusterOf } from "./cluster.ts";
import type { Case, Diagnosis, Findings, Known } from "./diagnosis.ts";
import { asyncRetry, deployment, failureRetry, killed, queueDuplicate } from "./lambda.ts";
import { producerRetry, redrive } from "./producer.ts";
import { partialResponsesOff, unknownCause } from "./batch.ts";
import { cameInTime, visibilityExpired, batchingWindow, throttled, throttling } from "./visibility.ts";
import { many } from "./words.ts";

const FINDINGS: Readonly<Record<Cause, (one: Case) => Findings | undefined>> = {
  "visibility-expired": visibilityExpired,
  "batching-window": batchingWindow,
  throttling,
  "partial-responses-off": partialResponsesOff,
  "producer-retry": producerRetry,
  redrive,
  "async-retry": asyncRetry,
  "queue-duplicate": queueDuplicate,
  "failure-retry": failureRetry,
  killed,
  deployment,
  unknown: unknownCause,
};

/** The same handler behind this library's: only where runs have really been repeated. */
const LIBRARY =
  "Put the handler behind `once.handler(sqs({ key: … }), …)` of `@effectively-once/runtime`: a delivery of a key that another run holds or has completed is not run again.";

/** Ranked by harm done, then harm prevented, then how often. Nothing is advised that its evidence does not carry. */
export function diagnose(all: Aggregates, known: Known): readonly Diagnosis[] {
  const visibility = visibilityOf(all, known);
  const cases = Object.entries(all.causes).map(
    // `causes` is made of causes.
    ([cause, of]) => ({ cause: cause as Cause, of, all, known, visibility }),
  );
  const found = cases.flatMap((one) => {
    const inTime = one.cause === "visibility-expired" && cameInTime(one);
    const [cause, findings] = inTime
      ? (["unknown", unknownCause(one)] as const)
      : ([one.cause, FINDINGS[one.cause](one)] as const);
    return findings ? [diagnosisOf({ ...one, cause }, findings)] : [];
  });
  const lost = all.causes.throttling === undefined ? throttled(all, known) : undefined;
  return [...found, ...(lost ? [lost] : [])].toSorted(byHarm);
}

function visibilityOf(all: Aggregates, known: Known): Case["visibility"] {
  const cluster = clusterOf(all.redeliveryGaps);
  if (known.visibilityTimeoutSeconds !== undefined)
    return { seconds: known.visibilityTimeoutSeconds, cluster, given: true };
  // Where all pollers are busy, messages wait in the queue after their visibility is over, and gaps gather later.
  return cluster && cluster.seconds <= (atMostSeconds(all.boundingGaps) ?? Infinity)
    ? { seconds: cluster.seconds, cluster, given: false }
    : undefined;
}

function diagnosisOf(one: Case, { evidence, advice, help, figures }: Findings): Diagnosis {
  const { cause, of, all } = one;
  return {
    cause,
    evidence: [countsOf(of, all), ...evidence, ...exampleLine(of)],
    advice: [...advice, ...(of.repeatedRuns > 0 ? [LIBRARY] : [])],
    figures: { ...figuresOf(of), ...figures },
    examples: of.examples,
    help: help.map((rule) => `docs/rules/${rule}.md`),
  };
}

function countsOf(
  { deliveries, repeatedRuns, suppressed, verdicts }: CauseAggregates,
  all: Aggregates,
): string {
  const { retry = 0, takeover = 0, unknown = 0 } = verdicts;
  const parts = [
    repeatedRuns > 0 ? `${repeatedRuns} ran though another run of the key was going on or had succeeded` : "",
    suppressed > 0 ? `${suppressed} were turned away by a guard` : "",
    retry > 0 ? `${retry} were retries after a failure` : "",
    takeover > 0 ? `${takeover} took over from a run that was killed` : "",
    unknown > 0 ? `of ${unknown} it cannot be told what they were` : "",
  ].filter((part) => part !== "");
  const sum = `${many(deliveries, "delivery", "deliveries")} of ${all.deliveries.toLocaleString("en")} came again so`;
  return parts.length === 0 ? `${sum}.` : `${sum}: ${parts.join(", ")}.`;
}

function exampleLine({ examples }: CauseAggregates): readonly string[] {
  if (examples.length === 0) return [];
  const each = examples.map(({ key, messageId }) =>
    messageId === undefined || messageId === key ? key : `${key} (message ${messageId})`,
  );
  return [`For example ${each.join(", ")}.`];
}

function figuresOf({
  deliveries,
  repeatedRuns,
  suppressed,
  gaps,
  durations,
}: CauseAggregates): Diagnosis["figures"] {
  const [gapMedianMs, gapP90Ms] = [quantileMs(gaps, 0.5), quantileMs(gaps, 0.9)];
  const durationP99Ms = quantileMs(durations, 0.99);
  return {
    deliveries,
    repeatedRuns,
    suppressed,
    ...(gapMedianMs === undefined ? {} : { gapMedianMs }),
    ...(gapP90Ms === undefined ? {} : { gapP90Ms }),
    ...(durationP99Ms === undefined ? {} : { durationP99Ms, durationMaxMs: durations.maxMs }),
  };
}

function byHarm({ figures: left }: Diagnosis, { figures: right }: Diagnosis): number {
  return (
    right.repeatedRuns - left.repeatedRuns ||
    right.suppressed - left.suppressed ||
    right.deliveries - left.deliveries
  );
}
