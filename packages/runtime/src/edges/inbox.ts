/** The edge to another SQL database: a key row and the user's writes commit together there. */

import { derivedKey } from "../core/key.ts";
import { current } from "../engine/current.ts";
import { guarded } from "../engine/unguarded-effects.ts";
import { restore, storable } from "../engine/values.ts";
import { checkBegin, checkOpen, ensureLease, track } from "../engine/verbs.ts";
import { OnceError, typeOf } from "../errors.ts";
import { borrow, cutOff, type PgClient, type PgPool, type PgPoolLike } from "../stores/postgres/client.ts";
import { isConflict, isLostConnection } from "../stores/postgres/errors.ts";
import { beginGuarded, releaseGuard } from "../stores/postgres/guard.ts";
import { NOW_MS } from "../stores/postgres/schema.ts";
import { Stop, swallowedSqlError } from "../stores/shared/limit.ts";
import { checkMs, checkText, quote } from "../stores/shared/options.ts";
import type { Stored } from "../types.ts";
import { checkNames } from "../options.ts";

export interface InboxOptions<Pool> {
  /** A `Pool` of `pg`, of the database that the effect is in. */
  readonly pool: Pool;
  /** @default "effectively_once_inbox" */
  readonly table?: string;
  /** How long a transaction may take; the database ends it then. @default 10_000 */
  readonly transactionMs?: number;
  /** How long a key row is kept by `prune`. @default 29 days */
  readonly retentionMs?: number;
}

export interface Inbox<Tx> {
  /** Creates the table of keys where it is missing. */
  setup(): Promise<void>;
  /**
   * Runs `fn` in a transaction that also writes the key of this message and `name`: once, as long as that row lives. A later
   * attempt gets what the first returned. A name is used once per attempt.
   */
  run<T>(name: string, fn: (tx: Tx) => Promise<T>): Promise<Stored<T>>;
  /** The same under a key of your own: `ctx.keyed("reserve", ({ key }) => inbox.with(key, …))`, or outside a handler. */
  with<T>(key: string, fn: (tx: Tx) => Promise<T>): Promise<Stored<T>>;
  /** Removes key rows older than the retention; answers how many. Call it now and then. */
  prune(): Promise<number>;
}

const OPTIONS = ["pool", "table", "transactionMs", "retentionMs"];
const DEFAULT_TABLE = "effectively_once_inbox";
const DAY_MS = 86_400_000;
const MAX_RESULT_BYTES = 262_144;
/** A conflict or a broken connection: the key row says whether the try before has committed. */
const TRIES = 5;
/** Set-ups that race must meet: `IF NOT EXISTS` alone fails for one of them. */
const SETUP_LOCK = 7_318_204_553;

/** What `setup()` runs: for whoever keeps their tables by migrations. */
export function inboxSetupSql({ table = DEFAULT_TABLE }: { readonly table?: string } = {}): string {
  return `BEGIN; SELECT pg_advisory_xact_lock(${SETUP_LOCK});
  CREATE TABLE IF NOT EXISTS ${quote(table)} (key text COLLATE "C" PRIMARY KEY, result text, done_at_ms bigint NOT NULL);
  COMMIT;\n`;
}

/**
 * Effects in a second Postgres database, which cannot commit together with the record: the key of the effect is a row of
 * that database, written in one transaction with the effect.
 *
 * @example
 * const warehouse = inbox({ pool });
 * await warehouse.run("reserve", (tx) => tx.query("UPDATE stock SET left = left - 1 WHERE sku = $1", ["a-1"]));
 */
