/** The Lambda function: takes orders from a queue, charges each once, and writes each down once. */

import { createOnce, Permanent, sqs } from "@effectively-once/runtime";
import { openDatabase } from "./database.ts";
import { type Order, payments } from "./payments.ts";

const database = openDatabase(process.env);
const { charge } = payments(process.env);
const once = createOnce({ store: database.store, namespace: "orders" });

export const handler = once.handler(
  sqs<Order>({
    key: (m) => m.body.orderId,
    // A shop that sends an order again gives it a new `sentAt`; it is the same order.
    fingerprint: (m) => [m.body.orderId, m.body.cents],
  }),
  async (m, ctx) => {
    const order = m.body;
    // No delivery of it will ever be better: it waits for a person, in the dead-letter queue.
    if (!Number.isSafeInteger(order.cents)) throw new Permanent(`order ${order.orderId} has no amount`);

    const paid = await ctx.keyed("charge", ({ key, signal }) => charge(order, key, signal));

    // The row and "this message is done" are one transaction.
    await ctx.commit((tx) => database.insert(tx, { id: order.orderId, cents: order.cents, charge: paid.id }));
  },
);
