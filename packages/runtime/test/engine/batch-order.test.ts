/** What a batch asks the store for and when, what it puts off, and what it tells the queue ahead of its reply (P3, P5, P6). */

import { describe, expect, it } from "vitest";
import { OnceError } from "../../src/index.ts";
import { type Given, lasting, settled, stillWorld } from "./still-world.ts";

/** Of one ordered group. */
const inGroup = (ref: string, more: Partial<Given> = {}): Given => ({ ref, lane: "g", ...more });
/** The same work as another: its key and its payload. */
const sameAs = (key: string, more: Partial<Given> = {}) => ({ key, fingerprint: { of: key }, ...more });

describe("claims made ahead", () => {
  it("are one call per piece that the store takes, without what comes again under a key of the batch", async () => {
    const w = stillWorld({ maxBatch: 2 });
    await w.handle([
      { ref: "a" },
      { ref: "b" },
      { ref: "c" },
      inGroup("d"),
      inGroup("again", sameAs("d")),
      { ref: "loose", ...sameAs("a") },
    ]);

    expect(w.invocations[0]?.store.claim).toMatchObject({ calls: 2, items: 4 });
    expect(w.ran.toSorted()).toEqual(["a", "b", "c", "d"]);
    expect(w.endings()).toMatchObject({ again: "duplicate", loose: "duplicate" });
  });

  it("leave out a group that has stopped: what is behind it has no record", async () => {
    const w = stillWorld({ maxBatch: 2 });
    w.run = async ({ ref }) => {
      if (ref === "a") throw new Error("no");
    };
    const ends = await w.handle([inGroup("a"), inGroup("b"), inGroup("c"), { ref: "x" }]);

    expect(w.ran).toEqual(["a", "x"]);
    expect([w.record("b")?.state, w.record("c"), w.record("x")?.state]).toEqual([
      "released",
      undefined,
      "completed",
    ]);
    expect(ends.map(({ ref, acknowledge }) => [ref, acknowledge])).toEqual([
      ["a", false],
      ["b", false],
      ["c", false],
      ["x", true],
    ]);
  });

  it("leave out what is behind a lapsed message: it is claimed when that has been run", async () => {
    const w = stillWorld({ maxBatch: 2 });
    await w.leaveBehind(inGroup("a"));
    await w.handle([inGroup("a"), inGroup("b"), inGroup("c"), { ref: "x" }]);

    expect(w.ran).toEqual(["x", "a", "b", "c"]);
    // Claimed beside the lapsed one, before anything of that was known; the rest is claimed once.
    expect(w.asked.release).toEqual([["b"]]);
    expect(w.record("c")).toMatchObject({ fence: 1, attempts: 1 });
  });

  it("B-12 · end with the process: what is not begun is given back, and the rest is not asked for", async () => {
    const ending = new AbortController();
    const w = stillWorld({ maxBatch: 2, concurrency: 1, shutdown: ending.signal });
    w.run = async () => ending.abort();
    await w.handle([{ ref: "a" }, { ref: "b" }, { ref: "c" }]);

    expect(w.ran).toEqual(["a"]);
    expect(w.endings()).toEqual({ a: "completed", b: "deadline", c: "deadline" });
    expect([w.record("b")?.state, w.record("c")]).toEqual(["released", undefined]);
  });

  it("C-13 · are none when no time is left at all", async () => {
    const w = stillWorld();
    await w.handle([{ ref: "a" }], lasting(0));

    expect([w.ran, w.asked.claim, w.endings()]).toEqual([[], [], { a: "deadline" }]);
    expect(w.deliveries()[0]?.error).toMatchObject({ code: "deadline", retryable: true });
  });

  it("B-05 · are none where a takeover is held: what was never begun must not look like a run that was cut off", async () => {
    const w = stillWorld({ concurrency: 1, handler: { onTakeover: "hold" } });
    w.run = async ({ ref }) => {
      expect(w.records.size).toBe(ref === "a" ? 1 : 2);
    };
    await w.handle([{ ref: "a" }, { ref: "b" }]);

    expect(w.endings()).toEqual({ a: "completed", b: "completed" });
  });
});

