/** The caller's rows and the record in one Postgres transaction; the fenced write is last, COMMIT's tag is read. */

import { applyCheckpoint, applyCompletion, isMine, type WriteResult } from "../../core/record.ts";
import { OnceError } from "../../errors.ts";
import { type Clock, Stopwatch, sleep } from "../../ports.ts";
import type { Committed, StoredRecord, TransactRequest, Written } from "../../store.ts";
import { isConflict, isLostConnection, type PgPool, type PgPoolClient, pgError, sqlState } from "./client.ts";
import { quote, toRecord } from "./schema.ts";
import { write } from "./write.ts";

export interface TransactSettings {
  readonly pool: () => Promise<PgPool>;
  readonly table: string;
  readonly clock: Clock;
  readonly lockTimeoutMs: number;
}

const GUARD = quote("effectively_once_guard");
const PAUSE_MS = 10;

type Apply<Item> = (record: StoredRecord | undefined, item: Item, nowMs: number) => WriteResult;

class Stop {
  readonly error: OnceError;
  constructor(error: OnceError) {
    this.error = error;
  }
}

type Tried<T> =
  | Committed<T>
  | { readonly kind: "again" }
  | { readonly kind: "unknown"; readonly value: T; readonly error: unknown };

export async function transact<T>(
  settings: TransactSettings,
  request: TransactRequest<T>,
  body: (tx: PgPoolClient) => Promise<T>,
): Promise<Committed<T>> {
  const watch = new Stopwatch(settings.clock);
  for (;;) {
    const leftMs = request.timeLimitMs - watch.elapsedMs();
    if (request.signal.aborted) return { kind: "rolled-back", error: request.signal.reason };
    if (leftMs <= 0) return { kind: "rolled-back", error: timeout(request.timeLimitMs) };
    const tried = await attempt(settings, request, body, leftMs);
    if (tried.kind === "again") {
      await sleep(settings.clock, PAUSE_MS);
      continue;
    }
    if (tried.kind !== "unknown") return tried;
    const settled = await settle(settings, request, tried.value, tried.error);
    if (settled) return settled;
  }
}

async function attempt<T>(
  settings: TransactSettings,
  request: TransactRequest<T>,
  body: (tx: PgPoolClient) => Promise<T>,
  limitMs: number,
): Promise<Tried<T>> {
  let client: PgPoolClient;
  try {
    client = await (await settings.pool()).connect();
  } catch (error) {
    return { kind: "rolled-back", error: pgError(error, settings.table) };
  }
  // A connection that dies while it is lent out emits `error`; unheard, that would end the whole process.
  onError(client);
  let broken = false;
  let committing: { readonly value: T } | undefined;
  const destroyed = new AbortController();
  const destroy = (error: OnceError) => {
    broken = true;
    hardClose(client);
    destroyed.abort(error);
  };
  const cancel = settings.clock.after(limitMs, () => destroy(timeout(request.timeLimitMs)));
  const onAbort = () => destroy(request.signal.reason as OnceError);
  request.signal.addEventListener("abort", onAbort, { once: true });
  // A destroyed connection may leave a query of the body waiting for ever.
  const stopped = new Promise<never>((_resolve, reject) => {
    destroyed.signal.addEventListener("abort", () => reject(new Stop(destroyed.signal.reason as OnceError)), {
      once: true,
    });
  });
  stopped.catch(() => {});
  const running = (async (): Promise<Tried<T>> => {
    const ms = Math.ceil(limitMs);
    await client.query(
      `BEGIN; SET LOCAL statement_timeout = ${ms}; SET LOCAL idle_in_transaction_session_timeout = ${ms}; SAVEPOINT ${GUARD}`,
    );
    const value = await body(client);
    await releaseGuard(client);
    const change = request.change(value);
    const written = await fencedWrite(client, settings, request, change);
    if (written.kind === "error") throw written.error;
    if (written.kind === "fenced") {
      await client.query("ROLLBACK");
      return { kind: "fenced" };
    }
    if (broken) throw new Stop(timeout(request.timeLimitMs));
    committing = { value };
    const { command } = await client.query("COMMIT");
    if (command === "COMMIT") return { kind: "committed", value };
    committing = undefined;
    throw new Stop(swallowed());
  })();
  running.catch(() => {});
  try {
    return await Promise.race([running, stopped]);
  } catch (error) {
    const sent = committing;
    if (sent && (broken || isLostConnection(error))) {
      broken = true;
      return { kind: "unknown", value: sent.value, error };
    }
    if (!broken) broken = !(await rolledBack(client));
    if (isConflict(error)) return { kind: "again" };
    return { kind: "rolled-back", error: error instanceof Stop ? error.error : error };
  } finally {
    cancel();
    request.signal.removeEventListener("abort", onAbort);
    client.release(broken);
  }
}

