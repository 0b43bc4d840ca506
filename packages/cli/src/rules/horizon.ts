/** How long after its first run an event may still run again, by hops: the sum is what a record must outlive. */

import { type Linear, constant, isLess, plus } from "../facts/linear.ts";
import type { Facts, FunctionFact, QueueFact, StreamFact } from "../facts/model.ts";
import { type Answer, type Case, type Value, known, mapped, together, unknown } from "../facts/value.ts";
import { type Limits, RETENTION_LIMITS, linears } from "./amounts.ts";
import { type End, endOf, isMapping, settingOf } from "./pipelines.ts";
import { allOf, isFalse } from "./truths.ts";
import { type Head, type Tail, headsEndingIn, headsTo, inCases, isPossible } from "./routes.ts";
import { TOO_MANY_CASES } from "./worlds.ts";

/** https://docs.aws.amazon.com/streams/latest/dev/kinesis-extended-retention.html */
const KINESIS_LIMITS: Limits = { min: 86_400, max: 31_536_000 };
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html */
const DYNAMODB_SECONDS = 86_400;
/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
const EVENT_AGE_LIMITS: Limits = { min: 60, max: 21_600 };
/** https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html: 23 days at most. */
const DELIVERY_LIMITS: Limits = { min: 0, max: 1_987_200 };
const ANY: Limits = { min: 0, max: Infinity };

interface Hop {
  readonly name: string;
  /** `in Orders`, after a number of seconds. */
  readonly where: string;
  readonly seconds: Value<number>;
  readonly limits: Limits;
}

/** One way in which an event comes back, in the worlds in which it is there. */
export interface Path {
  readonly there: Value<boolean>;
  readonly hops: readonly Hop[];
}

export interface Total {
  readonly hops: readonly {
    readonly name: string;
    readonly where: string;
    readonly seconds: Linear;
    readonly answer: Answer<number>;
  }[];
  readonly sum: Linear;
}

/** What the source itself does: a queue's retention, the age up to which an event is delivered. */
export function directPath(called: FunctionFact, tail: Tail): Path {
  switch (tail.kind) {
    case "queue":
      return { there: tail.there, hops: [retention(tail.queue, tail.consumer.sourceName)] };
    case "stream":
      return { there: tail.there, hops: [retried(tail)] };
    case "other":
      return { there: tail.there, hops: [open(tail.consumer.sourceName, tail.reason)] };
    case "call":
      return {
        there: tail.there,
        hops: isRetriedByItself(tail) ? [deliveryHop(tail.delivery)] : [asyncHop(called)],
      };
  }
}

/** All ways over which an event of that source may come again, those that take a person's hand included. */
export function pathsOver(facts: Facts, called: FunctionFact, tail: Tail): readonly Path[] {
  switch (tail.kind) {
    case "queue":
      return behindHeads(facts, tail, queuePaths(facts, tail));
    case "stream":
      return streamPaths(tail);
    case "other":
      return [directPath(called, tail)];
    case "call":
      return behindHeads(facts, tail, asyncPaths(facts, called, tail.there));
  }
}

/** `undefined` in the worlds in which it is not there. */
export function totalOf({ there, hops }: Path): Value<Total | undefined> {
  const joints = together<[boolean, ...number[]]>(there, ...hops.map(({ seconds }) => seconds));
  if (joints === undefined) return unknown(TOO_MANY_CASES);
  return {
    cases: joints.map(({ when, answers: [isThere, ...answers] }): Case<Total | undefined> => {
      const value = isFalse(isThere) ? undefined : summed(hops, answers);
      return { when, answer: { known: true, value, from: "literal" } };
    }),
  };
}

/** The one that is longest whatever is not known, as far as that can be told. */
export function longest(totals: readonly Total[]): Total | undefined {
  let best: Total | undefined;
  for (const one of totals) if (best === undefined || isLess(best.sum, one.sum) === "always") best = one;
  return best;
}

function summed(hops: readonly Hop[], answers: readonly Answer<number>[]): Total {
  const amounts = hops.map(({ name, limits }, index) => ({
    answer: answers[index] ?? { known: false as const, reason: `${name} is not known` },
    limits,
    name: `life in ${name}`,
  }));
  const seconds = linears(...amounts);
  const named = hops.flatMap(({ name, where }, index) => {
    const [amount, linear] = [amounts[index], seconds[index]];
    return amount && linear ? [{ name, where, seconds: linear, answer: amount.answer }] : [];
  });
  // A hop that takes no time is none.
  const kept = named.filter((hop) => hop.seconds.constant !== 0 || hop.seconds.terms.length > 0);
  return { hops: kept, sum: kept.reduce((sum, hop) => plus(sum, hop.seconds), constant(0)) };
}

