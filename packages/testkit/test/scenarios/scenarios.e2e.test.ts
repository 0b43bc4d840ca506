/** Failure scenarios end to end: the SQS protocol, real processes, real kills and freezes, the guarded handler on SQLite. */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { bodiesIn, left, sendAll, until } from "../lambda/support.ts";
import { openStage, openWorld, type Stage, type World, type WorldOptions } from "./world.ts";

// Most of it is waiting; a busy machine waits longer.
vi.setConfig({ testTimeout: 120_000 });

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const it = test.extend<{ world: (options?: WorldOptions) => Promise<World> }>({
  // vitest reads the names of fixtures from this pattern
  world: async ({}, use) => {
    const worlds: World[] = [];
    await use(async (options) => {
      const world = await openWorld(stage, options);
      worlds.push(world);
      return world;
    });
    await Promise.all(worlds.map((world) => world.close()));
  },
});

const verdicts = (world: World, id: string) =>
  world.lines("delivery", id).map(({ verdict, ending }) => `${verdict}/${ending}`);
/** The other side dedupes on the key: what counts is how many keys it was asked with. */
const charges = (world: World, id: string) => new Set(world.lines("charge", id).map(({ key }) => key)).size;
const outcomes = (world: World) => world.batches.map(({ outcome }) => outcome);
/** On a busy machine a message may come once more than it must: what counts is how its runs ended. */
const completions = (world: World, id: string) =>
  verdicts(world, id).filter((verdict) => verdict.endsWith("/completed"));

async function began(world: World, id: string, times = 1): Promise<number> {
  await until(() => world.lines("began", id).length >= times);
  return world.lines("began", id).at(-1)?.pid ?? 0;
}

describe.concurrent("a handler that takes longer than the visibility timeout", () => {
  // Longer than a busy delivery waits: one that acknowledged would really delete.
  const slow = (leaseMs: number): WorldOptions => ({
    queue: { visibilitySeconds: 2 },
    handler: { leaseMs, heartbeat: false },
  });

  it("A-01 · a duplicate while it runs is busy and comes again; after it, a duplicate is acknowledged", async ({
    world,
  }) => {
    const w = await world(slow(6_000));
    await w.send({ id: "a", does: ["slow 5000"] });
    await w.map();
    await until(() => w.drained());

    const told = verdicts(w, "a");
    expect(completions(w, "a")).toEqual(["first/completed"]);
    expect(told.indexOf("busy/busy")).toBeGreaterThanOrEqual(0);
    expect(told.indexOf("busy/busy")).toBeLessThan(told.indexOf("first/completed"));
    expect(told.lastIndexOf("busy/busy")).toBeLessThan(told.indexOf("duplicate/duplicate"));
    for (const { verdict, acknowledged } of w.lines("delivery", "a"))
      expect(acknowledged).toBe(verdict !== "busy");
    expect(w.lines("began", "a")).toHaveLength(1);
    expect(w.rows()).toEqual(["a"]);
    expect(charges(w, "a")).toBe(1);
  });

  it("A-02 · what was busy is not lost when the first worker is killed before its effect", async ({
    world,
  }) => {
    const w = await world(slow(3_000));
    await w.send({ id: "a", does: ["hang", "ok"] });
    await w.map();
    const pid = await began(w, "a");
    await until(() => verdicts(w, "a").includes("busy/busy"));
    process.kill(pid, "SIGKILL");
    await until(() => w.drained());

    expect(completions(w, "a")).toEqual(["takeover/completed"]);
    expect(w.rows()).toEqual(["a"]);
    expect(charges(w, "a")).toBe(1);
  });
});

