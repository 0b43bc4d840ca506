/** The same message delivered again and again: one function per attempt. */

import { type Context, sqs } from "../../src/index.ts";
import { type Bench, bench, event, failures, lambda, type Order, record } from "../engine/support.ts";

export type AttemptFn = (context: Context<never>) => Promise<unknown>;

/** `replies`: how many failures each delivery was answered with. */
export async function attempts(
  fns: readonly AttemptFn[],
  b: Bench = bench(),
): Promise<{ readonly b: Bench; readonly replies: readonly number[] }> {
  const replies: number[] = [];
  const left = [...fns];
  const handler = b
    .once()
    .handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), async (_m, ctx) =>
      left.shift()?.(ctx),
    );
  // Of its own, because some benches share what is on the other side.
  const orderId = crypto.randomUUID();
  while (left.length > 0)
    replies.push(failures(await handler(event(record("m", { orderId })), lambda())).length);
  return { b, replies };
}

export const dies = (): never => {
  throw new Error("the process is gone");
};
