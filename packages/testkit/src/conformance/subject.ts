/** What a store brings to its own trial. */

import type { Store } from "@effectively-once/runtime/store";

/** How vectors see the caller's own rows, for a store with `transact`. */
export interface TransactionHooks<Tx> {
  /** Inserts a row that holds this text, inside the transaction that a body was given. */
  insert(tx: Tx, row: string): Promise<unknown>;
  /** How many committed rows hold this text, seen from outside of any transaction. */
  count(row: string): Promise<number>;
  /** Sends a statement that the database refuses (a syntax error will do), and rejects. */
  refused?(tx: Tx): Promise<unknown>;
  /** Sends the COMMIT that a body must not send. */
  commit?(tx: Tx): Promise<unknown>;
  /**
   * A store over the same records whose next COMMIT loses its answer: the connection breaks after the COMMIT was
   * applied, or before it was (then the database rolls back).
   */
  losingCommit?(applied: boolean): Store<Tx> | Promise<Store<Tx>>;
  /** Set it when nothing else can be written while a body runs, and say why (SQLite has one write lock per file). */
  readonly exclusive?: string;
}

/** Vectors that do not apply to this store, and the reason that a reader of the report is given. */
export interface Skip {
  readonly reason: string;
  /** Ids of vectors. One that does not exist is an error, so that a list of skips cannot rot. */
  readonly vectors: readonly string[];
}

/**
 * A store on trial. Only `name` and `store` are needed; every hook that is left out is a set of vectors that the
 * report names as skipped, with the reason.
 */
export interface Subject<Tx = never> {
  readonly name: string;
  /** Called once per vector, and closed after it. The suite calls `setup()` itself. */
  store(): Store<Tx> | Promise<Store<Tx>>;
  /**
   * Every store that `store()` gives sees the same records, as two processes with one database do. Vectors about
   * races then use two of them. @default false
   */
  readonly shared?: boolean;
  /**
   * Makes it look as if `ms` had passed for this record: its lease end, run end and expiry move back by `ms` (and no
   * other field), or the clock that decides them moves on by `ms`. Vectors never sleep.
   */
  age?(store: Store<Tx>, id: string, ms: number): Promise<void> | void;
  /** Gives this record another version of its layout, as a newer release would have written it. */
  setVersion?(store: Store<Tx>, id: string, version: number): Promise<void> | void;
  readonly transactions?: TransactionHooks<Tx>;
  readonly skip?: readonly Skip[];
}
