/** Claims in one round trip: the table of `core/decide.ts` as the condition of an upsert, the refused rows read along. */

import { decide } from "../../core/decide.ts";
import { OnceError } from "../../errors.ts";
import { type Claim, type ClaimRequest, RECORD_VERSION } from "../../store.ts";
import { type RawRow, toRecord } from "../shared/row.ts";
import { encodeText } from "../shared/text.ts";
import type { PgQueryable } from "./client.ts";
import { NOW_MS } from "./schema.ts";

/** How the parts of a request are written in SQL, seen from where the condition stands. */
interface Asked {
  readonly token: string;
  readonly fingerprint: string;
  readonly now: string;
  readonly noTakeover: string;
}

const expired = (now: string) => `(r.expires_at_ms IS NOT NULL AND r.expires_at_ms <= ${now})`;
const again = (token: string) => `(r.token = ${token} AND r.state = 'claimed')`;

/** Whether a request wins the record `r`: the rows of the claim table that write a claim. A test holds the two together. */
function claimable({ token, fingerprint, now, noTakeover }: Asked): string {
  return `(r.version <= ${RECORD_VERSION} AND r.state IN ('claimed', 'failed', 'released', 'completed')
      AND jsonb_typeof(r.steps) = 'object' AND (${expired(now)} OR ${again(token)} OR (
        r.token <> ${token}
        AND COALESCE(r.fingerprint = ${fingerprint}, true)
        AND r.state <> 'completed'
        AND NOT (r.state = 'claimed' AND r.lease_until_ms > ${now})
        AND NOT r.open
        AND (r.state = 'failed' OR NOT ${noTakeover} OR (r.state = 'released' AND r.verdict <> 'takeover')))))`;
}

/** The row proposed for an insert; `first_attempt_at_ms` carries the store's clock. EXCLUDED has only the table's columns. */
const PROPOSED: Asked = {
  token: "EXCLUDED.token",
  fingerprint: "EXCLUDED.fingerprint",
  now: "EXCLUDED.first_attempt_at_ms",
  noTakeover: "(SELECT a.no_takeover FROM asked a WHERE a.id = r.id)",
};
const ASKED: Asked = {
  token: "a.token",
  fingerprint: "a.fingerprint",
  now: "a.now_ms",
  noTakeover: "a.no_takeover",
};

/**
 * `seen` is read without a lock, and what it refuses is final as of that moment: duplicates neither wait nor write.
 * Only what looks claimable is locked, in key order, and is decided again on the row as it is then.
 */
