/** The demo's three consumers. Each runs in the local Lambda's processes; they differ only in how they guard their effects. */

import { createOnce, type OnceEvent, type SqsMessage, sqs } from "@effectively-once/runtime";
import { loggerSink } from "@effectively-once/runtime/telemetry";
import type { Order } from "./traffic.ts";
import { openLedger } from "./ledger.ts";
import { toldOf } from "./told.ts";

const payments = process.env["DEMO_PAYMENTS"] ?? "";
const side = process.env["DEMO_SIDE"] ?? "";
const ledger = await openLedger(process.env["DEMO_STORE"] ?? "", process.env["DEMO_NAME"] ?? "");

const SLOW_MS = 3_000;
const QUICK_MS = 20;

/** While something downstream is slow, some orders take longer than their queue's visibility timeout: the story's beginning. */
async function work(order: Order): Promise<void> {
  const slow = order.slow && (await (await fetch(`${payments}/slow`)).text()) === "yes";
  await new Promise((resolve) => setTimeout(resolve, slow ? SLOW_MS : QUICK_MS));
}

async function charge(order: Order, key: string | undefined): Promise<void> {
  const response = await fetch(`${payments}/charge/${side}/${order.orderId}`, {
    method: "POST",
    headers: key === undefined ? {} : { "Idempotency-Key": key },
  });
  if (!response.ok) throw new Error(`the payment service answered ${response.status}`);
}

interface Event {
  readonly Records: readonly { readonly body: string }[];
}

const logs = process.env["DEMO_LOGS"] === "yes";

/** What most do, so that their logs say which messages came. */
function logged(event: Event): void {
  // oxlint-disable-next-line no-console -- a handler on Lambda writes its log so
  if (logs) console.log(JSON.stringify(event));
}

async function naiveBatch(event: Event, key: (order: Order) => string | undefined): Promise<object> {
  logged(event);
  await Promise.all(
    event.Records.map(async ({ body }) => {
      const order = JSON.parse(body) as Order;
      await charge(order, key(order));
      await work(order);
      await ledger.insert(order.orderId);
    }),
  );
  return { batchItemFailures: [] };
}

export const naive = (event: Event): Promise<object> => naiveBatch(event, () => undefined);
export const naiveKeyed = (event: Event): Promise<object> => naiveBatch(event, (order) => order.orderId);

const log = logs ? loggerSink(console) : undefined;

/** To the demo itself by the channel that both have: it is there once it is sent, whatever befalls this process. */
function tell(said: OnceEvent): void {
  log?.(said);
  if (said.kind === "delivery") process.send?.({ told: toldOf(said) });
}

const once = createOnce({
  store: ledger.store,
  namespace: "demo",
  leaseMs: 2_000,
  onEvent: tell,
});

const handler = once.handler(
  sqs<Order>({
    key: (m: SqsMessage<Order>) => m.body.orderId,
    // An honest resend carries a new timestamp.
    fingerprint: (m) => [m.body.orderId, m.body.amount],
  }),
  async (m, ctx) => {
    await ctx.keyed("charge", ({ key }) => charge(m.body, key));
    await work(m.body);
    await ctx.commit((tx) => ledger.insertIn(tx, m.body.orderId));
  },
);

export const guarded: typeof handler = (event, context) => {
  logged(event as Event);
  return handler(event, context);
};
