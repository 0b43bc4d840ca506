import { describe, expect, it } from "vitest";
import { type Context, sqs } from "../../src/index.ts";
import { bench, event, failures, lambda, type Order, orders, record, recordingClient } from "./support.ts";

const byOrder = {
  key: (m: { body: Order }) => m.body.orderId,
  heartbeat: false,
  client: recordingClient().client,
};
type Ctx = Context<never>;

/** A handler of one message whose behaviour a test changes between deliveries. */
function world(options: Parameters<ReturnType<typeof bench>["once"]>[0] = {}) {
  const b = bench();
  const w = {
    ...b,
    run: async (_ctx: Ctx): Promise<unknown> => undefined,
    deliver: async (_ms = 60_000) => [] as string[],
  };
  const handler = b.once(options).handler(sqs<Order>(byOrder), (_m, ctx) => w.run(ctx));
  w.deliver = async (ms = 60_000) => failures(await handler(orders(1), lambda(ms)));
  return w;
}

/** Life enough to end after a lease has run out: without it an ending has a millisecond, which a busy machine takes. */
const LONG_MS = 600_000;

const only = (w: { store: { records: ReadonlyMap<string, unknown> } }) => [...w.store.records.values()][0];

describe("keyed", () => {
  it("B-04 · B-08 · F-10 · every attempt sends the same key, and an effect that is remembered is not made again", async () => {
    const w = world();
    const keys: string[] = [];
    let second = false;
    w.run = async (ctx) => {
      await ctx.keyed("one", async ({ key }) => keys.push(`one ${key}`));
      await ctx.keyed("two", async ({ key }) => {
        keys.push(`two ${key}`);
        if (!second) throw new Error("reply lost");
      });
    };

    expect(await w.deliver()).toEqual(["m0"]);
    second = true;
    expect(await w.deliver()).toEqual([]);

    expect(keys).toHaveLength(3);
    expect(keys[1]).toBe(keys[2]);
    expect(keys[0]?.slice(4)).not.toBe(keys[1]?.slice(4));
    expect(keys[0]?.slice(4)).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  it("a keyed that ignores its key fails and says so", async () => {
    const w = world();
    w.run = (ctx) => ctx.keyed("charge", async () => 1);

    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.events.at(-1)).toMatchObject({ ending: "failed", error: { code: "key-unused" } });
  });

  it("F-12 · F-17 · what a verb returns went through JSON on the first attempt too, and what JSON cannot hold does not break the completion", async () => {
    const w = world();
    const seen: unknown[] = [];
    w.run = async (ctx) => {
      seen.push(
        await ctx.keyed("date", async ({ key }) => ({ at: new Date(0), gone: undefined, key: key.length })),
      );
      seen.push(
        await ctx.keyed("proto", async ({ key }) => JSON.parse(`{"__proto__":{"bad":${key.length}}}`)),
      );
      await ctx.keyed("big", async ({ key }) => BigInt(key.length));
      await ctx.keyed("cycle", async ({ key }) => {
        const value: Record<string, unknown> = { key };
        value["self"] = value;
        return value;
      });
    };

    expect(await w.deliver()).toEqual([]);
    expect(seen[0]).toEqual({ at: "1970-01-01T00:00:00.000Z", key: 36 });
    expect(({} as { bad?: unknown }).bad).toBeUndefined();
    expect(Object.hasOwn(seen[1] as object, "__proto__")).toBe(true);
    expect(w.warnings()).toContain("unstorable-value");
  });

  it("a first try older than the other side's memory is in doubt, not tried again", async () => {
    const w = world();
    let calls = 0;
    w.run = (ctx) =>
      ctx.keyed(
        "charge",
        async ({ key }) => {
          calls += 1;
          throw new Error(key);
        },
        { remoteMemoryMs: 60_000 },
      );

    await w.deliver();
    w.clock.advance(30_000);
    await w.deliver();
    w.clock.advance(120_000);
    await w.deliver();
    await w.deliver();

    expect(calls).toBe(2);
    expect(w.endings()).toEqual(["failed", "failed", "in-doubt", "in-doubt"]);
  });
});

describe("plain", () => {
  it("B-05 · an effect that failed half-way is not run again: held, until a person says what happened", async () => {
    const w = world();
    let runs = 0;
    w.run = (ctx) =>
      ctx.plain("mail", async () => {
        runs += 1;
        throw new Error("connection reset");
      });

    await w.deliver();
    await w.deliver();
    expect(runs).toBe(1);
    expect(w.endings()).toEqual(["in-doubt", "in-doubt"]);

    const [id] = [...w.store.records.keys()];
    w.clock.advance(120_000);
    expect(
      await w.store.resolve({ id: id ?? "", step: "mail", as: { done: true, value: '"sent"' } }),
    ).toEqual({ kind: "resolved" });
    w.run = (ctx) => ctx.plain("mail", async () => "again");
    expect(await w.deliver()).toEqual([]);
    expect(runs).toBe(1);
  });

  it("an error that says nothing happened does not hold the message", async () => {
    const w = world();
    let runs = 0;
    w.run = (ctx) =>
      ctx.plain(
        "mail",
        async () => {
          runs += 1;
          if (runs === 1) throw new Error("refused");
        },
        { didNotHappen: () => true },
      );

    await w.deliver();
    expect(await w.deliver()).toEqual([]);
    expect(w.endings()).toEqual(["failed", "completed"]);
  });

  it("D-01 · an intent that the store does not confirm means that the effect is not run", async () => {
    const w = world({ leaseMs: 2_000 });
    let runs = 0;
    w.faults.before = (operation) => {
      if (operation === "checkpoint") throw new Error("down");
    };
    w.run = (ctx) =>
      ctx.plain("mail", async () => {
        runs += 1;
      });

    expect(await w.deliver()).toEqual(["m0"]);
    expect(runs).toBe(0);
    expect(w.endings()).toEqual(["store-error"]);
  });
});

describe("how verbs are used", () => {
  it("a name used twice, a verb not awaited and a renamed kind each get their own message", async () => {
    const w = world();
    w.run = async (ctx) => {
      await ctx.repeatable("x", async () => 1);
      await ctx.repeatable("x", async () => 2);
    };
    await w.deliver();
    expect(w.events.at(-1)).toMatchObject({ error: { code: "name-reused" } });

    w.run = (ctx) => ctx.plain("x", async () => 1);
    await w.deliver();
    expect(w.events.at(-1)).toMatchObject({ error: { code: "kind-changed" } });

    let ended = false;
    w.run = async (ctx) => {
      void ctx.repeatable("slow", async () => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        ended = true;
      });
    };
    expect(await w.deliver()).toEqual([]);
    expect(ended).toBe(true);
    expect(w.warnings()).toContain("verb-not-awaited");
  });

  it("B-09 · an effect that an earlier attempt made and a changed handler does not visit is reported", async () => {
    const w = world();
    w.run = async (ctx) => {
      await ctx.keyed("old", async ({ key }) => key);
      throw new Error("crash");
    };
    await w.deliver();
    w.run = (ctx) => ctx.keyed("new", async ({ key }) => key);
    await w.deliver();

    expect(w.warnings()).toContain("steps-not-visited");
  });
});

