/** From a won claim to its last write: when a handler is begun, what it is given, and how its message ends (P4, P6, P7). */

import { describe, expect, it } from "vitest";
import { contextOf, current } from "../../src/engine/current.ts";
import { derivedKey } from "../../src/core/key.ts";
import { type Context, OnceError, Permanent } from "../../src/index.ts";
import type { Store, Written } from "../../src/store.ts";
import { lasting, settled, stillWorld } from "./still-world.ts";

const away = { kind: "error", error: new OnceError("store-error", "away") } as const;
const each =
  (answer: Written) =>
  async (items: readonly unknown[]): Promise<readonly Written[]> =>
    items.map(() => answer);
/** In the place of a database: what the body made is committed with the record. */
const committing: Partial<Store<never>> = {
  transact: async ({ change }, body) => {
    const value = await body(undefined as never);
    change(value);
    return { kind: "committed", value };
  },
};
type Committing = Context<never> & { commit<T>(fn: () => Promise<T>): Promise<T> };
const only = (w: ReturnType<typeof stillWorld>) => w.deliveries().at(-1);
const reject = async (): Promise<never> => {
  throw new Error("refused by the other side");
};

describe("before a handler begins", () => {
  it("C-06 · a claim whose answer came too late is asked for again: a handler begins only under a lease", async () => {
    const w = stillWorld();
    w.after.claim = () => w.clock.stall(31_000);
    await w.handle([{ ref: "a" }]);

    expect([w.ran, w.asked.renew, w.asked.release]).toEqual([["a"], [["a"]], []]);
  });

  it("C-01 · one that was lost while it waited for its turn is not begun, and its claim is given back", async () => {
    const w = stillWorld({
      concurrency: 1,
      store: { renew: async (items) => items.map((_, at) => ({ kind: at === 1 ? "fenced" : "written" })) },
    });
    w.run = async () => {
      w.clock.move(10_000);
      await settled();
    };
    await w.handle([{ ref: "a" }, { ref: "b" }]);

    expect([w.ran, w.asked.release]).toEqual([["a"], [["b"]]]);
    expect(only(w)).toMatchObject({
      ending: "fenced",
      verdict: "first",
      attempt: 1,
      leaseLeftMs: undefined,
      error: { code: "fenced", retryable: true },
    });
  });

  it("C-13 · one that waits for its lease until the deadline is given back once, and not begun when the answer comes", async () => {
    const w = stillWorld();
    const answer = Promise.withResolvers<void>();
    w.after.claim = () => w.clock.stall(31_000);
    w.after.renew = () => answer.promise;
    const reply = w.handle([{ ref: "a" }], lasting(40_000));
    await settled();
    // Past the deadline, and before the store is no longer waited for.
    w.clock.move(8_600);
    expect(await reply).toMatchObject([{ ending: "deadline", acknowledge: false }]);
    answer.resolve();
    await settled();

    expect([w.ran, w.asked.release, w.record("a")?.state]).toEqual([[], [["a"]], "released"]);
    expect(only(w)).toMatchObject({
      ending: "deadline",
      error: { code: "deadline" },
      leaseLeftMs: undefined,
    });
  });
});

describe("the context", () => {
  it("says who the attempt is, and derives the keys that keyed hands out", async () => {
    const w = stillWorld();
    const given: unknown[] = [];
    w.run = async (_given, ctx) => {
      const [id = ""] = w.records.keys();
      given.push(ctx.key, ctx.attempt, ctx.verdict, ctx.correlationId, ctx.delivery, ctx.signal.aborted);
      expect(ctx.keyFor("charge")).toBe(derivedKey(id, 0, "charge"));
      await ctx.keyed("charge", async ({ key }) => expect(key).toBe(ctx.keyFor("charge")));
    };
    await w.handle([{ ref: "a", key: ["eu", 7], correlationId: "chain-1", receiveCount: 3, sentAtMs: 5 }]);

    expect(given).toEqual([
      "eu · 7",
      1,
      "first",
      "chain-1",
      { source: "own-queue", messageId: "a", receiveCount: 3, sentAtMs: 5 },
      false,
    ]);
    expect(w.endings()).toEqual({ a: "completed" });
  });

  it("C-16 · is found by whose it is, however deep; and not by another", async () => {
    const [outer, inner, other] = [stillWorld(), stillWorld(), stillWorld()];
    const found: unknown[] = [];
    outer.run = async (_given, own) => {
      inner.run = async (_inner, theirs) => {
        found.push(outer.once.context() === own, inner.once.context() === theirs, other.once.context());
        found.push(current()?.context === theirs, current()?.carrier, current()?.outer?.carrier);
      };
      await inner.handle([{ ref: "b" }]);
      found.push(inner.once.context(), outer.once.context() === own);
    };
    await outer.handle([{ ref: "a", carrier: { traceparent: "00-1-2-01" } }]);

    expect(found).toEqual([true, true, undefined, true, {}, { traceparent: "00-1-2-01" }, undefined, true]);
    expect([current(), contextOf({}), outer.once.context()]).toEqual([undefined, undefined, undefined]);
  });
});

