/** Ships an order that was charged: one row. */

import { createOnce, sqs } from "@effectively-once/runtime";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import { correlated } from "@effectively-once/runtime/telemetry";
import pg from "pg";

const pool = new pg.Pool({ connectionString: process.env["DATABASE_URL"], max: 4 });
const once = createOnce({ store: postgresStore({ pool }), namespace: "shipping", leaseMs: 2_000 });
const log = correlated(console);

export const handler = once.handler(
  sqs<{ orderId: string }>({ key: (m) => m.body.orderId, envelope: "sns" }),
  async ({ body }, ctx) => {
    log.info(`shipping ${body.orderId}`);
    await ctx.commit((tx) => tx.query("INSERT INTO shipments (order_id) VALUES ($1)", [body.orderId]));
    log.info(`shipped ${body.orderId}`);
  },
);
