import { randomUUID } from "node:crypto";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import { conformance, type Subject } from "@effectively-once/testkit/conformance";
import pg from "pg";
import { afterAll, beforeAll, describe, inject, test } from "vitest";

const schema = `conformance_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
const records = `"${schema}".effectively_once_records`;
const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 10 });
pool.on("error", () => {});

beforeAll(async () => {
  await pool.query(`CREATE SCHEMA "${schema}"; CREATE TABLE "${schema}".own_rows (text text NOT NULL)`);
});
afterAll(async () => {
  await pool.query(`DROP SCHEMA "${schema}" CASCADE`);
  await pool.end();
});

/** A pool whose next COMMIT is sent or not, and whose connection then breaks before the answer is seen. */
function losingPool(applied: boolean): pg.Pool {
  let armed = true;
  return new Proxy(pool, {
    get(target, name) {
      if (name !== "connect") {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async () => {
        const client = await target.connect();
        const query = client.query.bind(client) as (...values: unknown[]) => Promise<unknown>;
        const losing = async (...values: unknown[]): Promise<unknown> => {
          if (!armed || values[0] !== "COMMIT") return query(...values);
          armed = false;
          if (applied) await query("COMMIT");
          await brokenOff(client);
          throw Object.assign(new Error("Connection terminated unexpectedly"), { code: "ECONNRESET" });
        };
        return Object.assign(client, { query: losing });
      };
    },
  });
}

/** Ends the connection at the server's side too, so that what was not committed is rolled back by the time we go on. */
async function brokenOff(client: pg.PoolClient): Promise<void> {
  client.on("error", () => {});
  const { processID } = client as unknown as { readonly processID: number };
  await pool.query("SELECT pg_terminate_backend($1, 5000)", [processID]);
}

const subject: Subject<pg.PoolClient> = {
  name: "postgresStore",
  store: () => postgresStore({ pool, schema }),
  shared: true,
  async age(_store, id, ms) {
    await pool.query(
      `UPDATE ${records} SET lease_until_ms = lease_until_ms - $1, run_until_ms = run_until_ms - $1,
        expires_at_ms = expires_at_ms - $1 WHERE id = $2`,
      [ms, id],
    );
  },
  async setVersion(_store, id, version) {
    await pool.query(`UPDATE ${records} SET version = $1 WHERE id = $2`, [version, id]);
  },
  transactions: {
    insert: (tx, row) => tx.query(`INSERT INTO "${schema}".own_rows VALUES ($1)`, [row]),
    async count(row) {
      const { rowCount } = await pool.query(`SELECT 1 FROM "${schema}".own_rows WHERE text = $1`, [row]);
      return rowCount ?? 0;
    },
    refused: (tx) => tx.query("SELECT FROM nowhere"),
    commit: (tx) => tx.query("COMMIT"),
    losingCommit: (applied) => postgresStore({ pool: losingPool(applied), schema }),
  },
};

describe("the Postgres store", () => conformance({ test, subject }));
