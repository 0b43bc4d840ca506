/** The table of records in SQLite. */

import type { RecordQuery, StoredRecord } from "../../store.ts";
import { DEFAULT_TABLE, quote } from "../shared/options.ts";
import { COLUMNS, toRecord, toRow } from "../shared/row.ts";
import { encodeText } from "../shared/text.ts";
import { type SqliteDatabase, type SqliteValue, statement } from "./database.ts";

export function createTable(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${quote(table)} (
    id TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL, scope TEXT NOT NULL, label TEXT NOT NULL, state TEXT NOT NULL,
    token TEXT NOT NULL, fence INTEGER NOT NULL, attempts INTEGER NOT NULL, rev INTEGER NOT NULL,
    lease_until_ms INTEGER NOT NULL, run_until_ms INTEGER NOT NULL, expires_at_ms INTEGER, fingerprint TEXT,
    message_id TEXT, function_name TEXT, correlation_id TEXT, generation INTEGER NOT NULL, verdict TEXT NOT NULL,
    first_attempt_at_ms INTEGER NOT NULL, held_at_ms INTEGER, steps TEXT NOT NULL, open INTEGER NOT NULL, result TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ${quote(`${table}_expiry`)} ON ${quote(table)} (expires_at_ms) WHERE expires_at_ms IS NOT NULL;`;
}

/** What `setup()` of an `sqliteStore` with the same `table` runs. It can be run again. */
export function sqliteSetupSql({ table = DEFAULT_TABLE }: { readonly table?: string } = {}): string {
  return `${createTable(table)}\n`;
}

/** Fails when the table is missing or another's. */
export function probe(db: SqliteDatabase, table: string): void {
  db.prepare(`SELECT ${COLUMNS.map((name) => `r.${name}`).join(", ")} FROM ${quote(table)} r LIMIT 0`).all();
}

export function readRecord(db: SqliteDatabase, table: string, id: string): StoredRecord | undefined {
  const row = statement(db, `SELECT * FROM ${quote(table)} WHERE id = ?`).get(id);
  return row && toRecord(row);
}

export function writeRecord(db: SqliteDatabase, table: string, record: StoredRecord): void {
  const marks = COLUMNS.map(() => "?").join(", ");
  const values = toRow(record).map((value): SqliteValue =>
    typeof value === "boolean" ? Number(value) : value,
  );
  statement(db, `INSERT OR REPLACE INTO ${quote(table)} (${COLUMNS.join(", ")}) VALUES (${marks})`).run(
    ...values,
  );
}

/** The next records after `after`, in the order of their ids. */
export function page(
  db: SqliteDatabase,
  table: string,
  { scope, state, held }: RecordQuery,
  after: string,
  size: number,
): readonly StoredRecord[] {
  const conditions = ["id > ?"];
  const values: SqliteValue[] = [after];
  if (scope !== undefined) {
    conditions.push("scope = ?");
    values.push(encodeText(scope));
  }
  if (state !== undefined) {
    conditions.push("state = ?");
    values.push(state);
  }
  if (held !== undefined) conditions.push(`held_at_ms IS ${held ? "NOT " : ""}NULL`);
  const sql = `SELECT * FROM ${quote(table)} WHERE ${conditions.join(" AND ")} ORDER BY id LIMIT ?`;
  return statement(db, sql)
    .all(...values, size)
    .map(toRecord);
}

export function deleteRecord(db: SqliteDatabase, table: string, id: string): void {
  statement(db, `DELETE FROM ${quote(table)} WHERE id = ?`).run(id);
}

export function deleteExpired(db: SqliteDatabase, table: string, nowMs: number, limit: number): number {
  const name = quote(table);
  const sql = `DELETE FROM ${name} WHERE id IN (SELECT id FROM ${name} WHERE expires_at_ms <= ? ORDER BY expires_at_ms LIMIT ?) RETURNING id`;
  return statement(db, sql).all(nowMs, limit).length;
}
