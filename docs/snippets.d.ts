/**
 * Names that every snippet of the docs may use without saying where they come from: what a reader has, or knows, anyway.
 * Everything else a snippet declares or imports by itself. `npm run snippets` compiles them all.
 */

import type { Context, Once, SqsMessage, SqsRecordLike } from "@effectively-once/runtime";
import type { Store } from "@effectively-once/runtime/store";
import type { SqliteTx } from "@effectively-once/runtime/stores/sqlite";
import type pg from "pg";

declare global {
  interface Order {
    readonly orderId: string;
    readonly amount: number;
  }
  /** A payment service that remembers idempotency keys. */
  const payments: {
    charge(
      order: Order,
      options?: { readonly idempotencyKey?: string; readonly signal?: AbortSignal },
    ): Promise<{ readonly id: string }>;
  };
  const pool: pg.Pool;
  const once: Once<SqliteTx>;
  const store: Store<SqliteTx>;
  function myStore(options?: { readonly pool: pg.Pool }): Store<pg.PoolClient>;

  /** What a unit test of a handler has. */
  const order: Order;
  const record: SqsRecordLike;
  const fakeClient: pg.PoolClient;
  function handleOrder(message: SqsMessage<Order>, ctx: Context<pg.PoolClient>): Promise<void>;
  /** An SQS emulator that listens. */
  const emulator: { readonly port: number };
  const queueUrl: string;
  /** The context of a handler on Postgres. */
  const ctx: Context<pg.PoolClient>;
}
