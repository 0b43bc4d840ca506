/** A process that handles one message on a DynamoDB table and dies, or freezes, when told to, exactly at one point. */

import { appendFileSync } from "node:fs";
import { TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { createOnce, sqs } from "../../src/index.ts";
import { dynamodbStore } from "../../src/stores/dynamodb/index.ts";
import { event, lambda, type Order, record } from "../engine/support.ts";
import { clientOf } from "./dynamodb-support.ts";

const [endpoint = "", table = "", rows = "", ledger = "", point = "none"] = process.argv.slice(2);

function dieAt(here: string): void {
  if (here === point) process.kill(process.pid, "SIGKILL");
}
function freezeAt(here: string): void {
  if (here !== point) return;
  process.stdout.write("frozen\n");
  process.kill(process.pid, "SIGSTOP");
}

const client = clientOf(endpoint);
const send = client.send.bind(client) as (command: unknown, options?: unknown) => Promise<unknown>;
Object.assign(client, {
  async send(command: unknown, options?: unknown) {
    const answer = await send(command, options);
    if (command instanceof TransactWriteItemsCommand) dieAt("unanswered-commit");
    return answer;
  },
});

const inner = dynamodbStore({ tableName: table, client });
const store: typeof inner = {
  ...inner,
  async claim(requests) {
    dieAt("before-claim");
    const claims = await inner.claim(requests);
    if (claims[0]?.kind === "won") dieAt("after-claim");
    return claims;
  },
  async complete(items) {
    dieAt("before-complete");
    const written = await inner.complete(items);
    dieAt("after-complete");
    return written;
  },
};

const once = createOnce({
  store,
  namespace: "kills",
  onEvent: (said) => said.kind === "delivery" && process.stdout.write(`${said.verdict}/${said.ending}\n`),
});
const handler = once.handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), async (m, ctx) => {
  // The other side dedupes on the key: the ledger counts what it was asked, the test counts distinct keys.
  await ctx.keyed("charge", async ({ key }) => {
    dieAt("before-keyed");
    appendFileSync(ledger, `${key}\n`);
    dieAt("in-keyed");
  });
  dieAt("between");
  if (point.startsWith("plain")) {
    await ctx.plain("mail", async () => {
      dieAt("plain-before");
      appendFileSync(ledger, "mail\n");
      dieAt("plain-after");
    });
    return;
  }
  if (point.endsWith("complete")) return;
  // No condition on the row: a second commit would count twice.
  await ctx.commit(async (tx) => {
    tx.update({
      TableName: rows,
      Key: { pk: m.body.orderId },
      UpdateExpression: "ADD #n :one",
      ExpressionAttributeNames: { "#n": "n" },
      ExpressionAttributeValues: { ":one": 1 },
    });
    dieAt("in-transaction");
    freezeAt("freeze-in-transaction");
  });
  dieAt("after-commit");
});

const reply = await handler(event(record("m1", { orderId: "o1" })), lambda());
process.stdout.write(`failures ${reply.batchItemFailures.length}\n`);
client.destroy();
