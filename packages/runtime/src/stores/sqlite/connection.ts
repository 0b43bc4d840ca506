/** One connection to one file, behind an in-process queue: `node:sqlite` is synchronous, transaction bodies are not. */

import { OnceError } from "../../errors.ts";
import { type Clock, type Random, Stopwatch, sleep } from "../../ports.ts";

export type SqliteValue = null | number | bigint | string | Uint8Array;
export interface SqliteStatement {
  run(...values: SqliteValue[]): unknown;
  get(...values: SqliteValue[]): Record<string, unknown> | undefined;
  all(...values: SqliteValue[]): Record<string, unknown>[];
}
/** The part of `node:sqlite`'s `DatabaseSync` that is used. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface ConnectionOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  /** How long another process may hold the file's write lock before an operation gives up. */
  readonly busyMs: number;
}

/** A synchronous wait blocks the whole process, heartbeats included; so it is short, and the rest of the wait is asynchronous. */
const BUSY_TIMEOUT_MS = 20;

export class Connection {
  readonly #options: ConnectionOptions;
  #db: SqliteDatabase | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Runs `work` when everybody before it is done. */
  exclusive<T>(work: (db: SqliteDatabase) => T | Promise<T>): Promise<T> {
    const run = this.#tail.then(async () => work(await this.#open()));
    this.#tail = run.catch(() => {});
    return run;
  }

  /** A write transaction; waits for other processes' locks without blocking this one. */
  write<T>(work: (db: SqliteDatabase) => T): Promise<T> {
    return this.exclusive(async (db) => {
      await this.begin(db);
      try {
        const value = work(db);
        db.exec("COMMIT");
        return value;
      } catch (error) {
        rollback(db);
        throw error;
      }
    });
  }

  async begin(db: SqliteDatabase): Promise<void> {
    const { clock, random, busyMs } = this.#options;
    const watch = new Stopwatch(clock);
    for (;;) {
      try {
        db.exec("BEGIN IMMEDIATE");
        return;
      } catch (error) {
        if (!isBusy(error) || watch.elapsedMs() > busyMs) throw error;
        await sleep(clock, 2 + random.fraction() * 20);
      }
    }
  }

  async #open(): Promise<SqliteDatabase> {
    if (this.#closed)
      throw new OnceError("store-closed", "This store was closed. Make a new one, or close it later.");
    if (this.#db) return this.#db;
    const { DatabaseSync } = await import("node:sqlite");
    const db: SqliteDatabase = new DatabaseSync(this.#options.path, { timeout: BUSY_TIMEOUT_MS });
    // WAL lets readers go on beside a writer. FULL: a completion that was answered survives a power cut, not only a kill.
    const watch = new Stopwatch(this.#options.clock);
    for (;;) {
      try {
        db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        break;
      } catch (error) {
        if (!isBusy(error) || watch.elapsedMs() > this.#options.busyMs) throw error;
        await sleep(this.#options.clock, 5 + this.#options.random.fraction() * 20);
      }
    }
    this.#db = db;
    return db;
  }

  async close(): Promise<void> {
    await this.#tail;
    this.#closed = true;
    this.#db?.close();
    this.#db = undefined;
  }
}

export function rollback(db: SqliteDatabase): void {
  try {
    db.exec("ROLLBACK");
  } catch {
    // SQLite has rolled back by itself (disk full, I/O error), or the body ended the transaction.
  }
}

/** SQLite's primary result code: the extended one carries it in its low byte. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode & 0xff
    : undefined;
}

const SQLITE_BUSY = 5;
export function isBusy(error: unknown): boolean {
  return codeOf(error) === SQLITE_BUSY;
}

export function sqliteError(error: unknown, path: string): OnceError {
  if (error instanceof OnceError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  if (/no such table/.test(said))
    return new OnceError(
      "table-missing",
      `${path} has no table of records. Run \`await store.setup()\` once, before the first message.`,
      cause,
    );
  if (/no such column|has no column/.test(said))
    return new OnceError(
      "table-mismatch",
      `The table in ${path} is not one of this library's records (${said}). Name another with the \`table\` option.`,
      cause,
    );
  switch (codeOf(error)) {
    case SQLITE_BUSY:
      return new OnceError(
        "store-error",
        `Another process held ${path} locked for too long. Keep transaction bodies short.`,
        { ...cause, retryable: true },
      );
    case 8:
    case 3:
      return new OnceError(
        "store-permission",
        `${path} cannot be written (${said}). Give this process write access to the file and its folder.`,
        cause,
      );
    case 14:
      return new OnceError(
        "store-unreachable",
        `${path} cannot be opened (${said}). Create its folder, or give another path.`,
        cause,
      );
    case 11:
    case 26:
      return new OnceError(
        "store-error",
        `${path} is damaged or not an SQLite database (${said}). Restore it, or give another path.`,
        cause,
      );
    case 13:
      return new OnceError(
        "store-error",
        `There is no room left for ${path} (${said}). Nothing was written; free space on the disk.`,
        { ...cause, retryable: true },
      );
    default:
      return new OnceError("store-error", `SQLite refused: ${said}.`, { ...cause, retryable: true });
  }
}
