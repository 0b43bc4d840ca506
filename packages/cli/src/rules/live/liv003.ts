/** LIV003: a message has waited for a large part of the time for which it is kept. */

import type { Facts, QueueFact } from "../../facts/model.ts";
import { queueSubject } from "../pipelines.ts";
import type { Outcome, Rule } from "../rule.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";
import { lastDays, missing, sourcesOf, spoken } from "./observed.ts";

/** Shares of the retention. */
const OLD = 0.5;
const ABOUT_TO_EXPIRE = 0.9;

export const liv003: Rule = {
  id: "LIV003",
  name: "messages-near-expiry",
  title: "A message has waited in the queue for more than half of the time for which messages are kept.",
  severity: { minimal: "warning", recommended: "warning", strict: "warning" },
  why: "A message that is not deleted within the queue's retention is dropped, without a trace and past every dead-letter queue.",
  fix: "Let the function keep up with the queue, and set the queue's retention to 14 days.",
  source:
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html",
  check: (facts: Facts): readonly Outcome[] =>
    facts.language === "live" ? sourcesOf(facts).flatMap((queue) => checkOne(facts, queue)) : [],
};

function checkOne(facts: Facts, queue: QueueFact): readonly Outcome[] {
  const { id, observed } = queue;
  return inEachWorld<[number]>(queueSubject(facts, queue), [queue.retentionSeconds], ([retention]) => {
    const oldest = observed?.oldestMessageSeconds;
    if (observed === undefined || oldest === undefined)
      return missing(observed, `no message waited in ${id}`);
    if (!retention.known) return cannotTell([retention]);
    const kept = retention.value;
    if (oldest <= OLD * kept) return { status: "pass" };
    const late = oldest > ABOUT_TO_EXPIRE * kept;
    return {
      status: "fail",
      severity: late ? "error" : "warning",
      message: `In ${lastDays(observed.days)} a message of ${id} waited for ${spoken(oldest)}, and the queue drops messages after ${spoken(kept)}${late ? ": some may have been lost" : ""}. Messages that were received three times or more are not in that number.`,
      formula: `${oldest} > ${late ? ABOUT_TO_EXPIRE : OLD} × ${kept}`,
    };
  });
}
