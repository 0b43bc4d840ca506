/** DUP011: SAM makes the queue of a subscription, with a visibility timeout that nobody chose. */

import { isLess, spelled } from "../../facts/linear.ts";
import { TIMEOUT_LIMITS, VISIBILITY_LIMITS, inSeconds, linears } from "../amounts.ts";
import { pipelinesOf, runsIn, settingOf, subjectOf } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Rule } from "../rule.ts";
import { cannotTell, inEachWorld } from "../worlds.ts";

export const dup011: Rule = {
  id: "DUP011",
  name: "sam-implicit-queue",
  title: "SAM generates a queue with a visibility timeout of 30 s for a function that may run longer.",
  severity: { minimal: "error", recommended: "error", strict: "error" },
  why: "The queue of `SqsSubscription: true` has SQS's default visibility timeout and no dead-letter queue, and its settings cannot be written in the template.",
  fix: "Define the queue, its subscription and its mapping as resources of their own; or lower the function's timeout to 5 s.",
  source:
    "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sns.html",
  check: (facts) =>
    pipelinesOf(facts).flatMap((pipeline) => {
      const { queue: end, function: called, mapping } = pipeline;
      if (!end.found || end.fact.generatedBy === undefined) return [];
      const queue = end.fact;
      return inEachWorld<[true, number, number]>(
        subjectOf(pipeline),
        [runsIn(pipeline), settingOf(called, (fact) => fact.timeoutSeconds), queue.visibilityTimeoutSeconds],
        ([, timeout, visibility]) => {
          const name = called.found ? called.fact.id : `the function of ${mapping.id}`;
          const [t, v] = linears(
            { answer: timeout, limits: TIMEOUT_LIMITS, name: `timeout of ${name}` },
            { answer: visibility, limits: VISIBILITY_LIMITS, name: `visibility timeout of ${queue.id}` },
          );
          if (t === undefined || v === undefined) return cannotTell([]);
          const below = isLess(v, t);
          if (below === "never") return { status: "pass" };
          if (below === "depends") return cannotTell([timeout, visibility]);
          return {
            status: "fail",
            message: `SAM generates the queue of ${queue.generatedBy} with a visibility timeout of ${inSeconds(visibility, v)}, and ${name} may run for ${inSeconds(timeout, t)}: a second copy can start while the first one is still running.`,
            formula: `${spelled(v)} < ${spelled(t)}`,
            ...placeOf(visibility, queue),
            related: relatedTo([
              called.found ? placeOf(timeout, called.fact) : undefined,
              `the timeout of ${name} is ${inSeconds(timeout, t)}`,
            ]),
          };
        },
      );
    }),
};
