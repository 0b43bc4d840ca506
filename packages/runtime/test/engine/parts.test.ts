/** The engine's small parts, asked directly: what their numbers and answers are at the edges. */

import { describe, expect, it } from "vitest";
import { ask, storeError } from "../../src/engine/ask.ts";
import { Beat } from "../../src/engine/beat.ts";
import { Attempt, deadlineError, fencedError } from "../../src/engine/attempt.ts";
import { withDeadline } from "../../src/engine/deadline.ts";
import { heldBy } from "../../src/engine/hold.ts";
import { Session } from "../../src/engine/session.ts";
import { type Scope, type Settings, Warnings } from "../../src/engine/settings.ts";
import { restore, storable } from "../../src/engine/values.ts";
import { type VisibilityQuestion, visibilityMs } from "../../src/engine/visibility.ts";
import { OnceError } from "../../src/errors.ts";
import { type Clock, Stopwatch } from "../../src/ports.ts";
import type { Store, Won } from "../../src/store.ts";
import type { OnceEvent } from "../../src/types.ts";

/** Time stands still unless it is moved; what waits goes on at once, and how long it wanted to is kept. */
function stillClock() {
  let nowMs = 1_000_000;
  const waits: number[] = [];
  const pending = new Map<object, { readonly ms: number; readonly fn: () => void }>();
  const clock: Clock & { move(ms: number): void; readonly waits: number[]; fire(): void } = {
    waits,
    wallMs: () => nowMs,
    monotonicMs: () => nowMs,
    after(ms, fn) {
      const timer = {};
      pending.set(timer, { ms, fn });
      return () => void pending.delete(timer);
    },
    move: (ms) => void (nowMs += ms),
    /** The shortest wait ends. */
    fire() {
      const [first] = [...pending].toSorted(([, a], [, b]) => a.ms - b.ms);
      if (!first) return;
      pending.delete(first[0]);
      waits.push(first[1].ms);
      nowMs += first[1].ms;
      first[1].fn();
    },
  };
  return clock;
}

const random = { token: () => "t", fraction: () => 0.5 };
const scope: Scope = { namespace: "n", name: "h", text: "n/h" };

function sessionOf(more: { remainingMs?: number; marginMs?: number; store?: Partial<Store<unknown>> } = {}) {
  const clock = stillClock();
  const events: OnceEvent[] = [];
  const settings: Settings<unknown> = {
    store: {
      traits: {
        clock: "store",
        transactions: false,
        maxBatch: 2,
        maxResultBytes: 100,
        durability: "process",
      },
      ...more.store,
    } as Store<unknown>,
    namespace: "n",
    leaseMs: 30_000,
    retentionMs: 1_000,
    transactionMs: 1_000,
    development: false,
    clock,
    random,
    shutdown: undefined,
    emit: (said) => events.push(said),
  };
  const { remainingMs } = more;
  const context =
    remainingMs === undefined
      ? undefined
      : { functionName: "f", getRemainingTimeInMillis: () => remainingMs };
  const warnings = new Warnings(settings.emit);
  const session = new Session({ settings, scope, warnings, context, marginMs: more.marginMs ?? 500 });
  return { session, clock, events, settings };
}

const won: Won = {
  kind: "won",
  verdict: "first",
  fence: 7,
  attempts: 2,
  generation: 0,
  firstAttemptAtMs: 5,
  nowMs: 50_000,
  leaseUntilMs: 80_000,
  steps: {},
};

function attemptOf(session: Session): Attempt {
  const request = session.request({ id: "i", label: "order 1" });
  return new Attempt(session, request, won, new Stopwatch(session.settings.clock));
}

describe("visibility", () => {
  const question: VisibilityQuestion = {
    how: "leave",
    attempt: 2,
    receiveCount: 1,
    leaseLeftMs: 5_000,
    busy: { leftMs: 8_000, runLeftMs: 90_000 },
  };

  it("P9 · leave says nothing; a backoff is the user's, kept between 0 and twelve hours, and none where there is none", () => {
    expect(visibilityMs(question, () => 7, random)).toBeUndefined();
    const backoff = { ...question, how: "backoff" } as const;
    expect(visibilityMs(backoff, (attempt) => attempt * 100, random)).toBe(200);
    expect(visibilityMs({ ...backoff, attempt: undefined }, (attempt) => attempt * 100, random)).toBe(100);
    expect(visibilityMs(backoff, () => -5, random)).toBe(0);
    expect(visibilityMs(backoff, () => Number.NaN, random)).toBe(0);
    expect(visibilityMs(backoff, () => 1e12, random)).toBe(43_200_000);
    expect(visibilityMs(backoff, undefined, random)).toBeUndefined();
  });

  it("P9 · at the deadline: when the lease is over, with up to a second of jitter; at once where none was held", () => {
    const deadline = { ...question, how: "deadline" } as const;
    expect(visibilityMs(deadline, undefined, random)).toBe(5_500);
    expect(visibilityMs({ ...deadline, leaseLeftMs: undefined }, undefined, random)).toBe(500);
  });

  it("A-09 · busy: when the lease is over; from the third receive on when the run is", () => {
    const busy = { ...question, how: "busy" } as const;
    expect(visibilityMs(busy, undefined, random)).toBe(8_500);
    expect(visibilityMs({ ...busy, receiveCount: 2 }, undefined, random)).toBe(8_500);
    expect(visibilityMs({ ...busy, receiveCount: 3 }, undefined, random)).toBe(90_500);
    expect(visibilityMs({ ...busy, receiveCount: undefined }, undefined, random)).toBe(8_500);
    expect(visibilityMs({ ...busy, busy: { leftMs: -9, runLeftMs: -9 } }, undefined, random)).toBe(500);
    expect(visibilityMs({ ...busy, busy: undefined }, undefined, random)).toBeUndefined();
  });
});