export function inbox<Pool extends PgPoolLike>(options: InboxOptions<Pool>): Inbox<PgClient<Pool>> {
  checkNames("inbox", options, OPTIONS);
  if (typeof options.pool?.connect !== "function")
    throw new OnceError("invalid-option", `inbox needs a pool of pg, got ${typeOf(options.pool)}.`);
  checkText("inbox", "table", options.table);
  checkMs("inbox", "transactionMs", options.transactionMs);
  checkMs("inbox", "retentionMs", options.retentionMs);
  const { table = DEFAULT_TABLE, transactionMs = 10_000, retentionMs = 29 * DAY_MS } = options;
  const pool = options.pool as unknown as PgPool;
  const place = { pool, table: quote(table), ms: Math.round(transactionMs) };

  return {
    setup: async () => {
      await pool.query(inboxSetupSql({ table }));
    },
    run: async (name, fn) => {
      const here = current();
      if (!here)
        throw new OnceError(
          "edge-outside-handler",
          `inbox.run("${name}") needs a message that is being handled. Outside a handler use inbox.with(key, …).`,
        );
      const { attempt } = here;
      return track(attempt, async () => {
        const what = `inbox.run("${name}")`;
        checkOpen(attempt, what);
        const known = `(inbox) ${table} ${name}`;
        if (attempt.names.has(known))
          throw new OnceError(
            "name-reused",
            `${what} is used twice in one attempt. Give each effect its own name.`,
          );
        attempt.names.set(known, "pending");
        await ensureLease(attempt, 0);
        checkBegin(attempt);
        try {
          const key = derivedKey(attempt.request.id, attempt.won.generation, known);
          const value = await guarded(() => once(place, key, fn));
          attempt.names.set(known, "done");
          return value;
        } catch (error) {
          attempt.names.delete(known);
          throw error;
        }
      });
    },
    with: async (key, fn) => {
      if (typeof key !== "string" || key === "")
        throw new OnceError(
          "invalid-key",
          `inbox.with needs a key, a non-empty string, got ${key === "" ? "an empty one" : typeOf(key)}.`,
        );
      return once(place, key, fn);
    },
    prune: async () => {
      const { rowCount } = await pool.query(
        `DELETE FROM ${place.table} WHERE done_at_ms < ${NOW_MS} - $1::bigint`,
        [Math.round(retentionMs)],
      );
      return rowCount ?? 0;
    },
  };
}

interface Place {
  readonly pool: PgPool;
  readonly table: string;
  readonly ms: number;
}

async function once<Tx, T>(place: Place, key: string, fn: (tx: Tx) => Promise<T>): Promise<Stored<T>> {
  for (let tries = 1; ; tries += 1)
    try {
      return restore(await transaction(place, key, fn)) as Stored<T>;
    } catch (thrown) {
      const error = thrown instanceof Stop ? thrown.error : thrown;
      if (tries >= TRIES || !(isConflict(error) || isLostConnection(error))) throw error;
    }
}

/** Another transaction of the same key that is not over yet is waited for by the insert: then its row is there, or not. */
async function transaction<Tx, T>(
  { pool, table, ms }: Place,
  key: string,
  fn: (tx: Tx) => Promise<T>,
): Promise<string | undefined> {
  const { client, giveBack } = await borrow(pool);
  let broken = true;
  try {
    await beginGuarded(client, ms);
    const { rowCount } = await client.query(
      `INSERT INTO ${table} (key, done_at_ms) VALUES ($1, ${NOW_MS}) ON CONFLICT (key) DO NOTHING`,
      [key],
    );
    if (rowCount === 0) {
      const { rows } = await client.query(`SELECT result FROM ${table} WHERE key = $1`, [key]);
      await client.query("COMMIT");
      broken = false;
      return typeof rows[0]?.["result"] === "string" ? rows[0]["result"] : undefined;
    }
    const stored = storable(
      "The result of an inbox transaction",
      await fn(client as unknown as Tx),
      MAX_RESULT_BYTES,
    );
    if (!stored.ok) throw stored.error;
    await releaseGuard(client);
    await client.query(`UPDATE ${table} SET result = $2 WHERE key = $1`, [key, stored.json ?? null]);
    const { command } = await client.query("COMMIT");
    broken = false;
    if (command !== "COMMIT") throw swallowedSqlError(new Error(`COMMIT was answered ${String(command)}`));
    return stored.json;
  } catch (error) {
    if (broken && !isLostConnection(error))
      broken = await client.query("ROLLBACK").then(
        () => false,
        () => true,
      );
    if (broken) cutOff(client);
    throw error;
  } finally {
    giveBack(broken);
  }
}
