/** DUP007: pollers take more from the queues than the function's reserved concurrency can run. */

import type { Facts, FunctionFact, MappingFact } from "../../facts/model.ts";
import { type Answer, type Value, together, unknown } from "../../facts/value.ts";
import { endOf, settingOf, through } from "../pipelines.ts";
import { placeOf, relatedTo } from "../places.ts";
import type { Outcome, Rule } from "../rule.ts";
import { isFalse } from "../truths.ts";
import { type Judgement, TOO_MANY_CASES, cannotTell, combined, inEachWorld } from "../worlds.ts";

export const dup007: Rule = {
  id: "DUP007",
  name: "reserved-below-max-concurrency",
  title: "A function's reserved concurrency is below what its queues' mappings may invoke at once.",
  severity: { minimal: "off", recommended: "warning", strict: "warning" },
  why: "Pollers do not know of reserved concurrency: messages that are received and throttled spend their receives, and reach the dead-letter queue without a run.",
  fix: "Set ScalingConfig.MaximumConcurrency of each mapping, and reserve at least their sum.",
  source: "https://repost.aws/knowledge-center/lambda-sqs-scaling",
  check: (facts) => facts.functions.flatMap((called) => checkFunction(facts, called)),
};

/** A reservation from here on is not below what one queue's mapping scales to by itself. */
const AMPLE = 1_000;

/** An enabled mapping, in one world. */
interface Poller {
  readonly mapping: MappingFact;
  readonly concurrency: Answer<number | undefined>;
  readonly fifo: Answer<boolean>;
}

function checkFunction(facts: Facts, called: FunctionFact): readonly Outcome[] {
  const group = sharing(facts, called);
  // All of them reserve the same concurrency: it is judged once.
  if (group[0] !== called) return [];
  const ids = new Set(group.map(({ id }) => id));
  const mappings = facts.mappings.filter(
    (mapping) =>
      mapping.kind === "sqs" &&
      mapping.function.cases.some(({ answer }) => answer.known && ids.has(answer.value)),
  );
  const [first, ...more] = mappings;
  if (first === undefined) return [];
  const subject = { function: called.id, ...(more.length === 0 ? { mapping: first.id } : {}) };
  const pollers = combined(
    mappings.map((mapping) => pollerOf(facts, mapping, ids)),
    (answers): Answer<readonly Poller[]> =>
      answers.find((one) => !one.known) ?? {
        known: true,
        from: "literal",
        value: answers.flatMap((one) => (one.known && one.value ? [one.value] : [])),
      },
  );
  return inEachWorld<[boolean, number | undefined, readonly Poller[]]>(
    subject,
    [called.exists, called.reservedConcurrency, pollers],
    ([exists, reserved, polling]) => {
      if (isFalse(exists)) return undefined;
      return polling.known ? judge(called, reserved, polling.value) : cannotTell([polling]);
    },
  );
}

/** A function and its aliases and versions, which share what it reserves. */
function sharing({ functions }: Facts, called: FunctionFact): readonly FunctionFact[] {
  const base = called.qualifierOf ?? called.id;
  return functions
    .filter(({ id, qualifierOf }) => (qualifierOf ?? id) === base)
    .toSorted((left, right) => Number(right.id === base) - Number(left.id === base));
}

/** `undefined` where the mapping does not call the function. */
function pollerOf(facts: Facts, mapping: MappingFact, ids: ReadonlySet<string>): Value<Poller | undefined> {
  const fifo = through(mapping.source, (answer) =>
    settingOf(endOf(facts.queues, answer, "queue"), (queue) => queue.fifo),
  );
  const joints = together(
    mapping.exists,
    mapping.enabled,
    mapping.function,
    mapping.maximumConcurrency,
    fifo,
  );
  if (joints === undefined) return unknown(TOO_MANY_CASES);
  return {
    cases: joints.map(({ when, answers }) => {
      const [exists, enabled, target, concurrency, type] = answers;
      const calls = target.known && ids.has(target.value) && !isFalse(exists) && !isFalse(enabled);
      const value = calls ? { mapping, concurrency, fifo: type } : undefined;
      return { when, answer: { known: true, value, from: "literal" } };
    }),
  };
}

function judge(
  called: FunctionFact,
  reserved: Answer<number | undefined>,
  pollers: readonly Poller[],
): Judgement | undefined {
  if (pollers.length === 0) return undefined;
  if (!reserved.known) return cannotTell([reserved]);
  const count = reserved.value;
  if (count === undefined) return { status: "not-applicable", reason: "it reserves no concurrency" };
  const finding = {
    status: "fail",
    ...placeOf(reserved, called),
    related: relatedTo(
      ...pollers.map((one) => [placeOf(one.concurrency, one.mapping), limitOf(one)] as const),
    ),
  } as const;
  if (count === 0)
    return {
      ...finding,
      severity: "error",
      message: `${called.id} reserves a concurrency of 0: it never runs, and each message of ${named(pollers)} is received until it goes to the dead-letter queue or expires.`,
      formula: "0 < 1",
    };
  const limits = pollers.map(({ concurrency }) => (concurrency.known ? (concurrency.value ?? 0) : 0));
  const sum = limits.reduce((total, limit) => total + limit, 0);
  if (sum > count)
    return {
      ...finding,
      message: `${called.id} reserves a concurrency of ${count}, and its queues may invoke it ${sum} times at once: what is throttled spends its receives without a run.`,
      formula: `${count} < ${limits.filter((limit) => limit > 0).join(" + ")}`,
    };
  const free = pollers.filter(({ concurrency }) => concurrency.known && concurrency.value === undefined);
  const endless = free.filter(({ fifo }) => isFalse(fifo));
  if (endless.length > 0 && count < AMPLE)
    return {
      ...finding,
      message: `${called.id} reserves a concurrency of ${count}, and ${named(endless)} has no MaximumConcurrency: pollers take more messages than it can run, and what is throttled spends its receives without a run.`,
    };
  const open = [
    ...pollers.map(({ concurrency }) => concurrency),
    ...(count < AMPLE ? free.map(({ fifo }) => fifo) : []),
  ].filter((one) => !one.known);
  return open.length > 0 ? cannotTell(open) : { status: "pass" };
}

function named(pollers: readonly Poller[]): string {
  return pollers.map(({ mapping }) => mapping.id).join(" and ");
}

function limitOf({ mapping, concurrency }: Poller): string {
  if (!concurrency.known) return `the MaximumConcurrency of ${mapping.id} is not known`;
  return concurrency.value === undefined
    ? `${mapping.id} has no MaximumConcurrency`
    : `the MaximumConcurrency of ${mapping.id} is ${concurrency.value}`;
}
