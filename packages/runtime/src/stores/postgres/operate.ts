/** The operator's side: records read, listed, changed under a lock, and removed. */

import { applyRerun, applyResolution } from "../../core/operate.ts";
import type { RecordQuery, Resolution, Resolved, StoredRecord } from "../../store.ts";
import { COLUMNS, toRecord, toRow } from "../shared/row.ts";
import { encodeText } from "../shared/text.ts";
import { borrow, type PgPool, type PgQueryable } from "./client.ts";
import { isConflict } from "./errors.ts";
import { NOW_MS } from "./schema.ts";

const PAGE = 200;
const TRIES = 5;

export async function readRecords(
  db: PgQueryable,
  table: string,
  ids: readonly string[],
): Promise<readonly (StoredRecord | undefined)[]> {
  if (ids.length === 0) return [];
  const { rows } = await db.query(`SELECT * FROM ${table} WHERE id = ANY($1)`, [ids]);
  const found = new Map(rows.map((row) => [String(row["id"]), toRecord(row)]));
  return ids.map((id) => found.get(id));
}

/** The next records after `after`, in the order of their ids: no connection is held between two pages. */
export async function page(
  db: PgQueryable,
  table: string,
  { scope, state, held }: RecordQuery,
  after: string,
  atMost: number,
): Promise<readonly StoredRecord[]> {
  const sql = `SELECT * FROM ${table} WHERE id > $1 AND ($2::text IS NULL OR scope = $2) AND ($3::text IS NULL OR state = $3)
    AND ($4::boolean IS NULL OR (held_at_ms IS NOT NULL) = $4) ORDER BY id LIMIT $5`;
  const { rows } = await db.query(sql, [
    after,
    scope === undefined ? null : encodeText(scope),
    state ?? null,
    held ?? null,
    Math.min(PAGE, atMost),
  ]);
  return rows.map(toRecord);
}

export function resolve(pool: PgPool, table: string, resolution: Resolution): Promise<Resolved> {
  return underLock(pool, table, resolution.id, (record, nowMs) => {
    const { resolved, write } = applyResolution(record, resolution, nowMs);
    return { answer: resolved, write };
  });
}

export function rerun(pool: PgPool, table: string, id: string): Promise<boolean> {
  return underLock(pool, table, id, (record) => {
    const write = applyRerun(record);
    return { answer: write !== undefined, write };
  });
}

export async function forget(db: PgQueryable, table: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  // Locked in key order, as every batch of this store: a plain DELETE takes rows as it finds them.
  await db.query(
    `WITH locked AS MATERIALIZED (SELECT id FROM ${table} WHERE id = ANY($1) ORDER BY id FOR UPDATE)
    DELETE FROM ${table} WHERE id IN (SELECT id FROM locked)`,
    [ids],
  );
}

/** Passes by what is locked: a record that somebody is claiming just now is not expired any more. */
export async function deleteExpired(db: PgQueryable, table: string, limit: number): Promise<number> {
  const sql = `DELETE FROM ${table} WHERE id IN (
    SELECT id FROM ${table} WHERE expires_at_ms <= ${NOW_MS} ORDER BY expires_at_ms LIMIT $1 FOR UPDATE SKIP LOCKED)`;
  return (await db.query(sql, [limit])).rowCount ?? 0;
}

interface Change<T> {
  readonly answer: T;
  readonly write: StoredRecord | undefined;
}

async function underLock<T>(
  pool: PgPool,
  table: string,
  id: string,
  change: (record: StoredRecord | undefined, nowMs: number) => Change<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await changeOne(pool, table, id, change);
    } catch (error) {
      if (!isConflict(error) || tries >= TRIES) throw error;
    }
  }
}

async function changeOne<T>(
  pool: PgPool,
  table: string,
  id: string,
  change: (record: StoredRecord | undefined, nowMs: number) => Change<T>,
): Promise<T> {
  const { client, giveBack } = await borrow(pool);
  let broken = true;
  try {
    await client.query("BEGIN");
    const sql = `SELECT r.*, ${NOW_MS} AS now_ms FROM ${table} r WHERE id = $1 FOR UPDATE`;
    const [row] = (await client.query(sql, [id])).rows;
    const { answer, write } = change(row && toRecord(row), Number(row?.["now_ms"] ?? 0));
    if (write) {
      const sets = COLUMNS.map((name, index) => `${name} = $${index + 1}`).join(", ");
      await client.query(`UPDATE ${table} SET ${sets} WHERE id = $1`, toRow(write));
    }
    await client.query("COMMIT");
    broken = false;
    return answer;
  } finally {
    // After an error the connection is thrown away, and its transaction with it.
    giveBack(broken);
  }
}
