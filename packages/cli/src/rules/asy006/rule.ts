/** ASY006: one event reaches a function by two ways, and always runs twice. */

import type { DeliveryFact, Facts, FunctionFact } from "../../facts/model.ts";
import { type Answer, type Value, known } from "../../facts/value.ts";
import {
  type Overlap,
  isSchedule,
  letsAllThrough,
  overlapOfKeys,
  overlapOfKeysAndPattern,
  overlapOfPatterns,
} from "../overlap.ts";
import { allOf, isFalse } from "../truths.ts";
import { placeOf, relatedTo } from "../places.ts";
import { type Head, type Tail, headsEndingIn, headsTo, isPossible, tailsOf } from "../routes.ts";
import type { Outcome, Rule } from "../rule.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

export const asy006: Rule = {
  id: "ASY006",
  name: "double-subscription",
  title: "One function is reached by two ways from one source, and both let the same events through.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "Each event is delivered by both ways, and so runs twice; the two copies have nothing in common but their content.",
  fix: "Remove one of the ways, or let each through what the other does not.",
  source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html",
  check: (facts) => facts.functions.flatMap((called) => checkFunction(facts, called)),
};

/** From a source to the function. */
interface Way extends Head {
  readonly first: DeliveryFact;
  /** The queue it goes through. */
  readonly queue?: string;
}

function checkFunction(facts: Facts, called: FunctionFact): readonly Outcome[] {
  const ways = tailsOf(facts, called).flatMap((tail) => waysOf(facts, tail));
  const pairs = ways.flatMap((one, index) =>
    ways.slice(index + 1).flatMap((other) => (canMeet(one, other) ? [checkPair(called, one, other)] : [])),
  );
  const said = pairs.filter((pair) => pair.some(({ status }) => status === "fail" || status === "unknown"));
  // That no two of them meet is one answer, and not one for each two.
  const isCompared = pairs.some((pair) => pair.length > 0);
  if (said.length === 0 && isCompared) return [{ subject: { function: called.id }, status: "pass" }];
  return said.flat();
}

function waysOf(facts: Facts, tail: Tail): readonly Way[] {
  if (tail.kind === "call")
    return headsEndingIn(facts, tail.delivery, tail.there).flatMap((head) => wayOf(head, head.there));
  if (tail.kind !== "queue" || !tail.queue.found) return [];
  const { id } = tail.queue.fact;
  return headsTo(facts, "queue", id).flatMap((head) => wayOf(head, allOf([head.there, tail.there]), id));
}

function wayOf({ deliveries }: Head, there: Value<boolean>, queue?: string): readonly Way[] {
  const [first] = deliveries;
  if (first === undefined || !isPossible(there)) return [];
  return [{ deliveries, first, there, ...(queue === undefined ? {} : { queue }) }];
}

/** Two ways that begin with the same delivery part later, and are judged from there. */
function canMeet(one: Way, other: Way): boolean {
  if (one.first === other.first) return false;
  if (isBucketAndRule(one.first, other.first)) return true;
  if (one.first.kind !== other.first.kind) return false;
  return one.first.source.cases.some(({ answer }) =>
    other.first.source.cases.some(
      (its) => !answer.known || !its.answer.known || answer.value === its.answer.value,
    ),
  );
}

function checkPair(called: FunctionFact, one: Way, other: Way): readonly Outcome[] {
  const [left, right] = [one.first, other.first];
  const later = [...one.deliveries.slice(1), ...other.deliveries.slice(1)];
  const text = (value: Value<string> | undefined): Value<string> => value ?? known("", "default");
  return inEachWorld<[boolean, boolean, ...string[]]>(
    { function: called.id, ...queueOf(one, other), other: right.id },
    [
      allOf([called.exists, one.there]),
      other.there,
      left.source,
      right.source,
      left.selection,
      right.selection,
      text(left.prefix),
      text(right.prefix),
      text(left.suffix),
      text(right.suffix),
      ...later.map(({ selection }) => selection),
    ],
    ([here, there, ...texts]): Judgement | undefined => {
      if (isFalse(here) || isFalse(there))
        return { status: "not-applicable", reason: "one of the two ways is not there" };
      const [source, from, ...selections] = texts;
      const isMixed = isBucketAndRule(left, right);
      if (!isMixed && source?.known && from?.known && source.value !== from.value) return undefined;
      const overlap = isMixed ? overlapOfMixed(left, texts) : overlapOf(left, selections);
      if (overlap === "none") return { status: "pass" };
      const open = [here, there, ...texts].filter((answer) => !answer.known);
      if (open.length > 0) return cannotTell(open);
      if (overlap === "maybe" || selections.slice(6).some((its) => its.known && !letsAllThrough(its.value)))
        return {
          status: "unknown",
          reason: `some events may pass both ${left.id} and ${right.id}: their filters were not fully compared`,
          ...placeOf(selections[1] ?? there, right),
        };
      const name = source?.known ? source.value : "its source";
      return {
        status: "fail",
        message: `${called.id} is reached twice from ${name}: by ${spelled(one)}, and by ${spelled(other)}. An event that both let through runs twice.`,
        ...placeOf(there, right),
        related: relatedTo(
          [left, `${left.id} lets the same through`],
          ...later.map((step) => [step, `by way of ${step.id}`] as const),
        ),
      };
    },
  );
}

/** @param answers the selections, prefixes and suffixes of both */
function overlapOf({ kind }: DeliveryFact, answers: readonly Answer<string>[]): Overlap {
  const [selection, its, prefix, itsPrefix, suffix, itsSuffix] = answers.map((one) =>
    one.known ? one.value : undefined,
  );
  if (kind === "s3") {
    // What is not known may be anything, "" too.
    const keys = { selection: selection ?? "", prefix: prefix ?? "", suffix: suffix ?? "" };
    const itsKeys = { selection: its ?? "", prefix: itsPrefix ?? "", suffix: itsSuffix ?? "" };
    return overlapOfKeys(keys, itsKeys);
  }
  if (kind === "scheduler" || [selection, its].some((one) => one !== undefined && isSchedule(one)))
    return "none";
  return selection === undefined || its === undefined ? "maybe" : overlapOfPatterns(selection, its);
}

/** A bucket may notify a function, and tell EventBridge of the same object. */
function isBucketAndRule(left: DeliveryFact, right: DeliveryFact): boolean {
  const kinds = [left.kind, right.kind];
  return kinds.includes("s3") && kinds.includes("eventbridge");
}

/** @param answers the sources, selections, prefixes and suffixes of both */
function overlapOfMixed({ kind }: DeliveryFact, answers: readonly Answer<string>[]): Overlap {
  const texts = answers.map((one) => (one.known ? one.value : undefined));
  const [bucket, , selection, pattern, prefix, , suffix] = kind === "s3" ? texts : swapped(texts);
  if (bucket === undefined || selection === undefined || pattern === undefined) return "maybe";
  const keys = { selection, prefix: prefix ?? "", suffix: suffix ?? "" };
  return overlapOfKeysAndPattern(bucket, keys, pattern);
}

function swapped<T>(pairs: readonly T[]): readonly (T | undefined)[] {
  return pairs.map((_, index) => pairs[index % 2 === 0 ? index + 1 : index - 1]);
}

function queueOf(one: Way, other: Way): { readonly queue?: string } {
  const queue = other.queue ?? one.queue;
  return queue === undefined ? {} : { queue };
}

function spelled({ deliveries, queue }: Way): string {
  const steps = deliveries.map(({ id }) => id);
  return [...steps, ...(queue === undefined ? [] : [queue])].join(" → ");
}