describe("zombies", () => {
  it("C-02 · C-10 · an attempt that lost its record cannot complete, and its message is reported", async () => {
    const w = world();
    w.run = async () => {
      if (w.calls.filter((call) => call === "claim").length > 1) return;
      w.clock.advance(60_000);
      await w.deliver();
    };

    expect(await w.deliver(LONG_MS)).toEqual(["m0"]);
    expect(w.endings()).toEqual(["completed", "fenced"]);
    expect(only(w)).toMatchObject({ state: "completed", fence: 2 });
  });

  it("C-03 · an attempt that fails after another completed changes nothing", async () => {
    const w = world();
    w.run = async () => {
      if (w.calls.filter((call) => call === "claim").length > 1) return;
      w.clock.advance(60_000);
      await w.deliver();
      throw new Error("late");
    };

    await w.deliver(LONG_MS);
    expect(only(w)).toMatchObject({ state: "completed", fence: 2 });
    expect(await w.deliver()).toEqual([]);
  });

  it("C-01 · C-06 · after a pause longer than the lease no effect starts without a fenced check", async () => {
    const w = world();
    let effects = 0;
    w.run = async (ctx) => {
      const first = w.calls.filter((call) => call === "claim").length === 1;
      if (first) {
        w.clock.advance(60_000);
        await w.deliver();
      }
      await ctx.repeatable("effect", async () => {
        effects += 1;
      });
    };

    await w.deliver();
    expect(effects).toBe(1);
    expect(w.endings()).toEqual(["completed", "fenced"]);
  });

  it("C-04 · C-09 · a heartbeat that is refused tells the handler to stop", async () => {
    const w = world({ leaseMs: 90 });
    let reason: unknown;
    w.run = async (ctx) => {
      if (w.calls.filter((call) => call === "claim").length > 1) return;
      w.clock.advance(60_000);
      await w.deliver();
      await new Promise<void>((resolve) =>
        ctx.signal.addEventListener("abort", () => resolve(), { once: true }),
      );
      reason = ctx.signal.reason;
    };

    await w.deliver(LONG_MS);
    expect(reason).toMatchObject({ code: "fenced" });
    expect(w.endings()).toEqual(["completed", "fenced"]);
  });

  it("C-05 · no heartbeat is left behind after the answer", async () => {
    const w = world({ leaseMs: 60 });
    w.run = async () => undefined;

    await w.deliver();
    const before = w.calls.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(w.calls).toHaveLength(before);
  });
});

