/** D-06 · what became of a COMMIT whose answer was lost, in each way in which the record can tell of it. */

import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Owner, Step, StepChange } from "../../src/store.ts";
import { postgresStore } from "../../src/stores/postgres/index.ts";
import { arrived, type AtCommit, cutAt, neverArrived } from "./postgres-support.ts";

const url = inject("postgresUrl");
const schema = `once_settle_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
const pool = new pg.Pool({ connectionString: url, max: 6 });
pool.on("error", () => {});
const store = postgresStore({ pool, schema });
const table = `"${schema}"."effectively_once_records"`;

beforeAll(async () => {
  await store.setup();
  await pool.query(`CREATE TABLE "${schema}".orders (id text);
    CREATE FUNCTION "${schema}".slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.5); RETURN NULL; END $$;
    CREATE TABLE "${schema}".slow_orders (id text);
    CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON "${schema}".slow_orders DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION "${schema}".slow()`);
});
afterAll(async () => {
  await pool.query(`DROP SCHEMA "${schema}" CASCADE`);
  await pool.end();
});

async function win(): Promise<Owner> {
  const id = randomUUID();
  const token = randomUUID();
  const [claim] = await store.claim([
    { id, scope: "s", label: id, token, leaseMs: 30_000, runMs: 60_000, retentionMs: 3_600_000 },
  ]);
  if (claim?.kind !== "won") throw new Error(`not won: ${claim?.kind}`);
  return { id, token, fence: claim.fence };
}

const done: Step = { kind: "transact", state: "done", atMs: 1_000 };
const both: StepChange = { set: { order: done, invoice: { ...done, value: '"i_1"' } } };

async function transacted(
  owner: Owner,
  instead: AtCommit,
  change: StepChange | { readonly complete: object } = both,
  rows = "orders",
): Promise<{ readonly kind: string | undefined; readonly bodies: number; readonly rows: number | null }> {
  let bodies = 0;
  const committed = await cutAt(pool, schema, instead).transact?.(
    {
      owner,
      retentionMs: 3_600_000,
      change: () => change,
      timeLimitMs: 5_000,
      signal: new AbortController().signal,
    },
    async (tx) => {
      bodies += 1;
      await tx.query(`INSERT INTO "${schema}".${rows} VALUES ($1)`, [owner.id]);
    },
  );
  const found = await pool.query(`SELECT 1 FROM "${schema}".${rows} WHERE id = $1`, [owner.id]);
  return { kind: committed?.kind, bodies, rows: found.rowCount };
}

describe("D-06 · a COMMIT of steps whose answer was lost", () => {
  it("is known by the very steps that were sent", async () => {
    expect(await transacted(await win(), arrived)).toEqual({ kind: "committed", bodies: 1, rows: 1 });
  });

  it("runs its body again when it never arrived, also over an intent of the same name, instant and value", async () => {
    const owner = await win();
    const intent: Step = { kind: "plain", state: "intent", atMs: done.atMs };
    await store.checkpoint([{ ...owner, retentionMs: 3_600_000, change: { set: { order: intent } } }]);

    expect(await transacted(owner, neverArrived(pool), { set: { order: done } })).toEqual({
      kind: "committed",
      bodies: 2,
      rows: 1,
    });
  });

  it("is waited for while the server is still at it", async () => {
    const pending: AtCommit = async (client) => void client.query("COMMIT").catch(() => {});

    for (const change of [both, { complete: {} }])
      expect(await transacted(await win(), pending, change, "slow_orders")).toEqual({
        kind: "committed",
        bodies: 1,
        rows: 1,
      });
  });
});

describe("D-06 · C-01 · a COMMIT that never arrived, whose record is no longer its own,", () => {
  it.each([
    ["gone", `DELETE FROM ${table} WHERE id = $1`],
    ["another's", `UPDATE ${table} SET token = 'another', fence = fence + 1 WHERE id = $1`],
    ["released", `UPDATE ${table} SET state = 'released' WHERE id = $1`],
  ])("is fenced, and its body does not run again: %s", async (_what, sql) => {
    for (const change of [both, { complete: {} }]) {
      const owner = await win();
      const lost: AtCommit = async (client) => {
        await neverArrived(pool)(client);
        await pool.query(sql, [owner.id]);
      };

      expect(await transacted(owner, lost, change)).toEqual({ kind: "fenced", bodies: 1, rows: 0 });
    }
  });
});
