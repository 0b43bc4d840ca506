/** Values made of other values. */

import { scaled } from "../linear.ts";
import { type Answer, together, unknown, type Value } from "../value.ts";

export function and(left: Value<boolean>, right: Value<boolean>): Value<boolean> {
  const joints = together(left, right);
  if (!joints || joints.length === 0) return unknown("it depends on too many combinations of values");
  return { cases: joints.map(({ when, answers: [a, b] }) => ({ when, answer: both(a, b) })) };
}

function both(a: Answer<boolean>, b: Answer<boolean>): Answer<boolean> {
  if (a.known && !a.value) return a;
  if (b.known && !b.value) return b;
  return a.known ? b : a;
}

/** Hours in seconds: what is not known keeps its relation to others. */
export function scaledValue(value: Value<number>, by: number): Value<number> {
  return {
    cases: value.cases.map(({ when, answer }) => ({
      when,
      answer: answer.known
        ? { ...answer, value: answer.value * by }
        : { ...answer, ...(answer.linear ? { linear: scaled(answer.linear, by) } : {}) },
    })),
  };
}