describe("an attempt", () => {
  it("D-07 · its lease counts from before the request; the store's clock goes on from the answer", () => {
    const { session, clock } = sessionOf();
    const attempt = attemptOf(session);
    clock.move(4_000);

    expect(attempt.leaseLeftMs()).toBe(26_000);
    expect(attempt.storeNowMs()).toBe(54_000);
    const watch = new Stopwatch(clock);
    clock.move(1_000);
    attempt.leased(watch, 10_000);
    expect(attempt.leaseLeftMs()).toBe(9_000);
    expect(attempt.owner).toEqual({ id: "i", token: "t", fence: 7 });
  });

  it("C-01 · one that is lost tells its handler and refuses everything after, for its first reason", () => {
    const { session } = sessionOf();
    const attempt = attemptOf(session);
    const first = fencedError("order 1");
    attempt.lose(first);
    attempt.lose(deadlineError("order 1"));
    attempt.refuse(deadlineError("order 1"));

    expect([attempt.refused, attempt.cut.signal.reason, attempt.told.signal.reason]).toEqual([
      first,
      first,
      first,
    ]);
    expect(first).toMatchObject({
      code: "fenced",
      retryable: true,
      message: expect.stringContaining("order 1") as string,
    });
    expect(deadlineError("order 1")).toMatchObject({ code: "deadline", retryable: true });
  });

  it("D-04 · steps that were not confirmed go with the failure, those of the failure itself beside them; none: nothing", () => {
    const { session } = sessionOf();
    const attempt = attemptOf(session);
    const step = { kind: "plain", state: "intent", atMs: 1 } as const;
    expect(attempt.leftovers()).toBeUndefined();
    expect(attempt.leftovers({ set: { a: step } })).toEqual({ set: { a: step }, clear: [] });
    expect(attempt.leftovers({ clear: ["x"] })).toEqual({ set: {}, clear: ["x"] });
    attempt.remember({ set: { b: step } });
    attempt.remember({ clear: ["c"] });

    expect(attempt.leftovers({ set: { a: step }, clear: ["d"] })).toEqual({
      set: { b: step, a: step },
      clear: ["c", "d"],
    });
  });
});

