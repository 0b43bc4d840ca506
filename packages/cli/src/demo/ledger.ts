/** The table of orders and the store of records beside it, in SQLite or in Postgres. */

import { DatabaseSync } from "node:sqlite";
import type { Store } from "@effectively-once/runtime/store";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import pg from "pg";

export interface Ledger {
  readonly store: Store<unknown>;
  setup(): Promise<void>;
  insert(orderId: string): Promise<void>;
  insertIn(tx: unknown, orderId: string): Promise<void>;
  /** One id per row: a second row for an order shows. */
  orders(): Promise<readonly string[]>;
  close(remove: boolean): Promise<void>;
}

/** `url`: `sqlite:<folder>` or `postgres://…`. `name` keeps the sides of one demo apart. */
export function openLedger(url: string, name: string): Promise<Ledger> {
  if (url.startsWith("sqlite:")) return Promise.resolve(sqlite(`${url.slice("sqlite:".length)}/${name}.db`));
  if (/^postgres(ql)?:/.test(url)) return Promise.resolve(postgres(url, name));
  throw new RangeError(
    `--store-url is sqlite:<folder> or postgres://…, got "${url.split(":")[0] ?? ""}:…". Give one of these two.`,
  );
}

function sqlite(path: string): Ledger {
  const store = sqliteStore({ path });
  const insert = "INSERT INTO orders (id) VALUES (?)";
  let opened: DatabaseSync | undefined;
  const db = () => {
    opened ??= new DatabaseSync(path, { timeout: 10_000 });
    return opened;
  };
  return {
    store: store as unknown as Store<unknown>,
    setup: async () => {
      await store.setup();
      db().exec("CREATE TABLE IF NOT EXISTS orders (id TEXT)");
    },
    insert: async (orderId) => void db().prepare(insert).run(orderId),
    insertIn: async (tx, orderId) => void (tx as DatabaseSync).prepare(insert).run(orderId),
    orders: async () =>
      db()
        .prepare("SELECT id FROM orders")
        .all()
        .map((row) => String(row["id"])),
    close: async () => {
      await store.close();
      opened?.close();
    },
  };
}

function postgres(url: string, schema: string): Ledger {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  pool.on("error", () => {});
  const store = postgresStore({ pool, schema });
  const insert = `INSERT INTO "${schema}".orders (id) VALUES ($1)`;
  return {
    store: store as unknown as Store<unknown>,
    setup: async () => {
      await store.setup();
      await pool.query(`CREATE TABLE IF NOT EXISTS "${schema}".orders (id text)`);
    },
    insert: async (orderId) => void (await pool.query(insert, [orderId])),
    insertIn: async (tx, orderId) => void (await (tx as pg.PoolClient).query(insert, [orderId])),
    orders: async () =>
      (await pool.query<{ id: string }>(`SELECT id FROM "${schema}".orders`)).rows.map((row) => row.id),
    close: async (remove) => {
      if (remove) await pool.query(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
      await pool.end();
    },
  };
}