describe.concurrent("a process that dies", () => {
  it("B-02 · after its claim and before its effect: taken over within lease and visibility, once", async ({
    world,
  }) => {
    const w = await world({ queue: { visibilitySeconds: 2 }, handler: { leaseMs: 1_000 } });
    await w.send({ id: "a", does: ["hang", "ok"] });
    await w.map();
    const pid = await began(w, "a");
    process.kill(pid, "SIGKILL");
    const killedAtMs = performance.now();
    await until(() => w.drained());

    expect(completions(w, "a")).toEqual(["takeover/completed"]);
    expect(w.rows()).toEqual(["a"]);
    // Lease and visibility are three seconds; the rest is for a busy machine.
    expect(performance.now() - killedAtMs).toBeLessThan(12_000);
  });

  it("B-13 · by process.exit or by a full heap in the handler: as a kill", async ({ world }) => {
    const w = await world({ queue: { visibilitySeconds: 2 } });
    await w.send({ id: "exit", does: ["exit", "ok"] }, { id: "memory", does: ["memory", "ok"] });
    await w.map({ batchSize: 1 }, 5);
    await until(() => w.drained());
    await until(() => outcomes(w).filter((outcome) => outcome === "crash").length === 2);

    expect(w.rows().toSorted()).toEqual(["exit", "memory"]);
    for (const id of ["exit", "memory"]) {
      expect(completions(w, id)).toEqual(["takeover/completed"]);
      expect(charges(w, id)).toBe(1);
    }
  });

  for (const place of [0, 5])
    it(`E-09 · P6 · at place ${place} of a batch of ten: the nine others are completed, and none is dead-lettered with it`, async ({
      world,
    }) => {
      const w = await world({
        // A fourth receive would dead-letter whatever is done meanwhile: room for a busy machine.
        queue: { visibilitySeconds: 8, maxReceiveCount: 3 },
        handler: { leaseMs: 5_000 },
      });
      const others = Array.from({ length: 9 }, (_, index) => `o${index}`);
      const works = others.map((id) => ({ id, does: ["slow 30"] as const }));
      await w.send(...works.slice(0, place), { id: "killer", does: ["exit"] }, ...works.slice(place));
      await w.map({}, 4);
      await until(async () => (await w.drained()) && (await left(stage.sqs, w.queue.deadUrl)) > 0);

      expect(w.batches[0]).toMatchObject({ outcome: "crash" });
      expect(w.batches[0]?.deliveries).toHaveLength(10);
      expect(w.rows().toSorted()).toEqual(others);
      for (const id of others) expect(charges(w, id)).toBe(1);
      const dead = await bodiesIn(stage.sqs, w.queue.deadUrl);
      expect(dead.map((body) => (JSON.parse(body) as { id: string }).id)).toEqual(["killer"]);
    });
});

describe.concurrent("a process that freezes", () => {
  it("C-05 · between invocations: no beat, no renewal, and no effect that nobody awaited", async ({
    world,
  }) => {
    const w = await world({ queue: { visibilitySeconds: 2 }, handler: { leaseMs: 900 }, maxConcurrency: 1 });
    await w.map();
    await w.send({ id: "a", does: ["late"] });
    await until(() => w.drained());
    await until(() => w.batches.length === 1);
    const [first] = w.batches;
    const before = stage.calls.length;
    const revision = w.record("a")?.["rev"];
    // Longer than the lease: its beat would have come three times.
    await sleep(1_500);
    await w.send({ id: "b", does: ["slow 1200"] });
    await until(() => w.drained());

    const [pidA, pidB] = ["a", "b"].map((id) => w.lines("began", id)[0]?.pid);
    expect(pidB).toBe(pidA);
    expect(w.lines("late", "a")).toEqual([{ kind: "late", id: "a", error: "verb-after-commit" }]);
    expect(w.lines("charge", "a")).toHaveLength(1);
    expect(w.record("a")?.["rev"]).toBe(revision);
    const handle = first?.deliveries[0]?.message.ReceiptHandle ?? "";
    const beats = stage.calls.slice(before).filter(({ action }) => action === "ChangeMessageVisibilityBatch");
    expect(beats.length).toBeGreaterThan(0);
    expect(beats.some(({ input }) => JSON.stringify(input).includes(handle))).toBe(false);
    expect(w.rows()).toEqual(["a", "b"]);
  });

  it("C-10 · past its visibility and its lease: its late beat looks healthy, and it may write nothing more", async ({
    world,
  }) => {
    const w = await world({ handler: { leaseMs: 1_000 } });
    await w.send({ id: "a", does: ["slow 800", "ok"] });
    await w.map();
    const pid = await began(w, "a");
    process.kill(pid, "SIGSTOP");
    await until(() => verdicts(w, "a").includes("takeover/completed"));
    process.kill(pid, "SIGCONT");
    await until(() => verdicts(w, "a").some((verdict) => verdict.endsWith("/fenced")));
    await until(() => w.drained());

    expect(verdicts(w, "a")).toContain("first/fenced");
    expect(w.rows()).toEqual(["a"]);
    expect(charges(w, "a")).toBe(1);
  });
});

