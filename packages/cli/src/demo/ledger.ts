/** The table of orders and the store of records beside it, in SQLite or in Postgres. */

import { existsSync, rmSync, statSync } from "node:fs";
import { join, parse } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Store } from "@effectively-once/runtime/store";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import pg from "pg";
import { parseStoreUrl } from "../store-url.ts";
import { heldIn } from "./held.ts";

export interface Ledger {
  readonly url: string;
  /** For people: where the rows are. Never a password. */
  readonly where: string;
  readonly store: Store<unknown>;
  setup(): Promise<void>;
  insert(orderId: string): Promise<void>;
  insertIn(tx: unknown, orderId: string): Promise<void>;
  /** One id per row: a second row for an order shows. */
  orders(): Promise<readonly string[]>;
  /** How many records wait for a person. */
  held(): Promise<number>;
  /** `remove`: with all that this ledger has made, and nothing else. */
  close(remove: boolean): Promise<void>;
}

/** The sides do not share an SQLite file: they would wait for each other's write lock. The guarded one has the file named. */
export function sideUrl(url: string, side: string): string {
  const parsed = parseStoreUrl(url);
  if (parsed.kind !== "sqlite") return url;
  const given = parsed.path;
  const file = statSync(given, { throwIfNoEntry: false })?.isDirectory() ? join(given, "demo.db") : given;
  if (side === "guarded") return `sqlite:${file}`;
  const { dir, name, ext } = parse(file);
  return `sqlite:${join(dir, `${name}-${side}${ext}`)}`;
}

/** `name` keeps the sides and the runs apart in one database. */
export async function openLedger(url: string, name: string): Promise<Ledger> {
  const parsed = parseStoreUrl(url);
  if (parsed.kind === "sqlite") return sqlite(url, parsed.path, name);
  if (parsed.kind === "postgres") return postgres(url, parsed.connectionString, name);
  // Its SDK is loaded where it is used only: every execution environment of the demo starts anew.
  const { dynamodbLedger } = await import("./dynamodb-ledger.ts");
  return dynamodbLedger(url, parsed, name);
}

function sqlite(url: string, path: string, name: string): Ledger {
  const existed = existsSync(path);
  const orders = `${name}_orders`;
  const records = `${name}_records`;
  const store = sqliteStore({ path, table: records });
  const insert = `INSERT INTO ${orders} (id) VALUES (?)`;
  let opened: DatabaseSync | undefined;
  const db = () => {
    opened ??= new DatabaseSync(path, { timeout: 10_000 });
    return opened;
  };
  return {
    url,
    where: `${path}, tables ${orders} and ${records}`,
    store: store as unknown as Store<unknown>,
    setup: async () => {
      await store.setup();
      db().exec(`CREATE TABLE IF NOT EXISTS ${orders} (id TEXT)`);
    },
    insert: async (orderId) => void db().prepare(insert).run(orderId),
    insertIn: async (tx, orderId) => void (tx as DatabaseSync).prepare(insert).run(orderId),
    orders: async () =>
      db()
        .prepare(`SELECT id FROM ${orders}`)
        .all()
        .map((row) => String(row["id"])),
    held: () => heldIn(store as unknown as Store<unknown>),
    close: async (remove) => {
      await store.close();
      if (remove && existed) db().exec(`DROP TABLE IF EXISTS ${orders}; DROP TABLE IF EXISTS ${records};`);
      opened?.close();
      if (remove && !existed) for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    },
  };
}

function postgres(url: string, connectionString: string, schema: string): Ledger {
  const pool = new pg.Pool({ connectionString, max: 4, connectionTimeoutMillis: 5_000 });
  pool.on("error", () => {});
  const store = postgresStore({ pool, schema });
  const insert = `INSERT INTO "${schema}".orders (id) VALUES ($1)`;
  let made = false;
  return {
    url,
    where: `schema ${schema}`,
    store: store as unknown as Store<unknown>,
    setup: async () => {
      await store.setup();
      made = true;
      await pool.query(`CREATE TABLE IF NOT EXISTS "${schema}".orders (id text)`);
    },
    insert: async (orderId) => void (await pool.query(insert, [orderId])),
    insertIn: async (tx, orderId) => void (await (tx as pg.PoolClient).query(insert, [orderId])),
    orders: async () =>
      (await pool.query<{ id: string }>(`SELECT id FROM "${schema}".orders`)).rows.map((row) => row.id),
    held: () => heldIn(store as unknown as Store<unknown>),
    close: async (remove) => {
      if (remove && made) await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await pool.end();
    },
  };
}
