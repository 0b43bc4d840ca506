/** The context of the message that is being handled, for code that was not handed one (C-16: never module state). */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Carrier } from "../correlation.ts";
import type { Attempt } from "./attempt.ts";
import type { FullContext } from "./run-attempt.ts";

/** Contexts nest: a handler may call a function that another `once` has wrapped. */
export interface Current {
  readonly attempt: Attempt;
  readonly context: FullContext;
  readonly carrier: Carrier;
  readonly outer: Current | undefined;
}

const storage: AsyncLocalStorage<Current> = new AsyncLocalStorage();

export function inContext<T>(here: Omit<Current, "outer">, fn: () => T): T {
  return storage.run({ ...here, outer: storage.getStore() }, fn);
}

/** The innermost message that is being handled here, of whichever `once`. */
export function current(): Current | undefined {
  return storage.getStore();
}

/** `of`: the settings of the `once` that it must belong to. */
export function contextOf(of: object): FullContext | undefined {
  let here = storage.getStore();
  while (here && here.attempt.session.settings !== of) here = here.outer;
  return here?.context;
}
