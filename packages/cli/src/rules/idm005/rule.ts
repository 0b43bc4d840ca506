/** IDM005: the record of an event is gone before the last way is over on which it may come again. */

import type { Facts, FunctionFact } from "../../facts/model.ts";
import { pathsOver } from "../horizon.ts";
import { compare, memoriesOf, noMemory } from "../memory.ts";
import { tailsOf } from "../routes.ts";
import type { Outcome, Rule } from "../rule.ts";

export const idm005: Rule = {
  id: "IDM005",
  name: "memory-below-horizon",
  title: "Idempotency records last for a shorter time than the longest way on which an event can come again.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "An event that is redriven from a dead-letter queue, or retried on its way to the queue, runs again after its record has expired.",
  fix: "Let records last for longer than the sum of the hops; or redrive only what is younger than the records' life.",
  source:
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html",
  check: (facts) => facts.functions.flatMap((called) => checkFunction(facts, called)),
};

function checkFunction(facts: Facts, called: FunctionFact): readonly Outcome[] {
  const subject = { function: called.id };
  const tails = tailsOf(facts, called);
  if (tails.length === 0) return [];
  const memories = memoriesOf(facts, called);
  if (memories === undefined) return noMemory(subject, called);
  const paths = tails.flatMap((tail) => pathsOver(facts, called, tail));
  return memories.flatMap((memory) =>
    compare(subject, called, memory, paths, {
      message: ({ life, horizon, hops }) =>
        `${called.id} remembers an event for ${life}. By its longest way it can come again for ${horizon}, and then runs as a new one: ${hops}.`,
      passes: ({ hops }) =>
        hops.length === 1
          ? {
              status: "not-applicable",
              reason: "an event comes again from its source alone, which IDM003 compares",
            }
          : undefined,
    }),
  );
}
