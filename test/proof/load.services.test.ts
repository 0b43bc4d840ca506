/** Load, and stores that go away under it, on the real stores. Numbers of the scenarios are scaled down where a name says so. */

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "@effectively-once/runtime";
import type { Store } from "@effectively-once/runtime/store";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { PLACE_NAMES, PLACES } from "../../proof/places.ts";
import { startCutter } from "../../proof/soak/cutter.ts";
import { message, openStand, type Stand, tens, widely, worker } from "./world.ts";

const urls = { sqlite: "", postgres: inject("postgresUrl"), dynamodb: inject("dynamodbUrl") };
const ids = (count: number, prefix: string): readonly string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** Counts the store's operations. */
function counting(inner: Store<unknown>): {
  readonly store: Store<unknown>;
  readonly calls: Record<string, number>;
} {
  const calls: Record<string, number> = {};
  const through =
    <Items, Answer>(name: string, call: (items: Items) => Promise<Answer>) =>
    (items: Items): Promise<Answer> => {
      calls[name] = (calls[name] ?? 0) + 1;
      return call(items);
    };
  const store: Store<unknown> = {
    ...inner,
    claim: through("claim", inner.claim),
    complete: through("complete", inner.complete),
    fail: through("fail", inner.fail),
    release: through("release", inner.release),
    renew: through("renew", inner.renew),
    checkpoint: through("checkpoint", inner.checkpoint),
  };
  return { store, calls };
}

describe.each(PLACE_NAMES.map((place) => ({ place })))("$place", ({ place }) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand(place, urls[place]);
  });
  afterAll(() => stand.close());

  it("H-01 · 1,000 deliveries of one key: one effect, and a duplicate of what is done costs one claim and no write", async () => {
    const counted = counting(stand.store);
    let effects = 0;
    const w = worker(
      counted.store,
      async (_m, ctx) => {
        await ctx.repeatable("effect", async () => {
          effects += 1;
          await sleep(20);
        });
      },
      { namespace: "h01" },
    );
    // At once: one runs, the others find it busy, and most find it done when they ask again.
    await widely(ids(100, "first"), 100, () => w.deliver(message("hot")));
    expect(effects).toBe(1);
    expect(w.said.filter(({ ending }) => ending === "completed")).toHaveLength(1);
    expect(new Set(w.said.map(({ ending }) => ending))).not.toContain("failed");
    const before = { ...counted.calls };

    await widely(ids(900, "then"), 30, () => w.deliver(message("hot")));

    expect(effects).toBe(1);
    expect(w.said.slice(100).filter(({ verdict }) => verdict === "duplicate")).toHaveLength(900);
    expect({ ...counted.calls, claim: (counted.calls["claim"] ?? 0) - 900 }).toEqual(before);
  }, 240_000);

  it("H-03 · a backlog of 1,200 deliveries (for 100,000), half of them duplicates: none lost, none doubled, the second half no slower by a multiple", async () => {
    const rows = ids(600, "backlog");
    const charged = new Map<string, Set<string>>();
    const w = worker(
      stand.store,
      async (m, ctx) => {
        await ctx.keyed("charge", async ({ key }) => {
          const known = charged.get(m.body.id) ?? new Set();
          charged.set(m.body.id, known.add(key));
        });
      },
      { namespace: "h03" },
    );
    const took: number[] = [];
    for (const half of [rows.slice(0, 300), rows.slice(300)]) {
      const startedMs = performance.now();
      // Twice each, far enough apart that the second finds what the first has done or is doing.
      let open: readonly string[] = [...half, ...half.toReversed()];
      for (let round = 0; open.length > 0 && round < 10; round += 1) {
        const again: string[] = [];
        await widely(tens(open), 4, async (ten) => {
          again.push(...(await w.deliver(...ten.map((id) => message(id)))));
        });
        open = again;
      }
      expect(open).toEqual([]);
      took.push(performance.now() - startedMs);
    }

    expect(charged.size).toBe(600);
    expect([...charged.values()].filter((keys) => keys.size !== 1)).toEqual([]);
    expect(w.said.filter(({ ending }) => ending === "completed")).toHaveLength(600);
    expect(took[1]).toBeLessThan(5 * (took[0] ?? 0) + 2_000);
  }, 240_000);

  it("H-06 · handlers that take twice the visibility timeout: every message ends after one run, however often it comes again meanwhile", async () => {
    const visibilityMs = 1_500;
    let runs = 0;
    const options = { namespace: "h06", leaseMs: 4_000 };
    const fn = async (): Promise<void> => {
      runs += 1;
      await sleep(2 * visibilityMs);
    };
    // The heartbeat keeps leases; that nothing keeps the messages invisible is the storm.
    const workers = [worker(stand.store, fn, options), worker(stand.again().store, fn, options)];
    const jobs = ids(5, "slow");
    const open = new Set(jobs);
    const deliver = async (round: number): Promise<void> => {
      const batch = [...open];
      const left = await workers[round % 2]?.deliver(...batch.map((id) => message(id, id, round + 1)));
      for (const id of batch) if (!left?.includes(id)) open.delete(id);
    };
    const storm: Promise<void>[] = [];
    for (let round = 0; open.size > 0 && round < 20; round += 1) {
      storm.push(deliver(round));
      await sleep(visibilityMs);
    }
    await Promise.all(storm);

    expect(open.size).toBe(0);
    expect(runs).toBe(jobs.length);
  }, 120_000);
});

