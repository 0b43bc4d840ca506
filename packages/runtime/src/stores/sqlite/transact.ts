/** The caller's rows and the record in one SQLite transaction. */

import { applyCheckpoint, applyCompletion } from "../../core/record.ts";
import { OnceError } from "../../errors.ts";
import { type Clock, sleep } from "../../ports.ts";
import type { Committed, TransactRequest } from "../../store.ts";
import {
  type Connection,
  rollback,
  type SqliteDatabase,
  type SqliteStatement,
  sqliteError,
} from "./connection.ts";
import { readRecord, writeRecord } from "./schema.ts";

/** What a transaction body gets: the connection, for as long as the transaction lasts. */
export type SqliteTx = Pick<SqliteDatabase, "exec" | "prepare">;

export interface TransactSettings {
  readonly connection: Connection;
  readonly table: string;
  readonly path: string;
  readonly clock: Clock;
}

class Stop {
  readonly error: OnceError;
  constructor(error: OnceError) {
    this.error = error;
  }
}

export function transact<T>(
  settings: TransactSettings,
  request: TransactRequest<T>,
  body: (tx: SqliteTx) => Promise<T>,
): Promise<Committed<T>> {
  const { connection, table, path, clock } = settings;
  return connection
    .exclusive(async (db): Promise<Committed<T>> => {
      if (request.signal.aborted) return { kind: "rolled-back", error: request.signal.reason };
      await connection.begin(db);
      const live = { on: true };
      try {
        db.exec("SAVEPOINT effectively_once_guard");
        const value = await bounded(clock, request, body(facade(db, live)));
        live.on = false;
        // Fails when the body has ended the transaction itself: then its rows are no longer tied to the record.
        release(db);
        const change = request.change(value);
        const record = readRecord(db, table, request.owner.id);
        const item = { ...request.owner, retentionMs: request.retentionMs };
        const { written, write } =
          "complete" in change
            ? applyCompletion(record, { ...item, result: change.complete.result }, clock.wallMs())
            : applyCheckpoint(record, { ...item, change }, clock.wallMs());
        if (written.kind !== "written" || !write) {
          rollback(db);
          return { kind: "fenced" };
        }
        writeRecord(db, table, write);
        db.exec("COMMIT");
        return { kind: "committed", value };
      } catch (error) {
        live.on = false;
        rollback(db);
        return { kind: "rolled-back", error: error instanceof Stop ? error.error : error };
      }
    })
    .catch((error: unknown) => ({ kind: "rolled-back", error: sqliteError(error, path) }));
}

function release(db: SqliteDatabase): void {
  try {
    db.exec("RELEASE effectively_once_guard");
  } catch (cause) {
    throw new Stop(
      new OnceError(
        "own-transaction-control",
        "The transaction body ran its own COMMIT or ROLLBACK. Leave that to transact and commit: rows outside of their transaction are not tied to the record.",
        { cause },
      ),
    );
  }
}

/** A body holds the file's only write lock, so it may not take for ever. */
async function bounded<T>(clock: Clock, request: TransactRequest<T>, running: Promise<T>): Promise<T> {
  const over = new AbortController();
  const stop = () => over.abort();
  request.signal.addEventListener("abort", stop, { once: true });
  const late = sleep(clock, request.timeLimitMs, over.signal).then(() => {
    throw new Stop(
      new OnceError(
        "transaction-timeout",
        `The transaction body did not end within ${Math.round(request.timeLimitMs)} ms and was rolled back. Do slow calls outside of it, or raise transactionMs.`,
        { retryable: true },
      ),
    );
  });
  late.catch(() => {});
  try {
    return await Promise.race([running, late]);
  } finally {
    over.abort();
    request.signal.removeEventListener("abort", stop);
    running.catch(() => {});
  }
}

/** The connection outlives the transaction, so what the body got must not: a late statement would write outside of it. */
function facade(db: SqliteDatabase, live: { readonly on: boolean }): SqliteTx {
  const guarded = <A extends unknown[], R>(fn: (...values: A) => R) => {
    return (...values: A): R => {
      if (live.on) return fn(...values);
      throw new OnceError(
        "verb-after-end",
        "This transaction has ended. Await everything inside of its body.",
      );
    };
  };
  return {
    exec: guarded((sql: string) => db.exec(sql)),
    prepare: guarded((sql: string): SqliteStatement => {
      const statement = db.prepare(sql);
      return {
        run: guarded((...values) => statement.run(...values)),
        get: guarded((...values) => statement.get(...values)),
        all: guarded((...values) => statement.all(...values)),
      };
    }),
  };
}
