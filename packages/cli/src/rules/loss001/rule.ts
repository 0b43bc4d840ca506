/** LOSS001: a message that always fails is received again and again, until it is gone. */

import type { Facts, QueueFact } from "../../facts/model.ts";
import { inSeconds, linears, RETENTION_LIMITS } from "../amounts.ts";
import { isDeadLetterQueue, redrives } from "../dead-letters.ts";
import { isConsumed, pipelinesOf, queueSubject, runsIn, subjectOf } from "../pipelines.ts";
import type { Outcome, Rule } from "../rule.ts";
import { isFalse } from "../truths.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const loss001: Rule = {
  id: "LOSS001",
  name: "no-dlq",
  title: "A consumed queue has no dead-letter queue, and is none itself.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "A message that always fails is received again and again until its retention ends, and is then deleted without a trace.",
  fix: "Give the queue a RedrivePolicy with a dead-letter queue and a maxReceiveCount of at least 5.",
  source:
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
  check: (facts) => [...facts.queues.flatMap((queue) => checkQueue(facts, queue)), ...elsewhere(facts)],
};

function checkQueue(facts: Facts, queue: QueueFact): readonly Outcome[] {
  return inEachWorld<[boolean, boolean, boolean, number]>(
    queueSubject(facts, queue),
    [queue.exists, isConsumed(facts, queue), redrives(queue), queue.retentionSeconds],
    ([exists, consumed, redriven, retention]) => {
      if (isFalse(exists)) return undefined;
      if (isFalse(consumed)) return { status: "not-applicable", reason: "nothing here consumes it" };
      if (isDeadLetterQueue(facts, queue))
        return { status: "not-applicable", reason: "it is a dead-letter queue itself" };
      if (!redriven.known) return cannotTell([redriven]);
      if (redriven.value) return { status: "pass" };
      const [kept] = linears({
        answer: retention,
        limits: RETENTION_LIMITS,
        name: `retention of ${queue.id}`,
      });
      const time = kept && retention.known ? `${inSeconds(retention, kept)}` : "its retention";
      return {
        status: "fail",
        message: `${queue.id} has no dead-letter queue: a message that always fails is received again and again, and is deleted after ${time}.`,
        ...(queue.place ? { place: queue.place } : {}),
      };
    },
  );
}

/** Of queues that are consumed here and defined elsewhere nothing is known. */
function elsewhere(facts: Facts): readonly Outcome[] {
  return pipelinesOf(facts)
    .filter(({ mapping, queue }) => mapping.kind === "sqs" && !queue.found)
    .flatMap((pipeline) =>
      inEachWorld<[true]>(subjectOf(pipeline), [runsIn(pipeline)], () => {
        const { queue } = pipeline;
        return queue.found
          ? undefined
          : { status: "unknown", reason: queue.reason, ...(queue.place ? { place: queue.place } : {}) };
      }),
    );
}
