/** Compiled, never run: what a user's editor must accept and refuse. */

import type { Context, SqsMessage } from "@effectively-once/runtime";
import type { SqliteTx } from "@effectively-once/runtime/stores/sqlite";
import { type TestContext, testContext, type TestEffect } from "@effectively-once/testkit";
import type { PoolClient } from "pg";

interface Order {
  readonly orderId: string;
}
const message = {} as SqsMessage<Order>;
declare const tx: SqliteTx;
declare const client: PoolClient;

async function plainHandler(_m: SqsMessage<Order>, ctx: Context<never>): Promise<void> {
  await ctx.plain("mail", async () => 1);
}
async function rowsHandler(_m: SqsMessage<Order>, ctx: Context<SqliteTx>): Promise<number> {
  return ctx.commit(async (own) => Number(own.prepare("SELECT 1").run().changes));
}
async function pgHandler(_m: SqsMessage<Order>, ctx: Context<PoolClient>): Promise<void> {
  await ctx.commit((own) => own.query("SELECT 1"));
}

// A context fits the handler it is made for.
void plainHandler(message, testContext());
void rowsHandler(message, testContext({ tx }));
void pgHandler(message, testContext({ tx: client }));
void pgHandler(message, testContext<PoolClient>({ tx: { query: () => {} } as unknown as PoolClient }));
// One with transactions also fits a handler without.
void plainHandler(message, testContext({ tx }));
export const typed: TestContext<SqliteTx> = testContext({ tx });
export const bare: TestContext = testContext({ key: ["eu", 1, 2n], remembered: { a: { kind: "keyed" } } });

// @ts-expect-error without a tx there is no commit
void rowsHandler(message, testContext());
// @ts-expect-error the tx is another database's
void pgHandler(message, testContext({ tx }));
// @ts-expect-error without a tx there is no commit
void testContext().commit(async () => {});
// @ts-expect-error and no transact
void testContext({ key: "a" }).transact("a", async () => {});

void testContext({ tx }).commit(async (own) => {
  const same: SqliteTx = own;
  return same;
});

export async function values(): Promise<void> {
  const ctx = testContext();
  const paid = await ctx.keyed("charge", async ({ key }) => ({ id: key, at: new Date(), skip: () => 1 }));
  const at: string = paid.at;
  // @ts-expect-error a Date has become text on its way through JSON
  paid.at.getTime();
  // @ts-expect-error functions do not survive JSON
  paid.skip();
  const effects: readonly TestEffect[] = ctx.effects;
  // @ts-expect-error what happened is read, not written
  ctx.effects.push(effects[0] as TestEffect);
  // @ts-expect-error nor its parts
  if (ctx.effects[0]) ctx.effects[0].name = at;
}

// @ts-expect-error there is no such option
testContext({ kee: "a" });
// @ts-expect-error a key is a string, number, bigint, or a list of these
testContext({ key: { orderId: "1" } });
// @ts-expect-error a test does not run as a duplicate
testContext({ verdict: "duplicate" });
// @ts-expect-error the handler step is the engine's
testContext({ remembered: { "(handler)": { kind: "handler" } } });
