/** Records in Postgres, through the user's own `pg` pool. The server's clock decides every lease. */

import { applyRerun, applyResolution } from "../../core/operate.ts";
import {
  applyCheckpoint,
  applyCompletion,
  applyFailure,
  applyRelease,
  applyRenewal,
  type WriteResult,
} from "../../core/record.ts";
import { OnceError } from "../../errors.ts";
import { type Clock, Stopwatch, sleep, systemClock } from "../../ports.ts";
import type { Claim, ClaimRequest, Store, StoredRecord, Written } from "../../store.ts";
import { claim } from "./claim.ts";
import {
  isConflict,
  isLocked,
  type PgClient,
  type PgPool,
  type PgPoolClient,
  pgError,
  sqlState,
} from "./client.ts";
import { createTable, NOW_MS, quote, toRecord } from "./schema.ts";
import { Slots } from "./slots.ts";
import { transact } from "./transact.ts";
import { type Operation, type WriteItem, write } from "./write.ts";

export type { PgClient } from "./client.ts";

export interface PostgresStoreOptions<P> {
  /** Your pool, or a function that makes it on first use. Its connections are shared with your own queries. */
  readonly pool: P | (() => P | Promise<P>);
  /** @default the connection's search path */
  readonly schema?: string;
  /** @default "effectively_once_records" */
  readonly table?: string;
  /** How long an operation waits for a record that a transaction holds locked. @default 500 */
  readonly lockTimeoutMs?: number;
  readonly clock?: Clock;
}

export interface PostgresStore<Tx> extends Store<Tx> {
  /** Removes expired records, oldest first, at most `limit`, passing by locked ones; answers how many went. */
  deleteExpired(limit: number): Promise<number>;
}

const CONFLICT_TRIES = 10;
const SETUP_LOCK = 7_318_204_551;

/**
 * A store in Postgres. `commit` and `transact` give your own client, in a transaction that holds the record too.
 *
 * @example
 * const store = postgresStore({ pool: new Pool() });
 * await store.setup();
 */
