import { randomUUID } from "node:crypto";
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import type { ClaimRequest, StoredRecord } from "../../src/store.ts";
import { postgresStore } from "../../src/stores/postgres/index.ts";
import { arrived, cutAt, neverArrived } from "./postgres-support.ts";

const url = inject("postgresUrl");
const schema = `once_${randomUUID().replaceAll("-", "").slice(0, 12)}`;
const pool = new pg.Pool({ connectionString: url, max: 10 });
pool.on("error", () => {});
const store = postgresStore({ pool, schema });
const table = `"${schema}"."effectively_once_records"`;

beforeAll(async () => {
  await Promise.all([store.setup(), store.setup(), store.setup()]);
  await pool.query(`CREATE TABLE "${schema}".orders (id text)`);
});
afterAll(async () => {
  await pool.query(`DROP SCHEMA "${schema}" CASCADE`);
  await pool.end();
});

const ask = (id: string, more: Partial<ClaimRequest> = {}): ClaimRequest => ({
  id,
  scope: "s",
  label: id,
  token: randomUUID(),
  leaseMs: 30_000,
  runMs: 60_000,
  retentionMs: 3_600_000,
  ...more,
});
const fresh = () => randomUUID();
const retentionMs = 3_600_000;

async function win(id: string) {
  const request = ask(id);
  const [claim] = await store.claim([request]);
  if (claim?.kind !== "won") throw new Error(`not won: ${claim?.kind}`);
  return { id, token: request.token, fence: claim.fence };
}
const orders = async (id: string) =>
  (await pool.query(`SELECT 1 FROM "${schema}".orders WHERE id = $1`, [id])).rowCount;
const commit = (owner: { id: string; token: string; fence: number }, more: object = {}) => ({
  owner,
  retentionMs,
  change: () => ({ complete: {} }),
  timeLimitMs: 5_000,
  signal: new AbortController().signal,
  ...more,
});

