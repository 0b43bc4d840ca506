/** The table of records in SQLite, and rows to records and back. */

import { OnceError } from "../../errors.ts";
import type { State, Steps, StoredRecord, WonVerdict } from "../../store.ts";
import type { SqliteDatabase, SqliteValue } from "./connection.ts";

const COLUMNS = [
  "id",
  "version",
  "scope",
  "label",
  "state",
  "token",
  "fence",
  "attempts",
  "rev",
  "lease_until_ms",
  "run_until_ms",
  "expires_at_ms",
  "fingerprint",
  "message_id",
  "function_name",
  "generation",
  "verdict",
  "first_attempt_at_ms",
  "held_at_ms",
  "steps",
  "result",
] as const;

type Row = Readonly<Record<(typeof COLUMNS)[number], SqliteValue>>;

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function createTable(table: string): string {
  return `CREATE TABLE IF NOT EXISTS ${quote(table)} (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, scope TEXT NOT NULL, label TEXT NOT NULL, state TEXT NOT NULL,
    token TEXT NOT NULL, fence INTEGER NOT NULL, attempts INTEGER NOT NULL, rev INTEGER NOT NULL,
    lease_until_ms INTEGER NOT NULL, run_until_ms INTEGER NOT NULL, expires_at_ms INTEGER, fingerprint TEXT,
    message_id TEXT, function_name TEXT, generation INTEGER NOT NULL, verdict TEXT NOT NULL,
    first_attempt_at_ms INTEGER NOT NULL, held_at_ms INTEGER, steps TEXT NOT NULL, result TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS ${quote(`${table}_expiry`)} ON ${quote(table)} (expires_at_ms) WHERE expires_at_ms IS NOT NULL;`;
}

export function readRecord(db: SqliteDatabase, table: string, id: string): StoredRecord | undefined {
  const row = db.prepare(`SELECT * FROM ${quote(table)} WHERE id = ?`).get(id);
  return row ? toRecord(row as Row) : undefined;
}

export function writeRecord(db: SqliteDatabase, table: string, record: StoredRecord): void {
  const marks = COLUMNS.map(() => "?").join(", ");
  db.prepare(`INSERT OR REPLACE INTO ${quote(table)} (${COLUMNS.join(", ")}) VALUES (${marks})`).run(
    ...toRow(record),
  );
}

/** SQLite keeps text up to its first NUL in some functions, and UTF-8 has no lone surrogates: both are stored escaped, as JSON does. */
function text(value: string | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function toRow(record: StoredRecord): SqliteValue[] {
  return [
    record.id,
    record.version,
    text(record.scope),
    text(record.label),
    record.state,
    record.token,
    record.fence,
    record.attempts,
    record.rev,
    Math.round(record.leaseUntilMs),
    Math.round(record.runUntilMs),
    record.expiresAtMs === undefined ? null : Math.round(record.expiresAtMs),
    text(record.fingerprint),
    text(record.messageId),
    text(record.functionName),
    record.generation,
    record.verdict,
    Math.round(record.firstAttemptAtMs),
    record.heldAtMs === undefined ? null : Math.round(record.heldAtMs),
    JSON.stringify(record.steps),
    text(record.result),
  ];
}

export function toRecord(row: Row): StoredRecord {
  try {
    return {
      id: String(row.id),
      version: Number(row.version),
      scope: plain(row.scope) ?? "",
      label: plain(row.label) ?? "",
      state: row.state as State,
      token: String(row.token),
      fence: Number(row.fence),
      attempts: Number(row.attempts),
      rev: Number(row.rev),
      leaseUntilMs: Number(row.lease_until_ms),
      runUntilMs: Number(row.run_until_ms),
      expiresAtMs: row.expires_at_ms === null ? undefined : Number(row.expires_at_ms),
      fingerprint: plain(row.fingerprint),
      messageId: plain(row.message_id),
      functionName: plain(row.function_name),
      generation: Number(row.generation),
      verdict: row.verdict as WonVerdict,
      firstAttemptAtMs: Number(row.first_attempt_at_ms),
      heldAtMs: row.held_at_ms === null ? undefined : Number(row.held_at_ms),
      steps: JSON.parse(String(row.steps)) as Steps,
      result: plain(row.result),
    };
  } catch (cause) {
    throw new OnceError(
      "record-unreadable",
      `The record ${String(row.id)} cannot be read: it was written by something else or is damaged. Look at it, and forget it if nothing runs.`,
      { cause },
    );
  }
}

function plain(value: SqliteValue): string | undefined {
  return value === null ? undefined : (JSON.parse(String(value)) as string);
}
