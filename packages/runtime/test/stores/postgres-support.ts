/** A store on a pool whose first COMMIT gets no answer. */

import type pg from "pg";
import { postgresStore } from "../../src/stores/postgres/index.ts";

/** What happens in the place of that COMMIT. */
export type AtCommit = (client: pg.PoolClient) => Promise<unknown>;

export const arrived: AtCommit = (client) => client.query("COMMIT");

export const neverArrived =
  (pool: pg.Pool): AtCommit =>
  (client) =>
    pool.query("SELECT pg_terminate_backend($1)", [(client as unknown as { processID: number }).processID]);

export function cutAt(pool: pg.Pool, schema: string, instead: AtCommit) {
  let cuts = 1;
  return postgresStore({
    schema,
    pool: {
      query: (sql: string, values?: unknown[]) => pool.query(sql, values),
      connect: async () => {
        const client = await pool.connect();
        client.on("error", () => {});
        const query = async (sql: string, values?: unknown[]) => {
          if (sql !== "COMMIT" || cuts-- <= 0) return client.query(sql, values);
          await instead(client);
          throw Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
        };
        return { query, release: (broken?: boolean) => client.release(broken) };
      },
    },
  });
}
