/** Records in an SQLite file, through Node's own `node:sqlite`: one machine, any number of processes. */

import { decide } from "../../core/decide.ts";
import { applyRerun, applyResolution } from "../../core/operate.ts";
import {
  applyCheckpoint,
  applyCompletion,
  applyFailure,
  applyRelease,
  applyRenewal,
  isExpired,
  type WriteResult,
} from "../../core/record.ts";
import { type Clock, type Random, systemClock, systemRandom } from "../../ports.ts";
import {
  type Claim,
  type ClaimRequest,
  RECORD_VERSION,
  type Store,
  type StoredRecord,
  type Written,
} from "../../store.ts";
import { Connection, type SqliteDatabase, sqliteError } from "./connection.ts";
import { createTable, quote, readRecord, toRecord, writeRecord } from "./schema.ts";
import { type SqliteTx, transact } from "./transact.ts";

export type { SqliteStatement, SqliteValue } from "./connection.ts";
export type { SqliteTx } from "./transact.ts";

export interface SqliteStoreOptions {
  /** The file; it is created when its folder exists. */
  readonly path: string;
  /** @default "effectively_once_records" */
  readonly table?: string;
  /** How long another process may hold the write lock before an operation gives up. @default 5_000 */
  readonly busyMs?: number;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface SqliteStore extends Store<SqliteTx> {
  /** Removes expired records, oldest first, at most `limit`; answers how many went. */
  deleteExpired(limit: number): Promise<number>;
}

/**
 * A store in an SQLite file. Your own tables may live in the same file: then `commit` and `transact` write both together.
 *
 * @example
 * const store = sqliteStore({ path: "./orders.db" });
 * await store.setup();
 */
export function sqliteStore(options: SqliteStoreOptions): SqliteStore {
  const { path, table = "effectively_once_records" } = options;
  const clock = options.clock ?? systemClock;
  const connection = new Connection({
    path,
    clock,
    random: options.random ?? systemRandom,
    busyMs: options.busyMs ?? 5_000,
  });

  const guarded = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw sqliteError(error, path);
    });

  function each<Item extends { readonly id: string }>(
    items: readonly Item[],
    apply: (record: StoredRecord | undefined, item: Item, nowMs: number) => WriteResult,
  ): Promise<readonly Written[]> {
    return guarded(
      connection.write((db) =>
        items.map((item) =>
          single(db, () => {
            const { written, write } = apply(readRecord(db, table, item.id), item, clock.wallMs());
            if (write) writeRecord(db, table, write);
            return written;
          }),
        ),
      ),
    );
  }

  /** One bad item of several leaves the others written. */
  function single<T>(
    db: SqliteDatabase,
    work: () => T,
  ): T | { kind: "error"; error: ReturnType<typeof sqliteError> } {
    db.exec("SAVEPOINT effectively_once_item");
    try {
      const answer = work();
      db.exec("RELEASE effectively_once_item");
      return answer;
    } catch (error) {
      db.exec("ROLLBACK TO effectively_once_item; RELEASE effectively_once_item");
      return { kind: "error", error: sqliteError(error, path) };
    }
  }

  function claimAll(requests: readonly ClaimRequest[]): Promise<readonly Claim[]> {
    return connection.write((db) =>
      requests.map((request) =>
        single(db, (): Claim => {
          const { claim, write } = decide(readRecord(db, table, request.id), request, clock.wallMs());
          if (write) writeRecord(db, table, write);
          return claim;
        }),
      ),
    );
  }

  /** A completed record is final until it expires, so a batch of nothing but duplicates needs no write lock. */
  async function finalAnswers(requests: readonly ClaimRequest[]): Promise<readonly Claim[] | undefined> {
    return connection.exclusive((db) => {
      const claims: Claim[] = [];
      for (const request of requests) {
        const found = readRecord(db, table, request.id);
        const final =
          found?.version === RECORD_VERSION &&
          found.state === "completed" &&
          !isExpired(found, clock.wallMs());
        if (!final) return undefined;
        claims.push(decide(found, request, clock.wallMs()).claim);
      }
      return claims;
    });
  }

  const pick = <T>(work: (db: SqliteDatabase) => T): Promise<T> => guarded(connection.exclusive(work));

  return {
    traits: {
      clock: "store",
      transactions: true,
      maxBatch: 100,
      maxResultBytes: 1_048_576,
      durability: "disk",
    },
    claim: async (requests) => guarded(finalAnswers(requests).then((final) => final ?? claimAll(requests))),
    complete: (items) => each(items, applyCompletion),
    fail: (items) => each(items, applyFailure),
    release: (items) => each(items, applyRelease),
    renew: (items) => each(items, applyRenewal),
    checkpoint: (items) => each(items, applyCheckpoint),
    transact: (request, body) => transact({ connection, table, path, clock }, request, body),
    setup: () => guarded(connection.write((db) => db.exec(createTable(table)))),
    check: async () => {
      await pick((db) => void readRecord(db, table, ""));
    },
    close: () => connection.close(),
    read: (ids) => pick((db) => ids.map((id) => readRecord(db, table, id))),
    async *list(query) {
      const wanted = query.limit ?? Number.MAX_SAFE_INTEGER;
      let after = "";
      for (let given = 0; given < wanted;) {
        const page = await pick((db) =>
          db.prepare(`SELECT * FROM ${quote(table)} WHERE id > ? ORDER BY id LIMIT 200`).all(after),
        );
        if (page.length === 0) return;
        for (const row of page) {
          const record = toRecord(row as never);
          after = record.id;
          if (query.scope !== undefined && record.scope !== query.scope) continue;
          if (query.state !== undefined && record.state !== query.state) continue;
          if (query.held !== undefined && query.held !== (record.heldAtMs !== undefined)) continue;
          if (given >= wanted) return;
          given += 1;
          yield record;
        }
      }
    },
    resolve: (resolution) =>
      guarded(
        connection.write((db) => {
          const { resolved, write } = applyResolution(
            readRecord(db, table, resolution.id),
            resolution,
            clock.wallMs(),
          );
          if (write) writeRecord(db, table, write);
          return resolved;
        }),
      ),
    rerun: (ids) =>
      guarded(
        connection.write((db) =>
          ids.map((id) => {
            const write = applyRerun(readRecord(db, table, id));
            if (write) writeRecord(db, table, write);
            return write !== undefined;
          }),
        ),
      ),
    forget: (ids) =>
      guarded(
        connection.write((db) => {
          for (const id of ids) db.prepare(`DELETE FROM ${quote(table)} WHERE id = ?`).run(id);
        }),
      ),
    deleteExpired: (limit) =>
      guarded(
        connection.write((db) => {
          const sql = `DELETE FROM ${quote(table)} WHERE id IN (SELECT id FROM ${quote(table)} WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?) RETURNING id`;
          return db.prepare(sql).all(clock.wallMs(), limit).length;
        }),
      ),
  };
}
