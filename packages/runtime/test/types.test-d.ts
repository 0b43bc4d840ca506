/** Compiled, never run: what a user's editor must accept and refuse. */

import type { SQSBatchResponse, SQSHandler } from "aws-lambda";
import pg from "pg";
import * as v from "valibot";
import { z } from "zod";
import { createOnce, type Key, memoryStore, sqs } from "../src/index.ts";
import { postgresStore } from "../src/stores/postgres/index.ts";

interface Order {
  readonly orderId: string;
}
const once = createOnce({ store: postgresStore({ pool: new pg.Pool() }), namespace: "types" });
const storeless = createOnce({ store: memoryStore(), namespace: "types" });

export const fits: SQSHandler = once.handler(sqs<Order>({ key: (m) => m.body.orderId }), async (m, ctx) => {
  const paid = await ctx.keyed("charge", async ({ key }) => ({ id: key, at: new Date(), skip: () => 1 }));
  const at: string = paid.at;
  // @ts-expect-error a Date has become text on its way through JSON
  paid.at.getTime();
  // @ts-expect-error functions do not survive JSON
  paid.skip();
  await ctx.commit(async (tx) => {
    const client: pg.PoolClient = tx;
    await client.query("SELECT $1", [m.body.orderId, at]);
  });
});

export const reply: (...args: Parameters<SQSHandler>) => void | Promise<SQSBatchResponse | void> = fits;

storeless.handler(sqs<Order>({ key: (m) => m.body.orderId }), async (_m, ctx) => {
  // @ts-expect-error a store without transactions has no commit
  await ctx.commit(async () => {});
});

once.handler(
  sqs({ key: (m) => m.body.orderId, schema: z.object({ orderId: z.string() }) }),
  async (m) => void (m.body.orderId satisfies string),
  { name: "zod" },
);
once.handler(
  sqs({ key: (m) => m.body.orderId, schema: v.object({ orderId: v.string() }) }),
  async (m) => void (m.body.orderId satisfies string),
  { name: "valibot" },
);

// @ts-expect-error a key is a string, number, bigint, or a list of these
export const key: Key = { orderId: "1" };
// @ts-expect-error there is no default key
sqs<Order>({});
