/** `transact` and `commit` as a handler uses them, on a real SQLite file: what is written, what is refused, how the message ends (P7, P8). */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Context, createOnce, type OnceEvent, sqs } from "../../src/index.ts";
import { type SqliteTx, sqliteStore } from "../../src/stores/sqlite/index.ts";
import { failures, lambda, movableClock, type Order, orders, recordingClient } from "./support.ts";

let folder = "";
let w: ReturnType<typeof world>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-tx-"));
  w = world();
  await w.store.setup();
  w.db.exec("CREATE TABLE orders (id TEXT)");
});
afterEach(async () => {
  w.db.close();
  await w.store.close();
  rmSync(folder, { recursive: true, force: true });
});

type Ctx = Context<SqliteTx>;

function world() {
  const path = join(folder, "orders.db");
  const clock = movableClock();
  const store = sqliteStore({ path, clock });
  const events: OnceEvent[] = [];
  const once = createOnce({ store, namespace: "test", clock, onEvent: (said) => events.push(said) });
  const queue = recordingClient();
  const it = {
    db: new DatabaseSync(path),
    store,
    clock,
    events,
    run: async (_ctx: Ctx): Promise<unknown> => undefined,
    deliver: async (ms = 60_000) => failures(await handler(orders(1), lambda(ms))),
    rows: () =>
      it.db
        .prepare("SELECT id FROM orders ORDER BY id")
        .all()
        .map((row) => String(row["id"])),
    record: async () => {
      for await (const record of store.list({})) return record;
      return undefined;
    },
    last: () => events.findLast((said) => said.kind === "delivery"),
    warnings: () => events.flatMap((said) => (said.kind === "warning" ? [said.error.code] : [])),
  };
  const handler = once.handler(sqs<Order>({ key: (m) => m.body.orderId, client: queue.client }), (_m, ctx) =>
    it.run(ctx),
  );
  return it;
}

const insert = (id: string) => async (tx: SqliteTx) =>
  void tx.prepare("INSERT INTO orders VALUES (?)").run(id);

describe("commit", () => {
  it("B-08 · waits for what was begun beside it, so that a crash after it leaves nothing undone", async () => {
    const order: string[] = [];
    w.run = async (ctx) => {
      await Promise.all([
        ctx.keyed("slow", async ({ key }) => {
          await new Promise((resolve) => setTimeout(resolve, 20));
          order.push("effect");
          return key;
        }),
        ctx.commit(async (tx) => {
          order.push("commit");
          await insert("a")(tx);
        }),
      ]);
    };

    expect(await w.deliver()).toEqual([]);
    expect(order).toEqual(["effect", "commit"]);
    expect(w.rows()).toEqual(["a"]);
  });

  it("B-08 · is not made when an effect that was begun beside it fails: the message comes again, and both are made", async () => {
    let broken = true;
    w.run = async (ctx) => {
      await Promise.all([
        ctx.keyed("charge", async ({ key }) => {
          if (broken) throw new Error(`declined ${key.length}`);
        }),
        ctx.commit(insert("a")),
      ]);
    };

    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.rows()).toEqual([]);
    broken = false;
    expect(await w.deliver()).toEqual([]);
    expect(w.rows()).toEqual(["a"]);
  });

  it("a verb after it and a second commit are refused by name, and what was committed stays completed", async () => {
    const errors: unknown[] = [];
    w.run = async (ctx) => {
      await ctx.commit(insert("a"));
      await ctx.keyed("late", async ({ key }) => key).catch((error: unknown) => errors.push(error));
      await ctx.commit(insert("b")).catch((error: unknown) => errors.push(error));
    };

    expect(await w.deliver()).toEqual([]);
    expect(errors).toMatchObject([{ code: "verb-after-commit" }, { code: "commit-twice" }]);
    expect(w.rows()).toEqual(["a"]);
    expect(await w.record()).toMatchObject({ state: "completed" });
  });

  it("an error after it is reported, but the message is completed and acknowledged", async () => {
    w.run = async (ctx) => {
      await ctx.commit(insert("a"));
      throw new Error("the log file is full");
    };

    expect(await w.deliver()).toEqual([]);
    expect(w.warnings()).toContain("error-after-commit");
    expect(w.last()).toMatchObject({ ending: "completed", error: { message: "the log file is full" } });
    expect(await w.deliver()).toEqual([]);
    expect(w.rows()).toEqual(["a"]);
  });

  it("B-09 · an effect that an earlier attempt made and a changed handler does not visit is reported here too", async () => {
    w.run = async (ctx) => {
      await ctx.keyed("old", async ({ key }) => key);
      throw new Error("crash");
    };
    await w.deliver();
    w.run = (ctx) => ctx.commit(insert("a"));

    expect(await w.deliver()).toEqual([]);
    expect(w.warnings()).toContain("steps-not-visited");
  });

  it("one that failed is not made good by swallowing its error", async () => {
    w.run = async (ctx) => {
      await ctx
        .commit(async (tx) => {
          await insert("a")(tx);
          throw new Error("no");
        })
        .catch(() => {});
    };

    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.rows()).toEqual([]);
    expect(w.last()).toMatchObject({ ending: "failed", error: { code: "commit-failed" } });
  });

  it("a body's own COMMIT is named, and the message ends as failed", async () => {
    w.run = (ctx) =>
      ctx.commit(async (tx) => {
        await insert("a")(tx);
        tx.exec("COMMIT");
      });

    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.last()).toMatchObject({
      ending: "failed",
      error: { code: "own-transaction-control", message: expect.stringMatching(/return to commit/) },
    });
  });

  it("C-01 · C-02 · a superseded attempt's rows are rolled back, and its message is reported", async () => {
    let first = true;
    w.run = async (ctx) => {
      if (first) {
        first = false;
        w.clock.advance(60_000);
        await w.deliver();
      }
      await ctx.commit(insert("a"));
    };

    // With life enough to end after its lease has run out.
    expect(await w.deliver(600_000)).toEqual(["m0"]);
    expect(w.rows()).toEqual(["a"]);
    expect(w.last()).toMatchObject({ ending: "fenced", error: { code: "fenced" } });
  });
});