describe("an invocation", () => {
  it("C-11 · leases end a second after the function does; nothing new is begun within the margin, which is half of little", () => {
    const { session, clock } = sessionOf({ remainingMs: 10_000 });
    clock.move(3_000);
    expect([session.leftMs(), session.workLeftMs(), session.leaseMs()]).toEqual([7_000, 6_500, 8_000]);
    expect(session.request({ id: "i", label: "l" })).toMatchObject({
      leaseMs: 8_000,
      runMs: 8_000,
      functionName: "f",
    });
    clock.move(9_000);
    expect(session.leaseMs()).toBe(1);
    expect(session.request({ id: "i", label: "l" }).runMs).toBe(1_000);
    expect(sessionOf({ remainingMs: 600 }).session.marginMs).toBe(300);
    expect(sessionOf({ remainingMs: 60_000 }).session.leaseMs(45_000)).toBe(45_000);
    const outside = sessionOf().session;
    expect([outside.hasDeadline, outside.marginMs, outside.leftMs()]).toEqual([false, 0, 900_000]);
  });

  it("D-04 · a claim whose answer never came is released by its token; one that was refused for good is not", async () => {
    const released: unknown[] = [];
    const error = (retryable: boolean) => new OnceError("store-error", "away", { retryable });
    const store: Partial<Store<unknown>> = {
      claim: async (requests) => requests.map(({ id }) => ({ kind: "error", error: error(id === "lost") })),
      release: async (items) => {
        released.push(...items);
        return items.map(() => ({ kind: "written" }));
      },
    };
    const { session, clock } = sessionOf({ store });
    const asking = session.claim([
      session.request({ id: "lost", label: "l" }),
      session.request({ id: "refused", label: "l" }),
    ]);
    for (let turn = 0; turn < 40; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (turn % 4 === 3) clock.fire();
    }
    await asking;

    expect(released).toEqual([{ id: "lost", token: "t", retentionMs: 1_000 }]);
  });

  it("C-01 · a renewal that is refused loses its attempt; one in a transaction, or ended, is not asked for", async () => {
    const asked: string[] = [];
    const store: Partial<Store<unknown>> = {
      renew: async (items) => {
        asked.push(...items.map(({ id }) => id));
        return items.map(({ id }) => ({ kind: id === "gone" ? "fenced" : "written" }));
      },
    };
    const { session } = sessionOf({ store });
    const make = (id: string): Attempt =>
      new Attempt(session, session.request({ id, label: id }), won, new Stopwatch(session.settings.clock));
    const [mine, gone, busy, over] = [make("mine"), make("gone"), make("busy"), make("over")];
    busy.transactions = 1;
    over.ended = true;
    const unasked = await session.renew([mine, gone, busy, over]);

    expect(asked).toEqual(["mine", "gone"]);
    expect([unasked, mine.refused, mine.renewals]).toEqual([[], undefined, 1]);
    expect(gone.refused?.code).toBe("fenced");
    expect(gone.told.signal.aborted).toBe(true);
    session.held.add(mine);
    session.letGo(mine);
    expect([mine.ended, session.held.size]).toEqual([true, 0]);
  });
});

describe("asking a store", () => {
  it("in pieces, again with what was not answered only, and no longer than it may", async () => {
    const clock = stillClock();
    const asked: (readonly number[])[] = [];
    const away = { kind: "error", error: new OnceError("store-error", "away", { retryable: true }) } as const;
    const bad = { kind: "error", error: new OnceError("unstorable-value", "no") } as const;
    const call = async (items: readonly number[]) => {
      asked.push(items);
      return items.map((item) =>
        item === 2 && asked.length < 4 ? away : item === 3 ? bad : ({ kind: "ok" } as const),
      );
    };
    const asking = ask([1, 2, 3], call, { clock, random, maxTries: 9, limitMs: 10_000, maxBatch: 2 });
    for (let turn = 0; turn < 40; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (turn % 4 === 3) clock.fire();
    }

    expect((await asking).map(({ kind }) => kind)).toEqual(["ok", "ok", "error"]);
    expect(asked).toEqual([[1, 2], [2], [2], [2], [3]]);
    // Doubling, jittered around their own length.
    expect(clock.waits.slice(0, 3)).toEqual([25, 50, 100]);
  });

  it("a store that throws, or never answers, is an error that may pass", async () => {
    const clock = stillClock();
    const never = ask([1], () => new Promise<never>(() => {}), {
      clock,
      random,
      maxTries: 1,
      limitMs: 400,
      maxBatch: 1,
    });
    await new Promise((resolve) => setImmediate(resolve));
    clock.fire();
    const [silent] = await never;

    expect(silent).toMatchObject({ kind: "error", error: { code: "store-error", retryable: true } });
    expect(String((silent as { error: Error }).error)).toContain("no answer within 400 ms");
    const own = new OnceError("table-missing", "set it up");
    expect(storeError(own)).toBe(own);
    expect(storeError("a text")).toMatchObject({ code: "store-error", retryable: true, cause: "a text" });
    expect(storeError(new Error("reset")).message).toContain("reset");
  });
});

describe("values", () => {
  it("what JSON holds goes through it, to the byte; what it does not hold is named", () => {
    expect(storable("It", undefined, 0)).toEqual({ ok: true, json: undefined });
    expect(storable("It", "é", 4)).toEqual({ ok: true, json: '"é"' });
    expect(storable("It", "é", 3)).toMatchObject({ ok: false, error: { code: "unstorable-value" } });
    expect(storable("It", () => 1, 99)).toMatchObject({ ok: false });
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const wrong = storable("The result", cycle, 99);
    expect(
      wrong.ok
        ? undefined
        : [wrong.error.message.includes("The result"), wrong.error.cause instanceof TypeError],
    ).toEqual([true, true]);
    expect([restore(undefined), restore("null"), restore('{"a":1}')]).toEqual([undefined, null, { a: 1 }]);
  });
});