describe.each([{ place: "postgres" }, { place: "dynamodb" }] as const)("$place", ({ place }) => {
  it("D-21 · every connection cut, and refused for two seconds, under load: none lost, none doubled, and the workers go on by themselves", async () => {
    let begun = 0;
    let done = 0;
    const stand = await openStand(place, urls[place]);
    const cutter = await startCutter(urls[place], 0, () => 1);
    try {
      const far = stand.again(cutter.url);
      const w = worker(
        far.store,
        async (m, ctx) => {
          begun += 1;
          await ctx.commit((tx) => far.addRow(tx, m.body.id));
          done += 1;
        },
        { namespace: "d21", leaseMs: 2_000 },
      );
      const jobs = ids(60, "row");
      let open: readonly string[] = jobs;
      let doneBefore = 0;
      const outage = (async () => {
        // In the middle of the work, however fast the machine is.
        while (begun < 5) await sleep(2);
        doneBefore = done;
        cutter.down();
        await sleep(2_000);
        cutter.up();
      })();
      for (let round = 0; open.length > 0 && round < 60; round += 1) {
        const again: string[] = [];
        await widely(tens(open), 3, async (ten) => {
          again.push(...(await w.deliver(...ten.map((id) => message(id)))));
        });
        open = again;
        if (open.length > 0) await sleep(500);
      }
      await outage;
      // Once more after the outage, whenever that was: who has survived it must work.
      expect(await w.deliver(message("after"))).toEqual([]);

      expect(open).toEqual([]);
      const rows = await stand.rows();
      expect([...rows].filter(([, count]) => count !== 1)).toEqual([]);
      expect(rows.size).toBe(jobs.length + 1);
      // Whether the engine's own tries outlast the outage, or messages come again, it has met most of them.
      expect(doneBefore).toBeLessThan(jobs.length / 2);
    } finally {
      await stand.close();
      await cutter.close();
    }
  }, 180_000);
});

