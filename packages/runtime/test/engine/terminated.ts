/** A process that handles three messages one after another, and is told to end while the first is running. */

import { createOnce, sqs } from "../../src/index.ts";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import { failures, lambda, type Order, orders, recordingClient } from "./support.ts";

const shutdown = new AbortController();
process.once("SIGTERM", () => shutdown.abort());

const store = sqliteStore({ path: process.argv[2] ?? "" });
const once = createOnce({ store, namespace: "term", shutdown: shutdown.signal });
const source = sqs<Order>({
  key: (m) => m.body.orderId,
  concurrency: 1,
  client: recordingClient().client,
});
const handler = once.handler(source, async (_m, ctx) => {
  process.stdout.write("running\n");
  const keepAlive = setInterval(() => {}, 1_000);
  await new Promise((resolve) => ctx.signal.addEventListener("abort", resolve, { once: true }));
  clearInterval(keepAlive);
  process.stdout.write(`told: ${String((ctx.signal.reason as { code?: string }).code)}\n`);
  // Told to stop, it may still finish what it has begun.
  await ctx.keyed("last", async ({ key }) => key);
});

const reply = await handler(orders(3), lambda());
process.stdout.write(`failures ${JSON.stringify(failures(reply))}\n`);
