/** What becomes of an event that a service cannot deliver: kept in a dead-letter queue, or gone. */

import type { DeliveryFact } from "../facts/model.ts";
import { isFalse } from "./truths.ts";
import { placeOf } from "./places.ts";
import type { Outcome, Subject } from "./rule.ts";
import { type Judgement, cannotTell, inEachWorld } from "./worlds.ts";

type Target = DeliveryFact["target"]["cases"][number]["answer"];

/** @param message of a delivery without a dead-letter queue; the argument is what it delivers to */
export function checkDelivery(
  delivery: DeliveryFact,
  message: (target: string) => string,
): readonly Outcome[] {
  const { exists, target, deadLetter } = delivery;
  return inEachWorld<[boolean, { kind: string; id: string }, string | undefined]>(
    subjectOf(delivery),
    [exists, target, deadLetter],
    ([there, to, dead]): Judgement | undefined => {
      if (isFalse(there)) return undefined;
      if (to.known && to.value.kind === "other")
        return { status: "not-applicable", reason: "it delivers to neither a function nor a queue" };
      if (!dead.known) return cannotTell([dead]);
      if (dead.value !== undefined) return { status: "pass" };
      return {
        status: "fail",
        message: message(to.known ? to.value.id : "its target"),
        ...placeOf(dead, delivery),
      };
    },
  );
}

function subjectOf({ id, target }: DeliveryFact): Subject {
  const [only, ...more] = target.cases;
  const to: Target | undefined = more.length === 0 ? only?.answer : undefined;
  if (!to?.known) return { other: id };
  switch (to.value.kind) {
    case "function":
      return { function: to.value.id, other: id };
    case "queue":
      return { queue: to.value.id, other: id };
    case "other":
      return { other: id };
  }
}
