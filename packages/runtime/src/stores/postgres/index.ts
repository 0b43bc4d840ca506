/** Records in Postgres, through the user's own `pg` pool. The server's clock decides every lease. */

import {
  applyCheckpoint,
  applyCompletion,
  applyFailure,
  applyRelease,
  applyRenewal,
  type WriteResult,
} from "../../core/record.ts";
import { OnceError, typeOf } from "../../errors.ts";
import { type Clock, type Random, systemClock, systemRandom } from "../../ports.ts";
import type { Claim, ClaimRequest, Store, StoredRecord, Written } from "../../store.ts";
import { checkNames } from "../../options.ts";
import { checkMs, checkText, DEFAULT_TABLE } from "../shared/options.ts";
import { Turns } from "../shared/turns.ts";
import { inBatches } from "./batches.ts";
import { claim, claimLocked } from "./claim.ts";
import type { PgClient, PgPool, PgPoolLike, PgQueryable } from "./client.ts";
import { pgError, targetOf } from "./errors.ts";
import { deleteExpired, forget, page, readRecords, rerun, resolve } from "./operate.ts";
import { check, setup, tableName } from "./schema.ts";
import { transact } from "./transact.ts";
import { type Operation, type WriteItem, write } from "./write.ts";

export type { PgClient, PgPoolLike } from "./client.ts";

export interface PostgresStoreOptions<P extends PgPoolLike> {
  /** Your `pg` pool, or a function that makes it at the first use. Its connections are shared with your own queries. */
  readonly pool: P | (() => P | Promise<P>);
  /** @default the first of the connection's search path */
  readonly schema?: string;
  /** @default "effectively_once_records" */
  readonly table?: string;
  /** How long a claim or a write waits for a row that another transaction holds locked. @default 500 */
  readonly lockTimeoutMs?: number;
  /** For pauses and time limits only; leases are decided by the server's clock. @default the system's */
  readonly clock?: Clock;
  /** For the jitter between tries. @default the system's */
  readonly random?: Random;
}

export interface PostgresStore<Tx> extends Store<Tx> {
  /** Removes expired records, oldest first, at most `limit` (default 1_000) in one statement; answers how many went. */
  deleteExpired(options?: { readonly limit?: number }): Promise<number>;
}

const OPTIONS: readonly string[] = ["pool", "schema", "table", "lockTimeoutMs", "clock", "random"];

/**
 * A store in Postgres. `commit` and `transact` give your own client, in a transaction that the record is part of.
 *
 * @example
 * const store = postgresStore({ pool: new Pool() });
 * await store.setup();
 * const once = createOnce({ store, namespace: "orders" });
 */
