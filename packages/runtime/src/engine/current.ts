/** The context of the message that is being handled, for code that was not handed one (C-16: never module state). */

import { AsyncLocalStorage } from "node:async_hooks";
import type { FullContext } from "./run-attempt.ts";

/** Contexts nest: a handler may call a function that another `once` has wrapped. */
interface Current {
  /** The settings of the `once` that it belongs to. */
  readonly of: object;
  readonly context: FullContext;
  readonly outer: Current | undefined;
}

const current: AsyncLocalStorage<Current> = new AsyncLocalStorage();

export function inContext<T>(of: object, context: FullContext, fn: () => T): T {
  return current.run({ of, context, outer: current.getStore() }, fn);
}

export function contextOf(of: object): FullContext | undefined {
  for (let found = current.getStore(); found; found = found.outer) if (found.of === of) return found.context;
  return undefined;
}
