/** What became of a COMMIT whose answer was lost: asked of the record, by a read that waits for its lock. */

import { isMine } from "../../core/record.ts";
import { OnceError } from "../../errors.ts";
import type { Committed, Owner, StepChange, StoredRecord, TransactRequest } from "../../store.ts";
import type { Limit } from "../shared/limit.ts";
import { toRecord } from "../shared/row.ts";
import type { PgPool } from "./client.ts";

/** What the transaction was to write, as it was sent: made a second time it may carry another instant. */
export type Change = ReturnType<TransactRequest<unknown>["change"]>;

/** Worth waiting for even past the limit: an answer that can be had is better than a message in doubt. */
const LEAST_WAIT_MS = 1_000;
const TRIES = 3;

/**
 * Nothing is written here: a write would complete a record whose rows were rolled back. And the read locks: a plain one
 * would still say `claimed` while the COMMIT is under way. `undefined`: it was rolled back, and the record is still ours.
 */
export async function settle<T>(
  place: { readonly pool: PgPool; readonly table: string },
  { owner }: { readonly owner: Owner },
  change: Change,
  value: T,
  lost: unknown,
  limit: Limit,
): Promise<Committed<T> | undefined> {
  const waitMs = Math.ceil(Math.max(LEAST_WAIT_MS, limit.leftMs()));
  const sql = `WITH cfg AS MATERIALIZED (SELECT set_config('lock_timeout', $2, true))
    SELECT r.* FROM cfg, ${place.table} r WHERE r.id = $1 FOR UPDATE OF r`;
  for (let tries = 1; ; tries += 1) {
    try {
      const { rows } = await place.pool.query(sql, [owner.id, `${waitMs}ms`]);
      return judge(rows[0] && toRecord(rows[0]), owner, change, value);
    } catch (cause) {
      if (tries < TRIES) continue;
      return { kind: "unsettled", error: unsettled(lost, cause) };
    }
  }
}

function judge<T>(
  record: StoredRecord | undefined,
  owner: Owner,
  change: Change,
  value: T,
): Committed<T> | undefined {
  if (!record || !isMine(record, owner)) return { kind: "fenced" };
  if ("complete" in change) {
    if (record.state === "completed") return { kind: "committed", value };
  } else if (holds(record, change)) return { kind: "committed", value };
  return record.state === "claimed" ? undefined : { kind: "fenced" };
}

/** The very steps that were sent: the owner's own, done at that instant, with that value. */
function holds(record: StoredRecord, { set = {} }: StepChange): boolean {
  return Object.entries(set).every(([name, step]) => {
    const found = Object.hasOwn(record.steps, name) ? record.steps[name] : undefined;
    return found?.state === step.state && found.atMs === step.atMs && found.value === step.value;
  });
}

function unsettled(lost: unknown, cause: unknown): OnceError {
  const said = (error: unknown) => (error instanceof Error ? error.message : String(error));
  return new OnceError(
    "store-error",
    `The answer to COMMIT was lost (${said(lost)}), and what became of it could not be asked (${said(cause)}). ` +
      "The message comes again, and its record knows.",
    { retryable: true, cause: lost },
  );
}
