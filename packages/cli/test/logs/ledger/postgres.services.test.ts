/** A ledger in Postgres: read by a cursor, exact, and never written to. */

import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { rowsOf } from "./support.ts";

const table = `payments_${randomBytes(6).toString("hex")}`;
let pool: pg.Pool;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: inject("postgresUrl") });
  await pool.query(`CREATE TABLE ${table} (order_id text, amount numeric, currency text)`);
  await pool.query(
    `INSERT INTO ${table} SELECT 'order-' || n, 12345678901234567.89, 'EUR' FROM generate_series(1, 25000) AS n`,
  );
});
afterAll(async () => {
  await pool.query(`DROP TABLE ${table}`);
  await pool.end();
});

it("reads more rows than one fetch gives, with every digit", async () => {
  const { rows } = await rowsOf(
    `${inject("postgresUrl")}#SELECT order_id, amount, currency FROM ${table} ORDER BY amount;`,
    { amount: "amount", currency: "currency" },
  );
  expect(rows).toHaveLength(25_000);
  expect(new Set(rows.map(({ key }) => key)).size).toBe(25_000);
  expect(new Set(rows.map(({ amount }) => amount))).toEqual(new Set(["12345678901234567.89"]));
});

it.each([
  ["a statement that writes", `WITH gone AS (DELETE FROM ${table} RETURNING *) SELECT * FROM gone`],
  ["a function that writes", `SELECT set_config('x.y', nextval('${table}_s')::text, false)`],
  ["a second statement", `SELECT 1; COMMIT; DELETE FROM ${table}`],
  ["a table that is not there", "SELECT * FROM not_there"],
])("refuses %s, and changes nothing", async (_, query) => {
  await pool.query(`CREATE SEQUENCE IF NOT EXISTS ${table}_s OWNED BY ${table}.order_id`);
  await expect(rowsOf(`${inject("postgresUrl")}#${query}`)).rejects.toThrow(/--ledger .* cannot be read/);
  const { rows } = await pool.query(`SELECT count(*)::int AS n FROM ${table}`);
  expect(rows[0]).toEqual({ n: 25_000 });
});

it("never prints a password", async () => {
  const url = new URL(inject("postgresUrl"));
  [url.username, url.password] = ["nobody_here", "s3cret"];
  const error = await rowsOf(`${url.href}#SELECT 1`).catch((reason: Error) => reason);
  expect((error as Error).message).toMatch(/cannot be read/);
  expect((error as Error).message).not.toContain("s3cret");
});
