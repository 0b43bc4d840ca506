/** One invocation: what it asks the store for and for how long, what it tells the queue, and how it is told (P3, P5, P9). */

import { afterEach, describe, expect, it } from "vitest";
import { Attempt } from "../../src/engine/attempt.ts";
import { Session } from "../../src/engine/session.ts";
import { Warnings } from "../../src/engine/settings.ts";
import { OnceError } from "../../src/index.ts";
import { Stopwatch } from "../../src/ports.ts";
import type { Checkpoint, Store, Won } from "../../src/store.ts";
import { lasting, settled, stillClock, stillWorld } from "./still-world.ts";

const scope = { namespace: "n", name: "h", text: "n/h" };
const won: Won = {
  kind: "won",
  verdict: "first",
  fence: 7,
  attempts: 1,
  generation: 0,
  firstAttemptAtMs: 5,
  nowMs: 50_000,
  leaseUntilMs: 80_000,
  steps: {},
};

function sessionOf(store: Partial<Store<unknown>>, remainingMs?: number, marginMs = 500) {
  const clock = stillClock();
  let tokens = 0;
  const traits = {
    ...{ clock: "store", transactions: false, maxBatch: 10, maxResultBytes: 100, durability: "process" },
  } as const;
  const settings = {
    store: { traits, ...store } as Store<unknown>,
    namespace: "n",
    leaseMs: 30_000,
    retentionMs: 1_000,
    transactionMs: 1_000,
    development: false,
    clock,
    random: { token: () => `t${(tokens += 1)}`, fraction: () => 0 },
    shutdown: undefined,
    emit: () => {},
  };
  const context = remainingMs === undefined ? undefined : lasting(remainingMs);
  const session = new Session({ settings, scope, warnings: new Warnings(() => {}), context, marginMs });
  const attempt = (id = "i"): Attempt => {
    const request = session.request({ id, label: id });
    return new Attempt(session, request, won, new Stopwatch(clock));
  };
  return { session, clock, attempt };
}

const never = () => new Promise<never>(() => {});
const written = async (items: readonly unknown[]) => items.map(() => ({ kind: "written" }) as const);
const step = (atMs: number) => ({ kind: "keyed", state: "done", atMs }) as const;

describe("how long a store is waited for", () => {
  /** The longest time that an operation which is never answered was given. */
  async function limit(
    ask: (session: Session, attempt: Attempt) => Promise<unknown>,
    remainingMs?: number,
    marginMs?: number,
  ): Promise<number | undefined> {
    const store = { claim: never, release: never, renew: never, checkpoint: never };
    const { session, clock, attempt } = sessionOf(store, remainingMs, marginMs);
    const mine = attempt();
    clock.waits.length = 0;
    void ask(session, mine);
    await settled();
    return Math.max(...clock.waits);
  }

  it.each([
    [undefined, 30_000],
    [60_000, 30_000],
    [10_000, 9_500],
    [0, 1],
  ])(
    "D-01 · a claim, with %s ms left: no longer than the lease, and than something can be begun",
    async (left, ms) => {
      const claim = (session: Session) => session.claim([session.request({ id: "i", label: "i" })]);
      expect(await limit(claim, left)).toBe(ms);
    },
  );

  it.each([
    [undefined, 1_000],
    [1_050, 1_000],
    [700, 650],
    [40, 1],
  ])("D-01 · a release, with %s ms left: a second, and not to the very end", async (left, ms) => {
    expect(await limit((session, attempt) => session.release([attempt]), left)).toBe(ms);
  });

  it.each([
    [60_000, 10_000],
    [6_000, 6_000],
  ])("D-01 · a renewal, with %s ms left: a third of the lease", async (left, ms) => {
    expect(await limit((session, attempt) => session.renew([attempt]), left)).toBe(ms);
  });

  it.each([
    [60_000, 30_000],
    [6_000, 6_000],
  ])("D-01 · a step, with %s ms left: no longer than the lease", async (left, ms) => {
    const checkpoint = (session: Session, attempt: Attempt) =>
      session.checkpoint(attempt, { set: { a: step(1) } });
    expect(await limit(checkpoint, left)).toBe(ms);
  });

  it.each([
    [60_000, 500, 30_000],
    [10_000, 500, 9_900],
    [10_000, 200, 9_950],
  ])(
    "D-02 · an ending, with %s ms left and a margin of %s: as long as the lease, or a little less than the function lives",
    async (left, marginMs, ms) => {
      expect(await limit((session) => session.write("complete", [1], never), left, marginMs)).toBe(ms);
    },
  );
});

