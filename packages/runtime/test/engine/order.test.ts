/** What stops, waits, goes on and is acknowledged early: ordered groups, lapsed records, followers (P3, P5, P6). */

import { describe, expect, it } from "vitest";
import { sqs } from "../../src/index.ts";
import { bench, event, failures, lambda, type Order, record, recordingClient } from "./support.ts";

const fifo = (id: string, group = "g", body: unknown = { orderId: id }) => record(id, body, { group });

function world(options: { onTakeover?: "hold"; hold?: readonly string[]; heartbeat?: boolean } = {}) {
  const b = bench();
  const queue = recordingClient();
  const ran: string[] = [];
  const w = {
    ...b,
    queue,
    ran,
    run: async (_order: Order): Promise<unknown> => undefined,
  };
  const source = sqs<Order>({
    key: (m) => m.body.orderId,
    client: queue.client,
    heartbeat: options.heartbeat ?? false,
    ...(options.hold
      ? {
          hold: async ({ messageId }) => {
            if (!options.hold?.includes(messageId)) throw new Error("no room");
          },
        }
      : {}),
  });
  const handler = b.once().handler(
    source,
    async (m) => {
      ran.push(m.body.orderId);
      await w.run(m.body);
    },
    options.onTakeover ? { onTakeover: options.onTakeover } : {},
  );
  return { ...w, world: w, handler };
}

/** Leaves claims behind whose process is gone and whose lease is over. */
async function killedOn(w: ReturnType<typeof world>, ...records: ReturnType<typeof record>[]): Promise<void> {
  w.world.run = () => new Promise(() => {});
  void w.handler(event(...records), lambda());
  while (w.ran.length < new Set(records.map(({ messageId }) => messageId)).size)
    await new Promise((resolve) => setTimeout(resolve, 2));
  w.clock.advance(60_000);
  w.ran.length = 0;
  w.queue.sent.length = 0;
  w.world.run = async () => undefined;
}

describe("an ordered group", () => {
  it("E-04 · F-01 · stops at a message without a key: what is before it runs, what is behind it waits", async () => {
    const w = world();

    const reply = await w.handler(
      event(fifo("a"), fifo("bad", "g", {}), fifo("c"), fifo("h", "other")),
      lambda(),
    );

    expect(w.ran.toSorted()).toEqual(["a", "h"]);
    expect(failures(reply)).toEqual(["bad", "c"]);
  });

  it("E-06 · goes on behind a message that its hold destination has taken", async () => {
    const w = world({ hold: ["bad"] });

    const reply = await w.handler(event(fifo("a"), fifo("bad", "g", {}), fifo("c")), lambda());

    expect(w.ran).toEqual(["a", "c"]);
    expect(failures(reply)).toEqual([]);
  });

  it("A-07 · E-04 · stops at a second payload under a key of the same batch", async () => {
    const w = world();

    const reply = await w.handler(
      event(fifo("a"), fifo("again", "g", { orderId: "a", amount: 2 }), fifo("c")),
      lambda(),
    );

    expect(w.ran).toEqual(["a"]);
    expect(failures(reply)).toEqual(["again", "c"]);
    expect(w.endings()).toEqual(["completed", "mismatch", "deadline"]);
  });

  it("A-06 · a key that comes again in its group is a duplicate there, and the group goes on", async () => {
    const w = world();

    const reply = await w.handler(
      event(fifo("a"), fifo("twice", "g", { orderId: "a" }), fifo("c")),
      lambda(),
    );

    expect(w.ran).toEqual(["a", "c"]);
    expect(failures(reply)).toEqual([]);
  });

  it("E-05 · A-09 · behind a busy message all of it becomes visible when that does", async () => {
    const w = world();
    let finish = () => {};
    w.world.run = () => new Promise<void>((resolve) => (finish = resolve));
    const slow = w.handler(event(fifo("a")), lambda());
    while (w.ran.length === 0) await new Promise((resolve) => setImmediate(resolve));

    const reply = await w.handler(event(fifo("a"), fifo("b"), fifo("c")), lambda());
    const moved = w.queue.moved();
    finish();
    await slow;

    expect(failures(reply)).toEqual(["a", "b", "c"]);
    expect(w.ran).toEqual(["a"]);
    expect(moved["a"]).toBeGreaterThanOrEqual(30);
    expect(moved).toEqual({ a: moved["a"], b: moved["a"], c: moved["a"] });
  });

  it("E-05 · E-09 · waits behind a message that was found lapsed, and runs after it in order", async () => {
    const w = world();
    await killedOn(w, fifo("a"));

    const reply = await w.handler(
      event(fifo("a"), fifo("b"), fifo("c"), fifo("x", "h"), fifo("y", "h")),
      lambda(),
    );

    expect(w.ran).toEqual(["x", "y", "a", "b", "c"]);
    expect(failures(reply)).toEqual([]);
    // The claims that were made ahead and given back do not count as runs.
    expect([...w.store.records.values()].map(({ attempts }) => attempts)).toEqual([2, 1, 1, 1, 1]);
  });

  it("E-05 · E-09 · does not overtake a lapsed message that fails again", async () => {
    const w = world();
    await killedOn(w, fifo("a"));
    w.world.run = async ({ orderId }) => {
      if (orderId === "a") throw new Error("still broken");
    };

    const reply = await w.handler(event(fifo("a"), fifo("b")), lambda());

    expect(w.ran).toEqual(["a"]);
    expect(failures(reply)).toEqual(["a", "b"]);
  });
});