export function postgresStore<P extends object>(
  options: PostgresStoreOptions<P>,
): PostgresStore<PgClient<P>> {
  const name = options.table ?? "effectively_once_records";
  const table = `${options.schema === undefined ? "" : `${quote(options.schema)}.`}${quote(name)}`;
  const lockTimeoutMs = options.lockTimeoutMs ?? 500;
  const clock = options.clock ?? systemClock;
  let made: Promise<PgPool> | undefined;
  const pool = (): Promise<PgPool> => {
    made ??= Promise.resolve(
      typeof options.pool === "function" ? options.pool() : options.pool,
    ) as unknown as Promise<PgPool>;
    return made;
  };
  const slots = new Slots(async () => Math.max(1, ((await pool()).options?.max ?? 10) - 1));

  /** Conflicts with other transactions are rolled back as a whole and asked again; one bad item must not take the others with it. */
  async function each<Item extends { readonly id: string }, Answer>(
    items: readonly Item[],
    call: (items: readonly Item[]) => Promise<readonly Answer[]>,
    locked: (item: Item) => Answer,
    failed: (error: OnceError) => Answer,
  ): Promise<readonly Answer[]> {
    if (items.length === 0) return [];
    for (let tries = 1; ; tries += 1) {
      try {
        return await call(items);
      } catch (error) {
        if (isConflict(error) && tries < CONFLICT_TRIES) {
          await sleep(clock, tries * 3);
          continue;
        }
        if (items.length === 1 && items[0])
          return [isLocked(error) ? locked(items[0]) : failed(pgError(error, table))];
        const alone = isLocked(error) || isConflict(error) || /^2[123]/.test(sqlState(error) ?? "");
        if (!alone) throw pgError(error, table);
        const answers: Answer[] = [];
        for (const item of items) answers.push(...(await each([item], call, locked, failed)));
        return answers;
      }
    }
  }

  function writes<Item extends WriteItem>(
    operation: Operation,
    items: readonly Item[],
    apply: (record: StoredRecord | undefined, item: Item, nowMs: number) => WriteResult,
  ): Promise<readonly Written[]> {
    const held = new OnceError("store-error", "The record stayed locked by a transaction.", {
      retryable: true,
    });
    return each<Item, Written>(
      items,
      async (part) => write(await pool(), table, lockTimeoutMs, operation, part, apply),
      () => ({ kind: "error", error: held }),
      (error) => ({ kind: "error", error }),
    );
  }

  async function query(sql: string, values: unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    try {
      return (await (await pool()).query(sql, values)).rows;
    } catch (error) {
      throw pgError(error, table);
    }
  }

  /** A change of one record under its lock, for operators. */
  async function locked<T>(
    id: string,
    change: (
      record: StoredRecord | undefined,
      nowMs: number,
    ) => { readonly answer: T; readonly write?: StoredRecord },
  ): Promise<T> {
    const client = await (await pool()).connect();
    let broken = false;
    try {
      await client.query("BEGIN");
      const { rows } = await client.query(
        `SELECT *, ${NOW_MS} AS now_ms FROM ${table} WHERE id = $1 FOR UPDATE`,
        [id],
      );
      const { answer, write: next } = change(rows[0] && toRecord(rows[0]), Number(rows[0]?.["now_ms"] ?? 0));
      if (next) await put(client, next);
      await client.query("COMMIT");
      return answer;
    } catch (error) {
      broken = true;
      throw pgError(error, table);
    } finally {
      client.release(broken);
    }
  }

  async function put(client: PgPoolClient, record: StoredRecord): Promise<void> {
    const open = Object.values(record.steps).some((step) => step.open === true);
    await client.query(
      `UPDATE ${table} SET state = $2, token = $3, rev = $4, generation = $5, expires_at_ms = $6, steps = $7, open = $8, result = $9, held_at_ms = $10 WHERE id = $1`,
      [
        record.id,
        record.state,
        record.token,
        record.rev,
        record.generation,
        record.expiresAtMs ?? null,
        JSON.stringify(record.steps),
        open,
        record.result ?? null,
        record.heldAtMs ?? null,
      ],
    );
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
      each<ClaimRequest, Claim>(
        requests,
        async (part) => claim(await pool(), { table, lockTimeoutMs }, part),
        // Locked means that its owner's transaction is ending right now.
        () => ({
          kind: "busy",
          messageId: undefined,
          nowMs: 0,
          leaseUntilMs: lockTimeoutMs,
          runUntilMs: lockTimeoutMs,
        }),
        (error) => ({ kind: "error", error }),
      ),
    complete: (items) => writes("complete", items, applyCompletion),
    fail: (items) => writes("fail", items, applyFailure),
    release: (items) => writes("release", items, applyRelease),
    renew: (items) => writes("renew", items, applyRenewal),
    checkpoint: (items) => writes("checkpoint", items, applyCheckpoint),
    transact: async (request, body) => {
      const watch = new Stopwatch(clock);
      const leave = await slots.enter();
      try {
        const timeLimitMs = request.timeLimitMs - watch.elapsedMs();
        return await transact({ pool, table, clock, lockTimeoutMs }, { ...request, timeLimitMs }, (tx) =>
          body(tx as never),
        );
      } finally {
        leave();
      }
    },
    setup: async () => {
      // Two processes that set up at once must not race for the same table.
      await query(
        `BEGIN; SELECT pg_advisory_xact_lock(${SETUP_LOCK}); ${createTable(options.schema, name, table)} COMMIT`,
        undefined as never,
      );
    },
    check: async () => {
      await query(`SELECT id, version, open FROM ${table} WHERE id = ''`);
    },
    close: () => Promise.resolve(),
    read: async (ids) => {
      const rows = await query(`SELECT * FROM ${table} WHERE id = ANY($1)`, [ids]);
      const found = new Map(rows.map((row) => [String(row["id"]), toRecord(row)]));
      return ids.map((id) => found.get(id));
    },
    async *list({ scope, state, held, limit }) {
      const wanted = limit ?? Number.MAX_SAFE_INTEGER;
      let after = "";
      for (let given = 0; given < wanted;) {
        const rows = await query(
          `SELECT * FROM ${table} WHERE id > $1 AND ($2::text IS NULL OR scope = $2) AND ($3::text IS NULL OR state = $3)
            AND ($4::boolean IS NULL OR (held_at_ms IS NOT NULL) = $4) ORDER BY id LIMIT $5`,
          [after, scope ?? null, state ?? null, held ?? null, Math.min(200, wanted - given)],
        );
        if (rows.length === 0) return;
        for (const row of rows) {
          const record = toRecord(row);
          after = record.id;
          given += 1;
          yield record;
        }
      }
    },
    resolve: (resolution) =>
      locked(resolution.id, (record, nowMs) => {
        const { resolved, write: next } = applyResolution(record, resolution, nowMs);
        return next ? { answer: resolved, write: next } : { answer: resolved };
      }),
    rerun: async (ids) => {
      const answers: boolean[] = [];
      for (const id of ids)
        answers.push(
          await locked(id, (record) => {
            const next = applyRerun(record);
            return next ? { answer: true, write: next } : { answer: false };
          }),
        );
      return answers;
    },
    forget: async (ids) => {
      await query(`DELETE FROM ${table} WHERE id = ANY($1)`, [ids]);
    },
    deleteExpired: async (limit) => {
      const sql = `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} WHERE expires_at_ms <= ${NOW_MS} ORDER BY expires_at_ms LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING id`;
      return (await query(sql, [limit])).length;
    },
  };
}
