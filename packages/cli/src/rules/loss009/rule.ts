/** LOSS009: a queue that something fills, and nobody empties. */

import type { Facts, MappingFact, QueueFact } from "../../facts/model.ts";
import { known } from "../../facts/value.ts";
import { RETENTION_LIMITS, inSeconds, linears } from "../amounts.ts";
import { isConsumed, mappingSubject } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { allOf, anyOf, isFalse, isOne, isTrue, mayBe } from "../truths.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const loss009: Rule = {
  id: "LOSS009",
  name: "disabled-mapping",
  title: "The only mapping of a queue is disabled, while something sends to the queue.",
  severity: { minimal: "warning", recommended: "warning", strict: "warning" },
  why: "Messages wait until the queue's retention ends, and are then deleted without a run.",
  fix: "Enable the mapping, or stop what sends to the queue.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/sqs-retries.html",
  check: (facts) =>
    facts.queues.flatMap((queue) =>
      facts.mappings
        .filter(({ kind, source }) => kind === "sqs" && mayBe(source, (id) => id === queue.id))
        .flatMap((mapping) => checkMapping(facts, mapping, queue)),
    ),
};

function checkMapping(facts: Facts, mapping: MappingFact, queue: QueueFact): readonly Outcome[] {
  const senders = facts.deliveries.map((delivery) => ({
    delivery,
    sends: allOf([
      delivery.exists,
      isOne(delivery.target, ({ kind, id }) => kind === "queue" && id === queue.id),
    ]),
  }));
  const here = allOf([mapping.exists, queue.exists, isOne(mapping.source, (id) => id === queue.id)]);
  const waiting = (queue.observed?.visibleMessages ?? 0) > 0;
  return inEachWorld<[boolean, boolean, boolean, boolean, number]>(
    { ...mappingSubject(mapping), queue: queue.id },
    [
      here,
      mapping.enabled,
      isConsumed(facts, queue),
      waiting ? known(true, "live") : anyOf(senders.map(({ sends }) => sends)),
      queue.retentionSeconds,
    ],
    ([exists, enabled, consumed, sent, retention]) => {
      if (isFalse(exists)) return undefined;
      if (isTrue(enabled)) return { status: "pass" };
      if (isTrue(consumed)) return { status: "not-applicable", reason: "something else consumes its queue" };
      if (isFalse(sent)) return { status: "not-applicable", reason: "nothing here sends to its queue" };
      if (!enabled.known || !consumed.known || !sent.known) return cannotTell([enabled, consumed, sent]);
      const [r] = linears({
        answer: retention,
        limits: RETENTION_LIMITS,
        name: `retention of ${queue.id}`,
      });
      const sending = senders.filter(({ sends }) => mayBe(sends, (one) => one));
      const filled = waiting
        ? `${queue.observed?.visibleMessages} messages wait in ${queue.id}`
        : `${sending.map(({ delivery }) => delivery.id).join(" and ")} sends to ${queue.id}`;
      const time = retention.known && r ? inSeconds(retention, r) : "the queue's retention";
      return {
        status: "fail",
        message: `${mapping.id} is disabled, and ${filled}: what is not received is deleted after ${time}.`,
        ...placeOf(enabled, mapping),
        related: relatedTo(
          ...sending.map(({ delivery }) => [delivery, `${delivery.id} sends to ${queue.id}`] as const),
        ),
      };
    },
  );
}
