/** The part of `node:sqlite` that is used, typed by ourselves: no type of ours depends on a version of Node's types. */

export type SqliteValue = null | number | bigint | string | Uint8Array;

/** Values in order, or an object of named values first. */
export type SqliteArguments =
  | SqliteValue[]
  | [named: Readonly<Record<string, SqliteValue>>, ...values: SqliteValue[]];

export interface SqliteChanges {
  readonly changes: number | bigint;
  readonly lastInsertRowid: number | bigint;
}

export interface SqliteStatement {
  run(...values: SqliteArguments): SqliteChanges;
  get(...values: SqliteArguments): Record<string, unknown> | undefined;
  all(...values: SqliteArguments): Record<string, unknown>[];
  iterate(...values: SqliteArguments): IterableIterator<Record<string, unknown>>;
}

/** What a transaction body gets: the connection, for as long as the transaction lasts. */
export interface SqliteTx {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
}

export interface SqliteDatabase extends SqliteTx {
  /** Whether a transaction is open; SQLite ends one by itself after some errors (disk full, I/O error). Since Node 22.16. */
  readonly isTransaction?: boolean;
  close(): void;
}

const prepared: WeakMap<SqliteDatabase, Map<string, SqliteStatement>> = new WeakMap();

/** A statement of our own, prepared once per connection. */
export function statement(db: SqliteDatabase, sql: string): SqliteStatement {
  let known = prepared.get(db);
  if (!known) {
    known = new Map();
    prepared.set(db, known);
  }
  let made = known.get(sql);
  if (!made) {
    made = db.prepare(sql);
    known.set(sql, made);
  }
  return made;
}

/** Whether no transaction is open any more; `false` too where Node cannot tell. */
export function hasEnded(db: SqliteDatabase): boolean {
  return db.isTransaction === false;
}

export function rollback(db: SqliteDatabase): void {
  if (hasEnded(db)) return;
  try {
    db.exec("ROLLBACK");
  } catch {
    // SQLite has rolled back by itself.
  }
}