describe("lapsed messages", () => {
  it("E-09 · before each of them everything finished is deleted from the queue, with or without a heartbeat", async () => {
    for (const heartbeat of [true, false]) {
      const w = world({ heartbeat });
      await killedOn(w, record("k1", { orderId: "k1" }), record("k2", { orderId: "k2" }));
      const deletedBefore: string[][] = [];
      w.world.run = async ({ orderId }) => {
        if (orderId.startsWith("k")) deletedBefore.push(w.queue.deleted().flat());
      };

      const reply = await w.handler(
        event(
          record("k1", { orderId: "k1" }),
          record("ok", { orderId: "ok" }),
          record("same", { orderId: "ok" }),
          record("k2", { orderId: "k2" }),
        ),
        lambda(),
      );

      expect(w.ran).toEqual(["ok", "k1", "k2"]);
      expect(deletedBefore).toEqual([
        ["ok", "same"],
        ["ok", "same", "k1"],
      ]);
      expect(failures(reply)).toEqual([]);
    }
  });

  it("B-05 · with onTakeover hold they are kept for a person, and the others run beside each other", async () => {
    const w = world({ onTakeover: "hold" });
    await killedOn(w, record("k1", { orderId: "k1" }));
    let now = 0;
    let most = 0;
    w.world.run = async () => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 5));
      now -= 1;
    };

    const reply = await w.handler(
      event(record("k1", { orderId: "k1" }), ...["a", "b", "c"].map((id) => record(id, { orderId: id }))),
      lambda(),
    );

    expect(w.ran.toSorted()).toEqual(["a", "b", "c"]);
    expect(most).toBe(3);
    expect(failures(reply)).toEqual(["k1"]);
    expect(w.events.find((said) => said.kind === "delivery" && said.messageId === "k1")).toMatchObject({
      verdict: "in-doubt",
      ending: "in-doubt",
    });
  });
});

describe("followers", () => {
  it("A-07 · an honest duplicate behind a mismatch of its own batch is a duplicate, not called a mismatch", async () => {
    const w = world();
    await w.handler(event(record("m1", { orderId: "a", amount: 1 })), lambda());

    const reply = await w.handler(
      event(record("m2", { orderId: "a", amount: 2 }), record("m3", { orderId: "a", amount: 1 })),
      lambda(),
    );

    expect(failures(reply)).toEqual(["m2"]);
    expect(w.endings()).toEqual(["completed", "mismatch", "duplicate"]);
  });
});

describe("a mixed batch", () => {
  it("E-01 · ok, throws, duplicate, busy, mismatch, no key, not JSON, too slow: exactly what is not done is reported, once each", async () => {
    const w = world();
    await w.handler(
      event(record("m1", { orderId: "done" }), record("m2", { orderId: "other", amount: 1 })),
      lambda(),
    );
    w.world.run = () => new Promise(() => {});
    void w.handler(event(record("m3", { orderId: "elsewhere" })), lambda());
    while (w.ran.length < 3) await new Promise((resolve) => setImmediate(resolve));
    w.world.run = async ({ orderId }) => {
      if (orderId === "throws") throw new Error("no");
      if (orderId === "slow") await new Promise(() => {});
    };

    const reply = await w.handler(
      event(
        record("ok", { orderId: "ok" }),
        record("throws", { orderId: "throws" }),
        record("duplicate", { orderId: "done" }),
        record("busy", { orderId: "elsewhere" }),
        record("mismatch", { orderId: "other", amount: 2 }),
        record("nokey", {}),
        record("notjson", "{nope"),
        record("slow", { orderId: "slow" }),
      ),
      lambda(1_200),
    );

    expect(failures(reply)).toEqual(["throws", "busy", "mismatch", "nokey", "notjson", "slow"]);
    expect(w.events.slice(-8).map((said) => said.kind === "delivery" && said.ending)).toEqual([
      ...["completed", "failed", "duplicate", "busy", "mismatch", "invalid", "invalid", "deadline"],
    ]);
  });
});