describe("leases and times", () => {
  it("C-11 · are whole milliseconds, rounded up: the lease never ends before the function does", () => {
    const { session } = sessionOf({}, 1_000.25);
    expect(session.leaseMs()).toBe(2_001);
    expect(session.request({ id: "i", label: "i" })).toMatchObject({ leaseMs: 2_001, runMs: 2_001 });
    expect(session.leaseMs(45_000)).toBe(2_001);
    expect(sessionOf({}).session.leaseMs()).toBe(30_000);
  });

  it("come with what the record needs of its owner", () => {
    const { session } = sessionOf({}, 60_000);
    expect(session.request({ id: "i", label: "l", messageId: "m", noTakeover: true })).toEqual({
      id: "i",
      label: "l",
      messageId: "m",
      noTakeover: true,
      scope: "n/h",
      token: "t1",
      leaseMs: 30_000,
      runMs: 61_000,
      retentionMs: 1_000,
      functionName: "orders",
    });
  });

  it("are known without a deadline where the context says none", () => {
    const settings = sessionOf({}).session.settings;
    const session = new Session({
      ...{ settings, scope, warnings: new Warnings(() => {}), marginMs: 500 },
      context: { functionName: "f", awsRequestId: "r" },
    });
    expect([session.hasDeadline, session.marginMs, session.functionName, session.requestId]).toEqual([
      false,
      0,
      "f",
      "r",
    ]);
    expect(session.messageIdKey).toBe(false);
  });
});

describe("the function's name", () => {
  const name = process.env["AWS_LAMBDA_FUNCTION_NAME"];
  afterEach(() => {
    if (name === undefined) delete process.env["AWS_LAMBDA_FUNCTION_NAME"];
    else process.env["AWS_LAMBDA_FUNCTION_NAME"] = name;
  });

  it("is the context's, or else that of Lambda's environment", () => {
    process.env["AWS_LAMBDA_FUNCTION_NAME"] = "from-environment";
    expect(sessionOf({}).session.functionName).toBe("from-environment");
    expect(sessionOf({}, 1_000).session.functionName).toBe("orders");
  });
});

describe("claims", () => {
  it("D-07 · that are won are held from then on, under a lease that counts from before they were asked for", async () => {
    const world = sessionOf({
      claim: async (requests) => {
        world.clock.move(2_000);
        return requests.map(({ id }) => (id === "won" ? won : { kind: "refused" }));
      },
    });
    const { session } = world;
    const answers = await session.claim([
      session.request({ id: "won", label: "l" }),
      session.request({ id: "lost", label: "l" }),
    ]);

    expect(answers.map(({ claim, attempt }) => [claim.kind, attempt !== undefined])).toEqual([
      ["won", true],
      ["refused", false],
    ]);
    expect([...session.held]).toEqual([answers[0]?.attempt]);
    expect(answers[0]?.attempt?.leaseLeftMs()).toBe(28_000);
    expect(answers[0]?.attempt?.owner).toEqual({ id: "won", token: "t1", fence: 7 });
  });

  it("that a store leaves unanswered are an error of the store, which asking again does not mend", async () => {
    const { session } = sessionOf({ claim: async () => [], checkpoint: async () => [] });
    const { claim } = await session.claimOne(session.request({ id: "i", label: "l" }));
    expect(claim).toMatchObject({ kind: "error", error: { code: "store-error", retryable: false } });
  });

  it("C-13 · that are given back are no longer held, and begin nothing any more", async () => {
    const released: unknown[] = [];
    const { session, attempt } = sessionOf({
      release: async (items) => (released.push(...items), written(items)),
    });
    const [one, other] = [attempt("one"), attempt("other")];
    session.held.add(one).add(other);
    await session.release([one]);

    expect(released).toEqual([{ id: "one", token: "t1", retentionMs: 1_000 }]);
    expect([one.ended, other.ended, [...session.held]]).toEqual([true, false, [other]]);
  });
});

