/** ASY002: an event may come several times, and nothing was found that would tell. */

import type { Facts, FunctionFact } from "../../facts/model.ts";
import { howKnown } from "../amounts.ts";
import { isFalse } from "../truths.ts";
import { placeOf } from "../places.ts";
import { isCalled } from "../routes.ts";
import type { Outcome, Rule } from "../rule.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

export const asy002: Rule = {
  id: "ASY002",
  name: "retries-without-idempotency",
  title: "A function is called asynchronously with retries, and no idempotency was found.",
  severity: { minimal: "off", recommended: "info", strict: "warning" },
  why: "Lambda runs an event again after an error, and can deliver one more than once without any.",
  fix: "Make the handler idempotent; where it is, name its table or its records' life in the configuration.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
  check: (facts) => facts.functions.flatMap((called) => checkFunction(facts, called)),
};

function checkFunction(facts: Facts, called: FunctionFact): readonly Outcome[] {
  const { id, async, code } = called;
  const isGuarded = facts.idempotency.some((one) => one.function === id);
  return inEachWorld<[boolean, boolean, number]>(
    { function: id },
    [called.exists, isCalled(facts, called), async.maximumRetryAttempts],
    ([exists, isAsync, retries]): Judgement | undefined => {
      if (isFalse(exists)) return undefined;
      if (isFalse(isAsync))
        return { status: "not-applicable", reason: "nothing here calls the function asynchronously" };
      if (isGuarded || (retries.known && retries.value === 0)) return { status: "pass" };
      if (!retries.known || !isAsync.known) return cannotTell([retries, isAsync]);
      const looked =
        code === undefined ? "its environment (its code is not here)" : "its code and environment";
      return {
        status: "fail",
        message: `Lambda retries an event of ${id} up to ${retries.value} times${howKnown(retries)}, and nothing in ${looked} tells a second run from the first.`,
        formula: `MaximumRetryAttempts = ${retries.value}, no idempotency`,
        ...placeOf(retries, called),
      };
    },
  );
}
