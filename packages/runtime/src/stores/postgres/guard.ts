/** A savepoint around a transaction's body: what the body did to the transaction itself shows when it is released. */

import { ownTransactionControl, Stop, swallowedSqlError } from "../shared/limit.ts";
import { quote } from "../shared/options.ts";
import type { PgQueryable } from "./client.ts";
import { sqlState } from "./errors.ts";

const GUARD = quote("effectively_once_guard");

/** One simple query: the limits hold from the first statement on, also for a process that freezes. */
export async function beginGuarded(client: PgQueryable, ms: number): Promise<void> {
  await client.query(
    `BEGIN; SET LOCAL statement_timeout = ${ms}; SET LOCAL idle_in_transaction_session_timeout = ${ms}; SET LOCAL lock_timeout = ${ms}; SAVEPOINT ${GUARD}`,
  );
}

/** Fails when the body ended the transaction itself, or swallowed an error that has doomed it. */
export async function releaseGuard(client: PgQueryable): Promise<void> {
  try {
    await client.query(`RELEASE SAVEPOINT ${GUARD}`);
  } catch (cause) {
    const state = sqlState(cause);
    if (state === "25P02") throw new Stop(swallowedSqlError(cause));
    if (state === "25P01" || state === "3B001") throw new Stop(ownTransactionControl(cause));
    throw cause;
  }
}
