/** LIV004: a dead-letter queue holds messages. */

import type { Facts, QueueFact } from "../../facts/model.ts";
import { isDeadLetterQueue } from "../dead-letters.ts";
import { isConsumed } from "../pipelines.ts";
import type { Outcome, Rule } from "../rule.ts";
import { isFalse, isTrue } from "../truths.ts";
import type { Judgement } from "../worlds.ts";
import { lastDays } from "./observed.ts";

export const liv004: Rule = {
  id: "LIV004",
  name: "dead-letter-queue-not-empty",
  title: "A dead-letter queue holds messages.",
  severity: { minimal: "warning", recommended: "warning", strict: "warning" },
  why: "Nothing else happens to these messages: they are work that was not done, and they expire.",
  fix: "Find out why they failed, and redrive or delete them before they expire; put an alarm on the queue's ApproximateNumberOfMessagesVisible.",
  source:
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html",
  check: (facts: Facts): readonly Outcome[] =>
    facts.language === "live"
      ? facts.queues
          .filter((queue) => isDeadLetterQueue(facts, queue) && !queue.exists.cases.some(gone))
          .map((queue) => ({ subject: { queue: queue.id }, ...judge(facts, queue) }))
      : [],
};

function gone({ answer }: QueueFact["exists"]["cases"][number]): boolean {
  return isFalse(answer);
}

function judge(facts: Facts, queue: QueueFact): Judgement {
  const { id, observed, exists } = queue;
  const count = observed?.visibleMessages;
  if (count === undefined) {
    const open = exists.cases.map(({ answer }) => answer).find((answer) => !answer.known);
    return { status: "unknown", reason: open?.reason ?? `SQS did not say how many messages ${id} holds` };
  }
  if (count === 0) return { status: "pass" };
  if (isConsumed(facts, queue).cases.some(({ answer }) => isTrue(answer)))
    return { status: "not-applicable", reason: "something reads it: its messages are under way" };
  const most = observed?.mostVisibleMessages ?? 0;
  const more = most > count ? ` In ${lastDays(observed?.days ?? 0)} there were up to ${most}.` : "";
  return {
    status: "fail",
    message: `${id} holds ${count === 1 ? "a message" : `about ${count} messages`} that could not be processed.${more}`,
    formula: `${count} > 0`,
  };
}
