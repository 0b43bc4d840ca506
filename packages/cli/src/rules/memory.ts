/** What a function remembers, against what may come again. */

import { type Linear, isLess, spelled, symbol } from "../facts/linear.ts";
import type { Facts, FunctionFact, IdempotencyFact } from "../facts/model.ts";
import { type Answer, linearOf } from "../facts/value.ts";
import { inSeconds } from "./amounts.ts";
import { type Path, type Total, longest, totalOf } from "./horizon.ts";
import { isFalse } from "./truths.ts";
import { placeOf, relatedTo } from "./places.ts";
import type { Outcome, Subject } from "./rule.ts";
import { type Failure, type Judgement, cannotTell, inEachWorld } from "./worlds.ts";

export interface Saying {
  readonly memory: IdempotencyFact;
  /** `3600 s (the default)`. */
  readonly life: string;
  /** `4 days (345600 s)`: the sum. */
  readonly horizon: string;
  /** `4 days (345600 s) in Orders, 14 days (1209600 s) in OrdersDlq until a redrive`. */
  readonly hops: string;
}

/** What is known of the function's idempotency; `undefined`: nothing is, and that is the outcome. */
export function memoriesOf(facts: Facts, { id }: FunctionFact): readonly IdempotencyFact[] | undefined {
  const memories = facts.idempotency.filter((one) => one.function === id);
  return memories.length > 0 ? memories : undefined;
}

export function noMemory(subject: Subject, called: FunctionFact): readonly Outcome[] {
  const where =
    called.code === undefined ? "its environment (its code is not here)" : "its code and environment";
  return inEachWorld<[boolean]>(subject, [called.exists], ([exists]): Judgement | undefined =>
    isFalse(exists)
      ? undefined
      : {
          status: "unknown",
          reason: `no idempotency settings found for ${called.id} in ${where}; tell them in the configuration`,
          ...(called.place ? { place: called.place } : {}),
        },
  );
}

/** Whether the records of one memory outlive the longest of the paths. */
export function compare(
  subject: Subject,
  called: FunctionFact,
  memory: IdempotencyFact,
  paths: readonly Path[],
  {
    message,
    passes = () => undefined,
  }: {
    readonly message: (saying: Saying) => string;
    /** What is said instead, of the longest path. */
    readonly passes?: (longest: Total) => Judgement | undefined;
  },
): readonly Outcome[] {
  return inEachWorld<[boolean, boolean, number, ...(Total | undefined)[]]>(
    subject,
    [called.exists, memory.exists, memory.recordsLastSeconds, ...paths.map(totalOf)],
    ([exists, remembers, life, ...answers]): Judgement | undefined => {
      if (isFalse(exists) || isFalse(remembers)) return undefined;
      const totals = answers.flatMap((one) => (one.known && one.value !== undefined ? [one.value] : []));
      const open = answers.filter((one) => !one.known);
      const most = longest(totals);
      if (most === undefined) return open.length > 0 ? cannotTell(open) : undefined;
      const instead = passes(most);
      if (instead !== undefined) return instead;
      return (
        judge(called, memory, life, totals, message) ??
        (open.length > 0 ? cannotTell(open) : { status: "pass" })
      );
    },
  );
}

/** `undefined`: it outlives them all. */
function judge(
  called: FunctionFact,
  memory: IdempotencyFact,
  life: Answer<number>,
  totals: readonly Total[],
  message: (saying: Saying) => string,
): Judgement | undefined {
  const lasts = linearOf(life) ?? symbol(`life of the records of ${called.id}`, { min: 0 });
  const shorter = longest(totals.filter(({ sum }) => isLess(lasts, sum) === "always"));
  if (shorter !== undefined) {
    const formula = shorter.hops.map(({ name, seconds }) => `${spelled(seconds)} (${name})`).join(" + ");
    const saying = {
      memory,
      life: inSeconds(life, lasts),
      horizon: inSeconds(answerOf(shorter.sum), shorter.sum),
      hops: shorter.hops
        .map(({ where, answer, seconds }) => `${inSeconds(answer, seconds)} ${where}`)
        .join(", "),
    };
    return {
      status: "fail",
      message: message(saying),
      formula: `${spelled(lasts)} < ${formula}`,
      ...placeOf(life, { ...memory, ...(memory.place ? {} : called.place ? { place: called.place } : {}) }),
      related: relatedOf(called, shorter),
    };
  }
  const open = totals.filter(({ sum }) => isLess(lasts, sum) === "depends");
  if (open.length === 0) return undefined;
  const unknown = open.flatMap(({ hops }) => hops.map(({ answer }) => answer)).filter((one) => !one.known);
  return cannotTell([...(life.known ? [] : [life]), ...unknown]);
}

function answerOf(sum: Linear): Answer<number> {
  return sum.terms.length === 0
    ? { known: true, value: sum.constant, from: "literal" }
    : { known: false, reason: spelled(sum) };
}

function relatedOf(called: FunctionFact, { hops }: Total): NonNullable<Failure["related"]> {
  return relatedTo(
    [called, `${called.id} uses these records`],
    ...hops.map(
      ({ name, answer, seconds }) => [answer, `${name}: up to ${inSeconds(answer, seconds)}`] as const,
    ),
  );
}
