import { describe, expect, it } from "vitest";
import { OnceError, Permanent, sqs } from "../../src/index.ts";
import { bench, event, failures, lambda, type Order, orders, record, recordingClient } from "./support.ts";

const byOrder = {
  key: (m: { body: Order }) => m.body.orderId,
  heartbeat: false,
  client: recordingClient().client,
};

describe("what a batch costs", () => {
  it("ten new messages without a verb take two store calls, ten duplicates one", async () => {
    const b = bench();
    const handler = b.once().handler(sqs<Order>(byOrder), async () => {});

    await handler(orders(10), lambda());
    const first = b.calls.splice(0);
    await handler(orders(10), lambda());

    expect(first).toEqual(["claim", "complete"]);
    expect(b.calls).toEqual(["claim"]);
  });
});

describe("duplicates", () => {
  it("A-01 · A-02 · a duplicate while the first runs is busy, reported and not run; afterwards it is a duplicate", async () => {
    const b = bench();
    let runs = 0;
    let finish = () => {};
    const handler = b.once().handler(sqs<Order>(byOrder), () => {
      runs += 1;
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    });
    const one = event(record("m1", { orderId: "o1" }));

    const first = handler(one, lambda());
    while (runs === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = await handler(one, lambda());
    finish();
    const firstReply = await first;
    const third = await handler(one, lambda());

    expect(failures(second)).toEqual(["m1"]);
    expect(failures(firstReply)).toEqual([]);
    expect(failures(third)).toEqual([]);
    expect(runs).toBe(1);
    expect(b.endings()).toEqual(["busy", "completed", "duplicate"]);
  });

  it("A-03 · a delivery thirteen days after the completion is a duplicate and is acknowledged", async () => {
    const b = bench();
    let runs = 0;
    const handler = b.once().handler(sqs<Order>(byOrder), async () => {
      runs += 1;
    });

    await handler(orders(1), lambda());
    b.clock.advance(13 * 86_400_000);
    const reply = await handler(orders(1), lambda());

    expect(runs).toBe(1);
    expect(failures(reply)).toEqual([]);
  });

  it("A-04 · A-10 · a resend under a new message id is one effect with a business key, and warned of with the message id as key", async () => {
    const b = bench();
    let runs = 0;
    const fn = async () => {
      runs += 1;
    };
    const once = b.once();
    const handler = once.handler(sqs<Order>(byOrder), fn);
    const careless = once.handler(sqs<Order>({ key: "message-id", heartbeat: false }), fn, {
      name: "careless",
    });

    await handler(event(record("m1", { orderId: "o1" })), lambda());
    await handler(event(record("m2", { orderId: "o1" })), lambda());
    expect(runs).toBe(1);
    expect(b.events.at(-1)).toMatchObject({ verdict: "duplicate", origin: "resend" });

    await careless(event(record("m1", { orderId: "o1" })), lambda());
    await careless(event(record("m2", { orderId: "o1" })), lambda());
    expect(runs).toBe(3);
    expect(b.warnings()).toContain("message-id-key");
  });

  it("A-06 · the same key twice in one event runs once, and the second is judged by the first", async () => {
    const b = bench();
    let runs = 0;
    const handler = b.once().handler(sqs<Order>(byOrder), async (m) => {
      runs += 1;
      if (m.body.orderId === "bad") throw new Error("no");
    });

    const reply = await handler(
      event(
        record("m1", { orderId: "o1" }),
        record("m2", { orderId: "o1" }),
        record("m3", { orderId: "bad" }),
        record("m4", { orderId: "bad" }),
        record("m5", { orderId: "o1", amount: 2 }),
      ),
      lambda(),
    );

    expect(runs).toBe(2);
    expect(failures(reply).sort()).toEqual(["m3", "m4", "m5"]);
  });

  it("A-07 · the same key with another payload is a mismatch: not run, not acknowledged, differing fields named", async () => {
    const b = bench();
    let runs = 0;
    const handler = b.once().handler(sqs<Order>(byOrder), async () => {
      runs += 1;
    });

    await handler(event(record("m1", { orderId: "o1", amount: 1 })), lambda());
    const reply = await handler(event(record("m2", { orderId: "o1", amount: 2 })), lambda());

    expect(runs).toBe(1);
    expect(failures(reply)).toEqual(["m2"]);
    const last = b.events.at(-1);
    expect(last).toMatchObject({ verdict: "mismatch" });
    expect(String(last?.kind === "delivery" && last.error)).toMatch(/differing in: amount/);
  });

  it("A-07 · behind a payload that is a mismatch, the one that the record knows is run in the same batch", async () => {
    const b = bench();
    const runs: unknown[] = [];
    let fails = true;
    const handler = b.once().handler(sqs<Order>(byOrder), async (m) => {
      runs.push(m.body.amount);
      if (fails) throw new Error("not now");
    });
    await handler(event(record("m1", { orderId: "o1", amount: 1 })), lambda());
    fails = false;

    const reply = await handler(
      event(record("m2", { orderId: "o1", amount: 2 }), record("m1", { orderId: "o1", amount: 1 })),
      lambda(),
    );

    expect(runs).toEqual([1, 1]);
    expect(failures(reply)).toEqual(["m2"]);
    expect(b.endings()).toEqual(["failed", "mismatch", "completed"]);
  });

  it("A-08 · failed, completed, running and killed earlier deliveries give four verdicts", async () => {
    const b = bench();
    let fail = true;
    const handler = b.once().handler(sqs<Order>(byOrder), async () => {
      if (fail) throw new Error("first");
    });
    const one = orders(1);

    await handler(one, lambda());
    fail = false;
    await handler(one, lambda());
    await handler(one, lambda());
    const dead = await b.store.claim([{ ...claimOf("k"), leaseMs: 1_000 }]);
    b.clock.advance(2_000);
    expect(dead[0]?.kind).toBe("won");
    const verdicts = b.events.flatMap((said) => (said.kind === "delivery" ? [said.verdict] : []));
    expect(verdicts).toEqual(["first", "retry", "duplicate"]);
    expect((await b.store.claim([{ ...claimOf("k"), token: "t2" }]))[0]).toMatchObject({
      kind: "won",
      verdict: "takeover",
    });
    expect((await b.store.claim([{ ...claimOf("k"), token: "t3" }]))[0]).toMatchObject({ kind: "busy" });
  });

  it("A-08 · B-03 · a message that is busy when it comes, and whose owner is gone a moment later, is run in the same delivery", async () => {
    const b = bench();
    let runs = 0;
    await new Promise<void>((started) => {
      const dead = b.once().handler(sqs<Order>(byOrder), () => {
        started();
        return new Promise(() => {});
      });
      void dead(orders(1), lambda(600_000));
    });
    const handler = b.once().handler(sqs<Order>(byOrder), async () => void (runs += 1));
    b.faults.after = (operation) => {
      // Its lease is over between the first answer, which was "busy", and the second.
      if (operation === "claim") b.clock.advance(31_000);
    };

    expect(failures(await handler(orders(1), lambda(600_000)))).toEqual([]);
    expect(runs).toBe(1);
    expect(b.endings()).toEqual(["completed"]);
    expect([...b.store.records.values()]).toMatchObject([{ state: "completed", attempts: 2 }]);
  });

  it("A-08 · a message that stays busy stays away until the lease ends as it was last seen", async () => {
    const b = bench();
    const queue = recordingClient();
    await new Promise<void>((started) => {
      const slow = b.once().handler(sqs<Order>(byOrder), () => {
        started();
        return new Promise(() => {});
      });
      void slow(orders(1), lambda(600_000));
    });
    b.clock.advance(29_900);
    b.faults.after = (operation) => {
      if (operation !== "claim") return;
      // Its owner's heartbeat, between the first answer and the second.
      for (const [id, found] of b.store.records)
        (b.store.records as Map<string, typeof found>).set(id, {
          ...found,
          leaseUntilMs: b.clock.wallMs() + 30_000,
        });
    };
    const handler = b.once().handler(sqs<Order>({ ...byOrder, client: queue.client }), async () => {});

    expect(failures(await handler(orders(1), lambda(600_000)))).toEqual(["m0"]);
    expect(Object.values(queue.moved())[0]).toBeGreaterThanOrEqual(29);
  });

  it("A-09 · busy deliveries do not use up the handler's attempts", async () => {
    const b = bench();
    const won = await b.store.claim([claimOf("k")]);
    for (const token of ["a", "b", "c", "d", "e"]) await b.store.claim([{ ...claimOf("k"), token }]);

    expect(won[0]).toMatchObject({ attempts: 1 });
    expect(b.store.records.get("k")?.attempts).toBe(1);
  });
});

describe("batches", () => {
  it("E-01 · F-01 · F-02 · F-14 · a mixed batch reports exactly what is not done", async () => {
    const b = bench();
    const handler = b.once().handler(sqs<Order>(byOrder), async (m) => {
      if (m.body.orderId === "throws") throw new Error("no");
      if (m.body.orderId === "permanent") throw new Permanent("never");
    });

    const reply = await handler(
      event(
        record("ok", { orderId: "o1" }),
        record("throws", { orderId: "throws" }),
        record("dup", { orderId: "o1" }),
        record("nokey", {}),
        record("emptykey", { orderId: "" }),
        record("notjson", "{nope"),
        record("permanent", { orderId: "permanent" }),
        record("base64", Buffer.from(JSON.stringify({ orderId: "o9" })).toString("base64")),
      ),
      lambda(),
    );

    expect(failures(reply).sort()).toEqual(["emptykey", "nokey", "notjson", "permanent", "throws"]);
    expect(b.store.records.size).toBe(4);
  });

  it("E-02 · when all fail all are listed", async () => {
    const b = bench();
    const handler = b.once().handler(sqs<Order>(byOrder), async () => {
      throw new Error("no");
    });

    expect(failures(await handler(orders(10), lambda()))).toHaveLength(10);
  });

  it("E-03 · an event whose record has no message id is refused as a whole, never answered with an empty identifier", async () => {
    const b = bench();
    const handler = b.once().handler(sqs<Order>(byOrder), async () => {});

    await expect(handler(event({ ...record("x", {}), messageId: "" }), lambda())).rejects.toMatchObject({
      code: "unexpected-event",
    });
    await expect(handler({ Records: [{ eventSource: "aws:s3" }] } as never, lambda())).rejects.toThrow(
      /aws:s3/,
    );
    await expect(handler({} as never, lambda())).rejects.toThrow(/without Records/);
  });

  it("E-04 · E-06 · a FIFO group stops at its first failure, another goes on, and a duplicate does not stop it", async () => {
    const b = bench();
    const ran: string[] = [];
    const once = b.once();
    const handler = once.handler(sqs<Order>(byOrder), async (m) => {
      ran.push(m.body.orderId);
      if (m.body.orderId === "g2") throw new Error("no");
    });
    const fifo = (id: string, group: string) => record(id, { orderId: id }, { group });

    await handler(event(fifo("g1", "g")), lambda());
    const reply = await handler(
      event(
        fifo("g1", "g"),
        fifo("g2", "g"),
        fifo("g3", "g"),
        fifo("g4", "g"),
        fifo("h1", "h"),
        fifo("h2", "h"),
      ),
      lambda(),
    );

    expect(ran).toEqual(["g1", "g2", "h1", "h2"].sort((x, y) => ran.indexOf(x) - ran.indexOf(y)));
    expect(failures(reply).sort()).toEqual(["g2", "g3", "g4"]);
    expect([...b.store.records.values()].filter((found) => found.state === "released")).toHaveLength(2);
  });

  it("E-05 · nothing of a FIFO group overtakes a busy message", async () => {
    const b = bench();
    const ran: string[] = [];
    let finish = () => {};
    const handler = b.once().handler(sqs<Order>(byOrder), (m) => {
      ran.push(m.body.orderId);
      return m.body.orderId === "g2" ? new Promise<void>((resolve) => (finish = resolve)) : Promise.resolve();
    });
    const fifo = (id: string) => record(id, { orderId: id }, { group: "g" });

    const slow = handler(event(fifo("g2")), lambda());
    while (ran.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const reply = await handler(event(fifo("g2"), fifo("g3")), lambda());
    finish();
    await slow;

    expect(ran).toEqual(["g2"]);
    expect(failures(reply)).toEqual(["g2", "g3"]);
  });

  it("E-08 · a message that always throws runs once per delivery, its record says failed, and a redrive runs again", async () => {
    const b = bench();
    let runs = 0;
    const handler = b.once().handler(sqs<Order>(byOrder), async () => {
      runs += 1;
      throw new Error("always");
    });

    for (let delivery = 0; delivery < 3; delivery += 1) await handler(orders(1), lambda());

    expect(runs).toBe(3);
    expect([...b.store.records.values()][0]).toMatchObject({ state: "failed", attempts: 3 });
    await handler(event(record("redriven", { orderId: "o0" })), lambda());
    expect(runs).toBe(4);
  });

  it("E-09 · what a killed process left behind runs last, alone, fewest attempts first", async () => {
    const b = bench();
    const seen: string[] = [];
    const once = b.once();
    let hang = true;
    const handler = once.handler(sqs<Order>(byOrder), async (m) => {
      if (hang) await new Promise(() => {});
      seen.push(m.body.orderId);
    });

    void handler(event(record("m1", { orderId: "o1" }), record("m2", { orderId: "o2" })), lambda());
    await new Promise((resolve) => setTimeout(resolve, 10));
    b.clock.advance(60_000);
    hang = false;
    const reply = await handler(
      event(
        record("m1", { orderId: "o1" }),
        record("m2", { orderId: "o2" }),
        record("m3", { orderId: "o3" }),
      ),
      lambda(),
    );

    expect(seen).toEqual(["o3", "o1", "o2"]);
    expect(failures(reply)).toEqual([]);
  });

  it("E-13 · ten thousand messages are claimed in pieces and run in bounds", async () => {
    const b = bench();
    let now = 0;
    let most = 0;
    const handler = b.once().handler(sqs<Order>(byOrder), async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    });

    const reply = await handler(orders(10_000), lambda());

    expect(failures(reply)).toEqual([]);
    expect(most).toBe(10);
    expect(b.calls.filter((call) => call === "claim")).toHaveLength(10);
  });

  it("C-13 · near the deadline nothing is started, the claim is given back, and a running handler is told to stop", async () => {
    const b = bench();
    let reason: unknown;
    const source = sqs<Order>({ ...byOrder, concurrency: 1, deadlineMarginMs: 300 });
    const handler = b.once().handler(source, (_m, ctx) => {
      return new Promise((_resolve, reject) => {
        ctx.signal.addEventListener("abort", () => {
          reason = ctx.signal.reason;
          reject(reason);
        });
      });
    });

    const reply = await handler(orders(2), lambda(600));

    expect(failures(reply)).toEqual(["m0", "m1"]);
    expect(reason).toMatchObject({ code: "deadline" });
    expect([...b.store.records.values()].map((found) => found.state)).toEqual(["failed", "released"]);
    expect([...b.store.records.values()][1]).toMatchObject({ attempts: 0, fence: 1 });
  });

  it("hold · a message with no key is acknowledged only when the destination took it", async () => {
    const b = bench();
    const taken: string[] = [];
    const once = b.once();
    const handler = once.handler(
      sqs<Order>({
        ...byOrder,
        hold: async (held) => {
          if (held.messageId === "lost") throw new Error("no bucket");
          taken.push(held.messageId);
        },
      }),
      async () => {},
    );

    const reply = await handler(event(record("kept", {}), record("lost", {})), lambda());

    expect(taken).toEqual(["kept"]);
    expect(failures(reply)).toEqual(["lost"]);
    expect(b.warnings()).toContain("hold-failed");
  });

  it("an unknown option, a second unnamed handler and a missing store are refused by name", () => {
    const b = bench();
    const once = b.once();
    once.handler(sqs<Order>(byOrder), async () => {});

    expect(() => once.handler(sqs<Order>(byOrder), async () => {})).toThrow(/name of its own/);
    expect(() => sqs({ ...byOrder, bakoff: 1 } as never)).toThrow(/no option "bakoff".*backoff/);
    expect(() => b.once({ leaseMS: 1 } as never)).toThrow(OnceError);
    expect(() => b.once({ store: undefined } as never)).toThrow(/got undefined/);
  });
});

function claimOf(id: string) {
  return {
    id,
    scope: "s",
    label: id,
    token: `t-${id}`,
    leaseMs: 30_000,
    runMs: 60_000,
    retentionMs: 1_000_000,
  };
}
