/** From a reference to what it names: the setting of a thing, in each case of both. */

import type { Fact } from "../facts/model.ts";
import { type Case, meet, unknown, type Value } from "../facts/value.ts";

/**
 * A setting of whatever `reference` names.
 *
 * @param of the facts that it may name
 * @param what as in `there is no queue "Orders" here`
 */
export function follow<F extends Fact, T>(
  reference: Value<string | undefined>,
  of: readonly F[],
  what: string,
  setting: (fact: F) => Value<T>,
): Value<T> {
  const cases = reference.cases.flatMap(({ when, answer }): readonly Case<T>[] => {
    if (!answer.known) return [{ when, answer: { known: false, reason: answer.reason } }];
    return casesOf(answer.value).flatMap((one) => {
      const both = meet(when, one.when);
      return both === undefined ? [] : [{ when: both, answer: one.answer }];
    });
  });
  return { cases };

  function casesOf(id: string | undefined): readonly Case<T>[] {
    const found = of.find((fact) => fact.id === id);
    if (found !== undefined) return setting(found).cases;
    return unknown(id === undefined ? `it names no ${what}` : `there is no ${what} "${id}" here`).cases;
  }
}

/** The id, when it is the same in every case and is one of `of`. */
export function sameId(reference: Value<string | undefined>, of: readonly Fact[]): string | null {
  const [first, ...rest] = reference.cases.map(({ answer }) => (answer.known ? answer.value : undefined));
  if (first === undefined || rest.some((id) => id !== first)) return null;
  return of.some(({ id }) => id === first) ? first : null;
}

/** A thing that a condition leaves out in every world is not deployed at all. */
export function mayExist({ exists }: Fact): boolean {
  return exists.cases.some(({ answer }) => !answer.known || answer.value);
}
