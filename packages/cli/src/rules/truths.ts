/** Yes, no, or not known: of one answer, and of several values together. */

import type { Answer, Value } from "../facts/value.ts";
import { combined } from "./worlds.ts";

export function isTrue(answer: Answer<boolean>): boolean {
  return answer.known && answer.value;
}

export function isFalse(answer: Answer<boolean>): boolean {
  return answer.known && !answer.value;
}

/** True where all are, false where one is not; not known where it depends on what is not. */
export function allOf(values: readonly Value<boolean>[]): Value<boolean> {
  const decided = values.find(({ cases }) => cases.every(({ answer }) => isFalse(answer)));
  return combined(
    decided ? [decided] : values.filter(({ cases }) => !cases.every(({ answer }) => isTrue(answer))),
    (answers): Answer<boolean> => answers.find(isFalse) ?? answers.find((one) => !one.known) ?? told(true),
  );
}

/** True where one is, false where none is; not known where it depends on what is not. */
export function anyOf(values: readonly Value<boolean>[]): Value<boolean> {
  const decided = values.find(({ cases }) => cases.every(({ answer }) => isTrue(answer)));
  return combined(
    decided ? [decided] : values.filter(({ cases }) => !cases.every(({ answer }) => isFalse(answer))),
    (answers): Answer<boolean> => answers.find(isTrue) ?? answers.find((one) => !one.known) ?? told(false),
  );
}

/** Where a value is one of those that are meant: a reference that leads to some thing. */
export function isOne<T>(value: Value<T>, meant: (value: T) => boolean): Value<boolean> {
  return {
    cases: value.cases.map(({ when, answer }) => ({
      when,
      answer: answer.known ? { ...answer, value: meant(answer.value) } : answer,
    })),
  };
}

/** Whether it is one of those that are meant in any of its cases. */
export function mayBe<T>(value: Value<T>, meant: (value: T) => boolean): boolean {
  return value.cases.some(({ answer }) => answer.known && meant(answer.value));
}

function told(value: boolean): Answer<boolean> {
  return { known: true, value, from: "literal" };
}