it("H-02 · 100 cold starts at once (for 1,000) with a pool of one each, on a Postgres that takes ten connections: refused is reported, nothing is lost", async () => {
  const stand = await openStand("postgres", urls.postgres);
  const admin = new pg.Pool({ connectionString: urls.postgres, max: 1 });
  const role = `once_load_${randomBytes(5).toString("hex")}`;
  try {
    await admin.query(`CREATE ROLE "${role}" LOGIN PASSWORD 'p' CONNECTION LIMIT 10`);
    const { name } = stand.at;
    await admin.query(
      `GRANT USAGE ON SCHEMA "${name}" TO "${role}"; GRANT ALL ON ALL TABLES IN SCHEMA "${name}" TO "${role}"`,
    );
    const url = new URL(urls.postgres);
    url.username = role;
    url.password = "p";
    const jobs = ids(100, "cold");
    let open: readonly string[] = jobs;
    let reported = 0;
    for (let round = 0; open.length > 0 && round < 40; round += 1) {
      const again: string[] = [];
      await widely(open, 100, async (id) => {
        const cold = PLACES.postgres({ url: url.href, name: stand.at.name }, { connections: 1 });
        const w = worker(cold.store, (m, ctx) => ctx.commit((tx) => cold.addRow(tx, m.body.id)), {
          namespace: "h02",
          leaseMs: 3_000,
        });
        again.push(...(await w.deliver(message(id))));
        await cold.close();
      });
      reported += again.length;
      open = again;
      if (open.length > 0) await sleep(300);
    }

    expect(open).toEqual([]);
    expect([...(await stand.rows()).values()]).toEqual(jobs.map(() => 1));
    expect(reported).toBeLessThan(40 * jobs.length);
  } finally {
    await stand.close();
    await admin.query(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`).catch(() => {});
    await admin.end();
  }
}, 240_000);

describe("H-04 · 200,000 expired records (for ten million)", () => {
  const COUNT = 200_000;
  const columns = `id, version, scope, label, state, token, fence, attempts, rev, lease_until_ms, run_until_ms, expires_at_ms,
    generation, verdict, first_attempt_at_ms, steps, open`;
  const values = (open: string) =>
    `'expired-' || n, 1, 's', 'l', 'completed', 't', 1, 1, 1, 1, 1, 1000 + n, 0, 'first', 1, '{}', ${open}`;

  async function fill(stand: Stand): Promise<void> {
    if (stand.at.name && stand.at.url.startsWith("postgres")) {
      const client = new pg.Client({ connectionString: stand.at.url });
      await client.connect();
      await client.query(
        `INSERT INTO "${stand.at.name}".effectively_once_records (${columns}) SELECT ${values("false")} FROM generate_series(1, ${COUNT}) n`,
      );
      await client.end();
      return;
    }
    const db = new DatabaseSync(stand.at.url, { timeout: 10_000 });
    db.exec(
      `INSERT INTO effectively_once_records (${columns})
       WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${COUNT}) SELECT ${values("0")} FROM numbers`,
    );
    db.close();
  }

  /** Of single claims of fresh keys, the middle one. */
  async function claimMs(store: Store<unknown>): Promise<number> {
    const w = worker(store, async () => {}, { namespace: randomBytes(4).toString("hex") });
    const took: number[] = [];
    for (const id of ids(41, "timed")) {
      const startedMs = performance.now();
      await w.deliver(message(id));
      took.push(performance.now() - startedMs);
    }
    return took.sort((a, b) => a - b)[20] ?? 0;
  }

  it.each([{ place: "postgres" }, { place: "sqlite" }] as const)(
    "$place: a claim takes as long as before, and the deletion goes in small pieces beside claims",
    async ({ place }) => {
      const stand = await openStand(place, urls[place]);
      try {
        const store = stand.store as Store<unknown> & {
          deleteExpired(options?: { readonly limit?: number }): Promise<number>;
        };
        const before = await claimMs(store);
        await fill(stand);
        const after = await claimMs(store);
        expect(after).toBeLessThan(5 * before + 20);

        let deleted = 0;
        const claims: Promise<number>[] = [];
        for (let piece = 0; piece < 5; piece += 1) {
          claims.push(claimMs(store));
          const gone = await store.deleteExpired({ limit: 1_000 });
          expect(gone).toBe(1_000);
          deleted += gone;
        }
        for (const ms of await Promise.all(claims)) expect(ms).toBeLessThan(20 * before + 500);
        expect(deleted).toBe(5_000);
      } finally {
        await stand.close();
      }
    },
    180_000,
  );
});

describe("C-07 · workers whose clocks are ten minutes apart", () => {
  const skewed = (offsetMs: number): Clock => ({
    wallMs: () => Date.now() + offsetMs,
    monotonicMs: () => performance.now(),
    after: (ms, fn) => {
      const timer = setTimeout(fn, Math.max(0, ms));
      return () => clearTimeout(timer);
    },
  });

  it.each([
    ["fast", 600_000],
    ["slow", -600_000],
  ])(
    "on Postgres, a %s clock neither steals a live lease nor keeps a dead one: the server's decides",
    async (_says, offsetMs) => {
      const stand = await openStand("postgres", urls.postgres);
      try {
        const clock = skewed(offsetMs);
        let ran = 0;
        let finish = (): void => {};
        const until = new Promise<void>((resolve) => {
          finish = resolve;
        });
        const right = worker(
          stand.store,
          async () => {
            ran += 1;
            await until;
          },
          { namespace: "c07" },
        );
        const wrong = worker(
          stand.again().store,
          async () => {
            ran += 1;
          },
          { namespace: "c07", clock },
        );
        const running = right.deliver(message("live"));
        while (ran === 0) await sleep(10);
        expect(await wrong.deliver(message("live"))).toEqual(["live"]);
        expect(wrong.said.at(-1)?.verdict).toBe("busy");
        finish();
        expect(await running).toEqual([]);
        expect(ran).toBe(1);

        // A claim of which nothing is heard again, and whose lease is over.
        const [claim] = await stand.store.claim([
          {
            id: wrong.idOf("dead"),
            scope: "s",
            label: "dead",
            token: "gone",
            leaseMs: 30_000,
            runMs: 30_000,
            retentionMs: 60_000,
          },
        ]);
        expect(claim?.kind).toBe("won");
        await stand.age(wrong.idOf("dead"));
        expect(await wrong.deliver(message("dead"))).toEqual([]);
        expect(wrong.said.at(-1)?.verdict).toBe("takeover");
      } finally {
        await stand.close();
      }
    },
  );
});