function retention(queue: End<QueueFact>, named: string, until = ""): Hop {
  const name = queue.found ? queue.fact.id : named;
  return {
    name,
    where: `in ${name}${until}`,
    seconds: settingOf(queue, (fact) => fact.retentionSeconds),
    limits: RETENTION_LIMITS,
  };
}

function open(name: string, reason: string, limits: Limits = ANY): Hop {
  return { name, where: `in ${name}`, seconds: unknown(reason), limits };
}

/**
 * A message lives in its queue; in a dead-letter queue until it is as old as that one allows, counted from its first send
 * (of a FIFO queue: from its arrival there); and after a redrive it is a new message with the whole retention before it.
 * So one redrive makes retention + dead-letter retention, of FIFO queues twice the retention + dead-letter retention.
 */
function queuePaths(facts: Facts, tail: Extract<Tail, { kind: "queue" }>): readonly Path[] {
  const { queue, there, consumer } = tail;
  const first = retention(queue, consumer.sourceName);
  if (!queue.found) return [{ there, hops: [first] }];
  const { deadLetterQueue, fifo } = queue.fact;
  return casesOf(deadLetterQueue).flatMap(({ answer, holds }): readonly Path[] => {
    const here = allOf([there, holds]);
    if (answer.known && answer.value === undefined) return [{ there: here, hops: [first] }];
    const dead = deadLetterHop(facts, answer);
    return casesOf(fifo).map(({ answer: isFifo, holds: is }) => ({
      there: allOf([here, is]),
      hops: isFifo.known && !isFifo.value ? [first, dead] : [first, dead, again(first, isFifo)],
    }));
  });
}

function again(first: Hop, isFifo: Answer<boolean>): Hop {
  return isFifo.known ? first : open(`${first.name} again`, isFifo.reason, { ...RETENTION_LIMITS, min: 0 });
}

function deadLetterHop(facts: Facts, answer: Answer<string | undefined>): Hop {
  if (!answer.known) return open("its dead-letter queue", answer.reason, { ...RETENTION_LIMITS, min: 0 });
  const name = answer.value ?? "";
  const end = endOf(facts.queues, { ...answer, value: name }, "the dead-letter queue");
  return retention(end, name, " until a redrive");
}

/** Lambda gives a record up that is older than its maximum age, though the stream still has it. */
function retried(tail: Extract<Tail, { kind: "stream" }>): Hop {
  const kept = streamHop(tail);
  const { consumer } = tail;
  const age = isMapping(consumer)
    ? consumer.maximumRecordAgeSeconds
    : consumer.retry?.maximumRecordAgeSeconds;
  if (age === undefined) return kept;
  const joints = together<[number, number]>(kept.seconds, age);
  if (joints === undefined) return { ...kept, seconds: unknown(TOO_MANY_CASES) };
  const cases = joints.map(({ when, answers: [seconds, oldest] }): Case<number> => {
    if (!oldest.known) return { when, answer: oldest };
    if (oldest.value < 0) return { when, answer: seconds };
    const isShorter = !seconds.known ? oldest.value <= kept.limits.min : oldest.value < seconds.value;
    return { when, answer: isShorter ? oldest : seconds };
  });
  return { ...kept, seconds: { cases }, limits: { ...kept.limits, min: 60 } };
}

function streamHop({ stream, consumer }: Extract<Tail, { kind: "stream" }>): Hop {
  const name = stream.found ? stream.fact.id : consumer.sourceName;
  const where = `in ${name}`;
  if (consumer.kind === "dynamodb")
    return { name, where, seconds: known(DYNAMODB_SECONDS, "default"), limits: ANY };
  const seconds = settingOf(stream, (fact: StreamFact) => fact.retentionSeconds);
  return { name, where, seconds, limits: KINESIS_LIMITS };
}

