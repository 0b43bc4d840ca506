/** Clocks that jump, leases that are too short, processes that are told to end (C-08, C-11, C-14, B-12). */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// The source loads it at its first use, which takes real time: the clock here would have passed thirteen hours by then.
import "@aws-sdk/client-sqs";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOnce, type OnceEvent, sqs } from "../../src/index.ts";
import { type Clock, Stopwatch } from "../../src/ports.ts";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import { bench, event, failures, lambda, type Order, orders, record, recordingClient } from "./support.ts";

const source = (queue = recordingClient(), more: object = {}) =>
  sqs<Order>({ key: (m) => m.body.orderId, client: queue.client, ...more });

/** Time that passes only when it is told to: timers fire in order as it moves. */
function virtualClock(): Clock & { pass(ms: number): Promise<void>; jump(ms: number): void } {
  let monotonicMs = 0;
  let offsetMs = 1_700_000_000_000;
  let timers: { readonly atMs: number; readonly fn: () => void }[] = [];
  return {
    wallMs: () => monotonicMs + offsetMs,
    monotonicMs: () => monotonicMs,
    after(ms, fn) {
      const timer = { atMs: monotonicMs + Math.max(0, ms), fn };
      timers.push(timer);
      return () => {
        timers = timers.filter((one) => one !== timer);
      };
    },
    async pass(ms) {
      const untilMs = monotonicMs + ms;
      for (;;) {
        // What a timer has started goes as far as it can without time.
        for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
        const next = () =>
          timers.filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs)[0];
        // Loading a module takes real time, of which this clock knows nothing.
        if (!next()) await new Promise((resolve) => setTimeout(resolve, 50));
        const due = next();
        if (!due) break;
        timers = timers.filter((one) => one !== due);
        monotonicMs = Math.max(monotonicMs, due.atMs);
        due.fn();
      }
      monotonicMs = untilMs;
    },
    jump(ms) {
      offsetMs += ms;
    },
  };
}

