/** Claims in one round trip: the table of `core/decide.ts` as the condition of an upsert, the refused ones read along. */

import { decide } from "../../core/decide.ts";
import { OnceError } from "../../errors.ts";
import { type Claim, type ClaimRequest, RECORD_VERSION, type StoredRecord } from "../../store.ts";
import type { PgQueryable } from "./client.ts";
import { NOW_MS, readable, toRecord } from "./schema.ts";

const EXPIRED = "(r.expires_at_ms IS NOT NULL AND r.expires_at_ms <= EXCLUDED.first_attempt_at_ms)";
const AGAIN = "(r.token = EXCLUDED.token AND r.state = 'claimed')";
/** Who asks for anything but a takeover is asked about here, because EXCLUDED has only the table's columns. */
const NO_TAKEOVER = "(SELECT a.no_takeover FROM asked a WHERE a.id = r.id)";

/** The proposed row's `first_attempt_at_ms` is the store's clock at the claim. */
function claimSql(table: string): string {
  const fresh = (column: string, otherwise: string) =>
    `${column} = CASE WHEN ${EXPIRED} THEN EXCLUDED.${column} ELSE ${otherwise} END`;
  return `WITH cfg AS MATERIALIZED (SELECT set_config('lock_timeout', $2, true)),
  asked AS MATERIALIZED (
    SELECT a.*, ${NOW_MS} AS now_ms FROM cfg, jsonb_to_recordset($1::jsonb) AS a(id text, scope text, label text, token text,
      lease_ms bigint, run_ms bigint, retention_ms bigint, fingerprint text, message_id text, function_name text, no_takeover boolean)
  ),
  won AS (
    INSERT INTO ${table} AS r (id, version, scope, label, state, token, fence, attempts, rev, lease_until_ms, run_until_ms,
      expires_at_ms, fingerprint, message_id, function_name, generation, verdict, first_attempt_at_ms, steps, open)
    SELECT id, ${RECORD_VERSION}, scope, label, 'claimed', token, 1, 1, 1, now_ms + lease_ms, now_ms + run_ms,
      now_ms + lease_ms + retention_ms, fingerprint, message_id, function_name, 0, 'first', now_ms, '{}', false
    FROM asked ORDER BY id COLLATE "C"
    ON CONFLICT (id) DO UPDATE SET
      version = ${RECORD_VERSION}, state = 'claimed', token = EXCLUDED.token, rev = r.rev + 1,
      ${fresh("scope", "r.scope")}, ${fresh("label", "r.label")},
      ${fresh("fence", `CASE WHEN ${AGAIN} THEN r.fence ELSE r.fence + 1 END`)},
      ${fresh("attempts", `CASE WHEN ${AGAIN} THEN r.attempts ELSE r.attempts + 1 END`)},
      lease_until_ms = EXCLUDED.lease_until_ms,
      ${fresh("run_until_ms", `CASE WHEN ${AGAIN} THEN r.run_until_ms ELSE EXCLUDED.run_until_ms END`)},
      ${fresh("expires_at_ms", "CASE WHEN r.open THEN NULL ELSE EXCLUDED.expires_at_ms END")},
      ${fresh("fingerprint", `CASE WHEN ${AGAIN} THEN r.fingerprint ELSE COALESCE(EXCLUDED.fingerprint, r.fingerprint) END`)},
      ${fresh("message_id", `CASE WHEN ${AGAIN} THEN r.message_id ELSE EXCLUDED.message_id END`)},
      ${fresh("function_name", `CASE WHEN ${AGAIN} THEN r.function_name ELSE EXCLUDED.function_name END`)},
      ${fresh("generation", "r.generation")},
      ${fresh("verdict", `CASE WHEN ${AGAIN} OR r.state = 'released' THEN r.verdict WHEN r.state = 'failed' THEN 'retry' ELSE 'takeover' END`)},
      ${fresh("first_attempt_at_ms", "r.first_attempt_at_ms")}, ${fresh("held_at_ms", "r.held_at_ms")},
      ${fresh("steps", "r.steps")}, ${fresh("open", "r.open")}, ${fresh("result", "r.result")}
    WHERE r.version <= ${RECORD_VERSION} AND (${EXPIRED} OR ${AGAIN} OR (
      r.token <> EXCLUDED.token
      AND COALESCE(r.fingerprint = EXCLUDED.fingerprint, true)
      AND r.state <> 'completed'
      AND NOT (r.state = 'claimed' AND r.lease_until_ms > EXCLUDED.first_attempt_at_ms)
      AND NOT r.open
      AND (r.state = 'failed' OR NOT ${NO_TAKEOVER} OR (r.state = 'released' AND r.verdict <> 'takeover'))
    ))
    RETURNING r.*
  )
  SELECT won.*, true AS won, asked.now_ms FROM won JOIN asked USING (id)
  UNION ALL
  SELECT r.*, false, asked.now_ms FROM ${table} r JOIN asked USING (id) WHERE NOT EXISTS (SELECT FROM won WHERE won.id = r.id)`;
}

export interface ClaimSettings {
  readonly table: string;
  readonly lockTimeoutMs: number;
}

/** Rounds of reading again what a race hid: a row inserted or freed after the statement's snapshot. */
const ROUNDS = 5;

export async function claim(
  db: PgQueryable,
  settings: ClaimSettings,
  requests: readonly ClaimRequest[],
): Promise<readonly Claim[]> {
  const answers = new Map<ClaimRequest, Claim>();
  let open = requests;
  for (let round = 0; round < ROUNDS && open.length > 0; round += 1) {
    const { rows } = await db.query(claimSql(settings.table), [
      JSON.stringify(open.map(asRow)),
      `${settings.lockTimeoutMs}ms`,
    ]);
    const found = new Map(rows.map((row) => [String(row["id"]), row]));
    for (const request of open) {
      const row = found.get(request.id);
      const answer =
        row &&
        (await judge(db, settings.table, request, toRecord(row), Number(row["now_ms"]), row["won"] === true));
      if (answer) answers.set(request, answer);
    }
    open = open.filter((request) => !answers.has(request));
  }
  return requests.map((request) => answers.get(request) ?? { kind: "error", error: contended(request) });
}

/** `undefined`: what was read does not explain the refusal, so it was overtaken; ask again. */
async function judge(
  db: PgQueryable,
  table: string,
  request: ClaimRequest,
  record: StoredRecord,
  nowMs: number,
  won: boolean,
): Promise<Claim | undefined> {
  if (won) {
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
  const decision = decide(record, request, nowMs);
  if (decision.claim.kind === "won") return undefined;
  if (!decision.write) return decision.claim;
  const sql = `UPDATE ${table} SET held_at_ms = $3, rev = rev + 1 WHERE id = $1 AND rev = $2 AND held_at_ms IS NULL`;
  const { rowCount } = await db.query(sql, [record.id, record.rev, decision.write.heldAtMs]);
  return rowCount === 1 ? decision.claim : undefined;
}

function asRow(request: ClaimRequest): Record<string, unknown> {
  return {
    id: request.id,
    scope: readable(request.scope),
    label: readable(request.label),
    token: request.token,
    lease_ms: Math.round(request.leaseMs),
    run_ms: Math.round(request.runMs),
    retention_ms: Math.round(request.retentionMs),
    fingerprint: request.fingerprint,
    message_id: readable(request.messageId),
    function_name: readable(request.functionName),
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
