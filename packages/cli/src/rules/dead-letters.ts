/** Dead-letter queues: who names which, and what is known of one. */

import type { Facts, QueueFact } from "../facts/model.ts";
import { type Answer, type Value, known, unknown } from "../facts/value.ts";
import { through } from "./pipelines.ts";
import { combined } from "./worlds.ts";

/** Whether a queue redrives at all: a policy may be there though its target is not known. */
export function redrives(queue: QueueFact): Value<boolean> {
  return combined<number | string | undefined, boolean>(
    [queue.maxReceiveCount, queue.deadLetterQueue],
    ([count, target]): Answer<boolean> => {
      if (count === undefined || target === undefined) return { known: false, reason: "it has no cases" };
      if (count.known && count.value !== undefined) return { ...count, value: true };
      return target.known ? { ...target, value: target.value !== undefined } : target;
    },
  );
}

/** Whether anything here sends to the queue what it could not deliver. */
export function isDeadLetterQueue(facts: Facts, queue: QueueFact): boolean {
  const names = (value: Value<string | undefined>): boolean =>
    value.cases.some(({ answer }) => answer.known && answer.value === queue.id);
  return (
    facts.queues.some(({ deadLetterQueue }) => names(deadLetterQueue)) ||
    facts.functions.some(({ deadLetter, async }) => names(deadLetter) || names(async.onFailure)) ||
    facts.deliveries.some(({ deadLetter }) => names(deadLetter)) ||
    facts.mappings.some(({ onFailure }) =>
      onFailure.cases.some(({ answer }) => answer.known && answer.value?.to === queue.id),
    )
  );
}

/** A setting of a queue's dead-letter queue; `undefined` where it has none. */
export function ofDeadLetter<T>(
  facts: Facts,
  queue: QueueFact,
  read: (deadLetter: QueueFact) => Value<T>,
  elsewhere: (name: string) => T | undefined = () => undefined,
): Value<T | undefined> {
  return through<string | undefined, T | undefined>(queue.deadLetterQueue, (answer) => {
    if (!answer.known) return unknown(answer.reason, answer.place ? { place: answer.place } : {});
    const { value: id } = answer;
    if (id === undefined) return known(undefined, "literal");
    const found = facts.queues.find((one) => one.id === id);
    if (found) return read(found);
    const told = elsewhere(id);
    return told === undefined
      ? unknown(`dead-letter queue ${id} is not defined here`)
      : known(told, "literal");
  });
}

/** The dead-letter queues of a queue that are defined here. */
export function deadLettersOf(facts: Facts, queue: QueueFact): readonly QueueFact[] {
  const ids = queue.deadLetterQueue.cases.map(({ answer }) => (answer.known ? answer.value : undefined));
  return facts.queues.filter(({ id }) => ids.includes(id));
}
