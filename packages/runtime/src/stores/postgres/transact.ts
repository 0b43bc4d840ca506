/** The caller's rows and the record in one Postgres transaction (`docs/protocol.md`, P8). */

import { OnceError } from "../../errors.ts";
import type { Clock, Random } from "../../ports.ts";
import type { Committed, TransactRequest } from "../../store.ts";
import { Limit, ownTransactionControl, Stop, swallowedSqlError } from "../shared/limit.ts";
import type { Turns } from "../shared/turns.ts";
import { borrow, cutOff, type PgPool, type PgPoolClient, transactionsAtOnce } from "./client.ts";
import { type ErrorPlace, isConflict, isLostConnection, pgError } from "./errors.ts";
import { beginGuarded, releaseGuard } from "./guard.ts";
import { type Change, settle } from "./settle.ts";
import { changes } from "./write.ts";

export interface TransactPlace extends ErrorPlace {
  readonly pool: PgPool;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly random: Random;
}

/** Postgres ends the transaction of a frozen process this long after the process itself should have. */
const GRACE_MS = 250;
const MAX_PAUSE_MS = 100;
/** A pool that was frozen with its function may hold several dead connections. */
const DEAD_CONNECTIONS = 5;

type Tried<T> =
  | Committed<T>
  /** Rolled back for a reason that has nothing to do with the body: it may run again. */
  | { readonly kind: "again"; readonly error: unknown; readonly began: boolean }
  /** COMMIT was sent and its answer never came. */
  | { readonly kind: "unknown"; readonly value: T; readonly change: Change; readonly error: unknown };

export async function transact<T>(
  place: TransactPlace,
  request: TransactRequest<T>,
  body: (tx: PgPoolClient) => Promise<T>,
): Promise<Committed<T>> {
  const limit = new Limit(place.clock, request.timeLimitMs, request.signal);
  let leave: (() => void) | undefined;
  try {
    leave = limit.over ? undefined : await place.turns.enter(transactionsAtOnce(place.pool), limit.reached);
    if (!leave) return { kind: "rolled-back", error: limit.error };
    return await untilSettled(place, request, body, limit);
  } finally {
    limit.end();
    leave?.();
  }
}

async function untilSettled<T>(
  place: TransactPlace,
  request: TransactRequest<T>,
  body: (tx: PgPoolClient) => Promise<T>,
  limit: Limit,
): Promise<Committed<T>> {
  let lost = 0;
  for (let tries = 1; ; tries += 1) {
    const tried = await once(place, request, body, limit);
    if (tried.kind === "unknown") {
      const settled = await settle(place, request, tried.change, tried.value, tried.error, limit);
      if (settled) return settled;
      lost += 1;
      if (lost > 1 || limit.over)
        return { kind: "rolled-back", error: limit.over ? limit.error : commitLost(tried.error) };
    } else if (tried.kind === "again") {
      if (limit.over) return { kind: "rolled-back", error: limit.timeout(tried.error) };
      if (!tried.began && tries > DEAD_CONNECTIONS)
        return { kind: "rolled-back", error: pgError(tried.error, place) };
    } else return tried;
    await limit.pause(Math.min(MAX_PAUSE_MS, tries * 5) * (0.5 + place.random.fraction()));
    if (limit.over) return { kind: "rolled-back", error: limit.error };
  }
}

