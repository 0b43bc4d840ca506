/** The orders table, and the records beside it: in the Postgres that DATABASE_URL names, else in an SQLite file. */

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Store } from "@effectively-once/runtime/store";
import { sqliteStore, type SqliteTx } from "@effectively-once/runtime/stores/sqlite";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import pg from "pg";

export interface Row {
  readonly id: string;
  readonly cents: number;
  readonly charge: string;
}

/** `Tx` is what a transaction is written through: a `pg` client, or the SQLite connection. */
export interface Database<Tx = unknown> {
  readonly store: Store<Tx>;
  insert(tx: Tx, row: Row): Promise<void>;
  /** Creates both tables where they are missing. */
  setup(): Promise<void>;
  close(): Promise<void>;
}

export function openDatabase(env: Readonly<Record<string, string | undefined>>): Database {
  const url = env["DATABASE_URL"];
  return url ? postgres(url) : sqlite(env["ORDERS_DB"] ?? "./orders.db");
}

function postgres(connectionString: string): Database<pg.PoolClient> {
  // One execution environment handles one batch at a time; ten messages of it share these.
  const pool = new pg.Pool({ connectionString, max: 4 });
  const store = postgresStore({ pool });
  return {
    store,
    async insert(tx, { id, cents, charge }) {
      await tx.query("INSERT INTO orders (id, cents, charge) VALUES ($1, $2, $3)", [id, cents, charge]);
    },
    async setup() {
      await store.setup();
      await pool.query(
        "CREATE TABLE IF NOT EXISTS orders (id text NOT NULL, cents bigint NOT NULL, charge text NOT NULL)",
      );
    },
    async close() {
      await store.close();
      await pool.end();
    },
  };
}

function sqlite(path: string): Database<SqliteTx> {
  const store = sqliteStore({ path });
  return {
    store,
    async insert(tx, { id, cents, charge }) {
      tx.prepare("INSERT INTO orders (id, cents, charge) VALUES (?, ?, ?)").run(id, cents, charge);
    },
    async setup() {
      mkdirSync(dirname(path), { recursive: true });
      await store.setup();
      const { DatabaseSync } = await import("node:sqlite");
      const db = new DatabaseSync(path);
      db.exec(
        "CREATE TABLE IF NOT EXISTS orders (id TEXT NOT NULL, cents INTEGER NOT NULL, charge TEXT NOT NULL)",
      );
      db.close();
    },
    close: () => store.close(),
  };
}
