/** LOSS003: a dead-letter queue counts from the first send, and deletes what it has just got. */

import { isLess, spelled } from "../../facts/linear.ts";
import type { Facts, QueueFact } from "../../facts/model.ts";
import type { Answer } from "../../facts/value.ts";
import { RETENTION_LIMITS, inSeconds, linears } from "../amounts.ts";
import { deadLettersOf, ofDeadLetter } from "../dead-letters.ts";
import { deadLetterRetentionFixes } from "../margins.ts";
import { onlyId } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { isFalse } from "../truths.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

export const loss003: Rule = {
  id: "LOSS003",
  name: "dlq-retention",
  title: "A standard queue's dead-letter queue does not keep messages longer than the queue itself.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "A message keeps the time of its first send when it is moved: the later it comes, the sooner the dead-letter queue deletes it.",
  fix: "Set the dead-letter queue's MessageRetentionPeriod to 1,209,600 s (14 days), and the queue's below that.",
  source:
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html",
  check: (facts) => facts.queues.flatMap((queue) => checkQueue(facts, queue)),
};

function checkQueue(facts: Facts, queue: QueueFact): readonly Outcome[] {
  const name = onlyId(queue.deadLetterQueue);
  return inEachWorld<[boolean, boolean, string | undefined, number, number | undefined]>(
    { queue: queue.id, ...(name === undefined ? {} : { other: name }) },
    [
      queue.exists,
      queue.fifo,
      queue.deadLetterQueue,
      queue.retentionSeconds,
      ofDeadLetter(facts, queue, (deadLetter) => deadLetter.retentionSeconds),
    ],
    ([exists, fifo, target, kept, keptThere]) => {
      if (isFalse(exists)) return undefined;
      if (target.known && target.value === undefined)
        return { status: "not-applicable", reason: "it has no dead-letter queue" };
      if (fifo.known && fifo.value)
        return { status: "not-applicable", reason: "a FIFO queue's messages get a new time when moved" };
      if (!fifo.known) return cannotTell([fifo]);
      return judge(facts, queue, target, kept, keptThere as Answer<number>);
    },
  );
}

function judge(
  facts: Facts,
  queue: QueueFact,
  target: Answer<string | undefined>,
  kept: Answer<number>,
  keptThere: Answer<number>,
): Judgement {
  const name = target.known && target.value !== undefined ? target.value : "its dead-letter queue";
  const [r, d] = linears(
    { answer: kept, limits: RETENTION_LIMITS, name: `retention of ${queue.id}` },
    { answer: keptThere, limits: RETENTION_LIMITS, name: `retention of ${name}` },
  );
  if (r === undefined || d === undefined) return cannotTell([]);
  switch (isLess(r, d)) {
    case "always":
      return { status: "pass" };
    case "depends":
      return cannotTell([kept, keptThere]);
    case "never": {
      const deadLetter = deadLettersOf(facts, queue).find(({ id }) => id === name);
      const fixes = deadLetter ? deadLetterRetentionFixes(facts, queue, deadLetter) : [];
      return {
        status: "fail",
        message: `${queue.id} may hold a message for ${inSeconds(kept, r)}, and ${name} deletes it ${inSeconds(keptThere, d)} after its first send: one that comes late is deleted at once.`,
        formula: `${spelled(d)} ≤ ${spelled(r)}`,
        ...placeOf(keptThere, deadLetter ?? queue),
        related: relatedTo([placeOf(kept, queue), `the retention of ${queue.id} is ${inSeconds(kept, r)}`]),
        ...(fixes.length > 0 ? { fixes } : {}),
      };
    }
  }
}
