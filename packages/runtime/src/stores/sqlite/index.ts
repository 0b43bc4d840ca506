/** Records in an SQLite file, through Node's own `node:sqlite`: one machine, any number of processes. */

import { applyRerun, applyResolution } from "../../core/operate.ts";
import {
  applyCheckpoint,
  applyCompletion,
  applyFailure,
  applyRelease,
  applyRenewal,
} from "../../core/record.ts";
import { type Clock, type Random, systemClock, systemRandom } from "../../ports.ts";
import type { RecordQuery, Store, StoredRecord } from "../../store.ts";
import { checkNames } from "../../options.ts";
import { checkMs, checkText, DEFAULT_TABLE } from "../shared/options.ts";

import { Connection } from "./connection.ts";
import type { SqliteDatabase, SqliteTx } from "./database.ts";
import { sqliteError } from "./errors.ts";
import { createTable, deleteExpired, deleteRecord, page, probe, readRecord, writeRecord } from "./schema.ts";
import { transact } from "./transact.ts";
import { claim, type Place, write } from "./write.ts";

export type { SqliteArguments, SqliteChanges, SqliteStatement, SqliteTx, SqliteValue } from "./database.ts";

export interface SqliteStoreOptions {
  /** The file. `setup()` creates it; its folder must exist. */
  readonly path: string;
  /** @default "effectively_once_records" */
  readonly table?: string;
  /** How long another process may hold the file's write lock before an operation gives up. @default 5_000 */
  readonly busyRetryMs?: number;
  /** The clock of the machine, which all processes on the file share. @default the system's */
  readonly clock?: Clock;
  /** For the jitter between tries. @default the system's */
  readonly random?: Random;
}

export interface SqliteStore extends Store<SqliteTx> {
  /** Removes expired records, oldest first, at most `limit` (default 1_000) in one transaction; answers how many went. */
  deleteExpired(options?: { readonly limit?: number }): Promise<number>;
}

const OPTIONS: readonly string[] = ["path", "table", "busyRetryMs", "clock", "random"];
const PAGE = 200;

/**
 * A store in an SQLite file, for programs of one machine. Your own tables may live in the same file: then `commit`
 * and `transact` write both together. The connection is opened at the first use.
 *
 * @example
 * const store = sqliteStore({ path: "./orders.db" });
 * await store.setup();
 * const once = createOnce({ store, namespace: "orders" });
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  checkNames("sqliteStore", options, OPTIONS);
  checkText("sqliteStore", "path", options.path ?? "");
  checkText("sqliteStore", "table", options.table);
  checkMs("sqliteStore", "busyRetryMs", options.busyRetryMs);
  const {
    path,
    table = DEFAULT_TABLE,
    clock = systemClock,
    random = systemRandom,
    busyRetryMs = 5_000,
  } = options;
  const connection = new Connection({ path, clock, random, busyRetryMs });
  const place: Place = { connection, table, path, clock };

  const guarded = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw sqliteError(error, path);
    });
  const reading = <T>(work: (db: SqliteDatabase) => T): Promise<T> => guarded(connection.read(work));
  const writing = <T>(work: (db: SqliteDatabase) => T): Promise<T> => guarded(connection.write(work));
  const put = (db: SqliteDatabase, record: StoredRecord | undefined) => {
    if (record) writeRecord(db, table, record);
    return record !== undefined;
  };

  return {
    traits: {
      clock: "store",
      transactions: true,
      maxBatch: 100,
      maxResultBytes: 1_048_576,
      durability: "disk",
    },
    claim: (requests) => claim(place, requests),
    complete: (items) => write(place, items, applyCompletion),
    fail: (items) => write(place, items, applyFailure),
    release: (items) => write(place, items, applyRelease),
    renew: (items) => write(place, items, applyRenewal),
    checkpoint: (items) => write(place, items, applyCheckpoint),
    transact: (request, body) => transact(place, request, body),
    setup: () =>
      guarded(
        connection.write((db) => {
          db.exec(createTable(table));
          probe(db, table);
        }, true),
      ),
    check: () => reading((db) => probe(db, table)),
    close: () => connection.close(),
    read: (ids) => reading((db) => ids.map((id) => readRecord(db, table, id))),
    async *list(query: RecordQuery) {
      let left = query.limit ?? Number.MAX_SAFE_INTEGER;
      let after = "";
      while (left > 0) {
        // Pages, not one cursor: the file's lock and this process's turn are free while the caller looks at a record.
        const records = await reading((db) => page(db, table, query, after, Math.min(PAGE, left)));
        yield* records;
        const last = records.at(-1);
        if (!last) return;
        after = last.id;
        left -= records.length;
      }
    },
    resolve: (resolution) =>
      writing((db) => {
        const record = readRecord(db, table, resolution.id);
        const { resolved, write: next } = applyResolution(record, resolution, clock.wallMs());
        put(db, next);
        return resolved;
      }),
    rerun: (ids) => writing((db) => ids.map((id) => put(db, applyRerun(readRecord(db, table, id))))),
    forget: (ids) =>
      writing((db) => {
        for (const id of ids) deleteRecord(db, table, id);
      }),
    deleteExpired: ({ limit = 1_000 } = {}) =>
      writing((db) => deleteExpired(db, table, clock.wallMs(), limit)),
  };
}