describe("what cannot be read", () => {
  const unread = (more: object) => ({
    ref: "bad",
    reading: { ok: false, code: "invalid-body", reason: "not JSON", ...more } as const,
  });

  it("F-01 · is invalid, for its reason, and so it is when the process ends", async () => {
    const ending = new AbortController();
    ending.abort();
    const cause = new SyntaxError("at 0");
    for (const shutdown of [undefined, ending.signal]) {
      const w = stillWorld({ shutdown });
      await w.handle([
        { ...unread({ cause }), correlationId: "chain-1" },
        { ref: "nokey", key: "" },
      ]);

      expect(w.deliveries()).toMatchObject([
        {
          ending: "invalid",
          verdict: "invalid",
          correlationId: "chain-1",
          error: { code: "invalid-body", message: "not JSON", cause, retryable: false },
        },
        {
          ending: "invalid",
          verdict: "invalid",
          correlationId: "nokey",
          key: undefined,
          error: { code: "invalid-key" },
        },
      ]);
    }
  });

  it("F-01 · has failed where it may be read the next time", async () => {
    const w = stillWorld({ backoff: (attempt) => attempt * 1_000 });
    await w.handle([unread({ retryable: true })]);

    expect(w.deliveries()).toMatchObject([
      { ending: "failed", verdict: undefined, error: { code: "invalid-body", retryable: true } },
    ]);
    expect(w.moved).toEqual([{ bad: 1_000 }]);
  });

  it("F-01 · stops its group, unless its hold destination has taken it", async () => {
    const taken: string[] = [];
    const w = stillWorld({ hold: async (ref) => void taken.push(ref) });
    await w.handle([{ ...unread({}), lane: "g" }, inGroup("b")]);
    expect([taken, w.ran]).toEqual([["bad"], ["b"]]);

    const without = stillWorld();
    await without.handle([{ ...unread({}), lane: "g" }, inGroup("b")]);
    expect(without.ran).toEqual([]);
    // It stays as the queue has it; what was not started may come at once.
    expect(without.moved).toEqual([{ b: 0 }]);
  });
});

describe("a group that has stopped", () => {
  it("E-04 · leaves also what cannot be read where it is: it comes again in its order", async () => {
    const w = stillWorld();
    w.run = async () => {
      throw new Error("no");
    };
    await w.handle([inGroup("a"), inGroup("nokey", { key: "" })]);

    expect(w.endings()).toEqual({ a: "failed", nokey: "deadline" });
    expect(w.deliveries()[1]).toMatchObject({ key: undefined, error: { code: "deadline" } });
  });
});

describe("what is acknowledged ahead", () => {
  it("E-09 · is what is done, each once; in a group nothing that is behind a lapsed message", async () => {
    const w = stillWorld();
    await w.leaveBehind(inGroup("x"));
    await w.leaveBehind({ ref: "y" });
    await w.leaveBehind({ ref: "y" });
    const before: Record<string, unknown> = {};
    w.run = async ({ ref }) => {
      before[ref] = w.acknowledged.flat();
    };
    await w.handle([inGroup("a"), inGroup("x"), inGroup("again", sameAs("a")), { ref: "y" }]);

    expect(w.ran).toEqual(["a", "x", "y"]);
    expect(before["x"]).toEqual(["a"]);
    expect(w.acknowledged).toEqual([["a"], ["x"], ["again"]]);
    expect(w.endings()).toMatchObject({ again: "duplicate" });
  });

  it("E-09 · is nothing where nothing is done, and nothing at all without a lapsed message", async () => {
    const w = stillWorld();
    await w.leaveBehind({ ref: "x" });
    await w.handle([{ ref: "x" }]);
    await w.handle([{ ref: "y" }]);

    expect(w.ran).toEqual(["x", "y"]);
    expect(w.acknowledged).toEqual([]);
  });

  it("E-09 · is left to the reply where the source has no side channel", async () => {
    const w = stillWorld({ transport: false });
    await w.leaveBehind({ ref: "x" });
    const ends = await w.handle([{ ref: "a" }, { ref: "x" }, inGroup("bad", { key: "" }), inGroup("late")]);

    expect(ends.map(({ ref, ending }) => [ref, ending])).toEqual([
      ["a", "completed"],
      ["x", "completed"],
      ["bad", "invalid"],
      ["late", "deadline"],
    ]);
  });
});