describe("transact", () => {
  it("B-03 · B-08 · its rows and its memory are one: a later attempt gets the remembered value and inserts nothing", async () => {
    const values: unknown[] = [];
    let crash = true;
    w.run = async (ctx) => {
      values.push(
        await ctx.transact("row", async (tx) => {
          await insert("a")(tx);
          return { at: new Date(0) };
        }),
      );
      if (crash) throw new Error("crash");
    };

    expect(await w.deliver()).toEqual(["m0"]);
    crash = false;
    expect(await w.deliver()).toEqual([]);
    expect(values).toEqual([{ at: "1970-01-01T00:00:00.000Z" }, { at: "1970-01-01T00:00:00.000Z" }]);
    expect(w.rows()).toEqual(["a"]);
  });

  it("F-12 · a result that JSON cannot hold is refused before COMMIT: no row without its memory", async () => {
    w.run = (ctx) =>
      ctx.transact("row", async (tx) => {
        await insert("a")(tx);
        return 1n;
      });

    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.rows()).toEqual([]);
    expect(w.last()).toMatchObject({
      error: { code: "unstorable-value", message: expect.stringMatching(/plain data/) },
    });
  });

  it("F-11 · a result too large for the store is refused before COMMIT, with both sizes", async () => {
    w.run = (ctx) =>
      ctx.transact("row", async (tx) => {
        await insert("a")(tx);
        return "x".repeat(1_100_000);
      });

    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.rows()).toEqual([]);
    expect(w.last()).toMatchObject({ error: { message: expect.stringMatching(/1100002 bytes.*1048576/) } });
  });

  it("a verb inside of a body is refused, and the body's rows are rolled back with it", async () => {
    w.run = (ctx) =>
      ctx.transact("row", async (tx) => {
        await insert("a")(tx);
        await ctx.repeatable("inside", async () => 1);
      });

    expect(await w.deliver()).toEqual(["m0"]);
    expect(w.rows()).toEqual([]);
    expect(w.last()).toMatchObject({ error: { code: "verb-in-transaction" } });
  });

  it("C-13 · at the deadline its connection is not committed any more, and the message is handed back", async () => {
    w.run = (ctx) =>
      ctx.transact("row", async (tx) => {
        await insert("a")(tx);
        await new Promise((resolve) => setTimeout(resolve, 2_000).unref());
      });

    expect(await w.deliver(800)).toEqual(["m0"]);
    expect(w.rows()).toEqual([]);
    expect(w.last()).toMatchObject({ ending: "deadline" });
  });
});
