/** What an engine is made of, resolved once. */

import { AsyncLocalStorage } from "node:async_hooks";
import type { OnceError } from "../errors.ts";
import type { Clock, Random } from "../ports.ts";
import type { Store } from "../store.ts";
import type { OnceEvent } from "../types.ts";

export interface Settings<Tx> {
  readonly store: Store<Tx>;
  readonly namespace: string;
  readonly leaseMs: number;
  readonly retentionMs: number;
  readonly transactionMs: number;
  /** Whether effects outside any verb or edge are told. */
  readonly development: boolean;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the process is being ended. */
  readonly shutdown: AbortSignal | undefined;
  emit(event: OnceEvent): void;
}

/** One handler, run or wrap: where its keys live. */
export interface Scope {
  readonly namespace: string;
  readonly name: string;
  readonly text: string;
}

/** Says each cause once per engine: a warning that comes with every message is not read. */
export class Warnings {
  readonly #said = new Set<string>();
  readonly #emit: (event: OnceEvent) => void;
  constructor(emit: (event: OnceEvent) => void) {
    this.#emit = emit;
  }
  once(scope: string, error: OnceError): void {
    const cause = `${scope}\n${error.code}`;
    if (this.#said.has(cause)) return;
    this.#said.add(cause);
    this.#emit({ kind: "warning", scope, error });
  }
}

/** Set inside a transaction body: the verbs of the same attempt throw there. */
export const insideTransaction: AsyncLocalStorage<object> = new AsyncLocalStorage();