describe("renewals", () => {
  it("C-02 · move the lease on from before they were asked for; what could not be asked is answered", async () => {
    const world = sessionOf({
      renew: async (items) => {
        world.clock.move(1_000);
        return items.map(({ id }) =>
          id === "fine"
            ? { kind: "written" }
            : { kind: "error", error: new OnceError("store-error", "away") },
        );
      },
    });
    const { session, clock, attempt } = world;
    const [fine, away] = [attempt("fine"), attempt("away")];
    clock.move(20_000);
    const unasked = await session.renew([fine, away]);

    expect(unasked).toEqual([away]);
    expect([fine.leaseLeftMs(), away.leaseLeftMs()]).toEqual([29_000, 9_000]);
    expect([fine.renewals, away.renewals, away.refused]).toEqual([1, 0, undefined]);
  });

  it("that a store leaves unanswered were not asked, and are counted as calls of their own", async () => {
    const { session, attempt } = sessionOf({ renew: async () => [], release: written });
    const mine = attempt();

    expect(await session.renew([mine])).toEqual([mine]);
    expect([mine.refused, mine.renewals]).toEqual([undefined, 0]);
    await session.release([mine]);
    expect(session.calls.times).toMatchObject({ renew: { calls: 1 }, release: { calls: 1 } });
  });

  it("C-02 · ask for as much as an effect needs", async () => {
    const asked: unknown[] = [];
    const { session, attempt } = sessionOf({
      renew: async (items) => (asked.push(...items), written(items)),
    });
    const mine = attempt();
    await session.renew([mine], 45_000);

    expect(asked).toEqual([{ id: "i", token: "t1", fence: 7, leaseMs: 45_000, retentionMs: 1_000 }]);
    expect(mine.leaseLeftMs()).toBe(45_000);
  });

  it("C-01 · refused after the attempt has ended lose nothing: its record is somebody's by right", async () => {
    const world = sessionOf({
      renew: async (items) => {
        session.letGo(mine);
        return items.map(() => ({ kind: "fenced" }));
      },
    });
    const { session } = world;
    const mine = world.attempt();
    await session.renew([mine]);

    expect([mine.refused, mine.told.signal.aborted]).toEqual([undefined, false]);
  });
});

describe("steps", () => {
  function recording(answer: (items: readonly Checkpoint[]) => ReturnType<Store["checkpoint"]> = written) {
    const asked: (readonly Checkpoint[])[] = [];
    const world = sessionOf({ checkpoint: (items) => (asked.push(items), answer(items)) });
    return { ...world, asked };
  }

  it("of several messages that are due together go together, those of one message as one item", async () => {
    const { session, attempt, asked } = recording();
    const [one, other] = [attempt("one"), attempt("other")];
    const all = await Promise.all([
      session.checkpoint(one, { set: { a: step(1) }, clear: ["x"] }),
      session.checkpoint(other, { set: { b: step(2) } }),
      session.checkpoint(one, { set: { c: step(3) } }),
      session.checkpoint(one, { clear: ["y"] }),
      session.checkpoint(other, { set: { e: step(5) } }),
    ]);

    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(["written"]));
    expect(asked).toEqual([
      [
        {
          ...{ id: "one", token: "t1", fence: 7, retentionMs: 1_000 },
          change: { set: { a: step(1), c: step(3) }, clear: ["x", "y"] },
        },
        {
          ...{ id: "other", token: "t2", fence: 7, retentionMs: 1_000 },
          change: { set: { b: step(2), e: step(5) }, clear: [] },
        },
      ],
    ]);
    await session.checkpoint(other, { set: { d: step(4) } });
    expect(asked).toHaveLength(2);
  });

  it("D-02 · are each answered as their own item was", async () => {
    const { session, attempt } = recording(async (items) =>
      items.map(({ id }) => ({ kind: id === "gone" ? "fenced" : "written" })),
    );
    const answers = await Promise.all(
      ["fine", "gone"].map((id) => session.checkpoint(attempt(id), { set: { a: step(1) } })),
    );
    expect(answers.map(({ kind }) => kind)).toEqual(["written", "fenced"]);

    const short = recording(async () => []);
    expect(await short.session.checkpoint(short.attempt(), { set: {} })).toMatchObject({
      kind: "error",
      error: { code: "store-error" },
    });
  });

  it("wait for company only where there can be any, and one timer is enough", async () => {
    const { session, attempt, clock } = recording();
    const waited = async (executing: number): Promise<number[]> => {
      session.executing = executing;
      clock.waits.length = 0;
      const both = [1, 2].map((atMs) => session.checkpoint(attempt(), { set: { a: step(atMs) } }));
      const timers = [...clock.waits];
      await Promise.all(both);
      return timers;
    };
    expect([await waited(1), await waited(2)]).toEqual([[0], [2]]);
  });
});

