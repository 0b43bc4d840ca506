/** `inbox`: an effect in a second database commits once, whatever becomes of the attempt (B-08, C-02, D-06). */

import { randomUUID } from "node:crypto";
import { inbox } from "@effectively-once/runtime/edges/inbox";
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { startCutter } from "../../../../proof/soak/cutter.ts";
import { attempts } from "./support.ts";

const url = inject("postgresUrl");
const table = `inbox_${randomUUID().slice(0, 8)}`;
const stock = `stock_${randomUUID().slice(0, 8)}`;
const pool = new pg.Pool({ connectionString: url, max: 8 });
pool.on("error", () => {});
const warehouse = inbox({ pool, table, transactionMs: 3_000 });

beforeAll(async () => {
  await Promise.all([warehouse.setup(), warehouse.setup()]);
  await pool.query(`CREATE TABLE "${stock}" (sku text PRIMARY KEY, taken int NOT NULL)`);
});
beforeEach(() => pool.query(`TRUNCATE "${stock}"`));
afterAll(async () => {
  await pool.query(`DROP TABLE "${table}", "${stock}"`);
  await pool.end();
});

const reserve = (tx: pg.PoolClient, sku = "a") =>
  tx
    .query(
      `INSERT INTO "${stock}" VALUES ($1, 1) ON CONFLICT (sku) DO UPDATE SET taken = "${stock}".taken + 1 RETURNING taken`,
      [sku],
    )
    .then(({ rows }) => ({ taken: Number(rows[0].taken) }));
const taken = async (sku = "a") =>
  Number((await pool.query(`SELECT taken FROM "${stock}" WHERE sku = $1`, [sku])).rows[0]?.taken ?? 0);

describe("in a handler", () => {
  it("B-08 · a second attempt gets what the first has committed, and writes nothing", async () => {
    const got: unknown[] = [];
    const { replies } = await attempts([
      async () => {
        got.push(await warehouse.run("reserve", (tx) => reserve(tx)));
        throw new Error("the process is gone");
      },
      async () => got.push(await warehouse.run("reserve", (tx) => reserve(tx))),
    ]);

    expect(replies).toEqual([1, 0]);
    expect(got).toEqual([{ taken: 1 }, { taken: 1 }]);
    expect(await taken()).toBe(1);
  });

  it("D-03 · what the body throws rolls back, and the next attempt does it", async () => {
    const { replies } = await attempts([
      () =>
        warehouse.run("reserve", async (tx) => {
          await reserve(tx);
          throw new Error("no");
        }),
      () => warehouse.run("reserve", (tx) => reserve(tx)),
    ]);

    expect(replies).toEqual([1, 0]);
    expect(await taken()).toBe(1);
  });

  it("a name used twice in one attempt is refused; a body that commits by itself is named", async () => {
    const twice = await attempts([
      async () => {
        await warehouse.run("reserve", (tx) => reserve(tx));
        await warehouse.run("reserve", (tx) => reserve(tx));
      },
    ]);
    const own = await attempts([
      () =>
        warehouse.run("own", async (tx) => {
          await tx.query("COMMIT");
        }),
    ]);

    expect(twice.b.events[0]).toMatchObject({ error: { code: "name-reused" } });
    expect(own.b.events[0]).toMatchObject({ error: { code: "own-transaction-control" } });
  });

  it("within keyed, under the verb's key", async () => {
    const { replies } = await attempts([
      (ctx) => ctx.keyed("reserve", ({ key }) => warehouse.with(key, (tx) => reserve(tx))),
    ]);

    expect(replies).toEqual([0]);
    expect(await taken()).toBe(1);
  });
});

describe("by itself", () => {
  it("C-02 · a zombie and its successor at the same time: one commits, both get its answer", async () => {
    const key = randomUUID();
    const all = await Promise.all(Array.from({ length: 6 }, () => warehouse.with(key, (tx) => reserve(tx))));

    expect(all).toEqual(Array.from({ length: 6 }, () => ({ taken: 1 })));
    expect(await taken()).toBe(1);
  });

  it(
    "D-06 · connections cut before a statement arrives and after it was done: once each, none lost",
    { timeout: 60_000 },
    async () => {
      const cutter = await startCutter(url, 0.04, () => Math.random());
      const cutPool = new pg.Pool({ connectionString: cutter.url, max: 4, connectionTimeoutMillis: 2_000 });
      cutPool.on("error", () => {});
      const through = inbox({ pool: cutPool, table, transactionMs: 3_000 });
      try {
        for (let index = 0; index < 150; index += 1) {
          const key = randomUUID();
          for (let tries = 1; ; tries += 1)
            try {
              await through.with(key, (tx) => reserve(tx, `sku-${index}`));
              break;
            } catch (error) {
              // As a redelivery would; a body that sees its connection break must throw.
              if (tries > 30) throw error;
            }
        }
        expect(cutter.cuts.before + cutter.cuts.after).toBeGreaterThan(10);
      } finally {
        cutter.calm();
        await cutPool.end();
        await cutter.close();
      }
      const { rows } = await pool.query(`SELECT count(*)::int AS rows, max(taken) AS most FROM "${stock}"`);
      expect(rows).toEqual([{ rows: 150, most: 1 }]);
    },
  );

  it("prune removes what is older than the retention, and nothing else", async () => {
    const old = inbox({ pool, table, retentionMs: 1_000 });
    const [oldKey, newKey] = [randomUUID(), randomUUID()];
    await old.with(oldKey, async () => null);
    await pool.query(`UPDATE "${table}" SET done_at_ms = done_at_ms - 5000 WHERE key = $1`, [oldKey]);
    await old.with(newKey, async () => null);
    await old.prune();

    const { rows } = await pool.query(`SELECT key FROM "${table}" WHERE key = ANY($1)`, [[oldKey, newKey]]);
    expect(rows).toEqual([{ key: newKey }]);
  });

  it("outside a handler run is refused and says what to use", async () => {
    await expect(warehouse.run("x", async () => 1)).rejects.toMatchObject({ code: "edge-outside-handler" });
    await expect(warehouse.with("", async () => 1)).rejects.toMatchObject({ code: "invalid-key" });
  });
});