/** What a queue or topic is told of a given-up record is its position: it can be replayed while the stream has it. A bucket has it for longer. */
function streamPaths(tail: Extract<Tail, { kind: "stream" }>): readonly Path[] {
  const { there, consumer } = tail;
  const kept = streamHop(tail);
  const onFailure = isMapping(consumer) ? consumer.onFailure : consumer.retry?.onFailure;
  if (onFailure === undefined) return [{ there, hops: [kept] }];
  return casesOf(onFailure).map(({ answer, holds }) => {
    const hops = !answer.known
      ? [kept, open("its destination", answer.reason)]
      : answer.value?.kind === "s3"
        ? [kept, open(answer.value.to, `how long the bucket ${answer.value.to} keeps records is not known`)]
        : [kept];
    return { there: allOf([there, holds]), hops };
  });
}

/** The events that failed, with their payload, wait in a dead-letter queue or destination for whoever sends them again. */
function asyncPaths(facts: Facts, called: FunctionFact, there: Value<boolean>): readonly Path[] {
  const waits = asyncHop(called);
  return [called.deadLetter, called.async.onFailure].flatMap((store) =>
    casesOf(store).map(({ answer, holds }): Path => {
      const kept = failureHop(facts, answer);
      return { there: allOf([there, holds]), hops: kept ? [waits, kept] : [waits] };
    }),
  );
}

function failureHop(facts: Facts, answer: Answer<string | undefined>): Hop | undefined {
  if (!answer.known) return open("its failure destination", answer.reason);
  if (answer.value === undefined) return undefined;
  const queue = endOf(facts.queues, { ...answer, value: answer.value }, "queue");
  if (queue.found) return retention(queue, answer.value, " until it is sent again");
  // These pass an event on and keep nothing.
  if (/:(?:sns|lambda|events):/u.test(answer.value)) return undefined;
  const isQueue = /:sqs:/u.test(answer.value);
  const reason = `how long ${answer.value} keeps an event is not known`;
  return open(answer.value, reason, isQueue ? RETENTION_LIMITS : ANY);
}

function asyncHop({ id, async }: FunctionFact): Hop {
  return {
    name: `asynchronous calls of ${id}`,
    where: `among the asynchronous calls of ${id}`,
    seconds: async.maximumEventAgeSeconds,
    limits: EVENT_AGE_LIMITS,
  };
}

function isRetriedByItself({ delivery }: Extract<Tail, { kind: "call" }>): boolean {
  return delivery.kind === "eventbridge" || delivery.kind === "scheduler";
}

function deliveryHop({ id, maximumEventAgeSeconds }: Extract<Tail, { kind: "call" }>["delivery"]): Hop {
  return {
    name: id,
    where: `of attempts by ${id}`,
    seconds: mapped(maximumEventAgeSeconds, (age) => age ?? 0),
    limits: DELIVERY_LIMITS,
  };
}

/** Each path alone, and behind each chain of deliveries that leads to it. Dead-letter queues of deliveries add nothing: what is in them never arrived. */
function behindHeads(
  facts: Facts,
  tail: Extract<Tail, { kind: "queue" | "call" }>,
  paths: readonly Path[],
): readonly Path[] {
  const heads = headsOf(facts, tail);
  const before = heads.map(({ deliveries, there }) => ({ there, hops: deliveries.map(deliveryHop) }));
  const all = tail.kind === "queue" ? [{ there: known(true, "default"), hops: [] }, ...before] : before;
  return all.flatMap((head) =>
    paths
      .map((path) => ({ there: allOf([head.there, path.there]), hops: [...head.hops, ...path.hops] }))
      .filter(({ there }) => isPossible(there)),
  );
}

function headsOf(facts: Facts, tail: Extract<Tail, { kind: "queue" | "call" }>): readonly Head[] {
  if (tail.kind === "call") return headsEndingIn(facts, tail.delivery, tail.there);
  return tail.queue.found ? headsTo(facts, "queue", tail.queue.fact.id) : [];
}

/** Each answer once, with the worlds in which it is the one. */
function casesOf<T>(
  value: Value<T>,
): readonly { readonly answer: Answer<T>; readonly holds: Value<boolean> }[] {
  const same = (answer: Answer<T>): string =>
    JSON.stringify(answer.known ? [answer.value ?? null] : answer.reason);
  const distinct = new Map(value.cases.map(({ answer }) => [same(answer), answer]));
  return [...distinct].map(([key, answer]) => ({
    answer,
    holds: inCases(value, (one) => same(one) === key),
  }));
}
