/** LIV002: messages have been received more often than they were deleted. */

import type { Facts, QueueFact } from "../../facts/model.ts";
import { queueSubject } from "../pipelines.ts";
import type { Outcome, Rule } from "../rule.ts";
import type { Judgement } from "../worlds.ts";
import { lastDays, missing, sourcesOf } from "./observed.ts";

/** Counts of a standard queue are approximate, and messages are under way at both ends of the time. */
const REDELIVERED = 1.05;

export const liv002: Rule = {
  id: "LIV002",
  name: "redelivery-observed",
  title: "Messages of the queue have been received more often than deleted.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "Each receive without a delete is a message that came again: its handler may have run before, wholly or in part.",
  fix: "See the function's errors and throttles, and compare its duration with the visibility timeout; make the handler safe to repeat.",
  source:
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
  check: (facts: Facts): readonly Outcome[] =>
    facts.language === "live"
      ? sourcesOf(facts).map((queue) => ({ subject: queueSubject(facts, queue), ...judge(queue) }))
      : [],
};

function judge({ id, observed }: QueueFact): Judgement {
  if (observed?.received === undefined) return missing(observed, `no message of ${id} was received`);
  const { received, deleted = 0, days } = observed;
  if (received === 0)
    return { status: "not-applicable", reason: `no message of ${id} was received in ${lastDays(days)}` };
  if (observed.deleted === undefined && observed.unmeasured !== undefined)
    return { status: "unknown", reason: observed.unmeasured };
  if (received <= REDELIVERED * deleted) return { status: "pass" };
  const ratio = deleted === 0 ? "" : ` (${(received / deleted).toFixed(2)} receives for each)`;
  return {
    status: "fail",
    message: `In ${lastDays(days)} messages of ${id} were received ${received} times and deleted ${deleted === 0 ? "never" : `${deleted} times${ratio}`}: some came more than once. Failed runs, throttled receives, a visibility timeout that is too short and looking at messages in the console all do that; the counts are CloudWatch's, and those of a standard queue are approximate.`,
    formula: `${received} > ${REDELIVERED} × ${deleted}`,
  };
}
