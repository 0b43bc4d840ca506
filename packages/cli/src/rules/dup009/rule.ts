/** DUP009: a FIFO queue that deduplicates by ids which its producers do not give. */

import type { Facts, QueueFact } from "../../facts/model.ts";

import { placeOf, relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { isFalse, isOne, isTrue, mayBe } from "../truths.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const dup009: Rule = {
  id: "DUP009",
  name: "fifo-without-dedup",
  title: "A FIFO queue has no content-based deduplication, and a producer gives no deduplication id.",
  severity: { minimal: "off", recommended: "info", strict: "warning" },
  why: "SQS refuses a message to a FIFO queue that it cannot deduplicate; and a producer that makes a new id for each try sends duplicates.",
  fix: "Give each message a MessageDeduplicationId that stays the same when it is sent again; or set ContentBasedDeduplication where equal bodies are the same message.",
  source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html",
  check: (facts) => facts.queues.flatMap((queue) => checkQueue(facts, queue)),
};

function checkQueue(facts: Facts, queue: QueueFact): readonly Outcome[] {
  const here = (target: { readonly kind: string; readonly id: string }): boolean =>
    target.kind === "queue" && target.id === queue.id;
  const producers = facts.deliveries.filter(({ target }) => mayBe(target, here));
  if (producers.length === 0)
    return inEachWorld<[boolean, boolean, boolean]>(
      { queue: queue.id },
      [queue.exists, queue.fifo, queue.contentBasedDeduplication],
      ([exists, fifo, byContent]) => {
        if (isFalse(exists) || isFalse(fifo)) return undefined;
        if (isTrue(byContent)) return { status: "pass" };
        if (!fifo.known || !byContent.known) return cannotTell([fifo, byContent]);
        return {
          status: "fail",
          message: `${queue.id} deduplicates by MessageDeduplicationId alone: whoever sends to it must give the same id whenever the same message is sent again.`,
          ...placeOf(byContent, queue),
        };
      },
    );
  return producers.flatMap((delivery) =>
    inEachWorld<[boolean, boolean, boolean, boolean, boolean, boolean | undefined]>(
      { queue: queue.id, other: delivery.id },
      [
        queue.exists,
        queue.fifo,
        queue.contentBasedDeduplication,
        delivery.exists,
        isOne(delivery.target, here),
        delivery.deduplicationId,
      ],
      ([exists, fifo, byContent, sending, sent, id]) => {
        if ([exists, fifo, sending, sent].some(isFalse)) return undefined;
        if (isTrue(byContent) || (id.known && id.value)) return { status: "pass" };
        if (!fifo.known || !byContent.known || !id.known) return cannotTell([fifo, byContent, id]);
        const cannot = id.value === undefined ? "cannot give" : "does not give";
        return {
          status: "fail",
          severity: "warning",
          message: `${delivery.id} ${cannot} a MessageDeduplicationId, and ${queue.id} has no ContentBasedDeduplication: SQS refuses its messages.`,
          ...placeOf(byContent, queue),
          related: relatedTo([delivery, `${delivery.id} sends to ${queue.id}`]),
        };
      },
    ),
  );
}