describe.concurrent("a heartbeat that comes too late for the visibility timeout", () => {
  it.each(["standard", "fifo"] as const)(
    "C-10 · is answered well and does nothing: the guarded handler is right all the same (%s)",
    async (kind) => {
      // it.each has no fixtures: this world ends here.
      const w = await openWorld(stage, {
        queue: { visibilitySeconds: 1, fifo: kind === "fifo" },
        handler: { leaseMs: 4_500 },
      });
      try {
        await w.send({ id: "a1", does: ["slow 2500"] }, { id: "a2" });
        await w.map({ batchSize: 1 });
        await until(() => w.drained());

        const late = stage.calls.filter(
          ({ action, input, expired }) =>
            action === "ChangeMessageVisibilityBatch" &&
            expired.length > 0 &&
            String(input["QueueUrl"]).endsWith(new URL(w.queue.url).pathname),
        );
        expect(late.length).toBeGreaterThan(0);
        expect(w.lines("began", "a1")).toHaveLength(1);
        expect(w.rows().toSorted()).toEqual(["a1", "a2"]);
        if (kind === "fifo") expect(w.rows()).toEqual(["a1", "a2"]);
        for (const id of ["a1", "a2"]) expect(charges(w, id)).toBe(1);
      } finally {
        await w.close();
      }
    },
  );
});

describe.concurrent("the function's deadline", () => {
  it("C-13 · nothing new is started, what runs is told to stop, all is reported before the kill", async ({
    world,
  }) => {
    const w = await world({
      queue: { visibilitySeconds: 8 },
      handler: { leaseMs: 2_000, concurrency: 1, deadlineMarginMs: 2_500 },
      timeoutMs: 7_000,
    });
    await w.send({ id: "a", does: ["slow 1500"] }, { id: "b", does: ["hang", "ok"] }, { id: "c" });
    await w.map();
    await until(() => w.drained());

    expect(outcomes(w)).not.toContain("timeout");
    expect(w.batches[0]).toMatchObject({ outcome: "success", deliveries: [{}, {}, {}] });
    const { durationMs = 0 } = w.batches[0] ?? {};
    expect(durationMs).toBeLessThan(7_000);
    const [first] = ["a", "b", "c"].map((id) => w.lines("delivery", id)[0]);
    expect(first).toMatchObject({ ending: "completed", acknowledged: true });
    expect(w.lines("delivery", "b")[0]).toMatchObject({
      ending: "deadline",
      attempt: 1,
      acknowledged: false,
    });
    expect(w.lines("delivery", "c")[0]).toMatchObject({ ending: "deadline", acknowledged: false });
    expect(w.lines("began", "c")).toMatchObject([{ attempt: 1 }]);
    expect(verdicts(w, "b").at(-1)).toBe("retry/completed");
    expect(verdicts(w, "c").at(-1)).toBe("first/completed");
    expect(w.rows().toSorted()).toEqual(["a", "b", "c"]);
  });
});