describe("a handler that returns", () => {
  it("A-03 · is completed with its result, of which nothing is stored where nobody asked for it", async () => {
    for (const [storeResult, value, stored] of [
      [true, { a: 1 }, '{"a":1}'],
      [true, undefined, "null"],
      [false, { a: 1 }, undefined],
    ] as const) {
      const w = stillWorld({ handler: { storeResult } });
      w.run = async () => value;
      const [end] = await w.handle([{ ref: "a" }]);

      expect([end?.result, w.record("a")?.result]).toEqual([value, stored]);
      expect([w.record("a")?.state, only(w)?.error, w.warnings()]).toEqual(["completed", undefined, []]);
    }
  });

  it("C-03 · whose completion is refused has lost its record; whose completion fails has not been heard", async () => {
    const fenced = stillWorld({ store: { complete: each({ kind: "fenced" }) } });
    await fenced.handle([{ ref: "a" }]);
    expect(only(fenced)).toMatchObject({
      ending: "fenced",
      acknowledged: false,
      error: { code: "fenced", retryable: true },
    });

    const failing = stillWorld({ store: { complete: each(away) } });
    await failing.handle([{ ref: "a" }]);
    expect(only(failing)).toMatchObject({ ending: "store-error", acknowledged: false, error: away.error });
  });

  it("is waited for by no one: its ending is written at once, and only beside others a moment later", async () => {
    const alone = stillWorld();
    await alone.handle([{ ref: "a" }]);
    expect(alone.clock.waits).not.toContain(5);

    const w = stillWorld();
    let finish = (): void => {};
    w.run = ({ ref }) =>
      ref === "b" ? new Promise<void>((resolve) => (finish = resolve)) : Promise.resolve();
    const both = w.handle([{ ref: "a" }, { ref: "b" }]);
    await settled();
    expect(w.clock.waits).toContain(5);
    // Ended by now, it is no longer renewed.
    w.clock.move(10_000);
    await settled();
    finish();
    await both;
    expect(w.asked.renew).toEqual([["b"]]);
  });

  it("before its effects are done is waited for, also for those that follow on them, and told of it", async () => {
    const w = stillWorld();
    const done: string[] = [];
    w.run = async (_given, ctx) => {
      void ctx
        .repeatable("one", async () => (await settled(), done.push("one")))
        .then(() => ctx.repeatable("two", async () => (await settled(), done.push("two"))));
    };
    await w.handle([{ ref: "a" }]);

    expect(done).toEqual(["one", "two"]);
    expect([w.endings(), w.warnings()]).toEqual([{ a: "completed" }, ["verb-not-awaited"]]);
  });

  it("before an effect of it has failed has failed with it; its own error comes first", async () => {
    const w = stillWorld();
    w.run = async ({ ref }, ctx) => {
      void ctx.repeatable("fine", async () => settled()).catch(() => {});
      void ctx.repeatable("call", async () => (await settled(), reject())).catch(() => {});
      if (ref === "b") throw new Error("its own");
    };
    await w.handle([{ ref: "a" }]);
    await w.handle([{ ref: "b" }]);

    expect(w.deliveries().map(({ ending, error }) => [ending, (error as Error).message])).toEqual([
      ["failed", "refused by the other side"],
      ["failed", "its own"],
    ]);
  });
});

