/** The Lambda function: takes orders from a queue, charges each once, and writes each down once. */

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createOnce, sqs } from "@effectively-once/runtime";
import { dynamodbStore } from "@effectively-once/runtime/stores/dynamodb";

interface Order {
  readonly orderId: string;
  readonly cents: number;
  readonly sentAt?: string;
}

const { RECORDS_TABLE = "", ORDERS_TABLE = "", PAYMENTS_URL = "" } = process.env;
const once = createOnce({
  store: dynamodbStore({ tableName: RECORDS_TABLE, client: () => new DynamoDBClient({}) }),
  namespace: "orders",
});

export const handler = once.handler(
  sqs<Order>({
    key: (m) => m.body.orderId,
    // A shop that sends an order again gives it a new `sentAt`; it is the same order.
    fingerprint: (m) => [m.body.orderId, m.body.cents],
  }),
  async (m, ctx) => {
    const { orderId, cents } = m.body;
    const charge = await ctx.keyed("charge", ({ key, signal }) => pay({ orderId, cents }, key, signal));
    // The item and "this message is done" are one transaction.
    await ctx.commit(async (tx) => {
      tx.put({ TableName: ORDERS_TABLE, Item: { id: orderId, cents, charge: charge.id } });
    });
  },
);

/** The other side takes an idempotency key, and answers a key it has seen with the same charge. */
async function pay(order: object, idempotencyKey: string, signal: AbortSignal): Promise<{ id: string }> {
  const response = await fetch(`${PAYMENTS_URL}/charges`, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
    body: JSON.stringify(order),
    signal,
  });
  if (!response.ok) throw new Error(`the payment service answered ${response.status}`);
  const { id } = (await response.json()) as { id: string };
  return { id };
}