describe("clocks", () => {
  it("C-08 · elapsed time is the larger of two clocks: one that is set back or stands still hides nothing", () => {
    const clock = virtualClock();
    const watch = new Stopwatch(clock);

    clock.jump(-3_600_000);
    expect(watch.elapsedMs()).toBe(0);
    void clock.pass(0);
    const other = new Stopwatch(clock);
    clock.jump(120_000);
    expect(other.elapsedMs()).toBe(120_000);
  });

  it.each([
    ["back", -3_600_000],
    ["forward", 3_600_000],
  ])(
    "C-08 · a wall clock that jumps an hour %s in mid-run: one effect, one completion",
    async (_says, jumpMs) => {
      const b = bench();
      let effects = 0;
      const handler = b.once().handler(source(), async (_m, ctx) => {
        await ctx.keyed("one", async ({ key }) => key);
        b.clock.advance(jumpMs);
        await ctx.keyed("two", async ({ key }) => {
          effects += 1;
          return key;
        });
      });

      expect(failures(await handler(orders(1), lambda()))).toEqual([]);
      expect(effects).toBe(1);
      expect(failures(await handler(orders(1), lambda()))).toEqual([]);
      expect(b.endings()).toEqual(["completed", "duplicate"]);
    },
  );

  it("C-11 · a run of more than twelve hours: the heartbeat stops asking SQS before the cap, warns once, and keeps its lease", async () => {
    const clock = virtualClock();
    const b = bench();
    const queue = recordingClient();
    let finish = () => {};
    const events: OnceEvent[] = [];
    const once = createOnce({
      store: b.store,
      namespace: "long",
      clock,
      leaseMs: 600_000,
      onEvent: (said) => events.push(said),
    });
    const handler = once.handler(source(queue), () => new Promise<void>((resolve) => (finish = resolve)));
    const reply = handler(orders(1), { functionName: "orders" });
    await clock.pass(13 * 3_600_000);
    const asked = queue.sent.filter(({ command }) => command === "ChangeMessageVisibilityBatchCommand");
    const renewals = b.calls.filter((call) => call === "renew").length;
    finish();
    await clock.pass(1_000);

    expect(failures(await reply)).toEqual([]);
    // Every 200 s for 11 h 55 min, then never again; renewals go on to the end.
    expect(asked.length).toBe(214);
    expect(renewals).toBe(234);
    const total = asked.map(({ input }, index) => {
      const [entry] = input["Entries"] as readonly { VisibilityTimeout: number }[];
      return (index + 1) * 200 + (entry?.VisibilityTimeout ?? 0);
    });
    expect(Math.max(...total)).toBeLessThanOrEqual(43_200 - 300);
    expect(events.filter((said) => said.kind === "warning").map((said) => said.error.code)).toEqual([
      "visibility-cap",
    ]);
  });

  it("C-05 · the heartbeat ends with its answer: a timer that slept through a freeze asks for nothing in the next invocation", async () => {
    const clock = virtualClock();
    const b = bench();
    const queue = recordingClient();
    // What is due when a frozen process thaws can be past cancelling.
    const deaf: Clock = { ...clock, after: (ms, fn) => (clock.after(ms, fn), () => {}) };
    const once = createOnce({ store: b.store, namespace: "frozen", clock: deaf, leaseMs: 30_000 });
    const handler = once.handler(
      source(queue),
      () => new Promise((resolve) => void clock.after(15_000, () => resolve(undefined))),
    );
    const reply = handler(orders(1), { functionName: "orders" });
    await clock.pass(15_000);

    expect(failures(await reply)).toEqual([]);
    const asked = queue.sent.length;
    const renewals = b.calls.filter((call) => call === "renew").length;
    expect([asked, renewals]).toEqual([1, 1]);
    await clock.pass(600_000);
    expect(queue.sent.length).toBe(asked);
    expect(b.calls.filter((call) => call === "renew").length).toBe(renewals);
  });

  it("C-14 · a lease shorter than the pauses of its process: fewer get through, none twice", async () => {
    const b = bench();
    const leaseMs = 40;
    const charges: string[] = [];
    const once = b.once({ leaseMs });
    let runs = 0;
    const handler = once.handler(source(), async (m, ctx) => {
      await ctx.keyed("charge", async ({ key }) => {
        charges.push(key);
        return key;
      });
      // Every third run is a garbage collection that outlasts the lease: nothing of this process goes on meanwhile.
      if (++runs % 3 === 0) b.clock.advance(leaseMs + 10);
      await ctx.repeatable("mark", async () => m.body.orderId);
    });

    for (let round = 0; round < 10; round += 1) await handler(orders(20), lambda());

    expect(new Set(charges).size).toBe(20);
    expect([...b.store.records.values()].map(({ state }) => state)).toEqual(Array(20).fill("completed"));
    expect(b.endings().filter((ending) => ending === "completed")).toHaveLength(20);
  });
});

describe("the end of the process", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "effectively-once-term-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("B-12 · on SIGTERM a real process finishes what it has begun, gives back the rest, and leaves no claim behind", async () => {
    const path = join(folder, "orders.db");
    const store = sqliteStore({ path });
    await store.setup();
    await store.close();
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "terminated.ts"), path],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    let out = "";
    await new Promise<void>((resolve) =>
      child.stdout.on("data", (chunk: Buffer) => {
        out += chunk.toString();
        if (out.includes("running")) resolve();
      }),
    );
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));

    expect(out).toContain("told: shutdown");
    expect(out).toContain('failures ["m1","m2"]');
    const db = new DatabaseSync(path, { readOnly: true });
    expect(
      db.prepare("SELECT label, state, attempts FROM effectively_once_records ORDER BY label").all(),
    ).toEqual([
      { label: "o0", state: "completed", attempts: 1 },
      { label: "o1", state: "released", attempts: 0 },
      { label: "o2", state: "released", attempts: 0 },
    ]);
    db.close();
  });

  it("B-12 · nothing new is started when the process is being ended already", async () => {
    const b = bench();
    const shutdown = new AbortController();
    const once = b.once({ shutdown: shutdown.signal });
    let runs = 0;
    const handler = once.handler(source(), async () => {
      runs += 1;
    });
    shutdown.abort();

    expect(failures(await handler(event(record("m1", { orderId: "o" })), lambda()))).toEqual(["m1"]);
    await expect(once.run("key", async () => {}, { name: "run" })).rejects.toMatchObject({
      code: "shutdown",
    });
    expect(runs).toBe(0);
    expect(b.calls).toEqual([]);
  });
});
