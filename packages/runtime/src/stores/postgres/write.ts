/** The writes after a claim: one round trip per batch, rows locked in key order, the refused judged by the locked row. */

import type { WriteResult } from "../../core/record.ts";
import { OnceError } from "../../errors.ts";
import { RECORD_VERSION, type StepChange, type StoredRecord, type Written } from "../../store.ts";
import { encodeSteps, toRecord } from "../shared/row.ts";
import { encodeText } from "../shared/text.ts";
import type { PgQueryable } from "./client.ts";
import { NOW_MS } from "./schema.ts";

const OWN = "l.token = a.token AND l.fence = a.fence AND l.state = 'claimed'";
/** `of`: the row whose steps decide whether the record may expire. */
const expiry = (of: "l" | "n", at: string) => `CASE WHEN ${of}.open THEN NULL ELSE ${at} END`;

interface Change {
  readonly where: string;
  readonly set: string;
  /** Whether steps change, so that `n` (the steps as they will be) is needed. */
  readonly steps: boolean;
}

export type Operation = "complete" | "fail" | "release" | "renew" | "checkpoint";

/** What each operation changes, and under which condition. `l`: the locked row, `a`: what was asked. */
const OPERATIONS: Readonly<Record<Operation, Change>> = {
  complete: {
    steps: false,
    where: OWN,
    set: "state = 'completed', expires_at_ms = l.now_ms + a.retention_ms, steps = '{}', open = false, result = a.result, held_at_ms = NULL",
  },
  fail: {
    steps: true,
    where: OWN,
    set: `state = 'failed', steps = n.steps, open = n.open, expires_at_ms = ${expiry("n", "l.now_ms + a.retention_ms")},
      held_at_ms = CASE WHEN n.open THEN COALESCE(l.held_at_ms, l.now_ms) ELSE l.held_at_ms END`,
  },
  release: {
    steps: false,
    where: "l.token = a.token AND l.state = 'claimed'",
    set: `state = 'released', attempts = l.attempts - 1, expires_at_ms = ${expiry("l", "l.now_ms + a.retention_ms")}`,
  },
  renew: {
    steps: false,
    where: OWN,
    set: `lease_until_ms = l.now_ms + a.lease_ms, expires_at_ms = ${expiry("l", "l.now_ms + a.lease_ms + a.retention_ms")}`,
  },
  checkpoint: {
    steps: true,
    where: OWN,
    set: `steps = n.steps, open = n.open, expires_at_ms = ${expiry("n", "GREATEST(l.now_ms, l.lease_until_ms) + a.retention_ms")}`,
  },
};

/** A step only moves forward: an intent over a done step changes nothing, and only an intent is cleared. */
const NEXT_STEPS = `CROSS JOIN LATERAL (
    SELECT COALESCE(jsonb_object_agg(COALESCE(s.key, c.key),
      CASE WHEN c.key IS NULL OR (s.value->>'state' = 'done' AND c.value->>'state' = 'intent') THEN s.value ELSE c.value END), '{}') AS steps
    FROM (SELECT * FROM jsonb_each(l.steps) WHERE NOT (value->>'state' = 'intent' AND COALESCE(a.clear, '[]') ? key)) s
    FULL JOIN jsonb_each(COALESCE(a.set, '{}')) c ON c.key = s.key) m
  CROSS JOIN LATERAL (SELECT m.steps, jsonb_path_exists(m.steps, '$.* ? (@.open == true)') AS open) n`;

/** Where a memory is committed with rows, a memory that is there already means that the rows are there too. */
const FRESH = `NOT (COALESCE(a.fresh, false) AND EXISTS (
    SELECT FROM jsonb_object_keys(COALESCE(a.set, '{}')) name WHERE l.steps->name->>'state' = 'done'))`;

