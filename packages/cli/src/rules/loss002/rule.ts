/** LOSS002: so few receives that throttling alone moves a message to the dead-letter queue. */

import type { Facts, QueueFact } from "../../facts/model.ts";
import { howKnown } from "../amounts.ts";
import { RECEIVES_BEFORE_DEAD_LETTER, receiveFixes } from "../margins.ts";
import { isConsumed, queueSubject } from "../pipelines.ts";
import { placeOf } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { isFalse } from "../truths.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const loss002: Rule = {
  id: "LOSS002",
  name: "low-receive-count",
  title: "A consumed queue's maxReceiveCount is below 5.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "A throttled receive counts as one: messages go to the dead-letter queue after fewer runs than that, or none.",
  fix: "Set maxReceiveCount to at least 5.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/sqs-retries.html",
  check: (facts) => facts.queues.flatMap((queue) => checkQueue(facts, queue)),
};

function checkQueue(facts: Facts, queue: QueueFact): readonly Outcome[] {
  const fixes = receiveFixes(facts, queue);
  return inEachWorld<[boolean, boolean, number | undefined]>(
    queueSubject(facts, queue),
    [queue.exists, isConsumed(facts, queue), queue.maxReceiveCount],
    ([exists, consumed, count]) => {
      if (isFalse(exists)) return undefined;
      if (isFalse(consumed)) return { status: "not-applicable", reason: "nothing here consumes it" };
      if (!count.known) return cannotTell([count]);
      const { value } = count;
      if (value === undefined) return { status: "not-applicable", reason: "it has no redrive policy" };
      if (value >= RECEIVES_BEFORE_DEAD_LETTER) return { status: "pass" };
      const times = value === 1 ? "one receive" : `${value} receives`;
      return {
        status: "fail",
        ...(value <= 1 ? { severity: "error" } : {}),
        message: `${queue.id} moves a message to its dead-letter queue after ${times}${howKnown(count)}, and a throttled receive is one of them${value <= 1 ? ": it is never tried again" : ""}.`,
        formula: `${value} < ${RECEIVES_BEFORE_DEAD_LETTER}`,
        ...placeOf(count, queue),
        ...(fixes.length > 0 ? { fixes } : {}),
      };
    },
  );
}
