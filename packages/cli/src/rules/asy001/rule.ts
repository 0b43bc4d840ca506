/** ASY001: an event that fails three times is discarded. */

import type { Facts, FunctionFact } from "../../facts/model.ts";
import { isFalse } from "../truths.ts";
import { placeOf, relatedTo } from "../places.ts";
import { isCalled, tailsOf } from "../routes.ts";
import type { Outcome, Rule } from "../rule.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

export const asy001: Rule = {
  id: "ASY001",
  name: "no-failure-destination",
  title: "A function is called asynchronously, and nothing keeps the events that fail.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "Lambda tries an event three times, and then discards it.",
  fix: "Give the function an on-failure destination or a dead-letter queue.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
  check: (facts) => [
    ...facts.functions.flatMap((called) => checkFunction(facts, called)),
    ...facts.deliveries.flatMap(unseenTarget),
  ],
};

const NOT_CALLED: Judgement = {
  status: "not-applicable",
  reason: "nothing here calls the function asynchronously",
};

function checkFunction(facts: Facts, called: FunctionFact): readonly Outcome[] {
  const { deadLetter, async } = called;
  const callers = tailsOf(facts, called).flatMap((tail) => (tail.kind === "call" ? [tail.delivery] : []));
  return inEachWorld<[boolean, boolean, string | undefined, string | undefined, number]>(
    { function: called.id },
    [called.exists, isCalled(facts, called), deadLetter, async.onFailure, async.maximumRetryAttempts],
    ([exists, isAsync, dead, failed, retries]): Judgement | undefined => {
      if (isFalse(exists)) return undefined;
      if (isFalse(isAsync)) return NOT_CALLED;
      if ([dead, failed].some((one) => one.known && one.value !== undefined)) return { status: "pass" };
      if (!dead.known || !failed.known) return cannotTell([dead, failed]);
      if (!isAsync.known) return cannotTell([isAsync]);
      const runs = retries.known ? `${retries.value + 1} times` : "some times";
      return {
        status: "fail",
        message: `${called.id} is called asynchronously (${callers.map(({ id }) => id).join(", ")}), and has neither an on-failure destination nor a dead-letter queue: an event that fails ${runs === "1 times" ? "once" : runs} is discarded.`,
        ...placeOf(failed, called),
        related: relatedTo(
          ...callers.map((one) => [one, `${one.id} calls ${called.id} asynchronously`] as const),
        ),
      };
    },
  );
}

/** It may call a function of these: said once, and not of each function. */
function unseenTarget(delivery: Facts["deliveries"][number]): readonly Outcome[] {
  const { id, exists, target, asynchronous } = delivery;
  if (!asynchronous) return [];
  return inEachWorld<[boolean, unknown]>({ other: id }, [exists, target], ([there, called]) => {
    if (isFalse(there) || called.known) return undefined;
    return { ...cannotTell([called]), reason: `what ${id} calls is not known: ${called.reason}` };
  });
}