function claimSql(table: string): string {
  const again_ = again(PROPOSED.token);
  const unlessExpired = (column: string, otherwise: string) =>
    `${column} = CASE WHEN ${expired(PROPOSED.now)} THEN EXCLUDED.${column} ELSE ${otherwise} END`;
  const unlessAgain = (column: string, otherwise: string) =>
    unlessExpired(column, `CASE WHEN ${again_} THEN r.${column} ELSE ${otherwise} END`);
  return `WITH cfg AS MATERIALIZED (SELECT set_config('lock_timeout', $2, true), ${NOW_MS} AS now_ms),
  asked AS MATERIALIZED (
    SELECT a.*, cfg.now_ms FROM cfg, jsonb_to_recordset($1::jsonb) AS a(id text, scope text, label text, token text,
      lease_ms bigint, run_ms bigint, retention_ms bigint, fingerprint text, message_id text, function_name text,
      correlation_id text, no_takeover boolean)
  ),
  seen AS MATERIALIZED (SELECT r.* FROM ${table} r WHERE r.id IN (SELECT id FROM asked)),
  won AS (
    INSERT INTO ${table} AS r (id, version, scope, label, state, token, fence, attempts, rev, lease_until_ms, run_until_ms,
      expires_at_ms, fingerprint, message_id, function_name, correlation_id, generation, verdict, first_attempt_at_ms, steps, open)
    SELECT a.id, ${RECORD_VERSION}, a.scope, a.label, 'claimed', a.token, 1, 1, 1, a.now_ms + a.lease_ms, a.now_ms + a.run_ms,
      a.now_ms + a.lease_ms + a.retention_ms, a.fingerprint, a.message_id, a.function_name, a.correlation_id, 0, 'first', a.now_ms, '{}', false
    FROM asked a LEFT JOIN seen r ON r.id = a.id
    WHERE r.id IS NULL OR ${claimable(ASKED)}
    ORDER BY a.id COLLATE "C"
    ON CONFLICT (id) DO UPDATE SET
      version = ${RECORD_VERSION}, state = 'claimed', token = EXCLUDED.token, rev = r.rev + 1,
      lease_until_ms = EXCLUDED.lease_until_ms,
      ${unlessExpired("scope", "r.scope")}, ${unlessExpired("label", "r.label")},
      ${unlessAgain("fence", "r.fence + 1")}, ${unlessAgain("attempts", "r.attempts + 1")},
      ${unlessAgain("run_until_ms", "EXCLUDED.run_until_ms")},
      ${unlessExpired("expires_at_ms", "CASE WHEN r.open THEN NULL ELSE EXCLUDED.expires_at_ms END")},
      ${unlessAgain("fingerprint", "COALESCE(EXCLUDED.fingerprint, r.fingerprint)")},
      ${unlessAgain("message_id", "EXCLUDED.message_id")}, ${unlessAgain("function_name", "EXCLUDED.function_name")},
      ${unlessAgain("correlation_id", "EXCLUDED.correlation_id")},
      ${unlessExpired("generation", "r.generation")},
      ${unlessAgain("verdict", "CASE r.state WHEN 'released' THEN r.verdict WHEN 'failed' THEN 'retry' ELSE 'takeover' END")},
      ${unlessExpired("first_attempt_at_ms", "r.first_attempt_at_ms")}, ${unlessExpired("held_at_ms", "r.held_at_ms")},
      ${unlessExpired("steps", "r.steps")}, ${unlessExpired("open", "r.open")}, ${unlessExpired("result", "r.result")}
    WHERE ${claimable(PROPOSED)}
    RETURNING r.*
  )
  SELECT won.*, cfg.now_ms, true AS won FROM won, cfg
  UNION ALL
  SELECT seen.*, cfg.now_ms, false FROM seen, cfg WHERE NOT EXISTS (SELECT FROM won WHERE won.id = seen.id)`;
}

export interface ClaimPlace {
  readonly table: string;
  readonly lockTimeoutMs: number;
}

/** Rounds of reading again what a race hid: a row inserted, freed or held after the statement's snapshot. */
const ROUNDS = 8;

interface Doubt {
  readonly request: ClaimRequest;
  readonly claim: Claim;
  readonly rev: number;
  readonly heldAtMs: number;
}

export async function claim(
  db: PgQueryable,
  place: ClaimPlace,
  requests: readonly ClaimRequest[],
  failed: (error: unknown) => Claim,
): Promise<readonly Claim[]> {
  const answers = new Map<ClaimRequest, Claim>();
  let open = requests;
  for (let round = 0; round < ROUNDS && open.length > 0; round += 1) {
    const { rows } = await db.query(claimSql(place.table), [
      JSON.stringify(open.map(asRow)),
      `${place.lockTimeoutMs}ms`,
    ]);
    const found = new Map(rows.map((row) => [String(row["id"]), row]));
    const doubts: Doubt[] = [];
    for (const request of open) {
      const row = found.get(request.id);
      try {
        const answer = row && judge(row, request);
        if (answer && "claim" in answer) doubts.push(answer);
        else if (answer) answers.set(request, answer);
      } catch (error) {
        answers.set(request, failed(error));
      }
    }
    const held = doubts.length === 0 ? [] : await hold(db, place, doubts);
    for (const { request, claim: answer } of held) answers.set(request, answer);
    open = open.filter((request) => !answers.has(request));
  }
  return requests.map((request) => answers.get(request) ?? failed(contended(request)));
}