export function postgresStore<P extends PgPoolLike>(
  options: PostgresStoreOptions<P>,
): PostgresStore<PgClient<P>> {
  checkNames("postgresStore", options, OPTIONS);
  checkText("postgresStore", "schema", options.schema);
  checkText("postgresStore", "table", options.table);
  checkMs("postgresStore", "lockTimeoutMs", options.lockTimeoutMs);
  const { lockTimeoutMs = 500, clock = systemClock, random = systemRandom } = options;
  const table = tableName(options.schema, options.table ?? DEFAULT_TABLE);
  const place = { table: table.qualified, lockTimeoutMs };
  const turns = new Turns();
  const pool = poolOf(options.pool);
  let target = "the pool's address";

  async function connected(): Promise<PgPool> {
    const made = await pool();
    target = targetOf(made);
    return made;
  }
  const explain = (error: unknown): OnceError => pgError(error, { table: table.qualified, target });
  const failed = (error: unknown): { readonly kind: "error"; readonly error: OnceError } => ({
    kind: "error",
    error: explain(error),
  });

  /** For what an operator asks: an error is thrown, explained. */
  async function asked<T>(work: (pool: PgPool) => Promise<T>): Promise<T> {
    try {
      return await work(await connected());
    } catch (error) {
      throw explain(error);
    }
  }

  function writes<Item extends WriteItem>(
    operation: Operation,
    items: readonly Item[],
    apply: (record: StoredRecord | undefined, item: Item, nowMs: number) => WriteResult,
  ): Promise<readonly Written[]> {
    return inBatches<Item, Written>(items, {
      clock,
      random,
      call: async (part) => write(await connected(), place, operation, part, apply, failed),
      locked: () => Promise.resolve(failed(stayedLocked())),
      failed,
    });
  }

  return {
    traits: {
      clock: "store",
      transactions: true,
      maxBatch: 100,
      maxResultBytes: 1_048_576,
      durability: "service",
    },
    claim: (requests) =>
      inBatches<ClaimRequest, Claim>(requests, {
        clock,
        random,
        call: async (part) => claim(await connected(), place, part, failed),
        locked: async (request) => claimLocked(await connected(), place, request),
        failed,
      }),
    complete: (items) => writes("complete", items, applyCompletion),
    fail: (items) => writes("fail", items, applyFailure),
    release: (items) => writes("release", items, applyRelease),
    renew: (items) => writes("renew", items, applyRenewal),
    checkpoint: (items) => writes("checkpoint", items, applyCheckpoint),
    transact: async (request, body) => {
      let made: PgPool;
      try {
        made = await connected();
      } catch (error) {
        return { kind: "rolled-back", error: explain(error) };
      }
      const where = { pool: made, turns, clock, random, table: table.qualified, target };
      return await transact(where, request, (tx) => body(tx as unknown as PgClient<P>));
    },
    setup: () => asked((db) => setup(db, table)),
    check: () => asked((db) => check(db, table)),
    close: () => Promise.resolve(),
    read: (ids) => asked((db) => readRecords(db, table.qualified, ids)),
    async *list(query) {
      let left = query.limit ?? Number.MAX_SAFE_INTEGER;
      let after = "";
      while (left > 0) {
        const records = await asked((db: PgQueryable) => page(db, table.qualified, query, after, left));
        yield* records;
        const last = records.at(-1);
        if (!last) return;
        after = last.id;
        left -= records.length;
      }
    },
    resolve: (resolution) => asked((db) => resolve(db, table.qualified, resolution)),
    rerun: (ids) =>
      asked(async (db) => {
        const answers: boolean[] = [];
        for (const id of ids) answers.push(await rerun(db, table.qualified, id));
        return answers;
      }),
    forget: (ids) => asked((db) => forget(db, table.qualified, ids)),
    deleteExpired: ({ limit = 1_000 } = {}) => asked((db) => deleteExpired(db, table.qualified, limit)),
  };
}

/** The pool, made at the first use when a function was given. A function that failed is asked again at the next use. */
function poolOf(given: unknown): () => Promise<PgPool> {
  if (!isPool(given) && typeof given !== "function")
    throw new OnceError(
      "invalid-option",
      `postgresStore: \`pool\` must be a Pool of \`pg\` or a function that gives one, got ${typeOf(given)}.`,
    );
  let made: Promise<PgPool> | undefined;
  return () => {
    made ??= make(given).catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

async function make(given: unknown): Promise<PgPool> {
  const pool: unknown = typeof given === "function" && !isPool(given) ? await given() : given;
  if (!isPool(pool))
    throw new OnceError(
      "client-missing",
      `postgresStore: the \`pool\` function must give a Pool of \`pg\`, got ${typeOf(pool)}. Is \`pg\` installed, and the pool returned?`,
    );
  // The pool has thrown an idle connection that broke away already; without a listener the event would end the process.
  if (pool.listenerCount?.("error") === 0) pool.on?.("error", () => {});
  return pool;
}

function isPool(value: unknown): value is PgPool {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  return "connect" in value && typeof value.connect === "function" && "query" in value;
}

function stayedLocked(): OnceError {
  return new OnceError(
    "store-error",
    "The record stayed locked by a transaction. It is asked again; keep transaction bodies short.",
    { retryable: true },
  );
}
