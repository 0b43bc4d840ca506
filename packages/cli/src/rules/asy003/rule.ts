/** ASY003: an event is too old before its first run is over, or before a burst has passed. */

import { isLess, spelled } from "../../facts/linear.ts";
import type { Facts, FunctionFact } from "../../facts/model.ts";
import { known } from "../../facts/value.ts";
import { TIMEOUT_LIMITS, inSeconds, linears } from "../amounts.ts";
import { fixOf } from "../fixes.ts";
import { isFalse } from "../truths.ts";
import { placeOf, relatedTo } from "../places.ts";
import { isCalled } from "../routes.ts";
import { idm003 } from "../idm003/rule.ts";
import { idm005 } from "../idm005/rule.ts";
import type { Fix, Outcome, Rule } from "../rule.ts";
import { type Judgement, cannotTell, inEachWorld } from "../worlds.ts";

/** https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html; what is below is judged, not narrowed away. */
const AGE_LIMITS = { min: 0, max: 21_600 };
const LEAST_SECONDS = 60;

export const asy003: Rule = {
  id: "ASY003",
  name: "event-age",
  title: "Asynchronous events grow too old before the function had time for one run.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "Events that wait for a throttled or failing function longer than their maximum age are discarded unseen.",
  fix: "Set MaximumEventAgeInSeconds well above the function's timeout; its default is six hours.",
  source: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html",
  check: (facts) => facts.functions.flatMap((called) => checkFunction(facts, called)),
};

function checkFunction(facts: Facts, called: FunctionFact): readonly Outcome[] {
  const { id, async, timeoutSeconds } = called;
  const fixes = ageFixes(facts, called);
  return inEachWorld<[boolean, boolean, boolean, number, number]>(
    { function: id },
    [called.exists, isCalled(facts, called), async.configured, async.maximumEventAgeSeconds, timeoutSeconds],
    ([exists, isAsync, configured, age, timeout]): Judgement | undefined => {
      if (isFalse(exists)) return undefined;
      if (isFalse(isAsync) && isFalse(configured))
        return { status: "not-applicable", reason: "nothing here calls the function asynchronously" };
      const [a, t] = linears(
        { answer: age, limits: AGE_LIMITS, name: `event age of ${id}` },
        { answer: timeout, limits: TIMEOUT_LIMITS, name: `timeout of ${id}` },
      );
      if (a === undefined || t === undefined) return undefined;
      const belowRun = isLess(a, t);
      const belowLeast = isLess(a, { constant: LEAST_SECONDS, terms: [] });
      if (belowRun === "never" && belowLeast === "never") return { status: "pass" };
      if (belowRun !== "always" && belowLeast !== "always") return cannotTell([age, timeout]);
      const why =
        belowRun === "always"
          ? `a run may take ${inSeconds(timeout, t)}, so that an event whose first run fails late is not retried, and one that waits for another run is dropped`
          : "a short burst or throttle makes events older than that";
      return {
        status: "fail",
        message: `Lambda discards events of ${id} that are older than ${inSeconds(age, a)}: ${why}.`,
        formula: belowRun === "always" ? `${spelled(a)} < ${spelled(t)}` : `${spelled(a)} < ${LEAST_SECONDS}`,
        ...placeOf(age, called),
        related: relatedTo([
          belowRun === "always" ? placeOf(timeout, called) : undefined,
          `the timeout of ${id} is ${inSeconds(timeout, t)}`,
        ]),
        ...(fixes.length > 0 ? { fixes } : {}),
      };
    },
  );
}

/** Back to the default; not where the function's memory would then be the shorter one. */
function ageFixes(facts: Facts, called: FunctionFact): readonly Fix[] {
  const forgets = facts.idempotency.some(
    (one) =>
      one.function === called.id &&
      one.recordsLastSeconds.cases.some(({ answer }) => answer.known && answer.value < AGE_LIMITS.max),
  );
  const age = called.async.maximumEventAgeSeconds;
  const fix = forgets ? undefined : fixOf(called, "eventAge", age, AGE_LIMITS.max, facts.language);
  return fix === undefined || outlivesMemory(facts, called) ? [] : [fix];
}

/** Whether events that wait for longer would come again after they are forgotten, which they do not now. */
function outlivesMemory(facts: Facts, called: FunctionFact): boolean {
  const async = { ...called.async, maximumEventAgeSeconds: known(AGE_LIMITS.max, "literal") };
  const functions = facts.functions.map((one) => (one === called ? { ...one, async } : one));
  const fails = (rule: Rule, some: Facts): number =>
    rule.check(some).filter(({ status }) => status === "fail").length;
  return [idm003, idm005].some((rule) => fails(rule, { ...facts, functions }) > fails(rule, facts));
}
