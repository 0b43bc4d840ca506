/** LOSS006: a failure destination of asynchronous invocations, at a function that has none. */

import type { Facts, FunctionFact } from "../../facts/model.ts";
import type { Value } from "../../facts/value.ts";
import { onlyId } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { allOf, anyOf, isFalse, isOne, isTrue, mayBe } from "../truths.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const loss006: Rule = {
  id: "LOSS006",
  name: "function-dlq-on-sqs-consumer",
  title: "A function that only polls has a dead-letter queue or destinations for asynchronous invocations.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "They serve asynchronous invocations only: nothing that fails in a polled batch ever reaches them.",
  fix: "Remove them, and give the source queue a RedrivePolicy.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/sqs-retries.html",
  check: (facts) => facts.functions.flatMap((called) => checkFunction(facts, called)),
};

function checkFunction(facts: Facts, called: FunctionFact): readonly Outcome[] {
  const polling = facts.mappings.filter(({ function: target }) => mayBe(target, (id) => id === called.id));
  if (polling.length === 0) return [];
  const [only, ...more] = polling;
  const queue = only && more.length === 0 && only.kind === "sqs" ? onlyId(only.source) : undefined;
  return inEachWorld<[boolean, boolean, string | undefined, boolean, string | undefined]>(
    {
      function: called.id,
      ...(queue === undefined ? {} : { queue }),
      ...(only && more.length === 0 ? { mapping: only.id } : {}),
    },
    [
      called.exists,
      calledAsynchronously(facts, called),
      called.deadLetter,
      called.async.configured,
      called.async.onFailure,
    ],
    ([exists, asynchronous, deadLetter, configured, onFailure]) => {
      if (isFalse(exists)) return undefined;
      const set = SETTINGS.find(({ of }) => {
        const answer = { deadLetter, configured, onFailure }[of];
        return answer.known && answer.value !== undefined && answer.value !== false;
      });
      const answers = [deadLetter, onFailure, configured];
      if (set === undefined)
        return answers.every((one) => one.known)
          ? { status: "pass" }
          : isTrue(asynchronous)
            ? NOT_ALONE
            : cannotTell(answers);
      if (isTrue(asynchronous)) return NOT_ALONE;
      if (!asynchronous.known) return cannotTell([asynchronous]);
      const answer = { deadLetter, configured, onFailure }[set.of];
      return {
        status: "fail",
        message: `${called.id} has ${set.says} for asynchronous invocations, and is only called by ${polling.map(({ id }) => id).join(" and ")}, which polls: what fails there never gets to it.`,
        ...placeOf(answer, called),
        related: relatedTo(...polling.map((one) => [one, `${one.id} polls ${one.sourceName}`] as const)),
      };
    },
  );
}

const NOT_ALONE = { status: "not-applicable", reason: "it is called asynchronously too" } as const;

const SETTINGS = [
  { of: "deadLetter", says: "a dead-letter queue" },
  { of: "onFailure", says: "an OnFailure destination" },
  { of: "configured", says: "an event invoke configuration" },
] as const;

/** Whether something here does. What calls it from elsewhere, or from code, is not seen. */
function calledAsynchronously(facts: Facts, called: FunctionFact): Value<boolean> {
  const calls = facts.deliveries
    .filter(({ asynchronous }) => asynchronous)
    .map(({ exists, target }) =>
      allOf([exists, isOne(target, ({ kind, id }) => kind === "function" && id === called.id)]),
    );
  return anyOf(calls);
}
