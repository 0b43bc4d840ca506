/** The demo on Postgres: the same promise, and nothing left in the database. */

import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import type { DemoReport } from "../src/demo/report.ts";
import { effectivelyOnce } from "./support.ts";

/** A database of its own, so that what the demo leaves behind is told from other runs beside this one. */
const database = `once_demo_test_${randomBytes(6).toString("hex")}`;
const url = new URL(inject("postgresUrl"));
url.pathname = `/${database}`;

async function ask(connectionString: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(() => ask(inject("postgresUrl"), `CREATE DATABASE ${database}`));
afterAll(() => ask(inject("postgresUrl"), `DROP DATABASE ${database} WITH (FORCE)`));

it("A-01 · A-02 · B-02 · C-01 · keeps the promise on Postgres, and drops its schemas", async () => {
  const { code, out } = await effectivelyOnce([
    ...["demo", "--seed", "3", "--messages", "60", "--json", "--store-url", url.href],
  ]).ended;
  const report = JSON.parse(out) as DemoReport;
  expect(report.store).toBe("postgres");
  expect(report.naive.duplicatedEffects).toBeGreaterThan(0);
  expect(report.guarded).toMatchObject({ effects: 120, duplicatedEffects: 0, lost: 0, inDoubt: 0 });
  expect(code).toBe(0);
  expect(
    await ask(url.href, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'once\\_demo\\_%'"),
  ).toEqual([]);
}, 120_000);
