/** EFFECTIVELY_ONCE_DISABLED: the guard off in tests, refused inside Lambda. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createOnce, sqs } from "../../src/index.ts";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import { bench, failures, lambda, type Order, orders, recordingClient } from "./support.ts";

afterEach(() => vi.unstubAllEnvs());

const source = () => sqs<Order>({ key: (m) => m.body.orderId, client: recordingClient().client });

describe("EFFECTIVELY_ONCE_DISABLED", () => {
  it("runs every delivery, asks the store nothing, and says so once", async () => {
    vi.stubEnv("EFFECTIVELY_ONCE_DISABLED", "1");
    const b = bench();
    let runs = 0;
    const handler = b.once().handler(source(), async (_m, ctx) => {
      await ctx.keyed("charge", async ({ key }) => key);
      runs += 1;
    });

    await handler(orders(2), lambda());
    expect(failures(await handler(orders(2), lambda()))).toEqual([]);

    expect(runs).toBe(4);
    expect(b.calls).toEqual([]);
    expect(b.warnings()).toEqual(["guard-disabled"]);
  });

  it("still commits a handler's rows", async () => {
    vi.stubEnv("EFFECTIVELY_ONCE_DISABLED", "true");
    const folder = mkdtempSync(join(tmpdir(), "effectively-once-off-"));
    const path = join(folder, "orders.db");
    const store = sqliteStore({ path });
    await store.setup();
    const db = new DatabaseSync(path);
    db.exec("CREATE TABLE orders (id TEXT)");
    const once = createOnce({ store, namespace: "off", onEvent: () => {} });
    const handler = once.handler(source(), (m, ctx) =>
      ctx.commit(async (tx) => void tx.prepare("INSERT INTO orders VALUES (?)").run(m.body.orderId)),
    );

    await handler(orders(1), lambda());
    await handler(orders(1), lambda());

    expect(db.prepare("SELECT count(*) AS n FROM orders").get()).toEqual({ n: 2 });
    db.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("is refused inside Lambda, unless it says yes-in-production", () => {
    vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "orders");
    vi.stubEnv("EFFECTIVELY_ONCE_DISABLED", "true");
    expect(() => bench().once()).toThrow(/inside Lambda.*Remove the variable/);
    vi.stubEnv("EFFECTIVELY_ONCE_DISABLED", "yes-in-production");
    expect(() => bench().once()).not.toThrow();
  });

  it.each(["", "0", "false", "no"])("does nothing when it says %j", async (value) => {
    vi.stubEnv("EFFECTIVELY_ONCE_DISABLED", value);
    const b = bench();
    await b.once().handler(source(), async () => {})(orders(1), lambda());
    expect(b.calls).toEqual(["claim", "complete"]);
  });
});