describe("holding", () => {
  it("E-08 · held only where a destination has taken it; one that throws is warned of, and the message stays", async () => {
    const { session, events } = sessionOf();
    const got: unknown[] = [];
    const take = async (...args: unknown[]) => void got.push(args);
    expect(await heldBy(undefined, session, "m", { ending: "invalid" })).toBe(false);
    expect(await heldBy(take, session, "m", { ending: "invalid", error: new Error("why") })).toBe(true);
    expect(await heldBy(take, session, "n", { ending: "in-doubt" })).toBe(true);
    const full = async () => {
      throw new Error("full");
    };
    expect(await heldBy(full, session, "m", { ending: "invalid" })).toBe(false);

    expect(got).toEqual([
      ["m", "invalid", "why"],
      ["n", "in-doubt", "in-doubt"],
    ]);
    expect(events).toMatchObject([
      { kind: "warning", scope: "n/h", error: { code: "hold-failed", retryable: true } },
    ]);
  });
});

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe("the heartbeat", () => {
  it("C-02 · every third of the lease it renews what is held, and makes messages invisible for a second longer than the lease", async () => {
    const asked: string[][] = [];
    const extended: number[] = [];
    const store: Partial<Store<unknown>> = {
      renew: async (items) => {
        asked.push(items.map(({ id }) => id));
        return items.map(() => ({ kind: "written" }));
      },
    };
    const { session, clock } = sessionOf({ store, remainingMs: 600_000 });
    session.held.add(attemptOf(session));
    const beat = new Beat(session, async (ms) => void extended.push(ms));
    clock.fire();
    await turns();
    clock.fire();
    await turns();
    await beat.stop();
    clock.fire();
    await turns();

    expect(clock.waits.filter((ms) => ms === 10_000).length).toBe(2);
    expect(asked).toEqual([["i"], ["i"]]);
    expect(extended).toEqual([31_000, 31_000]);
    expect(session.visibilityLeftMs()).toBe(31_000);
  });

  it("D-07 · a store that does not answer is asked sooner again, and the handler is told while the lease still holds", async () => {
    const away = { kind: "error", error: new OnceError("store-error", "away") } as const;
    const store: Partial<Store<unknown>> = { renew: async (items) => items.map(() => away) };
    const { session, clock } = sessionOf({ store, remainingMs: 600_000 });
    const attempt = attemptOf(session);
    const inTransaction = attemptOf(session);
    session.held.add(attempt);
    const beat = new Beat(session, undefined);
    const told: (readonly [number, boolean])[] = [];
    for (let tick = 0; tick < 9 && !attempt.told.signal.aborted; tick += 1) {
      clock.fire();
      await turns();
      told.push([attempt.leaseLeftMs(), attempt.told.signal.aborted]);
    }
    await beat.stop();

    expect(told).toEqual([
      [20_000, false],
      [17_500, false],
      [15_000, false],
      [12_500, false],
      [10_000, false],
      [7_500, false],
      [5_000, false],
      [2_500, true],
    ]);
    expect(attempt.refused?.code).toBe("fenced");
    expect(inTransaction.told.signal.aborted).toBe(false);
  });
});

describe("the deadline", () => {
  it("C-03 · the handler is told at the margin, and left alone at half of it; then nothing of it is written", async () => {
    const { session, clock } = sessionOf({ remainingMs: 10_000, marginMs: 1_000 });
    const attempt = attemptOf(session);
    attempt.begun = true;
    session.held.add(attempt);
    const ending = withDeadline(session, attempt, new Promise(() => {}));
    clock.fire();
    expect([
      clock.waits.at(-1),
      attempt.told.signal.aborted,
      attempt.cut.signal.aborted,
      attempt.ended,
    ]).toEqual([9_000, true, true, false]);
    clock.fire();
    const end = await ending;

    expect([clock.waits.at(-1), attempt.ended, session.held.size]).toEqual([500, true, 0]);
    expect(end).toMatchObject({ ending: "deadline", error: { code: "deadline" } });
  });

  it("B-12 · at the end of the process the handler is told, and may finish what it has begun", async () => {
    const { session, settings } = sessionOf();
    const ended = new AbortController();
    const attempt = attemptOf(
      new Session({
        settings: { ...settings, shutdown: ended.signal },
        scope,
        warnings: session.warnings,
        context: undefined,
        marginMs: 0,
      }),
    );
    const running = Promise.withResolvers<{ ending: "completed" }>();
    const ending = withDeadline(attempt.session, attempt, running.promise);
    ended.abort();

    expect([attempt.told.signal.aborted, attempt.cut.signal.aborted]).toEqual([true, false]);
    expect(attempt.told.signal.reason).toMatchObject({ code: "shutdown", retryable: true });
    running.resolve({ ending: "completed" });
    expect(await ending).toEqual({ ending: "completed" });
    const late = attemptOf(attempt.session);
    await withDeadline(late.session, late, Promise.resolve({ ending: "completed" as const }));
    expect(late.told.signal.reason).toMatchObject({ code: "shutdown" });
  });
});