describe("lapsed messages", () => {
  it("E-09 · run fewest attempts first", async () => {
    const w = stillWorld();
    await w.leaveBehind({ ref: "twice" });
    await w.leaveBehind({ ref: "twice" });
    await w.leaveBehind({ ref: "once" });
    await w.handle([{ ref: "twice" }, { ref: "once" }, { ref: "new" }]);

    expect(w.ran).toEqual(["new", "once", "twice"]);
    expect(w.deliveries().map(({ verdict, attempt }) => [verdict, attempt])).toEqual([
      ["takeover", 3],
      ["takeover", 2],
      ["first", 1],
    ]);
  });

  it("E-05 · E-09 · have only their own group behind them", async () => {
    const w = stillWorld();
    await w.leaveBehind(inGroup("a"), { ref: "x", lane: "h" }, { ref: "loose" });
    w.run = async ({ ref }) => {
      if (ref === "x") throw new Error("no");
    };
    await w.handle([
      { ref: "x", lane: "h" },
      { ref: "y", lane: "h" },
      inGroup("a"),
      inGroup("b"),
      { ref: "loose" },
    ]);

    expect(w.ran).toEqual(["x", "a", "b", "loose"]);
    expect(w.endings()).toMatchObject({ x: "failed", y: "deadline", b: "completed", loose: "completed" });
  });

  it("B-05 · held: the record says for what, the error says why, and the next delivery is in doubt", async () => {
    const w = stillWorld({ handler: { onTakeover: "hold" } });
    await w.leaveBehind({ ref: "a" });
    await w.handle([{ ref: "a" }]);
    await w.handle([{ ref: "a" }]);

    expect(w.ran).toEqual([]);
    expect(w.record("a")).toMatchObject({
      state: "failed",
      steps: { "(handler)": { kind: "handler", state: "intent", open: true, atMs: w.clock.wallMs() } },
    });
    expect(w.deliveries()).toMatchObject([
      { ending: "in-doubt", verdict: "in-doubt", error: { code: "in-doubt", retryable: false } },
      { ending: "in-doubt", verdict: "in-doubt", error: { code: "in-doubt" } },
    ]);
    expect(String(w.deliveries()[1]?.error)).toContain('whether "(handler)" happened');
  });

  it("B-05 · held: after everything else, as what is taken over is run", async () => {
    const w = stillWorld({ handler: { onTakeover: "hold" }, concurrency: 1 });
    await w.leaveBehind({ ref: "x" });
    w.run = async () => expect(w.asked.fail).toEqual([]);
    await w.handle([{ ref: "x" }, { ref: "a" }]);

    expect([w.asked.fail, w.endings()]).toEqual([[["x"]], { x: "in-doubt", a: "completed" }]);
  });

  it("B-05 · held, and not in doubt when another attempt owns the record by then", async () => {
    const w = stillWorld({
      handler: { onTakeover: "hold" },
      store: { fail: async (items) => items.map(() => ({ kind: "fenced" })) },
    });
    await w.leaveBehind({ ref: "a" });
    await w.handle([{ ref: "a" }]);

    expect(w.deliveries()).toMatchObject([{ ending: "fenced", verdict: "in-doubt" }]);
  });

  it("B-05 · held: its lease is not renewed while what is behind it goes on", async () => {
    const w = stillWorld({ handler: { onTakeover: "hold" }, hold: async () => undefined });
    await w.leaveBehind(inGroup("a"));
    w.run = async () => {
      w.clock.move(10_000);
      await settled();
    };
    await w.handle([inGroup("a"), inGroup("b")]);

    expect([w.ran, w.asked.renew]).toEqual([["b"], [["b"]]]);
    expect(w.endings()).toEqual({ a: "in-doubt", b: "completed" });
  });
});

