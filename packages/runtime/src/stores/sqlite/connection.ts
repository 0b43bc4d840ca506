/**
 * One connection to one file, behind an in-process queue. `node:sqlite` is synchronous and transaction bodies are
 * not: with two connections a heartbeat would freeze the event loop for its busy timeout while the COMMIT that it
 * waits for cannot run, and without the queue one message's writes would be rolled back with another's body.
 */

import { existsSync } from "node:fs";
import { OnceError } from "../../errors.ts";
import { type Clock, type Random, Stopwatch, sleep } from "../../ports.ts";
import { Turns } from "../shared/turns.ts";
import { rollback, type SqliteDatabase } from "./database.ts";
import { isBusy, tableMissing } from "./errors.ts";

export interface ConnectionOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly random: Random;
  /** How long another process may hold the file's write lock before an operation gives up. */
  readonly busyRetryMs: number;
}

/** A synchronous wait blocks the whole process, heartbeats included; so it is short, and the rest is asynchronous. */
const BUSY_TIMEOUT_MS = 20;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #turns: Turns = new Turns();
  #db: SqliteDatabase | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** This process's turn; `undefined` when `giveUp` came first. */
  turn(giveUp?: Promise<unknown>): Promise<(() => void) | undefined> {
    return this.#turns.enter(1, giveUp);
  }

  /** Reads without taking the write lock: readers go on beside a writer. */
  async read<T>(work: (db: SqliteDatabase) => T): Promise<T> {
    const leave = await this.turn();
    try {
      const db = await this.open();
      return await this.retrying(() => work(db));
    } finally {
      leave?.();
    }
  }

  async write<T>(work: (db: SqliteDatabase) => T, create = false): Promise<T> {
    const leave = await this.turn();
    try {
      const db = await this.open(create);
      await this.retrying(() => db.exec("BEGIN IMMEDIATE"));
      try {
        const value = work(db);
        await this.retrying(() => db.exec("COMMIT"));
        return value;
      } catch (error) {
        rollback(db);
        throw error;
      }
    } finally {
      leave?.();
    }
  }

  /** Waits for other processes' locks without blocking this one, with jitter so that waiters do not march in step. */
  async retrying<T>(work: () => T, goOn: () => boolean = () => true): Promise<T> {
    const { clock, random, busyRetryMs } = this.#options;
    const watch = new Stopwatch(clock);
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error) || watch.elapsedMs() > busyRetryMs || !goOn()) throw error;
      }
      await sleep(clock, 2 + random.fraction() * 20);
    }
  }

  async open(create = false): Promise<SqliteDatabase> {
    if (this.#closed)
      throw new OnceError("store-closed", "This store was closed. Make a new one, or close it later.");
    if (this.#db) return this.#db;
    const { path } = this.#options;
    // Opening would leave an empty file behind at a misspelt path.
    if (!create && path !== ":memory:" && !existsSync(path)) throw tableMissing(path);
    const { DatabaseSync } = await import("node:sqlite");
    // Node types its arguments as overloads, which no union of them fits; the values are the same.
    const db = (await this.retrying(
      () => new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS }),
    )) as unknown as SqliteDatabase;
    try {
      // WAL: a read need not wait for a writer. FULL: a kill loses nothing in either mode, but with NORMAL a power cut
      // could take back a completion whose message has been deleted from the queue already.
      await this.retrying(() => db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"));
    } catch (error) {
      db.close();
      throw error;
    }
    this.#db = db;
    return db;
  }

  /** Waits for what has begun. */
  async close(): Promise<void> {
    const leave = await this.turn();
    this.#closed = true;
    this.#db?.close();
    this.#db = undefined;
    leave?.();
  }
}