describe("after a commit", () => {
  const world = () => stillWorld({ store: committing, handler: { storeResult: true } });

  it("the message is completed, with the handler's result, and nothing more is written", async () => {
    const w = world();
    w.run = async (_given, ctx) => {
      await (ctx as Committing).commit(async () => 1);
      return 2;
    };
    const ends = await w.handle([{ ref: "a" }]);

    expect(ends).toMatchObject([{ ending: "completed", acknowledge: true, result: 2 }]);
    expect([w.asked.complete, w.asked.fail, w.warnings(), only(w)?.error]).toEqual([[], [], [], undefined]);
  });

  it("an error is told, and changes nothing", async () => {
    const w = world();
    w.run = async (_given, ctx) => {
      await (ctx as Committing).commit(async () => 1);
      return reject();
    };
    const ends = await w.handle([{ ref: "a" }]);

    expect(ends).toMatchObject([{ ending: "completed", acknowledge: true }]);
    expect([w.asked.fail, w.warnings()]).toEqual([[], ["error-after-commit"]]);
    expect(String(only(w)?.error)).toContain("refused by the other side");
  });

  it("what others linger with is written at once: nobody is left who could bring more", async () => {
    const w = world();
    let finish = (): void => {};
    w.run = async ({ ref }, ctx) => {
      if (ref === "a") return;
      await new Promise<void>((resolve) => (finish = resolve));
      await (ctx as Committing).commit(async () => 1);
    };
    const { after } = w.clock;
    // The wait for company does not end by itself here.
    w.clock.after = (ms, fn) => (ms === 5 ? () => {} : after(ms, fn));
    let answered = false;
    void w.handle([{ ref: "a" }, { ref: "b" }]).then(() => (answered = true));
    await settled();
    expect([answered, w.asked.complete]).toEqual([false, []]);
    finish();
    await settled();

    expect([answered, w.asked.complete]).toEqual([true, [["a"]]]);
  });

  it("run throws what was thrown, although it is completed", async () => {
    const w = world();
    const running = w.once.run("k", async (ctx) => {
      await (ctx as Committing).commit(async () => 1);
      return reject();
    });
    await expect(running).rejects.toThrow("refused by the other side");
    expect(only(w)).toMatchObject({ ending: "completed", acknowledged: true });
  });

  it("that failed, a handler that swallows its error has failed all the same", async () => {
    const w = world();
    w.run = async (_given, ctx) => {
      await (ctx as Committing).commit(reject).catch(() => {});
    };
    await w.handle([{ ref: "a" }]);

    expect(only(w)).toMatchObject({ ending: "failed", error: { code: "commit-failed", retryable: true } });
    expect(w.record("a")?.state).toBe("failed");
  });
});

