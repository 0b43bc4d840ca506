/** The table of records in Postgres, and rows to records and back. */

import type { State, Steps, StoredRecord, WonVerdict } from "../../store.ts";

export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The store's own clock: the only one that decides leases. */
export const NOW_MS = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

export function createTable(schema: string | undefined, table: string, qualified: string): string {
  return `${schema === undefined ? "" : `CREATE SCHEMA IF NOT EXISTS ${quote(schema)};`}
  CREATE TABLE IF NOT EXISTS ${qualified} (
    id text COLLATE "C" PRIMARY KEY, version int NOT NULL, scope text NOT NULL, label text NOT NULL, state text NOT NULL,
    token text NOT NULL, fence bigint NOT NULL, attempts bigint NOT NULL, rev bigint NOT NULL,
    lease_until_ms bigint NOT NULL, run_until_ms bigint NOT NULL, expires_at_ms bigint, fingerprint text,
    message_id text, function_name text, generation int NOT NULL, verdict text NOT NULL,
    first_attempt_at_ms bigint NOT NULL, held_at_ms bigint, steps jsonb NOT NULL, open boolean NOT NULL, result text
  );
  CREATE INDEX IF NOT EXISTS ${quote(`${table}_expiry`)} ON ${qualified} (expires_at_ms) WHERE expires_at_ms IS NOT NULL;`;
}

const optional = (value: unknown): number | undefined =>
  value === null || value === undefined ? undefined : Number(value);
const text = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : String(value);

export function toRecord(row: Record<string, unknown>): StoredRecord {
  return {
    id: String(row["id"]),
    version: Number(row["version"]),
    scope: String(row["scope"]),
    label: String(row["label"]),
    state: row["state"] as State,
    token: String(row["token"]),
    fence: Number(row["fence"]),
    attempts: Number(row["attempts"]),
    rev: Number(row["rev"]),
    leaseUntilMs: Number(row["lease_until_ms"]),
    runUntilMs: Number(row["run_until_ms"]),
    expiresAtMs: optional(row["expires_at_ms"]),
    fingerprint: text(row["fingerprint"]),
    messageId: text(row["message_id"]),
    functionName: text(row["function_name"]),
    generation: Number(row["generation"]),
    verdict: row["verdict"] as WonVerdict,
    firstAttemptAtMs: Number(row["first_attempt_at_ms"]),
    heldAtMs: optional(row["held_at_ms"]),
    steps: row["steps"] as Steps,
    result: text(row["result"]),
  };
}

/** Text that Postgres takes: it has no U+0000 and no lone surrogates. Only for text that people read. */
export function readable(value: string | undefined): string | undefined {
  return value?.toWellFormed().replaceAll("\u0000", "\uFFFD");
}