describe.concurrent("a message that always fails", () => {
  it("E-08 · is in the dead-letter queue after maxReceiveCount runs, its record says failed, a redrive runs again", async ({
    world,
  }) => {
    const w = await world({ queue: { visibilitySeconds: 2, maxReceiveCount: 3 } });
    await w.send({ id: "a", does: ["throw", "throw", "throw", "ok"] });
    await w.map();
    await until(async () => (await left(stage.sqs, w.queue.deadUrl)) === 1);

    expect(verdicts(w, "a")).toEqual(["first/failed", "retry/failed", "retry/failed"]);
    expect(w.record("a")).toMatchObject({ state: "failed", attempts: 3 });
    expect(w.rows()).toEqual([]);

    // As a redrive does: the same body, as a new message.
    await sendAll(stage.sqs, w.queue.url, await bodiesIn(stage.sqs, w.queue.deadUrl));
    await until(() => w.rows().length > 0);
    await until(() => w.drained());
    expect(verdicts(w, "a").at(-1)).toBe("retry/completed");
    expect(w.rows()).toEqual(["a"]);
  });

  it("E-10 · is lost where partial responses are off: the mapping tells that it deleted what was reported", async ({
    world,
  }) => {
    const w = await world();
    await w.send({ id: "a", does: ["throw", "ok"] });
    await w.map({ reportBatchItemFailures: false });
    await until(() => w.batches.length > 0);

    expect(w.batches[0]?.deliveries).toMatchObject([{ outcome: "deleted", lost: true, receiveCount: 1 }]);
    await sleep(1_500);
    expect(w.batches).toHaveLength(1);
    expect(w.rows()).toEqual([]);
    expect(w.record("a")).toMatchObject({ state: "failed" });
  });
});

describe.concurrent("a FIFO group whose first message kills its process", () => {
  it("E-05 · on the queue: nothing of it overtakes, and another group goes on", async ({ world }) => {
    const w = await world({ queue: { fifo: true, visibilitySeconds: 3 } });
    await w.send(
      { id: "g1", does: ["exit", "ok"] },
      { id: "g2" },
      { id: "g3" },
      { id: "h1", does: ["slow 300"] },
      { id: "h2" },
    );
    await w.map({ batchSize: 1 });
    await until(() => w.drained());

    expect(w.rows().filter((id) => id.startsWith("g"))).toEqual(["g1", "g2", "g3"]);
    expect(w.rows().filter((id) => id.startsWith("h"))).toEqual(["h1", "h2"]);
    expect(w.rows().indexOf("h2")).toBeLessThan(w.rows().indexOf("g1"));
    expect(completions(w, "g1")).toEqual(["takeover/completed"]);
  });

  it("P5 · in one batch: what is behind the lapsed message waits for it, and another group goes first", async ({
    world,
  }) => {
    const w = await world({ handler: { leaseMs: 500, heartbeat: false } });
    const event = (...works: { readonly id: string; readonly does?: readonly string[] }[]) => ({
      Records: works.map((work) => ({
        messageId: work.id,
        receiptHandle: work.id,
        body: JSON.stringify(work),
        attributes: { ApproximateReceiveCount: "1", MessageGroupId: work.id.replace(/\d+$/, "") },
        messageAttributes: {},
        eventSource: "aws:sqs",
        eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:direct.fifo",
        awsRegion: "eu-west-1",
      })),
    });
    const g1 = { id: "g1", does: ["exit", "slow 200"] };

    expect((await w.lambda.invoke(event(g1, { id: "g2" }, { id: "g3" }))).outcome).toBe("crash");
    await sleep(1_000);
    const again = event(g1, { id: "g2" }, { id: "h1" }, { id: "g3" });
    expect(await w.lambda.invoke(again)).toMatchObject({
      outcome: "success",
      reply: { batchItemFailures: [] },
    });

    expect(w.rows()).toEqual(["h1", "g1", "g2", "g3"]);
  });
});
