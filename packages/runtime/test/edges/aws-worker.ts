/** One attempt: a message whose handler makes every call that is covered, in a process that may be killed at any of them. */

import { createOnce, sqs } from "@effectively-once/runtime";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import { allCalls } from "./calls.ts";

const [path = "", endpoint = ""] = process.argv.slice(2);
const store = sqliteStore({ path });
await store.setup();
const once = createOnce({ store, namespace: "edges", leaseMs: 200 });
const handler = once.handler(sqs<{ id: string }>({ key: (m) => m.body.id, heartbeat: false }), async () => {
  for (const [operation, call] of Object.entries(allCalls(endpoint))) {
    process.stdout.write(`${operation}\n`);
    await call();
  }
});
const record = {
  messageId: "m1",
  receiptHandle: "h",
  body: '{"id":"order-1"}',
  attributes: {},
  messageAttributes: {},
  eventSource: "aws:sqs",
  eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:in",
};
const { batchItemFailures } = await handler({ Records: [record] }, { functionName: "f" });
process.exitCode = batchItemFailures.length;
