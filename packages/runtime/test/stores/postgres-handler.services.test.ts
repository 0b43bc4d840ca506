/** Postgres as a handler meets it: what is wrong with it or with a body, what is said, and how the message ends. */

import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type Context, createOnce, type OnceEvent, sqs } from "../../src/index.ts";
import { postgresStore } from "../../src/stores/postgres/index.ts";
import { failures, lambda, type Order, orders, recordingClient } from "../engine/support.ts";

const name = `once_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
const pool = new pg.Pool({ connectionString: inject("postgresUrl"), max: 10 });
const closing: pg.Pool[] = [pool];
const roles: string[] = [];

beforeAll(async () => {
  await postgresStore({ pool, schema: name }).setup();
  await pool.query(`CREATE TABLE "${name}".orders (id text, CONSTRAINT positive CHECK (id <> 'refused'))`);
});
afterAll(async () => {
  await pool.query(`DROP SCHEMA "${name}" CASCADE`);
  for (const role of roles) await pool.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
  for (const one of closing) await one.end();
});

type Ctx = Context<pg.PoolClient>;

/** A handler of its own scope. `fn` may change between deliveries. */
function world(options: { pool?: pg.Pool; table?: string; count?: number } = {}) {
  const store = postgresStore({
    pool: options.pool ?? pool,
    schema: name,
    ...(options.table ? { table: options.table } : {}),
  });
  const events: OnceEvent[] = [];
  const prefix = randomUUID();
  const once = createOnce({ store, namespace: prefix, leaseMs: 5_000, onEvent: (said) => events.push(said) });
  const w = {
    store,
    ran: 0,
    fn: async (_ctx: Ctx, _id: string): Promise<unknown> => undefined,
    deliver: async (ms = 20_000) => failures(await handler(orders(options.count ?? 1), lambda(ms))),
    deliveries: () => events.flatMap((said) => (said.kind === "delivery" ? [said] : [])),
    last: () => events.findLast((said) => said.kind === "delivery"),
    row: (id: string) => `${prefix}-${id}`,
    rows: async () =>
      (
        await pool.query<{ id: string }>(`SELECT id FROM "${name}".orders WHERE id LIKE $1 ORDER BY id`, [
          `${prefix}%`,
        ])
      ).rows.length,
  };
  const source = sqs<Order>({ key: (m) => m.body.orderId, client: recordingClient().client });
  const handler = once.handler(source, (m, ctx) => {
    w.ran += 1;
    return w.fn(ctx, m.body.orderId);
  });
  return w;
}
const insert = `INSERT INTO "${name}".orders VALUES ($1)`;

async function poolAs(role: string, max = 4): Promise<pg.Pool> {
  const url = new URL(inject("postgresUrl"));
  const database = url.pathname.slice(1);
  await pool.query(`CREATE ROLE "${role}" LOGIN PASSWORD 'p'`);
  roles.push(role);
  await pool.query(
    `GRANT CONNECT ON DATABASE "${database}" TO "${role}"; GRANT USAGE ON SCHEMA "${name}" TO "${role}"`,
  );
  url.username = role;
  url.password = "p";
  const made = new pg.Pool({ connectionString: url.href, max });
  closing.push(made);
  return made;
}

describe("what is wrong with the database", () => {
  it("D-15 · a missing table: not run, reported, and the sentence names the command that makes it", async () => {
    const w = world({ table: "nowhere" });
    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.ran).toBe(0);
    expect(w.last()).toMatchObject({
      ending: "store-error",
      error: {
        code: "table-missing",
        message: expect.stringMatching(/store\.setup\(\).*effectively-once setup/),
      },
    });
  });

  it("D-15 · a role that may not write: not run, reported, and the sentence is the GRANT that is needed", async () => {
    const role = `${name}_reader`;
    const reader = await poolAs(role);
    await pool.query(`GRANT SELECT ON ALL TABLES IN SCHEMA "${name}" TO "${role}"`);
    const w = world({ pool: reader });

    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.ran).toBe(0);
    expect(w.last()).toMatchObject({
      ending: "store-error",
      error: {
        code: "store-permission",
        message: expect.stringMatching(/GRANT SELECT, INSERT, UPDATE, DELETE/),
      },
    });
    await expect(w.store.check()).rejects.toMatchObject({
      code: "store-permission",
      message: expect.stringMatching(/may not INSERT, UPDATE, DELETE on .*GRANT/),
    });
  });

  it("D-15 · a table of something else is named as such, and is not touched", async () => {
    await pool.query(`CREATE TABLE "${name}".other (id text)`);
    const w = world({ table: "other" });
    await expect(w.store.setup()).rejects.toMatchObject({ code: "table-mismatch" });
    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.last()).toMatchObject({ error: { code: "table-mismatch" } });
  });

  it("D-01 · a server that refuses connections: not run, reported, host and port named, the password never", async () => {
    const dead = new pg.Pool({ connectionString: "postgres://someone:s3cret@127.0.0.1:1/orders" });
    closing.push(dead);
    const w = world({ pool: dead });
    expect(await w.deliver(1_500)).toEqual(["m0"]);
    expect(w.ran).toBe(0);
    const error = String((w.last() as { error?: unknown }).error);
    expect(error).toMatch(/127\.0\.0\.1:1\/orders cannot be reached/);
    expect(error).not.toContain("s3cret");
  });
});

describe("what is wrong with a body", () => {
  it.each([
    [
      "the user's own COMMIT",
      (tx: pg.PoolClient) => tx.query("COMMIT"),
      "own-transaction-control",
      /return to commit/,
    ],
    [
      "the user's own ROLLBACK",
      (tx: pg.PoolClient) => tx.query("ROLLBACK"),
      "own-transaction-control",
      /throw to roll back/,
    ],
    [
      "a swallowed SQL error",
      (tx: pg.PoolClient) => tx.query(insert, ["refused"]).catch(() => {}),
      "swallowed-sql-error",
      /Let the error through, or put a SAVEPOINT/,
    ],
  ])(
    "%s is named; nothing is completed, and the message is reported and run again",
    async (_says, wrong, code, sentence) => {
      const w = world();
      w.fn = (ctx, id) =>
        ctx.commit(async (tx) => {
          await wrong(tx);
          return id;
        });
      expect(await w.deliver()).toEqual(["m0"]);
      expect(w.last()).toMatchObject({
        ending: "failed",
        error: { code, message: expect.stringMatching(sentence) },
      });

      w.fn = (ctx, id) => ctx.commit((tx) => tx.query(insert, [w.row(id)]));
      expect(await w.deliver()).toEqual([]);
      expect(w.last()).toMatchObject({ verdict: "retry", ending: "completed" });
      expect(await w.rows()).toBe(1);
    },
  );

  it("an SQL error that is let through is the handler's own, and the message is run again", async () => {
    const w = world();
    w.fn = (ctx) => ctx.commit((tx) => tx.query(insert, ["refused"]));
    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.last()).toMatchObject({ ending: "failed", error: { code: "23514" } });
  });
});

describe("many at once", () => {
  it("D-16 · ten messages, each with a transaction of its own, on a pool of two and on a pool of one", async () => {
    for (const max of [2, 1]) {
      const tight = new pg.Pool({ connectionString: inject("postgresUrl"), max });
      closing.push(tight);
      const w = world({ pool: tight, count: 10 });
      w.fn = (ctx, id) =>
        ctx.commit(async (tx) => {
          await tx.query("SELECT pg_sleep(0.01)");
          await tx.query(insert, [w.row(id)]);
        });
      expect(await w.deliver()).toEqual([]);
      expect(await w.rows()).toBe(10);
    }
  });

  it("D-17 · under SERIALIZABLE bodies that conflict are run again, and each row is there once", async () => {
    const strict = new pg.Pool({
      connectionString: inject("postgresUrl"),
      max: 8,
      options: "-c default_transaction_isolation=serializable",
    });
    closing.push(strict);
    await pool.query(`CREATE TABLE "${name}".counter (n int); INSERT INTO "${name}".counter VALUES (0)`);
    const w = world({ pool: strict, count: 10 });
    w.fn = (ctx, id) =>
      ctx.commit(async (tx) => {
        // Read, then write what was read: without a rerun on 40001 updates would be lost or fail.
        const { rows } = await tx.query<{ n: number }>(`SELECT n FROM "${name}".counter`);
        await tx.query(`UPDATE "${name}".counter SET n = $1`, [(rows[0]?.n ?? 0) + 1]);
        await tx.query(insert, [w.row(id)]);
      });
    let left = await w.deliver();
    for (let round = 0; left.length > 0 && round < 5; round += 1) left = await w.deliver();
    expect(left).toEqual([]);
    expect(await w.rows()).toBe(10);
    expect((await pool.query(`SELECT n FROM "${name}".counter`)).rows).toEqual([{ n: 10 }]);
  });
});