describe("an event", () => {
  it("C-10 · a message whose handle the queue no longer knows is lost, and the others go on", async () => {
    const w = stillWorld({ heartbeat: true });
    w.lost.push("b");
    const told: Record<string, unknown> = {};
    w.run = async ({ ref }, ctx) => {
      if (ref === "a") w.clock.move(10_000);
      await settled();
      told[ref] = ctx.signal.aborted && ctx.signal.reason;
    };
    await w.handle([{ ref: "b" }, { ref: "a" }]);

    expect(told).toMatchObject({ a: false, b: { code: "fenced" } });
    expect(w.endings()).toEqual({ a: "completed", b: "fenced" });
    // For a second longer than the lease, and of every message that was not returned.
    expect(w.moved).toEqual([{ a: 31_000, b: 31_000 }]);
  });

  it("C-02 · without a heartbeat moves no message, but keeps its leases", async () => {
    for (const more of [{ heartbeat: false }, { heartbeat: true, transport: false }] as const) {
      const w = stillWorld(more);
      w.run = async () => {
        w.clock.move(10_000);
        await settled();
      };
      await w.handle([{ ref: "a" }]);

      expect([w.moved, w.asked.renew, w.clock.waiting()]).toEqual([[], [["a"]], 0]);
    }
  });

  it("moves what failed by the handler's backoff, and asks for nothing where nothing is to be moved", async () => {
    const w = stillWorld({ backoff: (attempt) => attempt * 7_000 });
    w.run = async ({ ref }) => {
      if (ref !== "fine") throw new Error("no");
    };
    await w.handle([{ ref: "fine" }]);
    expect(w.moved).toEqual([]);
    await w.handle([{ ref: "a" }, { ref: "fine" }, { ref: "b" }]);
    await w.handle([{ ref: "a" }]);

    expect(w.moved).toEqual([{ a: 7_000, b: 7_000 }, { a: 14_000 }]);
  });

  it("A-09 · moves a busy message to the end of its owner's lease, and from the third receive on of its run", async () => {
    const w = stillWorld();
    w.run = () => new Promise(() => {});
    void w.handle([{ ref: "a" }]);
    await settled();
    await w.handle([{ ref: "a", receiveCount: 2 }]);
    await w.handle([{ ref: "a", receiveCount: 3 }]);

    expect(w.moved).toEqual([{ a: 30_000 }, { a: 901_000 }]);
  });

  it("answers each delivery in the order of the event, with the handler's result or the one that was stored", async () => {
    const w = stillWorld({ handler: { storeResult: true } });
    w.run = async ({ ref }) => ({ of: ref });
    const first = await w.handle([{ ref: "a" }, { ref: "b", key: "" }]);
    const second = await w.handle([{ ref: "a" }]);

    expect(first).toEqual([
      { ref: "a", ending: "completed", acknowledge: true, result: { of: "a" } },
      { ref: "b", ending: "invalid", acknowledge: false, result: undefined },
    ]);
    expect(second).toEqual([{ ref: "a", ending: "duplicate", acknowledge: true, result: '{"of":"a"}' }]);
  });

  it("A-10 · says once that its key is the message id, and passes on once what the source warns of", async () => {
    const w = stillWorld({ messageIdKey: true, warns: new OnceError("visibility-permission", "no right") });
    for (const ref of ["a", "b"]) await w.handle([{ ref }]);

    expect(w.events.filter(({ kind }) => kind === "warning")).toMatchObject([
      { scope: "still/queue", error: { code: "message-id-key" } },
      { scope: "still/queue", error: { code: "visibility-permission" } },
    ]);
    const silent = stillWorld();
    await silent.handle([{ ref: "a" }]);
    expect(silent.warnings()).toEqual([]);
  });

  it("leaves no timer behind, even where a backoff throws", async () => {
    const w = stillWorld({
      backoff: () => {
        throw new Error("a bug in it");
      },
    });
    w.run = async () => {
      throw new Error("no");
    };
    await expect(w.handle([{ ref: "a" }], lasting(60_000))).rejects.toThrow("a bug in it");

    expect(w.clock.waiting()).toBe(0);
  });

  it("of no deliveries is told as an invocation, and nobody is asked", async () => {
    const w = stillWorld({ heartbeat: true });
    expect(await w.handle([], lasting(60_000))).toEqual([]);

    expect(w.invocations).toMatchObject([{ deliveries: 0, store: {}, durationMs: 0 }]);
    expect([w.moved, w.asked.claim, w.events]).toEqual([[], [], []]);
  });
});