async function once<T>(
  place: TransactPlace,
  request: TransactRequest<T>,
  body: (tx: PgPoolClient) => Promise<T>,
  limit: Limit,
): Promise<Tried<T>> {
  let borrowed: Awaited<ReturnType<typeof borrow>> | undefined;
  try {
    borrowed = await connect(place.pool, limit);
  } catch (error) {
    return { kind: "rolled-back", error: pgError(error, place) };
  }
  if (!borrowed) return { kind: "rolled-back", error: limit.error };
  const { client, giveBack } = borrowed;
  const progress: Progress<T> = { began: false, sent: undefined };
  let running = true;
  let broken = false;
  const stopped = limit.reached.then((): never => {
    if (running) {
      broken = true;
      cutOff(client);
    }
    throw new Stop(limit.error);
  });
  stopped.catch(() => {});
  const work = inside(place, client, request, body, limit, progress);
  work.catch(() => {});
  try {
    // A query on a connection that was cut off may never be answered, and a body may never end.
    return await Promise.race([work, stopped]);
  } catch (error) {
    const { sent, began } = progress;
    const lostAnswer = broken || isLostConnection(error);
    if (sent && lostAnswer) {
      broken = true;
      return { kind: "unknown", ...sent, error };
    }
    broken ||= isLostConnection(error) || !(await rolledBack(client, limit));
    if (limit.over) return { kind: "rolled-back", error: limit.error };
    if (isConflict(error) || (!began && isLostConnection(error))) return { kind: "again", error, began };
    return { kind: "rolled-back", error: error instanceof Stop ? error.error : error };
  } finally {
    running = false;
    giveBack(broken);
  }
}

interface Progress<T> {
  began: boolean;
  /** Set at the moment when COMMIT is sent. */
  sent: { readonly value: T; readonly change: Change } | undefined;
}

async function inside<T>(
  place: TransactPlace,
  client: PgPoolClient,
  request: TransactRequest<T>,
  body: (tx: PgPoolClient) => Promise<T>,
  limit: Limit,
  progress: Progress<T>,
): Promise<Tried<T>> {
  await beginGuarded(client, Math.max(1, Math.ceil(limit.leftMs())) + GRACE_MS);
  progress.began = true;
  client.release = () => {
    throw ownTransactionControl(new Error("the body called release()"));
  };
  const value = await body(client);
  await releaseGuard(client);
  const change = request.change(value);
  if (!(await fencedWrite(place, client, request, change, limit))) {
    await client.query("ROLLBACK");
    return { kind: "fenced" };
  }
  if (limit.over) throw new Stop(limit.error);
  progress.sent = { value, change };
  const { command } = await client.query("COMMIT");
  if (command === "COMMIT") return { kind: "committed", value };
  progress.sent = undefined;
  throw new Stop(swallowedSqlError(new Error(`COMMIT was answered ${String(command)}`)));
}

/** The last statement before COMMIT: done first, it would lock the record for as long as the body runs. */
async function fencedWrite<T>(
  place: TransactPlace,
  client: PgPoolClient,
  request: TransactRequest<T>,
  change: Change,
  limit: Limit,
): Promise<boolean> {
  const item = { ...request.owner, retentionMs: request.retentionMs };
  const where = { table: place.table, lockTimeoutMs: Math.max(1, limit.leftMs()) + GRACE_MS };
  try {
    return "complete" in change
      ? await changes(client, where, "complete", { ...item, result: change.complete.result })
      : await changes(client, where, "checkpoint", { ...item, change, fresh: true });
  } catch (error) {
    // A conflict runs the body again and a broken connection is told from it; the rest is the store's error, not the body's.
    if (isConflict(error) || isLostConnection(error)) throw error;
    throw new Stop(pgError(error, place));
  }
}

/** A client, or `undefined` when none was free in time; one that comes later goes straight back. */
async function connect(pool: PgPool, limit: Limit): Promise<Awaited<ReturnType<typeof borrow>> | undefined> {
  const pending = borrow(pool);
  const borrowed = await Promise.race([pending, limit.reached]);
  if (borrowed && !limit.over) return borrowed;
  pending.then(
    ({ giveBack }) => giveBack(false),
    () => {},
  );
  return undefined;
}

async function rolledBack(client: PgPoolClient, limit: Limit): Promise<boolean> {
  try {
    const done = await Promise.race([client.query("ROLLBACK"), limit.reached]);
    return done !== undefined;
  } catch {
    return false;
  }
}

function commitLost(cause: unknown): OnceError {
  return new OnceError(
    "store-error",
    "The connection broke at COMMIT twice, and nothing was committed. The message comes again.",
    { retryable: true, cause },
  );
}
