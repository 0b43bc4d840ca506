/** Finds the things of templates in an account, by name. */

import type { Fact, Facts, FunctionFact, QueueFact } from "../facts/model.ts";
import type { Value, World } from "../facts/value.ts";
import type { MatchedBy } from "./item.ts";
import { generatedName, mayBeNamed } from "./names.ts";

export type Named = FunctionFact | QueueFact;

/** A thing of an account. */
export interface Live<F> {
  readonly fact: F;
  readonly facts: Facts;
}

export type Match<F> =
  | {
      readonly found: true;
      readonly matchedBy: MatchedBy;
      /** With the cases of the template in which it has that name. */
      readonly live: readonly (Live<F> & { readonly when: World })[];
    }
  /** `sure`: it is not there, as far as its name is known. */
  | { readonly found: false; readonly sure: boolean; readonly reason: string };

/** The stacks by which the unnamed things of a template are told, those that have most of them. */
export type Stacks = ReadonlySet<string>;

const BY_CLOUDFORMATION = new Set(["cloudformation", "sam", "cdk", "serverless"]);

export function stacksOf(template: Facts, live: readonly Live<Named>[]): Stacks {
  const unnamed = [...template.functions, ...template.queues].filter(({ name }) => isGenerated(name));
  const counts = new Map<string, Set<string>>();
  if (!BY_CLOUDFORMATION.has(template.language)) return new Set();
  for (const { fact, facts } of live) {
    const generated = generatedName(fact.id);
    if (generated === undefined) continue;
    const key = stackKey(facts, generated.stack);
    for (const { id } of unnamed)
      if (mayBeNamed(id, generated)) counts.set(key, (counts.get(key) ?? new Set()).add(id));
  }
  const most = Math.max(0, ...[...counts.values()].map(({ size }) => size));
  return new Set([...counts].filter(([, { size }]) => size === most).map(([stack]) => stack));
}

export function stackKey({ file }: Facts, stack: string): string {
  return `${file} ${stack}`;
}

export function matched<F extends Named>(
  template: Facts,
  fact: F,
  live: readonly Live<F>[],
  stacks: Stacks,
): Match<F> {
  const open = fact.name.cases.find(({ answer }) => !answer.known)?.answer;
  const byName = fact.name.cases.flatMap(({ when, answer }) =>
    answer.known && answer.value !== undefined
      ? live.filter((one) => one.fact.id === answer.value).map((one) => ({ ...one, when }))
      : [],
  );
  if (byName.length > 0) return { found: true, matchedBy: "name", live: byName };
  if (open !== undefined && !open.known)
    return { found: false, sure: false, reason: `its name is not known: ${open.reason}` };
  if (!isGenerated(fact.name)) return { found: false, sure: true, reason: "nothing there has its name" };
  if (!BY_CLOUDFORMATION.has(template.language))
    return {
      found: false,
      sure: false,
      reason: "the template does not name it: its name is made up when it is made",
    };
  const guessed = live.filter((one) => {
    const generated = generatedName(one.fact.id);
    return (
      generated !== undefined &&
      stacks.has(stackKey(one.facts, generated.stack)) &&
      mayBeNamed(fact.id, generated)
    );
  });
  if (guessed.length === 1)
    return { found: true, matchedBy: "generated-name", live: guessed.map((one) => ({ ...one, when: {} })) };
  return {
    found: false,
    sure: false,
    reason:
      guessed.length === 0
        ? "the template does not name it, and no name there looks like one that CloudFormation made for it"
        : `the template does not name it, and it may be any of ${guessed.map((one) => one.fact.id).join(", ")}`,
  };
}

/** Whether the template leaves the name to whoever makes the thing, in one of its cases. */
function isGenerated(name: Value<string | undefined>): boolean {
  return name.cases.some(({ answer }) => answer.known && answer.value === undefined);
}

/** Whether something is there: `undefined` when it depends on what is not known. */
export function isThere({ exists }: Fact): boolean | undefined {
  const answers = new Set(exists.cases.map(({ answer }) => (answer.known ? answer.value : undefined)));
  const [only] = answers;
  return answers.size === 1 ? only : undefined;
}
