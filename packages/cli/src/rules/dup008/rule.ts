/** DUP008: several consumers take messages from one queue, and each of them gets only some. */

import type { Facts, QueueFact } from "../../facts/model.ts";
import type { Answer } from "../../facts/value.ts";
import { type Consumer, consumersOf } from "../pipelines.ts";
import { relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { isFalse } from "../truths.ts";
import { cannotTell, combined, inEachWorld } from "../worlds.ts";

export const dup008: Rule = {
  id: "DUP008",
  name: "competing-consumers",
  title: "Several enabled mappings or pipes consume one queue.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "SQS gives a message to one consumer at a time: each of them sees only a part of the messages, which looks like loss.",
  fix: "Give each consumer a queue of its own, and let an SNS topic or an EventBridge rule send to all of them.",
  source:
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html",
  check: (facts) => facts.queues.flatMap((queue) => checkQueue(facts, queue)),
};

interface Polling {
  readonly sure: readonly Consumer[];
  readonly open: readonly Answer<boolean>[];
}

function checkQueue(facts: Facts, queue: QueueFact): readonly Outcome[] {
  const consumers = consumersOf(facts, queue);
  if (consumers.length === 0) return [];
  const polling = combined(
    consumers.map(({ polls }) => polls),
    (answers): Answer<Polling> => ({
      known: true,
      from: "literal",
      value: {
        sure: consumers.flatMap(({ consumer }, index) => {
          const answer = answers[index];
          return answer?.known && answer.value ? [consumer] : [];
        }),
        open: answers.filter((answer) => !answer.known),
      },
    }),
  );
  return inEachWorld<[boolean, Polling]>({ queue: queue.id }, [queue.exists, polling], ([exists, now]) => {
    if (isFalse(exists)) return undefined;
    if (!now.known) return cannotTell([now]);
    const { sure, open } = now.value;
    if (sure.length < 2) {
      if (sure.length + open.length >= 2) return cannotTell(open);
      return sure.length === 0 && open.length === 0 ? undefined : { status: "pass" };
    }
    const last = sure.at(-1);
    return {
      status: "fail",
      message: `${sure.map(({ id }) => id).join(" and ")} consume ${queue.id}: each message goes to one of them, and the others never see it.`,
      ...(last?.place ? { place: last.place } : {}),
      related: relatedTo(
        ...sure.slice(0, -1).map((one) => [one, `${one.id} consumes ${queue.id} too`] as const),
      ),
    };
  });
}