describe("followers", () => {
  it("A-06 · of a message that is put off wait for it, and are duplicates of what it then does", async () => {
    const w = stillWorld();
    await w.leaveBehind({ ref: "a" }, { ref: "b" });
    await w.handle([
      { ref: "a" },
      { ref: "b" },
      { ref: "after-a", ...sameAs("a") },
      { ref: "after-b", ...sameAs("b") },
    ]);

    expect(w.endings()).toEqual({
      a: "completed",
      b: "completed",
      "after-a": "duplicate",
      "after-b": "duplicate",
    });
    expect(w.acknowledged).toEqual([["a", "after-a"]]);
  });

  it("A-09 · of a message that stays busy are busy", async () => {
    const w = stillWorld();
    w.run = () => new Promise(() => {});
    void w.handle([{ ref: "a" }]);
    await settled();
    const ends = await w.handle([{ ref: "a" }, { ref: "after", ...sameAs("a") }]);

    expect(ends.map(({ ending, acknowledge }) => [ending, acknowledge])).toEqual([
      ["busy", false],
      ["busy", false],
    ]);
  });

  it("A-08 · of a message that was busy and is done a moment later are duplicates beside it", async () => {
    const w = stillWorld();
    let finish = (): void => {};
    w.run = () => new Promise<void>((resolve) => (finish = resolve));
    const first = w.handle([{ ref: "a" }]);
    await settled();
    const claims = w.asked.claim.length;
    const second = w.handle([{ ref: "a" }, { ref: "after", ...sameAs("a") }]);
    while (w.asked.claim.length === claims) await Promise.resolve();
    finish();
    await first;
    await second;

    expect(w.endings()).toEqual({ a: "duplicate", after: "duplicate" });
  });

  it("A-07 · behind a mismatch: the payload that the record knows is run once, however often followers are judged", async () => {
    const w = stillWorld();
    w.run = async () => {
      throw new Error("not now");
    };
    await w.handle([{ ref: "a" }]);
    await w.leaveBehind({ ref: "z" });
    w.run = async () => undefined;
    await w.handle([
      { ref: "other", key: "a", fingerprint: "other" },
      { ref: "same", ...sameAs("a") },
      { ref: "too", key: "a", fingerprint: "other" },
      { ref: "z" },
    ]);

    expect(w.ran).toEqual(["same", "z"]);
    expect(w.endings()).toEqual({ other: "mismatch", same: "completed", too: "busy", z: "completed" });
  });

  it("A-06 · of a message that stays busy for a while are not judged before it is waited for", async () => {
    const w = stillWorld();
    await w.leaveBehind({ ref: "z" });
    let finish = (): void => {};
    w.run = () => new Promise<void>((resolve) => (finish = resolve));
    const first = w.handle([{ ref: "a" }]);
    await settled();
    w.run = async () => undefined;
    const { after } = w.clock;
    w.clock.after = (ms, fn) => {
      if (ms !== 200) return after(ms, fn);
      finish();
      void first.then(fn);
      return () => {};
    };
    await w.handle([{ ref: "a" }, { ref: "after", ...sameAs("a") }, { ref: "z" }]);

    expect(w.endings()).toEqual({ z: "completed", a: "duplicate", after: "duplicate" });
  });

  it("A-07 · with another payload than a message that was run are judged without asking the store", async () => {
    const w = stillWorld();
    await w.handle([{ ref: "a" }, { ref: "other", key: "a", fingerprint: "other" }]);

    expect(w.invocations[0]?.store.claim).toMatchObject({ calls: 1, items: 1 });
    expect(w.endings()).toEqual({ a: "completed", other: "mismatch" });
  });

  it("A-07 · behind a mismatch: what is found lapsed is not taken over there, it comes again", async () => {
    const w = stillWorld();
    await w.leaveBehind({ ref: "a" });
    await w.handle([
      { ref: "other", key: "a", fingerprint: "other" },
      { ref: "same", ...sameAs("a") },
    ]);

    expect(w.ran).toEqual([]);
    expect(w.endings()).toEqual({ other: "mismatch", same: "busy" });
  });
});