describe("a handler that fails", () => {
  it("E-08 · has failed, for its own error; at the deadline it has not, and comes again at once", async () => {
    const w = stillWorld({ deadlineMarginMs: 4_000 });
    w.run = reject;
    await w.handle([{ ref: "a" }]);
    expect(only(w)).toMatchObject({ ending: "failed", error: { message: "refused by the other side" } });
    expect(w.record("a")).toMatchObject({ state: "failed", steps: {} });

    w.run = (_given, { signal }) =>
      new Promise((_resolve, rejectLate) =>
        signal.addEventListener("abort", () => rejectLate(new Error("stopped"))),
      );
    const reply = w.handle([{ ref: "b" }], lasting(10_000));
    await settled();
    w.clock.move(6_000);
    await reply;
    expect(only(w)).toMatchObject({ ending: "deadline", error: { message: "stopped" } });
    expect(w.record("b")?.state).toBe("failed");
  });

  it("B-05 · for good is held: the record has an open step of the handler itself", async () => {
    const w = stillWorld();
    w.run = async () => {
      throw new Permanent("never");
    };
    await w.handle([{ ref: "a" }]);

    expect(only(w)).toMatchObject({ ending: "in-doubt", verdict: "first", error: { message: "never" } });
    expect(w.record("a")).toMatchObject({
      state: "failed",
      steps: { "(handler)": { kind: "handler", state: "intent", open: true, atMs: w.clock.wallMs() } },
    });
  });

  it("C-03 · after its record was taken over has lost it, whatever it failed of", async () => {
    for (const error of [new Error("no"), new Permanent("never")]) {
      const w = stillWorld({ store: { fail: each({ kind: "fenced" }) } });
      w.run = async () => {
        throw error;
      };
      await w.handle([{ ref: "a" }]);
      expect(only(w)).toMatchObject({ ending: "fenced", error });
    }
  });

  it("D-03 · while the store cannot be written to has failed: its own error is told", async () => {
    const w = stillWorld({ store: { fail: each(away) } });
    w.run = reject;
    await w.handle([{ ref: "a" }]);
    expect(only(w)).toMatchObject({ ending: "failed", error: { message: "refused by the other side" } });
  });

  it("C-01 · or swallows that its lease is lost, writes nothing more", async () => {
    const w = stillWorld({ store: { renew: each({ kind: "fenced" }) } });
    for (const ref of ["throws", "swallows"]) {
      w.run = async (_given, ctx) => {
        w.clock.move(10_000);
        await settled();
        const call = ctx.repeatable("call", async () => 1);
        await (ref === "throws" ? call : call.catch(() => {}));
      };
      await w.handle([{ ref }]);
      expect(only(w)).toMatchObject({ ending: "fenced", error: { code: "fenced" } });
    }
    expect([w.asked.fail, w.asked.complete]).toEqual([[], []]);
  });

  it("B-05 · or swallows that an effect is in doubt, is in doubt", async () => {
    const w = stillWorld();
    w.run = async (_given, ctx) => {
      await ctx.plain("mail", reject).catch(() => {});
    };
    await w.handle([{ ref: "a" }]);

    expect(only(w)).toMatchObject({ ending: "in-doubt", error: { code: "in-doubt" } });
    expect(w.record("a")).toMatchObject({
      state: "failed",
      steps: { mail: { state: "intent", open: true } },
    });
  });

  it("D-01 · because an intent was not confirmed takes it back, and is not counted against the message", async () => {
    const w = stillWorld();
    let lost = true;
    w.after.checkpoint = () => {
      if (lost) throw away.error;
    };
    let mails = 0;
    w.run = (_given, ctx) => ctx.plain("mail", async () => void (mails += 1));
    await w.handle([{ ref: "a" }]);
    expect(only(w)).toMatchObject({ ending: "store-error", error: { code: "store-error" } });
    expect(w.record("a")).toMatchObject({ state: "failed", steps: {} });
    lost = false;
    await w.handle([{ ref: "a" }]);

    expect([mails, only(w)?.ending]).toEqual([1, "completed"]);
  });

  it("D-01 · because the store did not hear of its call leaves nothing to take back, and its lease to run out", async () => {
    const w = stillWorld({ store: { checkpoint: each(away) } });
    let calls = 0;
    w.run = (_given, ctx) =>
      ctx.keyed("charge", async ({ key }) => (calls += key.length), { remoteMemoryMs: 1_000 });
    await w.handle([{ ref: "a" }]);

    expect(only(w)).toMatchObject({ ending: "store-error", error: { code: "store-error" } });
    expect([calls, w.asked.fail, w.record("a")?.state]).toEqual([0, [], "claimed"]);
  });
});

describe("effects of an earlier attempt", () => {
  it("B-09 · that this one did not come by are told of by name, and only those", async () => {
    const w = stillWorld();
    w.run = async (_given, ctx) => {
      for (const name of ["one", "two", "three"]) await ctx.repeatable(name, async () => 1);
      await reject();
    };
    await w.handle([{ ref: "a" }]);
    w.run = (_given, ctx) => ctx.repeatable("two", async () => 2);
    await w.handle([{ ref: "a" }]);

    const [said, ...more] = w.events.filter((one) => one.kind === "warning");
    expect([said?.error.code, more]).toEqual(["steps-not-visited", []]);
    expect(said?.error.message).toContain('made the effects "one", "three", and');
  });

  it("B-09 · that it came by are not told of, nor is what a person has resolved of the handler itself", async () => {
    const w = stillWorld();
    w.run = async (_given, ctx) => {
      await ctx.repeatable("one", async () => 1);
      if (ctx.attempt === 1) throw new Permanent("until it is looked at");
    };
    await w.handle([{ ref: "a" }]);
    const [id = ""] = w.records.keys();
    expect(await w.store.resolve({ id, step: "(handler)", as: { done: false }, force: true })).toEqual({
      kind: "resolved",
    });
    await w.handle([{ ref: "a" }]);

    expect([w.ran, w.warnings()]).toEqual([["a", "a"], []]);
  });
});
