/** Messages that came again because their visibility was over: by the run, by the batching window, by throttling. */

import type { Aggregates } from "../aggregates.ts";
import { atMostSeconds } from "./cluster.ts";
import type { Case, Diagnosis, Findings, Known } from "./diagnosis.ts";
import { gaps, many, runs, span } from "./words.ts";

/** SQS takes no longer one. */
const MAX_VISIBILITY_SECONDS = 43_200;
const SLACK_MS = 2_000;
const RECEIVES =
  "Let a message be received five times or more (`maxReceiveCount`): receives that reach no handler count too.";

export function visibilityExpired(one: Case): Findings {
  const { of } = one;
  return {
    evidence: [
      `${of.overlapping} came while the run before was still going on, ${of.afterSuccess} after one that succeeded in the end.`,
      ...gaps(of.gaps),
      ...visibilityLine(one),
      ...runs(of.durations),
      ...waits(one),
    ],
    ...enough(one, ["DUP001", "DUP003", "DUP004"]),
  };
}

export function batchingWindow(one: Case): Findings {
  const { of } = one;
  return {
    evidence: [
      "Each run alone was shorter than the visibility timeout; with the time that its message had waited in a batch before, it was not.",
      ...gaps(of.gaps),
      ...visibilityLine(one),
      ...runs(of.durations),
      ...waits(one),
    ],
    ...enough(one, ["DUP002", "DUP004"]),
  };
}

export function throttling(one: Case): Findings {
  const { of, all, known } = one;
  const { help, advice, figures } = enough(one, ["DUP007", "DUP004", "LOSS002"]);
  return {
    evidence: [
      "Each run alone was shorter than the visibility timeout, and had waited longer than any batch is gathered.",
      ...gaps(of.gaps),
      ...visibilityLine(one),
      ...waits(one),
      ...(known.complete ? lostReceives(all) : []),
    ],
    advice: [
      CONCURRENCY,
      ...advice,
      ...(known.complete && all.receivesWithoutRun.receives > 0 ? [RECEIVES] : []),
    ],
    help,
    ...(figures ? { figures } : {}),
  };
}

const CONCURRENCY =
  "Limit the mapping (`ScalingConfig.MaximumConcurrency`) to no more than the function's reserved concurrency, so that nothing is received that cannot be run.";

/** No delivery came again for it, yet receives left no run. */
export function throttled(all: Aggregates, { complete }: Known): Diagnosis | undefined {
  const { receives } = all.receivesWithoutRun;
  // Where lines are missing, so may those runs be.
  if (!complete || receives === 0) return undefined;
  return {
    cause: "throttling",
    evidence: lostReceives(all),
    advice: [CONCURRENCY, RECEIVES],
    figures: { deliveries: 0, repeatedRuns: 0, suppressed: 0 },
    examples: [],
    help: ["DUP007", "LOSS002"].map((rule) => `docs/rules/${rule}.md`),
  };
}

function lostReceives({ receivesWithoutRun: { receives, messages } }: Aggregates): readonly string[] {
  if (receives === 0) return [];
  return [
    `${many(receives, "receive", "receives")} of ${many(messages, "message", "messages")} reached no handler, as far as their receive counts tell: throttled.`,
  ];
}

/**
 * Where nobody has said the visibility timeout: they came after runs that had succeeded, and sooner than those could have
 * outlasted it. Then it was not that; most likely a batch response had named them that is not in the logs.
 */
export function cameInTime({ of, visibility, known }: Case): boolean {
  return (
    known.visibilityTimeoutSeconds === undefined &&
    of.overlapping === 0 &&
    of.durations.count > 0 &&
    visibility !== undefined &&
    of.durations.maxMs + of.waits.maxMs + SLACK_MS < visibility.seconds * 1_000
  );
}

function visibilityLine({ visibility, all }: Case): readonly string[] {
  if (!visibility) {
    const seconds = atMostSeconds(all.boundingGaps);
    return seconds === undefined || seconds === 0
      ? []
      : [
          `The visibility timeout was not given. It is ${seconds} s at most: so soon were messages handed out again that nothing had given back.`,
        ];
  }
  const { seconds, cluster, given } = visibility;
  if (!given && cluster)
    return [
      `The visibility timeout was not given. ${cluster.within} of ${cluster.of} gaps between receives lie within 3 s from ${seconds} s: that is ${cluster.sure === "sure" ? "what it is, in all likelihood" : "probably what it is"}.`,
    ];
  const near = cluster && Math.abs(cluster.seconds - seconds) <= 1;
  return [
    near
      ? `${cluster.within} of ${cluster.of} gaps between receives lie within 3 s from the visibility timeout, ${seconds} s.`
      : `The visibility timeout is ${seconds} s.`,
  ];
}

function waits({ of }: Case): readonly string[] {
  return of.waits.count === 0 || of.waits.maxMs < 1_000
    ? []
    : [`Between the receive and the handler their messages had waited up to ${span(of.waits.maxMs)}.`];
}

/** The visibility timeout that would have been enough: as measured, and as AWS advises where the function's timeout is known. */
function enough(
  { of, all, known, visibility }: Case,
  help: readonly string[],
): Pick<Findings, "advice" | "help" | "figures"> {
  const { timeoutSeconds, batchingWindowSeconds } = known;
  const windowMs = Math.max(of.waits.maxMs, (batchingWindowSeconds ?? 0) * 1_000);
  const measured =
    of.durations.count > 0 ? Math.ceil((of.durations.maxMs + windowMs) / 1_000) + 1 : undefined;
  const advised = timeoutSeconds === undefined ? undefined : 6 * timeoutSeconds + Math.ceil(windowMs / 1_000);
  const needed = Math.min(MAX_VISIBILITY_SECONDS, Math.max(measured ?? 0, advised ?? 0));
  const figures = {
    ...(visibility
      ? {
          visibilityTimeoutSeconds: visibility.seconds,
          visibilityTimeoutFrom: visibility.given ? ("given" as const) : ("gaps" as const),
        }
      : {}),
    ...(needed > 0 ? { visibilityTimeoutNeededSeconds: needed } : {}),
  };
  const advice: string[] = [];
  if (advised !== undefined)
    advice.push(
      `Set the queue's visibility timeout to ${needed} s or more: six times the function's timeout of ${timeoutSeconds} s and what a batch waits, as AWS advises${measured === undefined ? "" : `; ${measured} s would have avoided these`}.`,
    );
  else if (measured !== undefined)
    advice.push(
      `Set the queue's visibility timeout to ${needed} s at the very least: the longest of these runs and the longest wait (the function's timeout is not known; AWS advises six times that, and the batching window on top).`,
    );
  const longest = all.durations.maxMs;
  if (timeoutSeconds !== undefined && longest > 0 && timeoutSeconds * 1_000 > longest * 3)
    advice.push(
      `Or lower the function's timeout: of ${timeoutSeconds} s the longest run has taken ${span(longest)}.`,
    );
  return { advice, help, figures };
}
