/** What consumes what: each mapping with its function and its queue, in the worlds in which it runs. */

import type { Fact, Facts, FunctionFact, MappingFact, PipeFact, QueueFact } from "../facts/model.ts";
import {
  type Answer,
  type Place,
  type Value,
  type World,
  known,
  meet,
  together,
  unknown,
} from "../facts/value.ts";
import { remembering } from "./remember.ts";
import type { Subject } from "./rule.ts";
import { allOf, anyOf, isFalse, isOne, mayBe } from "./truths.ts";
import { TOO_MANY_CASES } from "./worlds.ts";

export { allOf, isFalse };

/** What a reference leads to: a fact, or the reason why it cannot be seen. */
export type End<F> =
  | { readonly found: true; readonly fact: F }
  | { readonly found: false; readonly reason: string; readonly place?: Place };

export interface Pipeline {
  readonly mapping: MappingFact;
  readonly function: End<FunctionFact>;
  readonly queue: End<QueueFact>;
  /**
   * Where all of them exist and the mapping is enabled; they exclude each other. What may or may not exist is judged as if
   * it did: a setting is wrong wherever it is deployed.
   */
  readonly worlds: readonly World[];
}

/** Of all mappings that poll a queue, or may. */
export function pipelinesOf(facts: Facts): readonly Pipeline[] {
  return facts.mappings
    .filter(({ kind }) => kind === "sqs" || kind === "unknown")
    .flatMap((mapping) => pipelinesOfOne(facts, mapping));
}

const pipelinesOfOne: (facts: Facts, mapping: MappingFact) => readonly Pipeline[] =
  remembering(pipelinesOfMapping);

function pipelinesOfMapping(facts: Facts, mapping: MappingFact): readonly Pipeline[] {
  const joints = together(mapping.exists, mapping.enabled, mapping.function, mapping.source);
  if (joints === undefined) {
    const open = { found: false, reason: TOO_MANY_CASES } as const;
    return [{ mapping, function: open, queue: open, worlds: [{}] }];
  }
  const found = new Map<string, Pipeline>();
  for (const { when, answers } of joints) {
    const [exists, enabled, called, source] = answers;
    if (isFalse(exists) || isFalse(enabled)) continue;
    const ends = {
      function: endOf(facts.functions, called, "function"),
      queue: endOf(facts.queues, source, "queue"),
    };
    const id = JSON.stringify([idIn(ends.function), idIn(ends.queue)]);
    const before = found.get(id);
    const worlds = worldsWhere(when, existenceOf(ends.function), existenceOf(ends.queue));
    if (worlds.length === 0) continue;
    found.set(id, {
      mapping,
      function: both(before?.function, ends.function),
      queue: both(before?.queue, ends.queue),
      worlds: [...(before?.worlds ?? []), ...worlds],
    });
  }
  return [...found.values()];
}

/** A fact that an answer names, or why not. */
export function endOf<F extends Fact>(facts: readonly F[], answer: Answer<string>, what: string): End<F> {
  if (!answer.known)
    return { found: false, reason: answer.reason, ...(answer.place ? { place: answer.place } : {}) };
  const fact = facts.find(({ id }) => id === answer.value);
  return fact
    ? { found: true, fact }
    : { found: false, reason: `${what} ${answer.value} is not defined here` };
}

/** A setting of what a reference leads to. */
export function settingOf<F, T>(end: End<F>, read: (fact: F) => Value<T>): Value<T> {
  return end.found ? read(end.fact) : unknown(end.reason, end.place ? { place: end.place } : {});
}

/** What a reference that has cases leads to, in the cases of both. */
export function through<R, T>(reference: Value<R>, read: (answer: Answer<R>) => Value<T>): Value<T> {
  return {
    cases: reference.cases.flatMap(({ when, answer }) =>
      read(answer).cases.flatMap((one) => {
        const both = meet(when, one.when);
        return both === undefined ? [] : [{ when: both, answer: one.answer }];
      }),
    ),
  };
}

