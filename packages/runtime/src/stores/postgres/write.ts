/** The writes after a claim: one round trip per batch, rows locked in key order, the refused judged by the locked row. */

import type { WriteResult } from "../../core/record.ts";
import { OnceError } from "../../errors.ts";
import type { StoredRecord, Written } from "../../store.ts";
import type { PgQueryable } from "./client.ts";
import { NOW_MS, toRecord } from "./schema.ts";

const OWN = "l.token = a.token AND l.fence = a.fence AND l.state = 'claimed'";
const EXPIRY = (at: string) => `CASE WHEN n.open THEN NULL ELSE ${at} END`;

/** What each operation changes, and under which condition. `l`: the locked row, `a`: what was asked, `n`: its steps then. */
export const OPERATIONS = {
  complete: {
    where: OWN,
    set: "state = 'completed', rev = l.rev + 1, expires_at_ms = l.now_ms + a.retention_ms, steps = '{}', open = false, result = a.result, held_at_ms = NULL",
  },
  fail: {
    where: OWN,
    set: `state = 'failed', rev = l.rev + 1, steps = n.steps, open = n.open, expires_at_ms = ${EXPIRY("l.now_ms + a.retention_ms")},
      held_at_ms = CASE WHEN n.open THEN COALESCE(l.held_at_ms, l.now_ms) ELSE l.held_at_ms END`,
  },
  release: {
    where: "l.token = a.token AND l.state = 'claimed'",
    set: `state = 'released', rev = l.rev + 1, attempts = l.attempts - 1, expires_at_ms = ${EXPIRY("l.now_ms + a.retention_ms")}`,
  },
  renew: {
    where: OWN,
    set: `rev = l.rev + 1, lease_until_ms = l.now_ms + a.lease_ms, expires_at_ms = ${EXPIRY("l.now_ms + a.lease_ms + a.retention_ms")}`,
  },
  checkpoint: {
    where: OWN,
    set: `rev = l.rev + 1, steps = n.steps, open = n.open, expires_at_ms = ${EXPIRY("GREATEST(l.now_ms, l.lease_until_ms) + a.retention_ms")}`,
  },
} as const;

export type Operation = keyof typeof OPERATIONS;

/** A step only moves forward: an intent over a done step changes nothing, and only an intent is cleared. */
const NEXT_STEPS = `SELECT COALESCE(jsonb_object_agg(COALESCE(s.key, c.key),
    CASE WHEN c.key IS NULL OR (s.value->>'state' = 'done' AND c.value->>'state' = 'intent') THEN s.value ELSE c.value END), '{}') AS steps
  FROM (SELECT * FROM jsonb_each(l.steps) WHERE NOT (value->>'state' = 'intent' AND COALESCE(a.clear, '[]') ? key)) s
  FULL JOIN jsonb_each(COALESCE(a.set, '{}')) c ON c.key = s.key`;

function writeSql(table: string, operation: Operation): string {
  const { where, set } = OPERATIONS[operation];
  return `WITH cfg AS MATERIALIZED (SELECT set_config('lock_timeout', $2, true)),
  asked AS MATERIALIZED (
    SELECT a.* FROM cfg, jsonb_to_recordset($1::jsonb) AS a(id text, token text, fence bigint, retention_ms bigint, lease_ms bigint,
      result text, set jsonb, clear jsonb)
  ),
  locked AS MATERIALIZED (
    SELECT r.*, ${NOW_MS} AS now_ms FROM ${table} r JOIN asked USING (id) ORDER BY r.id FOR UPDATE OF r
  ),
  changed AS (
    UPDATE ${table} AS r SET ${set}
    FROM locked l JOIN asked a USING (id)
      CROSS JOIN LATERAL (${NEXT_STEPS}) m
      CROSS JOIN LATERAL (SELECT m.steps, jsonb_path_exists(m.steps, '$.* ? (@.open == true)') AS open) n
    WHERE r.id = l.id AND ${where}
    RETURNING r.id
  )
  SELECT l.*, EXISTS (SELECT FROM changed WHERE changed.id = l.id) AS changed FROM locked l`;
}

export interface WriteItem {
  readonly id: string;
  readonly token: string;
  readonly fence?: number;
  readonly retentionMs: number;
  readonly leaseMs?: number;
  readonly result?: string | undefined;
  readonly change?: { readonly set?: object; readonly clear?: readonly string[] } | undefined;
}

export async function write<Item extends WriteItem>(
  db: PgQueryable,
  table: string,
  lockTimeoutMs: number,
  operation: Operation,
  items: readonly Item[],
  apply: (record: StoredRecord | undefined, item: Item, nowMs: number) => WriteResult,
): Promise<readonly Written[]> {
  const asked = items.map(({ change, ...item }) => ({
    id: item.id,
    token: item.token,
    fence: item.fence,
    retention_ms: Math.round(item.retentionMs),
    lease_ms: item.leaseMs === undefined ? undefined : Math.round(item.leaseMs),
    result: item.result,
    set: change?.set,
    clear: change?.clear,
  }));
  const { rows } = await db.query(writeSql(table, operation), [JSON.stringify(asked), `${lockTimeoutMs}ms`]);
  const found = new Map(rows.map((row) => [String(row["id"]), row]));
  return items.map((item) => {
    const row = found.get(item.id);
    if (row?.["changed"] === true) return { kind: "written" };
    const judged = apply(row && toRecord(row), item, Number(row?.["now_ms"] ?? 0));
    // The condition in SQL and the state machine say different things only when one of them is wrong.
    return judged.write ? { kind: "error", error: disagreement(operation) } : judged.written;
  });
}

function disagreement(operation: Operation): OnceError {
  return new OnceError(
    "store-error",
    `Postgres refused a ${operation} that the record allows. Report this with the record.`,
  );
}
