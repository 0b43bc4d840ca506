/** The caller's rows and the record in one SQLite transaction. */

import { applyCheckpoint, applyCompletion } from "../../core/record.ts";
import type { Committed, StepChange, Steps, TransactRequest } from "../../store.ts";
import { Limit, ownTransactionControl, Stop, swallowedSqlError } from "../shared/limit.ts";
import { rollback, type SqliteDatabase, type SqliteTx } from "./database.ts";
import { sqliteError } from "./errors.ts";
import { type Facade, facade } from "./facade.ts";
import { readRecord, writeRecord } from "./schema.ts";
import type { Place } from "./write.ts";

export async function transact<T>(
  place: Place,
  request: TransactRequest<T>,
  body: (tx: SqliteTx) => Promise<T>,
): Promise<Committed<T>> {
  // The wait for a turn and for the file's lock is part of the limit: a body holds the only write lock there is.
  const limit = new Limit(place.clock, request.timeLimitMs, request.signal);
  let leave: (() => void) | undefined;
  try {
    leave = limit.over ? undefined : await place.connection.turn(limit.reached);
    if (!leave || limit.over) return { kind: "rolled-back", error: limit.error };
    const db = await place.connection.open();
    await place.connection.retrying(
      () => db.exec("BEGIN IMMEDIATE"),
      () => !limit.over,
    );
    return await inside(place, db, request, body, limit);
  } catch (error) {
    return { kind: "rolled-back", error: limit.over ? limit.error : sqliteError(error, place.path) };
  } finally {
    limit.end();
    leave?.();
  }
}

async function inside<T>(
  place: Place,
  db: SqliteDatabase,
  request: TransactRequest<T>,
  body: (tx: SqliteTx) => Promise<T>,
  limit: Limit,
): Promise<Committed<T>> {
  const given = facade(db);
  try {
    db.exec("SAVEPOINT effectively_once_guard");
    const value = await within(limit, body(given.tx));
    given.revoke();
    releaseGuard(db, given);
    const change = request.change(value);
    if (!fencedWrite(place, db, request, change)) {
      rollback(db);
      return { kind: "fenced" };
    }
    await committed(place, db, limit);
    return { kind: "committed", value };
  } catch (error) {
    given.revoke();
    rollback(db);
    return { kind: "rolled-back", error: error instanceof Stop ? error.error : error };
  }
}

async function within<T>(limit: Limit, running: Promise<T>): Promise<T> {
  // A body that is told to stop may reject later, when nobody listens any more.
  running.catch(() => {});
  const reached = limit.reached.then((): never => {
    throw new Stop(limit.error);
  });
  reached.catch(() => {});
  return await Promise.race([running, reached]);
}

/** Fails when the transaction that the guard was set in is no longer there. */
function releaseGuard(db: SqliteDatabase, given: Facade): void {
  try {
    db.exec("RELEASE effectively_once_guard");
  } catch (cause) {
    const fatal = given.fatal();
    throw new Stop(fatal === undefined ? ownTransactionControl(cause) : swallowedSqlError(fatal));
  }
}

/** Only a change that is written counts: rows beside a record that had ended already would be there twice. */
function fencedWrite<T>(
  { table, clock }: Place,
  db: SqliteDatabase,
  request: TransactRequest<T>,
  change: ReturnType<TransactRequest<T>["change"]>,
): boolean {
  const record = readRecord(db, table, request.owner.id);
  // A memory that is there already means that its rows are there too.
  if (record && !("complete" in change) && remembers(record.steps, change)) return false;
  const item = { ...request.owner, retentionMs: request.retentionMs };
  const { write } =
    "complete" in change
      ? applyCompletion(record, { ...item, result: change.complete.result }, clock.wallMs())
      : applyCheckpoint(record, { ...item, change }, clock.wallMs());
  if (write) writeRecord(db, table, write);
  return write !== undefined;
}

function remembers(steps: Steps, { set = {} }: StepChange): boolean {
  return Object.keys(set).some((name) => Object.hasOwn(steps, name) && steps[name]?.state === "done");
}

/** What the store itself cannot do is the store's error, not the body's. */
async function committed({ connection, path }: Place, db: SqliteDatabase, limit: Limit): Promise<void> {
  try {
    await connection.retrying(
      () => db.exec("COMMIT"),
      () => !limit.over,
    );
  } catch (error) {
    throw new Stop(sqliteError(error, path));
  }
}