/** `undefined`: the row that was read does not explain the refusal, because it was overtaken. Ask again. */
function judge(row: RawRow, request: ClaimRequest): Claim | Doubt | undefined {
  const record = toRecord(row);
  const nowMs = Number(row["now_ms"]);
  if (row["won"] === true) {
    const { verdict, fence, attempts, generation, firstAttemptAtMs, leaseUntilMs, steps } = record;
    return {
      kind: "won",
      verdict,
      fence,
      attempts,
      generation,
      firstAttemptAtMs,
      nowMs,
      leaseUntilMs,
      steps,
    };
  }
  const { claim: answer, write } = decide(record, request, nowMs);
  if (answer.kind === "won") return undefined;
  return write ? { request, claim: answer, rev: record.rev, heldAtMs: write.heldAtMs ?? nowMs } : answer;
}

/** Writes `heldAt` on the revision that was judged; answers those that were still as judged. */
async function hold(
  db: PgQueryable,
  { table, lockTimeoutMs }: ClaimPlace,
  doubts: readonly Doubt[],
): Promise<readonly Doubt[]> {
  const sql = `WITH cfg AS MATERIALIZED (SELECT set_config('lock_timeout', $2, true)),
  asked AS MATERIALIZED (SELECT a.* FROM cfg, jsonb_to_recordset($1::jsonb) AS a(id text, rev bigint, held_at_ms bigint)),
  locked AS MATERIALIZED (SELECT r.id, r.rev FROM ${table} r JOIN asked USING (id) ORDER BY r.id FOR UPDATE OF r)
  UPDATE ${table} r SET held_at_ms = a.held_at_ms, rev = r.rev + 1
  FROM locked l JOIN asked a ON a.id = l.id AND a.rev = l.rev WHERE r.id = l.id RETURNING r.id`;
  const asked = doubts.map(({ request, rev, heldAtMs }) => ({
    id: request.id,
    rev,
    held_at_ms: Math.round(heldAtMs),
  }));
  const { rows } = await db.query(sql, [JSON.stringify(asked), `${lockTimeoutMs}ms`]);
  const written = new Set(rows.map((row) => row["id"]));
  return doubts.filter(({ request }) => written.has(request.id));
}

/** A key whose row somebody holds locked: what can be read of it without the lock, else `busy` until the lock must be gone. */
export async function claimLocked(
  db: PgQueryable,
  { table, lockTimeoutMs }: ClaimPlace,
  request: ClaimRequest,
): Promise<Claim> {
  const sql = `SELECT r.*, n.now_ms FROM (SELECT ${NOW_MS} AS now_ms) n LEFT JOIN ${table} r ON r.id = $1`;
  const { rows } = await db.query(sql, [request.id]);
  const [row] = rows;
  const nowMs = Number(row?.["now_ms"]);
  const record = row && row["id"] !== null ? toRecord(row) : undefined;
  if (record) {
    const { claim: answer, write } = decide(record, request, nowMs);
    if (!write) return answer;
  }
  const leaseUntilMs = Math.max(record?.leaseUntilMs ?? 0, nowMs + lockTimeoutMs);
  const runUntilMs = Math.max(record?.runUntilMs ?? 0, leaseUntilMs);
  return { kind: "busy", messageId: record?.messageId, nowMs, leaseUntilMs, runUntilMs };
}

function asRow(request: ClaimRequest): Record<string, unknown> {
  const text = (value: string | undefined) => (value === undefined ? undefined : encodeText(value));
  return {
    id: request.id,
    scope: text(request.scope),
    label: text(request.label),
    token: request.token,
    lease_ms: Math.round(request.leaseMs),
    run_ms: Math.round(request.runMs),
    retention_ms: Math.round(request.retentionMs),
    fingerprint: text(request.fingerprint),
    message_id: text(request.messageId),
    function_name: text(request.functionName),
    correlation_id: text(request.correlationId),
    no_takeover: request.noTakeover === true,
  };
}

function contended(request: ClaimRequest): OnceError {
  return new OnceError(
    "store-error",
    `The record of "${request.label}" changed each time it was read. The message comes again.`,
    { retryable: true },
  );
}
