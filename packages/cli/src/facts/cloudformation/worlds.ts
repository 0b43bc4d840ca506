/**
 * How an answer forks into cases: it is computed in one world, and where it needs a choice that this world has not made
 * it is computed again in each of the worlds that make it. So only what an answer depends on stands in its cases.
 */

import type { Answer, Case, Value } from "../value.ts";
import type { Node } from "./node.ts";
import type { Result } from "./result.ts";
import type { Template } from "./template.ts";

const MAX_CASES = 256;
const MAX_DEPTH = 200;

/** One computation in one world. */
export class Run {
  readonly choices: ReadonlyMap<string, string>;
  readonly #evaluate: (run: Run, node: Node, template: Template) => Result;
  #active: Set<string> | undefined;
  #depth = 0;
  /** Within a condition, or a key of a mapping: a parameter is then decided and not assumed. */
  #deciding = 0;

  constructor(
    choices: ReadonlyMap<string, string>,
    evaluate: (run: Run, node: Node, template: Template) => Result,
  ) {
    this.choices = choices;
    this.#evaluate = evaluate;
  }

  evaluate(node: Node, template: Template): Result {
    this.#depth += 1;
    try {
      if (this.#depth > MAX_DEPTH) throw new TooDeep();
      return this.#evaluate(this, node, template);
    } finally {
      this.#depth -= 1;
    }
  }

  /** @param options the one of the defaults first */
  choose(name: string, options: readonly string[]): string {
    const taken = this.choices.get(name);
    if (taken !== undefined) return taken;
    const [first] = options;
    if (first === undefined) throw new Impossible();
    if (options.length === 1) return first;
    throw new Fork(name, options);
  }

  get deciding(): boolean {
    return this.#deciding > 0;
  }

  decide<T>(body: () => T): T {
    this.#deciding += 1;
    try {
      return body();
    } finally {
      this.#deciding -= 1;
    }
  }

  /** @returns `undefined` when `key` is under way already: it refers to itself. */
  once<T>(key: string, body: () => T): T | undefined {
    const active = (this.#active ??= new Set());
    if (active.has(key)) return undefined;
    active.add(key);
    try {
      return body();
    } finally {
      active.delete(key);
    }
  }

  /** CloudFormation would refuse to deploy in this world. */
  impossible(): never {
    throw new Impossible();
  }
}

/** What is thrown here is caught here, some hundred times for a template: none of it is an error that needs a stack. */
class Fork {
  readonly choice: string;
  readonly options: readonly string[];

  constructor(choice: string, options: readonly string[]) {
    this.choice = choice;
    this.options = options;
  }
}

class Impossible {}
class TooDeep {}

const UNDECIDED: ReadonlyMap<string, string> = new Map();

/** The cases of what `body` answers, that of the defaults first. */
export function fork<T>(
  evaluate: (run: Run, node: Node, template: Template) => Result,
  body: (run: Run) => Answer<T>,
): Value<T> {
  const cases: Case<T>[] = [];
  const open: ReadonlyMap<string, string>[] = [UNDECIDED];
  for (let choices = open.pop(); choices !== undefined; choices = open.pop()) {
    try {
      cases.push({ when: Object.fromEntries(choices), answer: body(new Run(choices, evaluate)) });
    } catch (error) {
      if (error instanceof Fork)
        for (const option of error.options.toReversed())
          open.push(new Map(choices).set(error.choice, option));
      else if (error instanceof TooDeep) return unanswered("it is nested or refers on too deeply");
      else if (!(error instanceof Impossible)) throw error;
    }
    if (cases.length + open.length > MAX_CASES)
      return unanswered(`it depends on more than ${MAX_CASES} combinations of parameters and conditions`);
  }
  return cases.length > 0 ? { cases } : unanswered("no choice of parameters lets the template deploy");
}

function unanswered(reason: string): Value<never> {
  return { cases: [{ when: {}, answer: { known: false, reason } }] };
}
