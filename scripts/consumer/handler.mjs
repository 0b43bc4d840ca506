/** What a user writes, in plain JavaScript: run by the packing check in an empty folder, against the packed packages. */

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { createOnce, memoryStore, sqs } from "@effectively-once/runtime";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";

const event = {
  Records: [
    {
      messageId: "m-1",
      receiptHandle: "r-1",
      body: JSON.stringify({ orderId: "o-1" }),
      attributes: { ApproximateReceiveCount: "1" },
      messageAttributes: {},
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:orders",
    },
  ],
};
const context = { getRemainingTimeInMillis: () => 30_000 };
const source = sqs({ key: (m) => m.body.orderId, heartbeat: false });

async function twice(handler) {
  for (let delivery = 1; delivery <= 2; delivery += 1)
    assert.deepEqual(await handler(event, context), { batchItemFailures: [] });
}

let charges = 0;
const remembered = createOnce({ store: memoryStore(), namespace: "packed" });
await twice(
  remembered.handler(source, (m, ctx) => ctx.keyed("charge", async ({ key }) => ({ key, n: ++charges }))),
);
assert.equal(charges, 1);

const path = "./packed.db";
const store = sqliteStore({ path });
await store.setup();
const kept = createOnce({ store, namespace: "packed" });
let rows = 0;
await twice(
  kept.handler(source, async (m, ctx) => {
    await ctx.transact("table", async (tx) => tx.exec("CREATE TABLE orders (id TEXT)"));
    await ctx.commit(async (tx) => {
      tx.prepare("INSERT INTO orders (id) VALUES (?)").run(m.body.orderId);
      rows = tx.prepare("SELECT id FROM orders").all().length;
    });
  }),
);
assert.equal(rows, 1);
await store.close();
rmSync(path);
console.log(`node ${process.version}: one charge, one row`);
