/** Charges an order and tells the topic. */

import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { createOnce, sqs } from "@effectively-once/runtime";
import { idempotentFetch } from "@effectively-once/runtime/edges/fetch";
import { protect } from "@effectively-once/runtime/edges/aws-sdk";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import { correlated } from "@effectively-once/runtime/telemetry";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env["DATABASE_URL"], max: 4 });
const once = createOnce({ store: postgresStore({ pool }), namespace: "payments", leaseMs: 2_000 });
const topic = protect(new SNSClient({}));
const pay = idempotentFetch();
const log = correlated(console);

export const handler = once.handler(
  sqs<{ orderId: string }>({ key: (m) => m.body.orderId }),
  async ({ body }) => {
    const response = await pay(`${process.env["PAYMENTS_URL"]}/charges`, {
      method: "POST",
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`the charge was answered ${response.status}`);
    log.info(`charged ${body.orderId}`);
    await topic.send(
      new PublishCommand({ TopicArn: process.env["TOPIC_ARN"], Message: JSON.stringify(body) }),
    );
    log.info(`published ${body.orderId}`);
  },
);
