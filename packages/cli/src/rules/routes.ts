/** How work reaches a function: what it polls, what calls it, and what delivers to those. */

import type {
  DeliveryFact,
  Facts,
  FunctionFact,
  MappingFact,
  PipeFact,
  QueueFact,
  StreamFact,
} from "../facts/model.ts";
import type { Answer, Value } from "../facts/value.ts";
import { type Consumer, type End, endOf, isMapping } from "./pipelines.ts";
import { remembering } from "./remember.ts";
import { allOf, anyOf, isFalse } from "./truths.ts";
import { combined } from "./worlds.ts";

interface There {
  /** Whether all of it is deployed and switched on. */
  readonly there: Value<boolean>;
}

/** The last step before the function. */
export type Tail =
  | (There & { readonly kind: "queue"; readonly consumer: Consumer; readonly queue: End<QueueFact> })
  | (There & { readonly kind: "stream"; readonly consumer: Consumer; readonly stream: End<StreamFact> })
  | (There & { readonly kind: "other"; readonly consumer: Consumer; readonly reason: string })
  | (There & { readonly kind: "call"; readonly delivery: DeliveryFact });

/** What an event passes before it is in a queue or at a function; the first is where it comes from. */
export interface Head extends There {
  readonly deliveries: readonly DeliveryFact[];
}

/** A bucket that notifies a topic, to which a topic is subscribed: nobody is known to build a longer chain. */
const MAX_STEPS = 3;

export const tailsOf: (facts: Facts, called: FunctionFact) => readonly Tail[] = remembering(tailsTo);

function tailsTo(facts: Facts, called: FunctionFact): readonly Tail[] {
  const polled = [
    ...facts.mappings.map((mapping) => ({
      consumer: mapping,
      calls: inCases(mapping.function, (answer) => answer.known && answer.value === called.id),
    })),
    ...facts.pipes.map((pipe) => ({ consumer: pipe, calls: pipeCalls(pipe, called.id) })),
  ].filter(({ calls }) => isPossible(calls));
  const calls = deliveriesTo(facts, "function", called.id).filter(({ delivery }) => delivery.asynchronous);
  return [
    ...polled.flatMap(({ consumer, calls: reached }) => tailsOfConsumer(facts, consumer, reached)),
    ...calls.map(({ delivery, there }): Tail => ({ kind: "call", delivery, there })),
  ];
}

/** Whether anything here calls the function asynchronously. */
export function isCalled(facts: Facts, called: FunctionFact): Value<boolean> {
  const calls = tailsOf(facts, called).filter(({ kind }) => kind === "call");
  return anyOf(calls.map(({ there }) => there));
}

/** The chains of deliveries that end at the thing. */
export function headsTo(
  facts: Facts,
  kind: "function" | "queue" | "other",
  id: string,
  steps: number = MAX_STEPS,
): readonly Head[] {
  if (steps === 0) return [];
  return deliveriesTo(facts, kind, id).flatMap(({ delivery, there }) =>
    headsEndingIn(facts, delivery, there, steps),
  );
}

/** The delivery alone, and behind each of those that deliver to its source. */
export function headsEndingIn(
  facts: Facts,
  delivery: DeliveryFact,
  there: Value<boolean>,
  steps: number = MAX_STEPS,
): readonly Head[] {
  const longer = knownOf(delivery.source).flatMap((source) => {
    const follows = inCases(delivery.source, (answer) => answer.known && answer.value === source);
    return headsTo(facts, "other", source, steps - 1)
      .filter(({ deliveries }) => !deliveries.includes(delivery))
      .map((before): Head => ({
        deliveries: [...before.deliveries, delivery],
        there: allOf([before.there, there, follows]),
      }));
  });
  return [{ deliveries: [delivery], there }, ...longer];
}

/** True in each case that is so, false in the others. */
export function inCases<T>(value: Value<T>, is: (answer: Answer<T>) => boolean): Value<boolean> {
  return {
    cases: value.cases.map(({ when, answer }) => ({
      when,
      answer: { known: true, value: is(answer), from: "literal" },
    })),
  };
}

export function isPossible(value: Value<boolean>): boolean {
  return value.cases.some(({ answer }) => !isFalse(answer));
}

function deliveriesTo(
  facts: Facts,
  kind: "function" | "queue" | "other",
  id: string,
): readonly { readonly delivery: DeliveryFact; readonly there: Value<boolean> }[] {
  return facts.deliveries.flatMap((delivery) => {
    const reaches = inCases(
      delivery.target,
      (answer) => answer.known && answer.value.kind === kind && answer.value.id === id,
    );
    const there = allOf([delivery.exists, reaches]);
    return isPossible(reaches) && isPossible(there) ? [{ delivery, there }] : [];
  });
}

function tailsOfConsumer(facts: Facts, consumer: Consumer, reached: Value<boolean>): readonly Tail[] {
  const runs = isMapping(consumer) ? [consumer.exists, consumer.enabled] : [consumer.exists];
  const sources = new Map(consumer.source.cases.map(({ answer }) => [nameOf(answer), answer]));
  return [...sources.values()].flatMap((source) => {
    const reads = inCases(consumer.source, (answer) => nameOf(answer) === nameOf(source));
    const there = allOf([...runs, reached, reads]);
    return isPossible(there) ? [tailOf(facts, consumer, source, there)] : [];
  });
}

function tailOf(facts: Facts, consumer: Consumer, source: Answer<string>, there: Value<boolean>): Tail {
  switch (consumer.kind) {
    case "sqs":
      return { kind: "queue", consumer, queue: endOf(facts.queues, source, "queue"), there };
    case "kinesis":
    case "dynamodb":
      return { kind: "stream", consumer, stream: endOf(facts.streams, source, "stream"), there };
    case "kafka":
    case "mq":
    case "documentdb":
    case "unknown": {
      const reason = source.known
        ? `how long ${consumer.sourceName} keeps a record is not said here`
        : source.reason;
      return { kind: "other", consumer, reason, there };
    }
  }
}

function pipeCalls({ enrichment, target }: PipeFact, id: string): Value<boolean> {
  return combined([enrichment, target], (answers) => ({
    known: true,
    value: answers.some((answer) => answer.known && answer.value === id),
    from: "literal",
  }));
}

function knownOf(value: Value<string>): readonly string[] {
  return [...new Set(value.cases.flatMap(({ answer }) => (answer.known ? [answer.value] : [])))];
}

function nameOf(answer: Answer<string>): string {
  return JSON.stringify(answer.known ? [answer.value] : answer.reason);
}

/** The mapping or pipe, for a subject. */
export function consumerSubject(consumer: MappingFact | PipeFact): { mapping: string } | { other: string } {
  return isMapping(consumer) ? { mapping: consumer.id } : { other: consumer.id };
}