describe("a store that fails", () => {
  it("D-01 · a store that is down before the claim: not run, not acknowledged", async () => {
    const w = world();
    let runs = 0;
    w.faults.before = () => {
      throw new Error("ECONNREFUSED");
    };
    w.run = async () => {
      runs += 1;
    };

    expect(await w.deliver()).toEqual(["m0"]);
    expect(runs).toBe(0);
    expect(w.endings()).toEqual(["store-error"]);
  });

  it("D-04 · D-05 · a claim and a completion whose answers were lost are recognised as our own", async () => {
    const w = world();
    let runs = 0;
    const lost = new Set<string>();
    w.faults.after = (operation) => {
      if (lost.has(operation)) return;
      lost.add(operation);
      throw new Error("reply lost");
    };
    w.run = async () => {
      runs += 1;
    };

    expect(await w.deliver()).toEqual([]);
    expect(runs).toBe(1);
    expect(only(w)).toMatchObject({ state: "completed", attempts: 1, fence: 1 });
  });

  it("D-02 · a completion is asked again until the store is back", async () => {
    const w = world();
    let down = 4;
    w.faults.before = (operation) => {
      if (operation === "complete" && down-- > 0) throw new Error("down");
    };

    expect(await w.deliver()).toEqual([]);
    expect(w.endings()).toEqual(["completed"]);
  });

  it("D-03 · when the failure cannot be written, the handler's own error surfaces", async () => {
    const w = world({ leaseMs: 300 });
    w.faults.before = (operation) => {
      if (operation === "fail") throw new Error("store is down");
    };
    w.run = async () => {
      throw new Error("card declined");
    };

    expect(await w.deliver(800)).toEqual(["m0"]);
    expect(w.events.at(-1)).toMatchObject({ ending: "failed", error: { message: "card declined" } });
  });

  it("D-07 · an answer that comes later than the lease is checked at the store before anything runs", async () => {
    const w = world({ leaseMs: 1_000 });
    let runs = 0;
    let slow = true;
    w.faults.after = async (operation) => {
      if (operation !== "claim" || !slow) return;
      slow = false;
      w.clock.advance(2_000);
      await w.deliver();
    };
    w.run = async () => {
      runs += 1;
    };

    expect(await w.deliver()).toEqual(["m0"]);
    expect(runs).toBe(1);
    expect(w.endings()).toEqual(["completed", "fenced"]);
  });
});

