import { type Context, createOnce, memoryStore, OnceError, type SqsMessage } from "@effectively-once/runtime";
import { type SqliteTx, sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import { testContext } from "@effectively-once/testkit";
import { afterEach, describe, expect, it, vi } from "vitest";

interface Order {
  readonly orderId: string;
}
interface Db {
  query(sql: string, values: readonly unknown[]): Promise<void>;
}

const payments = {
  charge: vi.fn(async (_order: Order, key: string) => ({ id: `ch-${key}`, at: new Date(0) })),
};
afterEach(() => void vi.clearAllMocks());

/** As README shows it: what a unit test is for. */
async function handleOrder({ body }: SqsMessage<Order>, ctx: Context<Db>): Promise<void> {
  const charge = await ctx.keyed("charge", ({ key }) => payments.charge(body, key));
  await ctx.commit((tx) =>
    tx.query("INSERT INTO orders VALUES ($1, $2, $3)", [body.orderId, charge.id, charge.at]),
  );
}
const message = { body: { orderId: "42" }, messageId: "m" } as SqsMessage<Order>;
function fakeDb(): Db & { readonly rows: (readonly unknown[])[] } {
  const rows: (readonly unknown[])[] = [];
  return { rows, query: async (_sql, values) => void rows.push(values) };
}

describe("a handler under test", () => {
  it("runs its effects at once, and what it did is there to read", async () => {
    const tx = fakeDb();
    const ctx = testContext<Db>({ key: "order-42", tx });
    await handleOrder(message, ctx);

    const key = ctx.keyFor("charge");
    expect(key).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(payments.charge).toHaveBeenCalledExactlyOnceWith({ orderId: "42" }, key);
    // On the first attempt too, a date has become text on its way through JSON.
    const value = { id: `ch-${key}`, at: "1970-01-01T00:00:00.000Z" };
    expect(tx.rows).toEqual([["42", value.id, value.at]]);
    expect(ctx.effects).toEqual([
      { kind: "keyed", name: "charge", key, value, error: undefined },
      { kind: "commit", name: "commit", key: undefined, value: undefined, error: undefined },
    ]);
    expect(ctx.warnings).toEqual([]);
  });

  it("does not make again what an earlier attempt is said to have made", async () => {
    const tx = fakeDb();
    const ctx = testContext<Db>({
      tx,
      remembered: { charge: { kind: "keyed", value: { id: "ch-1", at: "then" } } },
    });
    await handleOrder(message, ctx);

    expect(payments.charge).not.toHaveBeenCalled();
    expect(tx.rows).toEqual([["42", "ch-1", "then"]]);
    expect(ctx.effects.map(({ kind }) => kind)).toEqual(["commit"]);
    expect([ctx.attempt, ctx.verdict]).toEqual([2, "retry"]);
  });

  it("is shown what failed and how, in the order in which effects began", async () => {
    const ctx = testContext();
    const broken = new Error("no mail server");
    const all = await Promise.allSettled([
      ctx.plain("mail", async () => {
        throw broken;
      }),
      ctx.repeatable("cache", async () => [1, undefined, new Map()]),
      ctx.keyed("charge", async ({ key }) => key.length),
    ]);

    expect(all.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
    expect(ctx.effects).toMatchObject([
      { kind: "repeatable", name: "cache", value: [1, null, {}] },
      { kind: "keyed", name: "charge", value: 36 },
      // A plain effect begins when its intent is written.
      { kind: "plain", name: "mail", error: broken },
    ]);
  });

  it("does not begin a plain effect once an effect beside it was refused, as the engine does not", async () => {
    const ctx = testContext();
    let sent = false;
    const all = await Promise.allSettled([
      ctx.plain("mail", async () => {
        sent = true;
      }),
      ctx.keyed("charge", async () => "the key was not read"),
    ]);

    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(sent).toBe(false);
    expect(ctx.effects).toMatchObject([{ kind: "keyed", name: "charge", error: { code: "key-unused" } }]);
  });

  it("is the same where the guard is switched off for tests", async () => {
    vi.stubEnv("EFFECTIVELY_ONCE_DISABLED", "1");
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "orders");
    try {
      const ctx = testContext({ remembered: { charge: { kind: "keyed", value: "ch-1" } } });
      expect(await ctx.keyed("charge", async ({ key }) => key)).toBe("ch-1");
      expect(ctx.warnings).toEqual([]);
      expect(process.env["EFFECTIVELY_ONCE_DISABLED"]).toBe("1");
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("works under fake timers and with a frozen date", async () => {
    vi.useFakeTimers();
    try {
      const ctx = testContext({ tx: fakeDb() });
      expect(await ctx.plain("one", async () => 1)).toBe(1);
      expect(await ctx.transact("two", async () => 2)).toBe(2);
      vi.advanceTimersByTime(3_600_000);
      expect(await ctx.keyed("three", async ({ key }) => key.length)).toBe(36);
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("what can be given", () => {
  it("is what the handler sees; the rest has defaults", () => {
    const abort = new AbortController();
    const given = testContext({
      key: ["eu", 7n],
      attempt: 4,
      verdict: "takeover",
      correlationId: "c-1",
      signal: abort.signal,
      delivery: { messageId: "m-1", receiveCount: 9 },
    });

    expect(given).toMatchObject({ key: "eu · 7", attempt: 4, verdict: "takeover", correlationId: "c-1" });
    expect(given.signal).toBe(abort.signal);
    expect(given.delivery).toMatchObject({ source: "test", messageId: "m-1", receiveCount: 9 });
    expect(testContext()).toMatchObject({
      key: "test",
      attempt: 1,
      verdict: "first",
      correlationId: "test",
      effects: [],
      delivery: { source: "test", messageId: "test", receiveCount: 1, sentAtMs: expect.any(Number) },
    });
    expect(testContext().signal.aborted).toBe(false);
    expect(testContext({ attempt: 3 }).verdict).toBe("retry");
  });

  it("keys differ by key, by part type and by name, and stay the same otherwise", () => {
    const keys = [
      testContext({ key: "1" }).keyFor("a"),
      testContext({ key: 1 }).keyFor("a"),
      testContext({ key: ["1", "2"] }).keyFor("a"),
      testContext({ key: "1" }).keyFor("b"),
    ];
    expect(new Set(keys).size).toBe(4);
    expect(testContext({ key: ["1"] }).keyFor("a")).toBe(keys[0]);
  });

  it("an aborted signal stops effects: with its own reason, or with `deadline`", async () => {
    const abort = new AbortController();
    const ctx = testContext({ signal: abort.signal });
    const seen: boolean[] = [];
    await ctx.repeatable("before", async ({ signal }) => {
      abort.abort(new Error("the test says stop"));
      seen.push(signal.aborted);
    });

    await expect(ctx.plain("after", async () => seen.push(true))).rejects.toMatchObject({
      code: "deadline",
      cause: { message: "the test says stop" },
    });
    expect(seen).toEqual([true]);
    const lost = testContext({ signal: AbortSignal.abort(new OnceError("fenced", "taken over")) });
    await expect(lost.plain("mail", async () => 1)).rejects.toMatchObject({ code: "fenced" });
    expect(lost.effects).toEqual([]);
  });

  it("is refused by name when it is no option, no key or no attempt", () => {
    expect(() => testContext({ kee: "a" } as never)).toThrow(/no option "kee". It has: key, attempt/);
    for (const key of ["", [], ["a", ""], ["a", null], null, Number.NaN])
      expect(() => testContext({ key })).toThrow(expect.objectContaining({ code: "invalid-key" }));
    for (const attempt of [0, 1.5])
      expect(() => testContext({ attempt })).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });
});

describe("what the engine refuses", () => {
  type Ctx = Context<SqliteTx>;
  const cases: [string, string, (ctx: Ctx) => Promise<unknown>][] = [
    [
      "a name used twice",
      "name-reused",
      async (ctx) => {
        await ctx.repeatable("a", async () => 1);
        await ctx.plain("a", async () => 1);
      },
    ],
    [
      "a name used while it is pending",
      "name-reused",
      (ctx) => Promise.all([ctx.repeatable("a", async () => 1), ctx.repeatable("a", async () => 1)]),
    ],
    ["an empty name", "name-invalid", (ctx) => ctx.plain("", async () => 1)],
    ["a name too long", "name-invalid", (ctx) => ctx.plain("x".repeat(129), async () => 1)],
    ["a name with a line end", "name-invalid", (ctx) => ctx.plain("a\nb", async () => 1)],
    ["a name of the engine's own", "name-invalid", (ctx) => ctx.plain("(handler)", async () => 1)],
    ["a key not read", "key-unused", (ctx) => ctx.keyed("a", async () => 1)],
    [
      "a verb after commit",
      "verb-after-commit",
      async (ctx) => {
        await ctx.commit(async () => {});
        await ctx.plain("a", async () => 1);
      },
    ],
    [
      "a verb while commit runs",
      "verb-after-commit",
      async (ctx) => {
        const committing = ctx.commit(async () => {});
        await Promise.all([committing, ctx.plain("a", async () => 1)]);
      },
    ],
    [
      "a second commit",
      "commit-twice",
      async (ctx) => {
        await ctx.commit(async () => {});
        await ctx.commit(async () => {});
      },
    ],
    [
      "a verb in a transaction",
      "verb-in-transaction",
      (ctx) => ctx.transact("a", () => ctx.plain("b", async () => 1)),
    ],
    ["a verb in a commit", "verb-in-transaction", (ctx) => ctx.commit(() => ctx.plain("b", async () => 1))],
    [
      "a transaction's value that JSON cannot hold",
      "unstorable-value",
      (ctx) => ctx.transact("a", async () => 1n as never),
    ],
  ];

  it.each(cases)("%s: %s, as in production", async (_says, code, run) => {
    await expect(run(testContext({ tx: {} as SqliteTx }))).rejects.toMatchObject({ code });

    const store = sqliteStore({ path: ":memory:" });
    await store.setup();
    const once = createOnce({ store, namespace: "same", onEvent: () => {} });
    const engine = await once.run("k", run).then(
      (outcome) => outcome,
      (error: unknown) => error,
    );
    await store.close();
    expect(engine).toMatchObject({ code });
  });

  it("another verb under a remembered name: kind-changed", async () => {
    const ctx = testContext({ remembered: { mail: { kind: "keyed", value: 1 } } });
    await expect(ctx.plain("mail", async () => 2)).rejects.toMatchObject({ code: "kind-changed" });
  });

  it("a rejected keyed may be tried again under its name, and a rolled-back transaction too", async () => {
    const ctx = testContext({ tx: {} });
    const fail = async () => {
      throw new Error("once");
    };
    await expect(ctx.keyed("a", fail)).rejects.toThrow("once");
    await expect(ctx.keyed("a", async ({ key }) => key)).resolves.toBe(ctx.keyFor("a"));
    await expect(ctx.transact("b", fail)).rejects.toThrow("once");
    await expect(ctx.transact("b", async () => "done")).resolves.toBe("done");
    expect(ctx.effects.map(({ name, error }) => [name, error === undefined])).toEqual([
      ["a", false],
      ["a", true],
      ["b", false],
      ["b", true],
    ]);
  });

  it("F-12 · a value that JSON cannot hold is given back as it is, with a warning", async () => {
    const ctx = testContext();
    expect(await ctx.keyed("big", async ({ key }) => BigInt(key.length) as never)).toBe(36n);
    expect(ctx.warnings.map(({ code }) => code)).toEqual(["unstorable-value"]);
  });

  it("transactions where there is no tx", async () => {
    const ctx = testContext() as unknown as Ctx;
    await expect(ctx.commit(async () => {})).rejects.toMatchObject({ code: "invalid-option" });
    const other = testContext() as unknown as Ctx;
    await expect(other.transact("a", async () => {})).rejects.toThrow(/no transactions/);
    const engine = createOnce({ store: memoryStore(), namespace: "same", onEvent: () => {} });
    await expect(
      engine.run("k", (ctx) => (ctx as unknown as Ctx).commit(async () => {})),
    ).rejects.toMatchObject({
      code: "invalid-option",
    });
  });

  it("a commit may answer what JSON cannot hold: nothing of it is stored", async () => {
    const ctx = testContext({ tx: { n: 2n } });
    expect(await ctx.commit(async (tx) => tx.n)).toBe(2n);
    expect(ctx.effects).toMatchObject([{ kind: "commit", value: 2n }]);
  });
});
