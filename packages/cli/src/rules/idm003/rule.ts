/** IDM003: the record of an event is gone while its source may still deliver it again. */

import type { Facts, FunctionFact } from "../../facts/model.ts";
import { directPath } from "../horizon.ts";
import { compare, memoriesOf, noMemory } from "../memory.ts";
import { type Tail, consumerSubject, tailsOf } from "../routes.ts";
import type { Outcome, Rule, Subject } from "../rule.ts";

export const idm003: Rule = {
  id: "IDM003",
  name: "window-shorter-than-redelivery",
  title: "Idempotency records last for a shorter time than the source may deliver an event again.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "A delivery that comes after the record has expired runs as if it were the first.",
  fix: "Let records last for longer than the source's retention or event age.",
  source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
  check: (facts) => facts.functions.flatMap((called) => checkFunction(facts, called)),
};

function checkFunction(facts: Facts, called: FunctionFact): readonly Outcome[] {
  const tails = tailsOf(facts, called);
  if (tails.length === 0) return [];
  const memories = memoriesOf(facts, called);
  if (memories === undefined) return noMemory({ function: called.id }, called);
  return tails.flatMap((tail) =>
    memories.flatMap((memory) =>
      compare(subjectOf(called, tail), called, memory, [directPath(called, tail)], {
        message: ({ life, horizon }) =>
          `${called.id} remembers an event for ${life}, and its source may deliver it again for ${horizon}: a delivery that comes later than the record lasts runs as a new one.`,
      }),
    ),
  );
}

function subjectOf({ id }: FunctionFact, tail: Tail): Subject {
  switch (tail.kind) {
    case "queue":
      return {
        function: id,
        ...(tail.queue.found ? { queue: tail.queue.fact.id } : {}),
        ...consumerSubject(tail.consumer),
      };
    case "stream":
    case "other":
      return { function: id, ...consumerSubject(tail.consumer) };
    case "call":
      return { function: id, other: tail.delivery.id };
  }
}
