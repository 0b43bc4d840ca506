/** A setting with its cases, as JSON. */

import { isDeepStrictEqual } from "node:util";
import type { Answer, From, Value, World } from "../facts/value.ts";

export interface SaidAnswer {
  readonly value: unknown;
  readonly from: From | "unknown";
  readonly reason?: string;
  readonly assuming?: string;
}

export interface SaidValue extends SaidAnswer {
  /** Its cases, when they differ; `value` is the first one's, the case of all defaults. */
  readonly branches?: readonly (SaidAnswer & { readonly when: World })[];
}

export function saidValue({ cases }: Value<unknown>): SaidValue {
  const answers = cases.map(({ answer }) => saidAnswer(answer));
  const [first] = answers;
  if (first === undefined) return { value: null, from: "unknown", reason: "it has no case" };
  if (answers.every((one) => isDeepStrictEqual(one, first))) return first;
  return {
    ...first,
    from: first.from === "unknown" ? "unknown" : (sharedFrom(answers) ?? "branch"),
    branches: cases.map(({ when, answer }) => ({ when, ...saidAnswer(answer) })),
  };
}

/** Values that stand literally in the legs of a condition come from the branch, although each is a literal. */
function sharedFrom(answers: readonly SaidAnswer[]): From | undefined {
  const from = answers[0]?.from;
  if (from === undefined || from === "literal" || from === "unknown") return undefined;
  return answers.every((one) => one.from === from) ? from : undefined;
}

function saidAnswer(answer: Answer<unknown>): SaidAnswer {
  if (!answer.known) return { value: null, from: "unknown", reason: answer.reason };
  const { value = null, from, assuming } = answer;
  return { value, from, ...(assuming === undefined ? {} : { assuming }) };
}
