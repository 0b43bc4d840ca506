/** Which verb is running here, for edges and for the development mode: both ask it of a call, neither of the verbs themselves. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Attempt } from "./attempt.ts";

/** A run of a verb: one that failed and is tried again in its attempt runs anew. */
export interface Verb {
  readonly attempt: Attempt;
  readonly name: string;
  /** A call that carries a key made of the verb's own has used it. */
  readonly used: () => void;
}

const verb: AsyncLocalStorage<Verb | undefined> = new AsyncLocalStorage();
/** Whether anybody asks where a call comes from: without, a verb need not say that it is running. */
let asked = false;

export function verbsAreAskedFor(): void {
  asked = true;
}

/** Runs a verb's function so that edges know of it. */
export function inVerb<T>(attempt: Attempt, name: string, used: () => void, fn: () => T): T {
  return asked ? verb.run({ attempt, name, used }, fn) : fn();
}

/** The verb of this attempt that a call made here and now is made by. */
export function runningVerb(attempt: Attempt): Verb | undefined {
  const running = verb.getStore();
  return running?.attempt === attempt ? running : undefined;
}