describe("run, wrap and context", () => {
  it("a wrapped function runs once per key and answers duplicates with the stored result", async () => {
    const b = bench();
    let runs = 0;
    const once = b.once();
    const charge = once.wrap(
      async (orderId: string) => {
        runs += 1;
        return { orderId, at: new Date(0), correlation: once.context()?.correlationId.length };
      },
      { key: (orderId) => orderId },
    );

    const first = await charge("o1");
    const second = await charge("o1");

    expect(runs).toBe(1);
    expect(first.at).toEqual(new Date(0));
    expect(second).toEqual({ orderId: "o1", at: "1970-01-01T00:00:00.000Z", correlation: 32 });
    await expect(charge("")).rejects.toMatchObject({ code: "invalid-key" });
  });

  it("C-16 · two invocations in one process see each their own context", async () => {
    const b = bench();
    const once = b.once();
    const seen: [string, string | undefined][] = [];
    const handler = once.handler(sqs<Order>(byOrder), async (m) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      seen.push([m.body.orderId, once.context()?.key]);
    });

    await Promise.all([
      handler(event(record("a", { orderId: "a" })), lambda()),
      handler(event(record("b", { orderId: "b" })), lambda()),
    ]);

    expect(seen.sort()).toEqual([
      ["a", "a"],
      ["b", "b"],
    ]);
    expect(once.context()).toBeUndefined();
  });

  it("C-16 · contexts of two onces nest: each sees its own", async () => {
    const outer = bench().once();
    const inner = bench().once();
    const seen: unknown[] = [];
    const charge = inner.wrap(
      async (id: string) => void seen.push(id, inner.context()?.key, outer.context()?.key),
      { key: (id) => id },
    );
    await outer.run("outside", async () => {
      seen.push(inner.context());
      await charge("inside");
      seen.push(inner.context(), outer.context()?.key);
    });

    expect(seen).toEqual([undefined, "inside", "inside", "outside", undefined, "outside"]);
  });

  it("run answers every verdict as an outcome, and throws what the function threw", async () => {
    const b = bench();
    const once = b.once();
    const run = (fn: () => Promise<unknown>) => once.run("k", fn);

    await expect(run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const second = await run(async () => {
      expect(await run(async () => 0)).toMatchObject({
        ran: false,
        verdict: "busy",
        retryAtMs: expect.any(Number),
      });
      return { at: new Date(0) };
    });
    expect(second).toEqual({ ran: true, verdict: "retry", value: { at: new Date(0) } });
    expect(await run(async () => 1)).toEqual({
      ran: false,
      verdict: "duplicate",
      stored: true,
      value: { at: "1970-01-01T00:00:00.000Z" },
    });
    expect(await once.run("", async () => 1)).toMatchObject({ ran: false, verdict: "invalid" });
    await expect(
      once.run("mail", (ctx) => ctx.plain("send", () => Promise.reject(new Error("?")))),
    ).rejects.toThrow("?");
    expect(await once.run("mail", async () => 1)).toMatchObject({
      ran: false,
      verdict: "in-doubt",
      reason: expect.stringContaining("send"),
    });
  });

  it("C-13 · run ends at the deadline of the Lambda context that it is given", async () => {
    const b = bench();
    const running = b.once().run("k", () => new Promise(() => {}), { context: lambda(300) });
    await expect(running).rejects.toMatchObject({ code: "deadline" });
  });

  it("options of run and wrap that do not exist are refused by name", () => {
    const once = bench().once();
    expect(() => once.run("k", async () => 1, { nam: "x" } as never)).toThrow(/run has no option "nam"/);
    expect(() => once.wrap(async () => 1, { key: "k" } as never)).toThrow(/wrap needs a key.*got a string/);
  });

  it("C-17 · tokens are fresh at every claim", async () => {
    const b = bench();
    const handler = b.once().handler(sqs<Order>(byOrder), async () => {});
    await handler(orders(100), lambda());
    expect(new Set([...b.store.records.values()].map((found) => found.token)).size).toBe(100);
  });
});