async function rolledBack(client: PgPoolClient): Promise<boolean> {
  try {
    await client.query("ROLLBACK");
    return true;
  } catch {
    return false;
  }
}

/** Fails when the body ended the transaction itself, or swallowed an error that has doomed it. */
async function releaseGuard(client: PgPoolClient): Promise<void> {
  try {
    await client.query(`RELEASE SAVEPOINT ${GUARD}`);
  } catch (cause) {
    const state = sqlState(cause);
    if (state === "25P02") throw new Stop(swallowed(cause));
    if (state !== "25P01" && state !== "3B001") throw cause;
    throw new Stop(
      new OnceError(
        "own-transaction-control",
        "The transaction body ran its own COMMIT or ROLLBACK. Leave that to transact and commit: rows outside of their transaction are not tied to the record.",
        { cause },
      ),
    );
  }
}

async function fencedWrite<T>(
  client: PgPoolClient,
  settings: TransactSettings,
  request: TransactRequest<T>,
  change: ReturnType<TransactRequest<T>["change"]>,
): Promise<Written> {
  const item = { ...request.owner, retentionMs: request.retentionMs };
  const { table, lockTimeoutMs } = settings;
  // A record that this owner has ended already is no memory of this body: its rows are rolled back.
  const only =
    <I extends { readonly id: string }>(apply: Apply<I>): Apply<I> =>
    (record, asked, nowMs) =>
      record?.state === "claimed" ? apply(record, asked, nowMs) : { written: { kind: "fenced" } };
  const [written] =
    "complete" in change
      ? await write(
          client,
          table,
          lockTimeoutMs,
          "complete",
          [{ ...item, result: change.complete.result }],
          only(applyCompletion),
        )
      : await write(client, table, lockTimeoutMs, "checkpoint", [{ ...item, change }], only(applyCheckpoint));
  return written ?? { kind: "fenced" };
}

/**
 * COMMIT was sent and its answer lost. A locking read waits for a commit that is still going on; writing again instead
 * would complete a body that rolled back. `undefined`: it rolled back and is still ours, so the body may run again.
 */
async function settle<T>(
  settings: TransactSettings,
  request: TransactRequest<T>,
  value: T,
  lost: unknown,
): Promise<Committed<T> | undefined> {
  try {
    const { rows } = await (
      await settings.pool()
    ).query(`SELECT * FROM ${settings.table} WHERE id = $1 FOR UPDATE`, [request.owner.id]);
    const record = rows[0] && toRecord(rows[0]);
    if (!record || !isMine(record, request.owner)) return { kind: "fenced" };
    const change = request.change(value);
    if ("complete" in change) {
      if (record.state === "completed") return { kind: "committed", value };
    } else if (Object.keys(change.set ?? {}).every((name) => record.steps[name]?.state === "done"))
      return { kind: "committed", value };
    return record.state === "claimed" ? undefined : { kind: "fenced" };
  } catch {
    return {
      kind: "unsettled",
      error: new OnceError(
        "store-error",
        "The answer to COMMIT was lost and Postgres cannot be asked what became of it. The message comes again, and its record knows.",
        {
          retryable: true,
          cause: lost,
        },
      ),
    };
  }
}

const heard = new WeakSet<object>();
function onError(client: unknown): void {
  const emitter = client as { on?: (event: "error", listener: () => void) => void };
  if (heard.has(emitter)) return;
  heard.add(emitter);
  emitter.on?.("error", () => {});
}

/** Ends the connection whatever it is doing, so that a COMMIT not yet sent is never sent. */
function hardClose(client: unknown): void {
  const { connection } = client as { connection?: { stream?: { destroy?: () => void } } };
  connection?.stream?.destroy?.();
}

function timeout(limitMs: number): OnceError {
  return new OnceError(
    "transaction-timeout",
    `The transaction did not end within ${Math.round(limitMs)} ms; its connection was closed and nothing was committed. Do slow calls outside of it, or raise transactionMs.`,
    { retryable: true },
  );
}

function swallowed(cause?: unknown): OnceError {
  return new OnceError(
    "swallowed-sql-error",
    "A statement of the transaction body failed and its error was swallowed, so Postgres rolls everything back. Let the error through, or guard the statement with a SAVEPOINT of its own.",
    { cause },
  );
}
