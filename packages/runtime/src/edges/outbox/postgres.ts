/** An outbox in Postgres: rows beside the user's own, in the same transaction. */

import { OnceError, typeOf } from "../../errors.ts";
import type { PgPool, PgPoolLike, PgQueryable } from "../../stores/postgres/client.ts";
import { NOW_MS } from "../../stores/postgres/schema.ts";
import { checkText, quote } from "../../stores/shared/options.ts";
import { checkNames } from "../../options.ts";
import { DEFAULT_TABLE, type OutboxTable, rowsOf, takenRow } from "./message.ts";
import { type Outbox, relayOf } from "./relay.ts";

export interface PostgresOutboxOptions {
  /** A `Pool` of `pg`: for `setup` and the relay. What is added goes through the transaction that it is given. */
  readonly pool: PgPoolLike;
  /** @default "effectively_once_outbox" */
  readonly table?: string;
}

/** Sets the locks of this library's lanes, and of its set-ups, apart from the user's own. */
const LANE_LOCK = 7_318_204_552;

/** What `setup()` runs: for whoever keeps their tables by migrations. */
export function postgresOutboxSetupSql({ table = DEFAULT_TABLE }: { readonly table?: string } = {}): string {
  return `BEGIN; SELECT pg_advisory_xact_lock(${LANE_LOCK});
  CREATE TABLE IF NOT EXISTS ${quote(table)} (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text NOT NULL, lane text COLLATE "C" NOT NULL, destination text NOT NULL, body text NOT NULL,
    key text, attributes jsonb NOT NULL, taken_until_ms bigint NOT NULL DEFAULT 0, tries int NOT NULL DEFAULT 0, added_at_ms bigint NOT NULL DEFAULT ${NOW_MS}
  );
  CREATE INDEX IF NOT EXISTS ${quote(`${table}_lane`)} ON ${quote(table)} (lane, seq);
  COMMIT;\n`;
}

/**
 * Messages that go out if and only if the transaction that adds them commits.
 *
 * @example
 * const outbox = postgresOutbox({ pool });
 * await ctx.commit(async (tx) => {
 *   await tx.query("INSERT INTO orders VALUES ($1)", [order.orderId]);
 *   await outbox.add(tx, { to: queueUrl, key: order.orderId, body: JSON.stringify(order) });
 * });
 */
export function postgresOutbox(options: PostgresOutboxOptions): Outbox<PgQueryable> {
  checkNames("postgresOutbox", options, ["pool", "table"]);
  checkText("postgresOutbox", "table", options.table);
  if (typeof options.pool?.query !== "function")
    throw new OnceError("invalid-option", `postgresOutbox needs a pool of pg, got ${typeOf(options.pool)}.`);
  const { table: name = DEFAULT_TABLE } = options;
  const pool = options.pool as unknown as PgPool;
  const table = quote(name);
  return {
    setup: async () => {
      await pool.query(postgresOutboxSetupSql({ table: name }));
    },
    add: async (tx, ...messages) => {
      const rows = rowsOf(messages);
      if (rows.length === 0) return;
      // The order of the numbers is the order of commits only while nobody else of that lane is between the two.
      await tx.query(
        `SELECT pg_advisory_xact_lock(hashtextextended(lane, ${LANE_LOCK})) FROM (SELECT DISTINCT lane FROM unnest($1::text[]) lane ORDER BY lane) lanes`,
        [rows.flatMap(({ key }) => (key === undefined ? [] : [`${name}\n${key}`]))],
      );
      await tx.query(
        `INSERT INTO ${table} (id, lane, destination, body, key, attributes)
         SELECT m->>'id', m->>'lane', m->>'to', m->>'body', m->>'key', m->'attributes' FROM jsonb_array_elements($1::jsonb) WITH ORDINALITY AS r(m, n) ORDER BY n`,
        [JSON.stringify(rows)],
      );
    },
    relay: (given) => relayOf(rowsIn(pool, table), given),
  };
}

function rowsIn(pool: PgPool, table: string): OutboxTable {
  return {
    take: async (limit, leaseMs) => {
      const { rows } = await pool.query(
        `WITH firsts AS (
           SELECT o.seq FROM ${table} o
           WHERE o.taken_until_ms <= ${NOW_MS} AND NOT EXISTS (SELECT FROM ${table} p WHERE p.lane = o.lane AND p.seq < o.seq)
           ORDER BY o.seq LIMIT $1 FOR UPDATE OF o SKIP LOCKED
         )
         UPDATE ${table} o SET taken_until_ms = ${NOW_MS} + $2::bigint, tries = o.tries + 1 FROM firsts f WHERE o.seq = f.seq
         RETURNING o.seq, o.id, o.lane, o.destination, o.body, o.key, o.attributes, o.tries`,
        [limit, Math.round(leaseMs)],
      );
      return rows.map((row) => takenRow(row, row["attributes"]));
    },
    sent: async ({ at }) => {
      await pool.query(`DELETE FROM ${table} WHERE seq = $1`, [at]);
    },
    // Only while it is still this relay's: its tries tell, for another that took it has counted one more.
    later: async ({ at, tries }, ms) => {
      await pool.query(
        `UPDATE ${table} SET taken_until_ms = ${NOW_MS} + $3::bigint WHERE seq = $1 AND tries = $2`,
        [at, tries, Math.round(ms)],
      );
    },
  };
}
