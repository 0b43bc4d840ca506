/** The function in processes of its own, as Lambda runs it, and a payment service that remembers keys. */

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { type LocalLambda, localLambda } from "@effectively-once/testkit/lambda";

export interface PaymentService {
  readonly url: string;
  /** How often an order was asked for, and the charges that were made for it. */
  of(orderId: string): { readonly requests: number; readonly ids: readonly string[] };
  /** The next request for this order is applied, and its answer never arrives. */
  loseAnswerOf(orderId: string): void;
  close(): Promise<void>;
}

export async function paymentService(): Promise<PaymentService> {
  const asked: string[] = [];
  const charges = new Map<string, { readonly id: string; readonly orderId: string }>();
  const losing = new Set<string>();
  const server = createServer(async (request, response) => {
    const { orderId } = (await json(request)) as { readonly orderId: string };
    const key = String(request.headers["idempotency-key"]);
    const charge = charges.get(key) ?? { id: `ch_${randomUUID()}`, orderId };
    asked.push(orderId);
    charges.set(key, charge);
    if (losing.delete(orderId)) response.destroy();
    else
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ id: charge.id, card: "not for the record" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    of: (orderId) => ({
      requests: asked.filter((one) => one === orderId).length,
      ids: [...charges.values()].filter((charge) => charge.orderId === orderId).map(({ id }) => id),
    }),
    loseAnswerOf: (orderId) => losing.add(orderId),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The function as deployed: its file and its environment. */
export function ordersFunction(env: Readonly<Record<string, string>>): LocalLambda {
  return localLambda({
    handler: `${join(import.meta.dirname, "../src/orders.ts")}#handler`,
    timeoutMs: 30_000,
    functionName: "orders",
    // No queue stands behind these events: what would change its visibility goes nowhere.
    env: {
      ...env,
      AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "example",
      AWS_SECRET_ACCESS_KEY: "example",
    },
  });
}

/** A record as SQS gives it to Lambda. The same one again is a redelivery; one of another id is a resend. */
export function message(body: object, messageId: string = randomUUID()): object {
  return {
    messageId,
    receiptHandle: randomUUID(),
    body: JSON.stringify(body),
    attributes: { ApproximateReceiveCount: "1", SentTimestamp: String(Date.now()) },
    messageAttributes: {},
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:orders",
    awsRegion: "eu-west-1",
  };
}

/** Invokes the function with a batch; answers the ids that it reports as failed, which the queue keeps. */
export async function deliver(
  lambda: LocalLambda,
  ...Records: readonly object[]
): Promise<readonly string[]> {
  const result = await lambda.invoke({ Records });
  if (result.outcome !== "success") throw new Error(`the function ended as ${JSON.stringify(result)}`);
  const { batchItemFailures } = result.reply as {
    readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
  };
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}
