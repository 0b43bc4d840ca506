/** Judging what has cases: one outcome for each way in which they come together, and those that say the same as one. */

import {
  type Answer,
  type Case,
  type Place,
  type Value,
  type World,
  meet,
  spelledWorld,
  together,
  unknown,
} from "../facts/value.ts";
import type { Outcome, Subject } from "./rule.ts";

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** An outcome before it is said of whom, and in which worlds. */
export type Judgement = Without<Outcome, "subject" | "when">;
export type Failure = Extract<Judgement, { status: "fail" }>;

export const TOO_MANY_CASES = "its settings have more than 256 cases together";

/**
 * @param judge `undefined`: in that world there is nothing to be judged.
 */
export function inEachWorld<T extends readonly unknown[]>(
  subject: Subject,
  values: { readonly [K in keyof T]: Value<T[K]> },
  judge: (answers: { readonly [K in keyof T]: Answer<T[K]> }) => Judgement | undefined,
): readonly Outcome[] {
  const joints = together<T>(...values);
  if (joints === undefined) return [{ subject, status: "unknown", reason: TOO_MANY_CASES }];
  const [only] = joints;
  if (joints.length === 1 && only) {
    const judgement = judge(only.answers);
    return judgement === undefined ? [] : merged(subject, [judgement], [only.when]);
  }
  const judged = joints.flatMap(({ when, answers }) => {
    const judgement = judge(answers);
    return judgement === undefined ? [] : [{ when, judgement, same: sameness(judgement) }];
  });
  return Object.values(Object.groupBy(judged, ({ same }) => same)).flatMap((group = []) => {
    const others = judged.filter((one) => !group.includes(one));
    const worlds = shortest(
      group.map(({ when }) => when),
      others.map(({ when }) => when),
    );
    return merged(
      subject,
      group.map(({ judgement }) => judgement),
      worlds,
    );
  });
}

/** Several values as one; `change` sees one answer of each. */
export function combined<T, U>(
  values: readonly Value<T>[],
  change: (answers: readonly Answer<T>[]) => Answer<U>,
): Value<U> {
  const joints = together<readonly T[]>(...values);
  if (joints === undefined) return unknown(TOO_MANY_CASES);
  return { cases: joints.map(({ when, answers }): Case<U> => ({ when, answer: change(answers) })) };
}

/** Why something cannot be told, from those of its answers that are not known. */
export function cannotTell(answers: readonly Answer<unknown>[]): Extract<Judgement, { status: "unknown" }> {
  const open = answers.filter((one) => !one.known);
  const place = open.find((one) => one.place)?.place;
  const reason = [...new Set(open.map((one) => one.reason))].join("; ");
  return { status: "unknown", reason, ...(place ? { place } : {}) };
}

/** Findings with the same numbers are the same one, wherever the numbers stand. */
function sameness(judgement: Judgement): string {
  switch (judgement.status) {
    case "fail":
      return JSON.stringify(["fail", judgement.severity, judgement.message, judgement.formula]);
    case "pass":
      return "pass";
    case "unknown":
    case "not-applicable":
      return JSON.stringify([judgement.status, judgement.reason]);
  }
}

function merged(
  subject: Subject,
  judgements: readonly Judgement[],
  worlds: readonly World[],
): readonly Outcome[] {
  const [judgement] = judgements;
  if (judgement === undefined) return [];
  const said = (when: World | undefined): { subject: Subject; when?: World } =>
    when === undefined || Object.keys(when).length === 0 ? { subject } : { subject, when };
  if (judgement.status !== "fail") return worlds.map((when) => ({ ...judgement, ...said(when) }));
  const [first, ...more] = worlds;
  const likewise = more.map((when) => ` Likewise when ${spelledWorld(when)}.`).join("");
  return [
    {
      ...judgement,
      message: `${judgement.message}${likewise}`,
      related: relatedOf(judgements),
      ...said(first),
    },
  ];
}

function relatedOf(judgements: readonly Judgement[]): NonNullable<Failure["related"]> {
  const failures = judgements.filter((one) => one.status === "fail");
  const first = failures[0]?.place;
  const elsewhere = failures.flatMap(({ place }) =>
    place && first && spot(place) !== spot(first) ? [{ place, message: "and here" }] : [],
  );
  const all = [...failures.flatMap(({ related = [] }) => related), ...elsewhere];
  return [...new Map(all.map((one) => [`${spot(one.place)} ${one.message}`, one])).values()];
}

function spot({ file, line, column, pointer = "" }: Place): string {
  return `${file}:${line}:${column} ${pointer}`;
}

/** The worlds without the choices that make no difference: those whose other outcomes say the same. */
function shortest(worlds: readonly World[], others: readonly World[]): readonly World[] {
  const short = worlds.map((world) => {
    let rest = world;
    for (const choice of Object.keys(world)) {
      const { [choice]: _, ...without } = rest;
      if (others.every((other) => meet(without, other) === undefined)) rest = without;
    }
    return rest;
  });
  return [
    ...new Map(short.map((world) => [JSON.stringify(Object.entries(world).toSorted()), world])).values(),
  ];
}