describe("a busy message", () => {
  async function busy(remainingMs: number, shutdown?: AbortSignal) {
    const w = stillWorld({ shutdown, deadlineMarginMs: 0 });
    w.run = () => new Promise(() => {});
    void w.handle([{ ref: "a" }]);
    await settled();
    w.clock.waits.length = 0;
    return { w, handling: () => w.handle([{ ref: "a" }], lasting(remainingMs)) };
  }
  const waited = (w: ReturnType<typeof stillWorld>) => w.clock.waits.filter((ms) => ms === 200 || ms === 800);

  it.each([
    [1_600, [200, 800]],
    [1_599, [200]],
    [400, [200]],
    [399, []],
  ])(
    "A-08 · with %i ms left is asked for again after %j ms: never longer than half of what is left",
    async (remainingMs, waits) => {
      const { w, handling } = await busy(remainingMs);
      await handling();

      expect(waited(w)).toEqual(waits);
      expect(w.endings()).toEqual({ a: "busy" });
    },
  );

  it("A-08 · is not asked for again once it is done", async () => {
    let finish = (): void => {};
    const w = stillWorld();
    w.run = () => new Promise<void>((resolve) => (finish = resolve));
    const first = w.handle([{ ref: "a" }]);
    await settled();
    w.clock.waits.length = 0;
    const second = w.handle([{ ref: "a" }]);
    finish();
    await Promise.all([first, second]);

    expect(waited(w)).toEqual([200]);
    // Of the first delivery one, of the second one before the wait and one after it.
    expect(w.asked.claim).toHaveLength(3);
  });

  it("B-03 · E-09 · whose owner is gone by then is run like any lapsed one: after what is done is acknowledged", async () => {
    const w = stillWorld();
    w.run = () => new Promise(() => {});
    void w.handle([{ ref: "a" }]);
    await settled();
    w.clock.forget();
    const before: unknown[] = [];
    w.run = async ({ ref }) => {
      if (ref === "b") w.clock.stall(31_000);
      else before.push(...w.acknowledged);
    };
    await w.handle([{ ref: "a" }, { ref: "b" }]);

    expect(w.endings()).toEqual({ a: "completed", b: "completed" });
    expect(before).toEqual([["b"]]);
  });

  it("B-12 · is not waited for by a process that is being ended, nor begun on after the wait", async () => {
    const ending = new AbortController();
    const w = stillWorld({ shutdown: ending.signal });
    await w.leaveBehind({ ref: "z" });
    w.run = () => new Promise(() => {});
    void w.handle([{ ref: "a" }]);
    await settled();
    w.clock.waits.length = 0;
    w.run = async () => ending.abort();
    await w.handle([{ ref: "a" }, { ref: "b" }]);

    expect(waited(w)).toEqual([]);
    expect(w.endings()).toMatchObject({ a: "busy", b: "completed" });
  });

  it("B-12 · that is free after a wait in which the process was told to end is not begun", async () => {
    const ending = new AbortController();
    const w = stillWorld({ shutdown: ending.signal });
    let fail = (): void => {};
    w.run = () => new Promise((_resolve, reject) => (fail = () => reject(new Error("no"))));
    void w.handle([{ ref: "a" }]);
    await settled();
    const { after } = w.clock;
    w.clock.after = (ms, fn) => {
      if (ms !== 200) return after(ms, fn);
      // In the middle of the wait the owner fails, and this process is told to end.
      fail();
      void settled().then(() => ending.abort());
      return () => {};
    };
    w.ran.length = 0;
    w.run = async () => undefined;
    await w.handle([{ ref: "a" }]);

    expect(w.ran).toEqual([]);
    expect(w.deliveries().map(({ ending }) => ending)).toEqual(["failed", "busy"]);
  });

  it("E-05 · of an ordered group is not asked for again: what is behind it could overtake it", async () => {
    const { w } = await busy(600_000);
    await w.handle([inGroup("b", sameAs("a")), inGroup("c")]);

    expect(waited(w)).toEqual([]);
    expect(w.endings()).toEqual({ b: "busy", c: "deadline" });
    // Both become visible when the owner's lease is over.
    expect(w.moved).toEqual([{ b: 30_000, c: 30_000 }]);
  });
});