/** The rows that were not changed come back whole, to be judged; a changed one need not travel. */
function writeSql(table: string, operation: Operation): string {
  const { where, set, steps } = OPERATIONS[operation];
  return `WITH cfg AS MATERIALIZED (SELECT set_config('lock_timeout', $2, true)),
  asked AS MATERIALIZED (
    SELECT a.* FROM cfg, jsonb_to_recordset($1::jsonb) AS a(id text, token text, fence bigint, retention_ms bigint, lease_ms bigint,
      result text, set jsonb, clear jsonb, fresh boolean)
  ),
  locked AS MATERIALIZED (
    SELECT r.*, ${NOW_MS} AS now_ms FROM ${table} r JOIN asked USING (id) ORDER BY r.id FOR UPDATE OF r
  ),
  changed AS (
    UPDATE ${table} AS r SET rev = l.rev + 1, ${set}
    FROM locked l JOIN asked a USING (id) ${steps ? NEXT_STEPS : ""}
    WHERE r.id = l.id AND ${where}${steps ? ` AND jsonb_typeof(l.steps) = 'object' AND ${FRESH}` : ""}
    RETURNING r.id
  )
  SELECT l.id, l.now_ms, CASE WHEN c.id IS NULL THEN to_jsonb(l) END AS refused FROM locked l LEFT JOIN changed c USING (id)`;
}

export interface WriteItem {
  readonly id: string;
  readonly token: string;
  readonly fence?: number;
  readonly retentionMs: number;
  readonly leaseMs?: number;
  readonly result?: string | undefined;
  readonly change?: StepChange | undefined;
  /** Refuse when a step that is set is done already. */
  readonly fresh?: boolean;
}

export interface WritePlace {
  readonly table: string;
  readonly lockTimeoutMs: number;
}

/** The locked row of each item that was not changed, by id; `undefined` for one that was. */
type Answered = ReadonlyMap<string, { readonly nowMs: number; readonly refused: unknown }>;

async function send(
  db: PgQueryable,
  place: WritePlace,
  operation: Operation,
  items: readonly WriteItem[],
): Promise<Answered> {
  const asked = items.map(({ change, ...item }) => ({
    id: item.id,
    token: item.token,
    fence: item.fence,
    retention_ms: Math.round(item.retentionMs),
    lease_ms: item.leaseMs === undefined ? undefined : Math.round(item.leaseMs),
    result: item.result === undefined ? undefined : encodeText(item.result),
    set: change?.set && encodeSteps(change.set),
    clear: change?.clear?.map(encodeText),
    fresh: item.fresh,
  }));
  const { rows } = await db.query(writeSql(place.table, operation), [
    JSON.stringify(asked),
    `${Math.ceil(place.lockTimeoutMs)}ms`,
  ]);
  return new Map(
    rows.map((row) => [
      String(row["id"]),
      { nowMs: Number(row["now_ms"]), refused: row["refused"] ?? undefined },
    ]),
  );
}

/** Whether this very call has changed the record: what a transaction must know before it commits. */
export async function changes(
  db: PgQueryable,
  place: WritePlace,
  operation: Operation,
  item: WriteItem,
): Promise<boolean> {
  const row = (await send(db, place, operation, [item])).get(item.id);
  return row !== undefined && row.refused === undefined;
}

export async function write<Item extends WriteItem>(
  db: PgQueryable,
  place: WritePlace,
  operation: Operation,
  items: readonly Item[],
  apply: (record: StoredRecord | undefined, item: Item, nowMs: number) => WriteResult,
  failed: (error: unknown) => Written,
): Promise<readonly Written[]> {
  const answered = await send(db, place, operation, items);
  return items.map((item) => {
    const row = answered.get(item.id);
    if (!row) return apply(undefined, item, 0).written;
    if (row.refused === undefined) return { kind: "written" };
    try {
      const judged = apply(toRecord(row.refused as Record<string, unknown>), item, row.nowMs);
      // The condition in SQL and the state machine differ only when one of them is wrong.
      return judged.write ? failed(disagreement(operation)) : judged.written;
    } catch (error) {
      return failed(error);
    }
  });
}

function disagreement(operation: Operation): OnceError {
  return new OnceError(
    "store-error",
    `Postgres refused a ${operation} that a record of version ${RECORD_VERSION} allows. Please report this with the record.`,
  );
}