describe("postgres", () => {
  it("A-05 · of 200 claims of one key exactly one wins", async () => {
    const id = fresh();
    const claims = (await Promise.all(Array.from({ length: 200 }, () => store.claim([ask(id)])))).flat();
    expect(claims.filter((claim) => claim.kind === "won")).toHaveLength(1);
    expect(claims.filter((claim) => claim.kind === "busy")).toHaveLength(199);
  });

  it("ten new claims, ten completions and ten duplicates take one round trip each", async () => {
    let trips = 0;
    const counting = postgresStore({
      schema,
      pool: {
        connect: () => pool.connect(),
        query: (sql: string, values?: unknown[]) => (trips++, pool.query(sql, values)),
      },
    });
    const requests = Array.from({ length: 10 }, () => ask(fresh()));
    await counting.claim(requests);
    expect(trips).toBe(1);
    await counting.complete(requests.map(({ id, token }) => ({ id, token, fence: 1, retentionMs })));
    expect(trips).toBe(2);
    const again = await counting.claim(requests.map((request) => ({ ...request, token: fresh() })));
    expect(trips).toBe(3);
    expect(again.every((claim) => claim.kind === "duplicate")).toBe(true);
  });

  it("D-04 · D-08 · the condition in SQL and the claim table answer alike, and leave the same record", async () => {
    const arbitrary = fc.record({
      version: fc.constantFrom(1, 1, 1, 2),
      state: fc.constantFrom("claimed", "failed", "released", "completed"),
      token: fc.constantFrom("mine", "other"),
      leaseOver: fc.boolean(),
      expired: fc.constantFrom(false, false, true, undefined),
      fingerprint: fc.constantFrom("f", "g", undefined),
      verdict: fc.constantFrom("first", "retry", "takeover"),
      open: fc.boolean(),
      held: fc.boolean(),
      noTakeover: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async (given) => {
        const id = fresh();
        const now = Date.now();
        const steps = given.open ? { x: { kind: "plain", state: "intent", atMs: 1, open: true } } : {};
        const expiresAt = given.open || given.expired === undefined ? null : given.expired ? 1 : now + 1e9;
        await pool.query(
          `INSERT INTO ${table} VALUES ($1,$2,'s','l',$3,$4,3,4,5,$5,$6,$7,$8,'m','fn','c',1,$9,7,$10,$11,$12,null)`,
          [
            id,
            given.version,
            given.state,
            given.token,
            given.leaseOver ? 1 : now + 1e9,
            now + 1e9,
            expiresAt,
            given.fingerprint ?? null,
            given.verdict,
            given.held ? 9 : null,
            JSON.stringify(steps),
            given.open,
          ],
        );
        const [before] = await store.read([id]);
        const request = ask(id, { token: "mine", fingerprint: "f", noTakeover: given.noTakeover });
        const [claim] = await store.claim([request]);
        const [after] = await store.read([id]);
        const expected = decide(before, request, now);
        expect(shape(claim)).toEqual(shape(expected.claim));
        expect(rough(after)).toEqual(rough(expected.write ?? before));
      }),
      { numRuns: 400 },
    );
  });

  it("overlapping batches in opposite orders do not deadlock", async () => {
    const owners = await Promise.all(Array.from({ length: 20 }, () => win(fresh())));
    const items = owners.map((owner) => ({ ...owner, leaseMs: 30_000, retentionMs }));
    const rounds = Array.from({ length: 60 }, (_, round) =>
      store.renew(round % 2 ? items : [...items].reverse()),
    );
    expect((await Promise.all(rounds)).flat().every((written) => written.kind === "written")).toBe(true);
  });

  it("C-02 · C-03 · C-04 · a superseded owner can neither complete, fail, renew nor remember", async () => {
    const id = fresh();
    const zombie = await win(id);
    await pool.query(`UPDATE ${table} SET lease_until_ms = 1 WHERE id = $1`, [id]);
    const heir = await win(id);
    const items = [{ ...zombie, retentionMs, leaseMs: 1_000, change: { set: {} } }];
    for (const operation of ["complete", "fail", "renew", "checkpoint", "release"] as const)
      expect(await store[operation](items), operation).toEqual([{ kind: "fenced" }]);
    expect(await store.complete([{ ...heir, retentionMs }])).toEqual([{ kind: "written" }]);
    expect(await store.complete([{ ...heir, retentionMs }])).toEqual([{ kind: "written" }]);
  });

  it("a step only moves forward, and an intent that was cleared is gone", async () => {
    const owner = await win(fresh());
    const step = (state: "intent" | "done", open?: boolean) => ({
      kind: "plain" as const,
      state,
      atMs: 1,
      open,
      value: '"\\u0000\\ud800"',
    });
    await store.checkpoint([
      { ...owner, retentionMs, change: { set: { a: step("done"), b: step("intent", true) } } },
    ]);
    await store.checkpoint([
      { ...owner, retentionMs, change: { set: { a: step("intent", true) }, clear: ["b"] } },
    ]);
    const [record] = await store.read([owner.id]);
    expect(record?.steps).toEqual({
      a: { kind: "plain", state: "done", atMs: 1, value: '"\\u0000\\ud800"' },
    });
    expect(record?.expiresAtMs).toBeDefined();
  });

  it("B-03 · rows and record commit together, or neither", async () => {
    const owner = await win(fresh());
    const body = (fail: boolean) => async (tx: pg.PoolClient) => {
      await tx.query(`INSERT INTO "${schema}".orders VALUES ($1)`, [owner.id]);
      if (fail) throw new Error("no stock");
      return 1;
    };
    expect(await store.transact?.(commit(owner), body(true))).toMatchObject({
      kind: "rolled-back",
      error: { message: "no stock" },
    });
    expect(await orders(owner.id)).toBe(0);
    expect(await store.transact?.(commit(owner), body(false))).toEqual({ kind: "committed", value: 1 });
    expect(await orders(owner.id)).toBe(1);
    expect((await store.claim([ask(owner.id)]))[0]).toMatchObject({ kind: "duplicate" });
  });

  it("C-01 · a superseded attempt's rows are rolled back", async () => {
    const id = fresh();
    const zombie = await win(id);
    await pool.query(`UPDATE ${table} SET lease_until_ms = 1 WHERE id = $1`, [id]);
    await win(id);
    const done = await store.transact?.(commit(zombie), (tx) =>
      tx.query(`INSERT INTO "${schema}".orders VALUES ($1)`, [id]),
    );
    expect(done).toEqual({ kind: "fenced" });
    expect(await orders(id)).toBe(0);
  });

  it("a body's own COMMIT and a swallowed SQL error are named, and nothing is completed", async () => {
    const one = await win(fresh());
    expect(await store.transact?.(commit(one), (tx) => tx.query("COMMIT"))).toMatchObject({
      error: { code: "own-transaction-control" },
    });
    const two = await win(fresh());
    const swallowing = async (tx: pg.PoolClient) => void (await tx.query("SELECT 1/0").catch(() => {}));
    expect(await store.transact?.(commit(two), swallowing)).toMatchObject({
      error: { code: "swallowed-sql-error" },
    });
    expect((await store.read([one.id, two.id])).map((record) => record?.state)).toEqual([
      "claimed",
      "claimed",
    ]);
  });

  it("D-06 · a COMMIT whose answer was lost is found committed, and one that never arrived runs its body again", async () => {
    for (const arrives of [true, false]) {
      const owner = await win(fresh());
      const cutting = cutAt(pool, schema, arrives ? arrived : neverArrived(pool));
      let bodies = 0;
      const done = await cutting.transact?.(commit(owner), async (tx) => {
        bodies += 1;
        await tx.query(`INSERT INTO "${schema}".orders VALUES ($1)`, [owner.id]);
      });
      expect(done).toMatchObject({ kind: "committed" });
      expect(bodies).toBe(arrives ? 1 : 2);
      expect(await orders(owner.id)).toBe(1);
    }
  });

  it("D-16 · ten transactions at once on two connections, and on one, all commit", async () => {
    for (const max of [2, 1]) {
      const small = new pg.Pool({ connectionString: url, max });
      const tight = postgresStore({ pool: small, schema });
      const owners = await Promise.all(Array.from({ length: 10 }, () => win(fresh())));
      const done = await Promise.all(
        owners.map((owner) => tight.transact?.(commit(owner), (tx) => tx.query("SELECT pg_sleep(0.01)"))),
      );
      await small.end();
      expect(done.map((one) => one?.kind)).toEqual(Array(10).fill("committed"));
    }
  });

  it("D-17 · under REPEATABLE READ and SERIALIZABLE claims and completions conflict without an error", async () => {
    for (const level of ["repeatable read", "serializable"]) {
      const strict = new pg.Pool({
        connectionString: url,
        max: 5,
        options: `-c default_transaction_isolation=${level.replace(" ", "\\ ")}`,
      });
      const db = postgresStore({ pool: strict, schema });
      const id = fresh();
      const claims = (await Promise.all(Array.from({ length: 20 }, () => db.claim([ask(id)])))).flat();
      await strict.end();
      expect(claims.filter((claim) => claim.kind === "won")).toHaveLength(1);
      expect(claims.filter((claim) => claim.kind === "busy")).toHaveLength(19);
    }
  });

  it("D-18 · a claim that meets an uncommitted one which rolls back is won, not a duplicate", async () => {
    const id = fresh();
    const client = await pool.connect();
    await client.query("BEGIN");
    await client.query(
      `INSERT INTO ${table} SELECT $1,1,'s','l','completed','t',1,1,1,1,1,null,null,null,null,null,0,'first',1,null,'{}',false,null`,
      [id],
    );
    const second = store.claim([ask(id)]);
    await client.query("ROLLBACK");
    client.release();
    expect((await second)[0]).toMatchObject({ kind: "won", verdict: "first" });
  });

  it("a record that stays locked answers busy, and the others of its batch are claimed", async () => {
    const [locked, free] = [fresh(), fresh()];
    await win(locked);
    const client = await pool.connect();
    await client.query("BEGIN");
    await client.query(`SELECT 1 FROM ${table} WHERE id = $1 FOR UPDATE`, [locked]);
    const claims = await postgresStore({ pool, schema, lockTimeoutMs: 50 }).claim([ask(locked), ask(free)]);
    await client.query("ROLLBACK");
    client.release();
    expect(claims.map((claim) => claim.kind)).toEqual(["busy", "won"]);
  });

  it("D-14 · a record of a newer version is an error, never a duplicate", async () => {
    const owner = await win(fresh());
    await pool.query(`UPDATE ${table} SET version = 2, state = 'completed' WHERE id = $1`, [owner.id]);
    expect((await store.claim([ask(owner.id)]))[0]).toMatchObject({
      kind: "error",
      error: { code: "record-unreadable" },
    });
  });

  it("D-01 · D-15 · a missing table and an unreachable server each name the fix", async () => {
    await expect(postgresStore({ pool, schema, table: "nowhere" }).check()).rejects.toMatchObject({
      code: "table-missing",
      message: /setup\(\)/,
    });
    const dead = new pg.Pool({ host: "127.0.0.1", port: 1 });
    await expect(postgresStore({ pool: dead }).check()).rejects.toMatchObject({ code: "store-unreachable" });
  });

  it("the time limit closes the connection and commits nothing", async () => {
    const owner = await win(fresh());
    const done = await store.transact?.(commit(owner, { timeLimitMs: 100 }), async (tx) => {
      await tx.query(`INSERT INTO "${schema}".orders VALUES ($1)`, [owner.id]);
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    expect(done).toMatchObject({ kind: "rolled-back", error: { code: "transaction-timeout" } });
    expect(await orders(owner.id)).toBe(0);
  });
});

function shape(claim: { kind: string } | undefined) {
  const all = (claim ?? {}) as Record<string, unknown>;
  return {
    kind: all["kind"],
    verdict: all["verdict"],
    fence: all["fence"],
    attempts: all["attempts"],
    generation: all["generation"],
    steps: all["steps"],
  };
}

/** Without what only the server's clock knows. */
function rough(record: StoredRecord | undefined) {
  if (!record) return undefined;
  const {
    leaseUntilMs: _lease,
    runUntilMs: _run,
    firstAttemptAtMs: _first,
    expiresAtMs,
    heldAtMs,
    ...rest
  } = record;
  return { ...rest, expires: expiresAtMs !== undefined, held: heldAtMs !== undefined };
}
