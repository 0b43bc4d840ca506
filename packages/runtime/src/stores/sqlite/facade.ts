/** The connection as a transaction body sees it: its own for as long as the transaction lasts, and not a moment longer. */

import { OnceError } from "../../errors.ts";
import { hasEnded, type SqliteDatabase, type SqliteStatement, type SqliteTx } from "./database.ts";

export interface Facade {
  readonly tx: SqliteTx;
  /** From now on everything that the body was given throws: a late statement would write into another's transaction. */
  revoke(): void;
  /** The statement error after which SQLite had ended the transaction by itself, if there was one. */
  readonly fatal: () => unknown;
}

export function facade(db: SqliteDatabase): Facade {
  let live = true;
  let fatal: unknown;

  function guarded<Values extends unknown[], Result>(
    fn: (...values: Values) => Result,
  ): (...values: Values) => Result {
    return (...values) => {
      if (!live)
        throw new OnceError(
          "verb-after-end",
          "This transaction has ended, and its `tx` with it. Await everything that uses it inside of the transaction body.",
        );
      const before = hasEnded(db);
      try {
        return fn(...values);
      } catch (error) {
        if (!before && hasEnded(db)) fatal ??= error;
        throw error;
      }
    };
  }

  function prepare(sql: string): SqliteStatement {
    const statement = db.prepare(sql);
    return {
      run: guarded((...values) => statement.run(...values)),
      get: guarded((...values) => statement.get(...values)),
      all: guarded((...values) => statement.all(...values)),
      iterate: guarded((...values) => {
        const rows = statement.iterate(...values);
        const next = guarded(() => rows.next());
        return {
          next,
          return: () => rows.return?.() ?? { done: true, value: undefined },
          [Symbol.iterator]() {
            return this;
          },
        } as IterableIterator<Record<string, unknown>>;
      }),
    };
  }

  return {
    tx: { exec: guarded((sql: string) => db.exec(sql)), prepare: guarded(prepare) },
    revoke: () => {
      live = false;
    },
    fatal: () => fatal,
  };
}