describe("functions that share keys", () => {
  it("A-05 · are told of by both names, and each only once", async () => {
    const w = stillWorld();
    await w.handle([{ ref: "a" }, { ref: "b" }], lasting(60_000, "orders"));
    await w.handle([{ ref: "a" }], lasting(60_000, "orders"));
    expect(w.warnings()).toEqual([]);
    await w.handle([{ ref: "a" }, { ref: "b" }], lasting(60_000, "invoices"));

    const said = w.events.filter((one) => one.kind === "warning");
    expect(said).toMatchObject([{ scope: "still/queue", error: { code: "scope-shared" } }]);
    expect(said[0]?.error.message).toMatch(/"orders" and "invoices"/);
  });

  it("A-05 · are not, where one of them has no name", async () => {
    const w = stillWorld();
    await w.handle([{ ref: "a" }]);
    await w.handle([{ ref: "a" }], lasting(60_000, "invoices"));
    await w.handle([{ ref: "b" }], lasting(60_000, "invoices"));
    await w.handle([{ ref: "b" }]);

    expect(w.deliveries().map(({ ending }) => ending)).toEqual([
      ...["completed", "duplicate", "completed", "duplicate"],
    ]);
    expect(w.warnings()).toEqual([]);
  });
});

describe("what is told of a delivery", () => {
  it("its attempt, its times and what was left of them when it ended", async () => {
    const w = stillWorld({ heartbeat: true });
    w.run = async () => {
      w.clock.move(10_000);
      await settled();
      w.clock.move(500);
    };
    await w.handle(
      [
        {
          ref: "a",
          receiveCount: 2,
          sentAtMs: w.clock.wallMs() - 3_000,
          carrier: { traceparent: "00-1-2-01" },
        },
      ],
      lasting(60_000),
    );

    expect(w.deliveries()).toEqual([
      {
        kind: "delivery",
        scope: "still/queue",
        key: "a",
        messageId: "a",
        receiveCount: 2,
        correlationId: [...w.records.keys()][0]?.slice(0, 32),
        verdict: "first",
        origin: undefined,
        ending: "completed",
        attempt: 1,
        fence: 1,
        durationMs: 10_500,
        acknowledged: true,
        error: undefined,
        source: "own-queue",
        ageMs: 13_500,
        leaseLeftMs: 29_500,
        visibilityLeftMs: 30_500,
        deadlineLeftMs: 49_500,
        renewals: 1,
        traceparent: "00-1-2-01",
      },
    ]);
    expect(w.invocations).toMatchObject([
      {
        scope: "still/queue",
        requestId: "request-1",
        functionName: "orders",
        deliveries: 1,
        durationMs: 10_500,
        fencedWrites: 0,
      },
    ]);
  });

  it("of one that began nothing: only how it ended", async () => {
    const w = stillWorld();
    await w.handle([{ ref: "a", correlationId: "chain-1" }]);
    w.clock.move(1_000);
    await w.handle([{ ref: "b", ...sameAs("a"), correlationId: "chain-2", sentAtMs: w.clock.wallMs() }]);

    expect(w.deliveries()[0]).toMatchObject({
      correlationId: "chain-1",
      deadlineLeftMs: undefined,
      visibilityLeftMs: undefined,
    });
    expect(w.deliveries()[1]).toMatchObject({
      key: "a",
      correlationId: "chain-2",
      verdict: "duplicate",
      origin: "resend",
      attempt: undefined,
      fence: undefined,
      durationMs: 0,
      ageMs: 0,
      leaseLeftMs: undefined,
      renewals: 0,
      traceparent: undefined,
    });
  });

  it("a claim that the store refuses for good, or cannot answer", async () => {
    const error = new OnceError("table-missing", "set it up");
    const w = stillWorld({
      store: {
        claim: async (requests) =>
          requests.map(({ label }) => (label === "late" ? { kind: "refused" } : { kind: "error", error })),
      },
    });
    await w.handle([{ ref: "late" }, { ref: "gone" }]);

    expect(w.deliveries()).toMatchObject([
      { ending: "fenced", verdict: undefined, error: undefined },
      { ending: "store-error", verdict: undefined, error },
    ]);
  });
});
