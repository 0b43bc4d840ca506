/** LOSS004: a FIFO queue with a standard dead-letter queue, or the other way round. */

import type { Facts, QueueFact } from "../../facts/model.ts";
import { deadLettersOf, ofDeadLetter } from "../dead-letters.ts";
import { onlyId } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { isFalse } from "../truths.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const loss004: Rule = {
  id: "LOSS004",
  name: "dlq-type",
  title: "A queue and its dead-letter queue are not of the same type.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "SQS refuses such a redrive policy: the deployment fails, or the queue stays without a dead-letter queue.",
  fix: "Make the dead-letter queue of a FIFO queue a FIFO queue, and that of a standard queue a standard queue.",
  source:
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html",
  check: (facts) => facts.queues.flatMap((queue) => checkQueue(facts, queue)),
};

function checkQueue(facts: Facts, queue: QueueFact): readonly Outcome[] {
  const name = onlyId(queue.deadLetterQueue);
  return inEachWorld<[boolean, string | undefined, boolean, boolean | undefined]>(
    { queue: queue.id, ...(name === undefined ? {} : { other: name }) },
    [
      queue.exists,
      queue.deadLetterQueue,
      queue.fifo,
      ofDeadLetter(facts, queue, (deadLetter) => deadLetter.fifo, typeInArn),
    ],
    ([exists, target, fifo, fifoThere]) => {
      if (isFalse(exists)) return undefined;
      if (target.known && target.value === undefined)
        return { status: "not-applicable", reason: "it has no dead-letter queue" };
      if (!fifo.known || !fifoThere.known || !target.known) return cannotTell([fifo, fifoThere, target]);
      if (fifo.value === fifoThere.value) return { status: "pass" };
      const deadLetter = deadLettersOf(facts, queue).find(({ id }) => id === target.value);
      return {
        status: "fail",
        message: `${queue.id} is a ${typeName(fifo.value)} queue, and its dead-letter queue ${target.value} is a ${typeName(fifoThere.value)} queue: SQS refuses the redrive policy.`,
        ...placeOf(target, queue),
        related: relatedTo([
          deadLetter ? placeOf(fifoThere, deadLetter) : undefined,
          `${target.value} is a ${typeName(fifoThere.value)} queue`,
        ]),
      };
    },
  );
}

/** The name of a FIFO queue, and of no other, ends in `.fifo`: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-types.html */
function typeInArn(name: string): boolean | undefined {
  return /^arn:[\w-]+:sqs:[^:]*:[^:]*:[\w-]+(\.fifo)?$/.test(name) ? name.endsWith(".fifo") : undefined;
}

function typeName(fifo: boolean | undefined): string {
  return fifo === true ? "FIFO" : "standard";
}
