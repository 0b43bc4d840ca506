/** What a user's compiler must accept, declarations included: compiled by the packing check against the packed packages. */

import { createOnce, memoryStore, type OnceEvent, type SqsMessage, sqs } from "@effectively-once/runtime";
import type { Store } from "@effectively-once/runtime/store";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import { conformance } from "@effectively-once/testkit/conformance";
import { localLambda } from "@effectively-once/testkit/lambda";

interface Order {
  readonly orderId: string;
}

export const store = sqliteStore({ path: "./orders.db" });
export const once = createOnce({
  store,
  namespace: "orders",
  onEvent: (event: OnceEvent) => void event.kind,
});
export const source = sqs<Order>({ key: (m) => m.body.orderId });
export const handler = once.handler(source, async (m: SqsMessage<Order>, ctx) => {
  const charge = await ctx.keyed("charge", async ({ key }) => ({ id: key }));
  await ctx.commit(async (tx) => {
    tx.prepare("INSERT INTO orders (id, charge) VALUES (?, ?)").run(m.body.orderId, charge.id);
  });
});
export const remembered = createOnce({ store: memoryStore(), namespace: "notes" });
export const outcome = remembered.run("k", async () => 1);
export const wrapped = remembered.wrap(async (id: string) => id.length, { key: (id) => id });
export const lambda = localLambda({ handler: "orders.js", timeoutMs: 1_000 });
export const proves = (test: Parameters<typeof conformance>[0]["test"], mine: Store): void =>
  conformance({ test, subject: { name: "mine", store: () => mine } });
