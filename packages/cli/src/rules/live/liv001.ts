/** LIV001: runs have lasted about as long as messages stay invisible. */

import type { Facts, FunctionFact } from "../../facts/model.ts";
import type { Answer } from "../../facts/value.ts";
import { type Pipeline, pipelinesOf, runsIn, settingOf, subjectOf } from "../pipelines.ts";
import type { Outcome, Rule } from "../rule.ts";
import { cannotTell, inEachWorld, type Judgement } from "../worlds.ts";
import { lastDays, missing } from "./observed.ts";

/** One run in a hundred that takes longer than this share of the visibility timeout leaves no room for a slow day. */
const NEAR = 0.7;

export const liv001: Rule = {
  id: "LIV001",
  name: "observed-duration-near-visibility",
  title: "Runs of the function have lasted about as long as the queue hides a message.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "A message whose run lasts longer than its visibility timeout is given to a second run while the first one goes on.",
  fix: "Set the queue's visibility timeout to six times the function's timeout, plus the batching window; or make the function faster.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
  check: (facts: Facts): readonly Outcome[] =>
    facts.language === "live" ? pipelinesOf(facts).flatMap(checkOne) : [],
};

function checkOne(pipeline: Pipeline): readonly Outcome[] {
  const { mapping, queue } = pipeline;
  return inEachWorld<[true, number, number]>(
    subjectOf(pipeline),
    [
      runsIn(pipeline),
      mapping.batchingWindowSeconds,
      settingOf(queue, (one) => one.visibilityTimeoutSeconds),
    ],
    ([, window, visibility]) => {
      if (!pipeline.function.found) return { status: "unknown", reason: pipeline.function.reason };
      const id = queue.found ? queue.fact.id : mapping.sourceName;
      return judge(pipeline.function.fact, id, window, visibility);
    },
  );
}

function judge(
  { id, observed }: FunctionFact,
  queue: string,
  window: Answer<number>,
  visibility: Answer<number>,
): Judgement {
  if (observed?.maximumDurationMs === undefined) return missing(observed, `${id} did not run`);
  if (!window.known || !visibility.known) return cannotTell([window, visibility]);
  const longest = observed.maximumDurationMs / 1_000;
  const w = window.value;
  const vt = visibility.value;
  const held = w === 0 ? "" : `, after up to ${w} s in which a batch was gathered`;
  if (longest + w >= vt)
    return {
      status: "fail",
      message: `In ${lastDays(observed.days)} a run of ${id} lasted ${seconds(longest)}${held}, and ${queue} shows a message again after ${vt} s: such a run is overtaken by a second one.`,
      formula: w === 0 ? `${vt} <= ${rounded(longest)}` : `${vt} <= ${rounded(longest)} + ${w}`,
      timeline: [
        { label: "invisible", fromSeconds: 0, toSeconds: vt },
        ...(w === 0 ? [] : [{ label: "batching window", fromSeconds: 0, toSeconds: w }]),
        { label: "longest run", fromSeconds: w, toSeconds: w + rounded(longest) },
        { label: "second run", fromSeconds: vt, toSeconds: vt + rounded(longest) },
      ],
    };
  if (longest <= NEAR * vt) return { status: "pass" };
  if (observed.p99DurationMs === undefined)
    return { status: "unknown", reason: observed.unmeasured ?? `the p99 of ${id}'s duration has no data` };
  const p99 = observed.p99DurationMs / 1_000;
  if (p99 <= NEAR * vt) return { status: "pass" };
  return {
    status: "fail",
    severity: "warning",
    message: `In ${lastDays(observed.days)} there was a day on which one run of ${id} in a hundred lasted ${seconds(p99)} or longer, and ${queue} shows a message again after ${vt} s: a slower day makes messages run twice.`,
    formula: `${rounded(p99)} > ${NEAR} × ${vt}`,
  };
}

function seconds(value: number): string {
  return `${rounded(value)} s`;
}

/** CloudWatch gives fractions of milliseconds. */
function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
