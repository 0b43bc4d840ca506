/** The example on Postgres, in a database of its own. */

import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { openDatabase } from "../src/database.ts";
import { promises } from "./promises.ts";

describe("orders on Postgres", () => {
  const name = `once_example_${randomBytes(6).toString("hex")}`;
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${name}`;
  const env = { DATABASE_URL: url.href };
  const admin = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
  const orders = new pg.Pool({ connectionString: url.href, max: 1 });
  // `end()` does not wait until the server has let go; what it says of a connection then is said to the pool.
  orders.on("error", () => {});
  beforeAll(async () => {
    await admin.query(`CREATE DATABASE ${name}`);
    const database = openDatabase(env);
    await database.setup();
    await database.close();
  });
  afterAll(async () => {
    await orders.end();
    // Without FORCE the server itself waits five seconds for connections that are being closed.
    await admin.query(`DROP DATABASE ${name}`);
    await admin.end();
  });

  promises({
    env: () => env,
    rows: async (orderId) => {
      const { rows } = await orders.query<{ charge: string }>("SELECT charge FROM orders WHERE id = $1", [
        orderId,
      ]);
      return rows.map(({ charge }) => charge);
    },
  });
});