/** The id that a reference has in all worlds, for a finding's subject. */
export function onlyId(reference: Value<string | undefined>): string | undefined {
  const ids = new Set(reference.cases.map(({ answer }) => (answer.known ? answer.value : undefined)));
  const [id] = ids;
  return ids.size === 1 ? id : undefined;
}

/** In which worlds a pipeline runs, as a value to judge it by. */
export function runsIn({ worlds }: Pipeline): Value<true> {
  return { cases: worlds.map((when) => ({ when, answer: { known: true, value: true, from: "literal" } })) };
}

export function subjectOf({ mapping, function: called, queue }: Pipeline): Subject {
  return {
    ...(called.found ? { function: called.fact.id } : {}),
    ...(queue.found ? { queue: queue.fact.id } : {}),
    mapping: mapping.id,
  };
}

export function mappingSubject(mapping: MappingFact): Subject {
  const called = onlyId(mapping.function);
  const source = onlyId(mapping.source);
  return {
    ...(called === undefined ? {} : { function: called }),
    ...(source === undefined ? {} : { queue: source }),
    mapping: mapping.id,
  };
}

export type Consumer = MappingFact | PipeFact;

export function isMapping(consumer: Consumer): consumer is MappingFact {
  return "enabled" in consumer;
}

/** Mappings and pipes that may poll the queue, each with when it does. */
export const consumersOf: (
  facts: Facts,
  queue: QueueFact,
) => readonly { readonly consumer: Consumer; readonly polls: Value<boolean> }[] = remembering(
  (facts, queue: QueueFact) =>
    [...facts.mappings, ...facts.pipes]
      .filter(({ source }) => mayBe(source, (id) => id === queue.id))
      .map((consumer) => ({ consumer, polls: pollsOf(consumer, queue) })),
);

function pollsOf(consumer: Consumer, queue: QueueFact): Value<boolean> {
  const reaches = isOne(consumer.source, (id) => id === queue.id);
  return allOf([consumer.exists, ...(isMapping(consumer) ? [consumer.enabled] : []), reaches]);
}

/** Whether anything here polls the queue. */
export function isConsumed(facts: Facts, queue: QueueFact): Value<boolean> {
  return anyOf(consumersOf(facts, queue).map(({ polls }) => polls));
}

/** Of a queue; with its consumer, where there is only one. */
export function queueSubject(facts: Facts, queue: QueueFact): Subject {
  const [only, ...more] = consumersOf(facts, queue);
  if (only === undefined || more.length > 0) return { queue: queue.id };
  if (!isMapping(only.consumer)) return { queue: queue.id, other: only.consumer.id };
  const called = onlyId(only.consumer.function);
  return {
    ...(called === undefined ? {} : { function: called }),
    queue: queue.id,
    mapping: only.consumer.id,
  };
}

function existenceOf(end: End<Fact>): Value<boolean> {
  return end.found ? end.fact.exists : known(true, "default");
}

function idIn(end: End<Fact>): string | undefined {
  return end.found ? end.fact.id : undefined;
}

/** What is not found for one reason here and for another there is not found for both. */
function both<F>(before: End<F> | undefined, end: End<F>): End<F> {
  if (before === undefined || before.found || end.found || before.reason === end.reason) return end;
  return { ...end, reason: `${before.reason}; ${end.reason}` };
}

function worldsWhere(when: World, ...existences: readonly Value<boolean>[]): readonly World[] {
  const here: Value<boolean> = { cases: [{ when, answer: { known: true, value: true, from: "literal" } }] };
  const joints = together<readonly boolean[]>(here, ...existences);
  // With too many cases to look at, existence is as open as if it were unknown.
  if (joints === undefined) return [when];
  return joints.filter(({ answers }) => !answers.some(isFalse)).map((one) => one.when);
}
