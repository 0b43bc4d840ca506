import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { CLOCK_MARGIN_MS } from "../../src/stores/dynamodb/index.ts";
import {
  ask,
  type Bench,
  freshId,
  kindOf,
  retentionMs,
  setAttribute,
  skewedClock,
  startBench,
  win,
} from "./dynamodb-support.ts";

const endpoint = inject("dynamodbUrl");
const MINUTES = 60_000;
const write = "BatchExecuteStatement";
let bench: Bench;

describe("DynamoDB and clocks", () => {
  beforeAll(async () => {
    bench = await startBench(endpoint);
  });
  beforeEach(() => {
    bench.proxy.fault = undefined;
    bench.proxy.asked.length = 0;
  });
  afterAll(() => bench.close());

  const record = async (id: string) => (await bench.store.read([id]))[0];
  const leaseLeftMs = async (id: string) => ((await record(id))?.leaseUntilMs ?? 0) - Date.now();

  describe.each([
    ["20 s ahead", 20_000],
    ["20 s behind", -20_000],
    ["10 min ahead", 10 * MINUTES],
    ["10 min behind", -10 * MINUTES],
  ])("C-07 · a worker whose clock is %s", (_what, offsetMs) => {
    it("writes a lease of the right length with its very first claim, and the others respect it", async () => {
      const wrong = bench.through({ clock: skewedClock(offsetMs) });
      const owner = await win(wrong);

      expect(await leaseLeftMs(owner.id)).toBeGreaterThan(20_000);
      expect(await leaseLeftMs(owner.id)).toBeLessThan(32_000);
      expect(await record(owner.id)).toMatchObject({ fence: 1, attempts: 1, verdict: "first" });
      const { runUntilMs = 0, firstAttemptAtMs = 0, expiresAtMs = 0 } = (await record(owner.id)) ?? {};
      for (const wrongByMs of [
        runUntilMs - Date.now() - 60_000,
        firstAttemptAtMs - Date.now(),
        expiresAtMs - Date.now() - 30_000 - retentionMs,
      ]) {
        expect(wrongByMs).toBeGreaterThan(-10_000);
        expect(wrongByMs).toBeLessThan(3_000);
      }
      expect((await bench.store.claim([ask(owner.id)])).map(kindOf)).toEqual(["busy"]);
    });

    it("takes no live lease from others, and takes over one that has run out", async () => {
      const wrong = bench.through({ clock: skewedClock(offsetMs) });
      const owner = await win(bench.store);
      expect((await wrong.claim([ask(owner.id)])).map(kindOf)).toEqual(["busy"]);

      const untilMs = Date.now() - CLOCK_MARGIN_MS - 3_000;
      await setAttribute(bench.client, bench.table, owner.id, "lease_until_ms", { N: String(untilMs) });
      expect((await wrong.claim([ask(owner.id)])).map(kindOf)).toEqual(["won takeover"]);
      expect(await leaseLeftMs(owner.id)).toBeGreaterThan(20_000);
      expect((await bench.store.claim([ask(owner.id)])).map(kindOf)).toEqual(["busy"]);
    });

    it("judges expired and live records as everybody does", async () => {
      const wrong = bench.through({ clock: skewedClock(offsetMs) });
      const owner = await win(bench.store);
      await bench.store.complete([{ ...owner, retentionMs: 60_000 }]);

      expect((await wrong.claim([ask(owner.id)])).map(kindOf)).toEqual(["duplicate"]);
      const expiredMs = Date.now() - CLOCK_MARGIN_MS - 3_000;
      await setAttribute(bench.client, bench.table, owner.id, "expires_at_ms", { N: String(expiredMs) });
      expect((await wrong.claim([ask(owner.id)])).map(kindOf)).toEqual(["won first"]);
    });
  });

  it("C-07 · a clock that is right costs no further request, and one that is wrong costs one, once", async () => {
    await win(bench.watched);
    expect(bench.proxy.counts()).toEqual({ [write]: 1 });

    bench.proxy.asked.length = 0;
    const wrong = bench.through({ clock: skewedClock(-10 * MINUTES) });
    await wrong.claim(Array.from({ length: 10 }, () => ask(freshId())));
    expect(bench.proxy.counts()).toEqual({ [write]: 2 });
    await wrong.claim(Array.from({ length: 10 }, () => ask(freshId())));
    expect(bench.proxy.counts()).toEqual({ [write]: 3 });
  });

  it("C-07 · a first claim by a clock that is behind may be taken before its lease is mended: then it is busy, not won", async () => {
    const id = freshId();
    const wrong = bench.through({ clock: skewedClock(-10 * MINUTES) });
    // Between the insert and the correction another worker meets a lease that seems to be long over.
    const other = () => win(bench.store, ask(id));
    let taken: Promise<unknown> = Promise.resolve();
    bench.proxy.fault = ({ operation, index }) => {
      if (operation !== write || index !== 1) return undefined;
      taken = other();
      return { after: taken };
    };

    const claims = await wrong.claim([ask(id)]);

    await taken;
    expect(claims.map(kindOf)).toEqual(["busy"]);
    expect(await record(id)).toMatchObject({ fence: 2, verdict: "takeover" });
  });

  it.each([
    ["an hour back", -60 * MINUTES],
    ["an hour ahead", 60 * MINUTES],
  ])(
    "C-08 · a clock that jumps %s between two beats: the beat that follows leaves a lease of the right length",
    async (_what, jumpMs) => {
      const clock = skewedClock();
      const jumping = bench.through({ clock });
      const owner = await win(jumping);

      clock.offsetMs = jumpMs;
      expect(await jumping.renew([{ ...owner, leaseMs: 30_000, retentionMs }])).toEqual([
        { kind: "written" },
      ]);

      expect(await leaseLeftMs(owner.id)).toBeGreaterThan(20_000);
      expect(await leaseLeftMs(owner.id)).toBeLessThan(32_000);
      const other = await win(bench.store);
      expect((await jumping.claim([ask(other.id)])).map(kindOf)).toEqual(["busy"]);
    },
  );

  it("C-07 · just past its end a lease still holds, for as long as the busy answer says", async () => {
    const owner = await win(bench.store);
    const at = (ms: number) =>
      setAttribute(bench.client, bench.table, owner.id, "lease_until_ms", { N: String(Date.now() + ms) });

    await at(-1_000);
    const [claim] = await bench.store.claim([ask(owner.id)]);
    const toldMs = claim?.kind === "busy" ? claim.leaseUntilMs - claim.nowMs : 0;
    expect(toldMs).toBeGreaterThan(0);
    expect(toldMs).toBeLessThanOrEqual(CLOCK_MARGIN_MS - 1_000);
    await at(-1_000);
    expect((await bench.store.claim([ask(owner.id, { noTakeover: true })])).map(kindOf)).toEqual(["busy"]);

    await at(-CLOCK_MARGIN_MS - 1_000);
    expect((await bench.store.claim([ask(owner.id, { noTakeover: true })])).map(kindOf)).toEqual(["lapsed"]);
    // Nobody took it: it is still the owner's, whatever the clock says.
    expect(await bench.store.complete([{ ...owner, retentionMs }])).toEqual([{ kind: "written" }]);
  });

  it("a doubt is resolved as not done only a margin after the owner's run end", async () => {
    const owner = await win(bench.store);
    const set = { mail: { kind: "plain", state: "intent", atMs: 1, open: true } } as const;
    await bench.store.fail([{ ...owner, retentionMs, change: { set } }]);
    const at = (ms: number) =>
      setAttribute(bench.client, bench.table, owner.id, "run_until_ms", { N: String(Date.now() + ms) });
    const resolve = () => bench.store.resolve({ id: owner.id, step: "mail", as: { done: false } });

    await at(-1_000);
    expect(await resolve()).toMatchObject({ kind: "too-early" });
    await at(-CLOCK_MARGIN_MS - 1_000);
    expect(await resolve()).toEqual({ kind: "resolved" });
  });
});
