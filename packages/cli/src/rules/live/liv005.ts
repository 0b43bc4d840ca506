/** LIV005: Lambda has throttled a function that reads from a queue. */

import type { Facts, FunctionFact } from "../../facts/model.ts";
import { mayBe } from "../truths.ts";
import type { Outcome, Rule, Subject } from "../rule.ts";
import type { Judgement } from "../worlds.ts";
import { lastDays, missing } from "./observed.ts";

export const liv005: Rule = {
  id: "LIV005",
  name: "throttles-observed",
  title: "A function that reads from a queue was throttled.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "A batch that is throttled has been received: it counts towards maxReceiveCount, and may go to the dead-letter queue without one run.",
  fix: "Set MaximumConcurrency at the mapping, at or below the function's reserved concurrency; and maxReceiveCount to 5 or more.",
  source: "https://repost.aws/knowledge-center/lambda-retrying-valid-sqs-messages",
  check: (facts: Facts): readonly Outcome[] =>
    facts.language === "live" ? facts.functions.flatMap((called) => checkOne(facts, called)) : [],
};

function checkOne(facts: Facts, called: FunctionFact): readonly Outcome[] {
  const mappings = facts.mappings.filter(
    ({ kind, function: target, enabled }) =>
      kind === "sqs" &&
      mayBe(target, (id) => id === called.id) &&
      enabled.cases.some(({ answer }) => !answer.known || answer.value),
  );
  const [only, ...more] = mappings;
  if (only === undefined) return [];
  const subject: Subject = { function: called.id, ...(more.length === 0 ? { mapping: only.id } : {}) };
  return [{ subject, ...judge(called) }];
}

function judge({ id, observed }: FunctionFact): Judgement {
  const throttles = observed?.throttles;
  // Lambda counts none where it ran: no data for this metric alone is no throttle.
  if (observed === undefined || (throttles === undefined && observed.maximumDurationMs === undefined))
    return missing(observed, `${id} was not called`);
  if (throttles === undefined && observed.unmeasured !== undefined)
    return { status: "unknown", reason: observed.unmeasured };
  if (throttles === undefined || throttles === 0) return { status: "pass" };
  return {
    status: "fail",
    message: `In ${lastDays(observed.days)} ${id} was throttled ${throttles === 1 ? "once" : `${throttles} times`}: each batch of a queue that was throttled has spent a receive without a run. The metric counts calls of all kinds, not those of its queues alone.`,
    formula: `${throttles} > 0`,
  };
}
