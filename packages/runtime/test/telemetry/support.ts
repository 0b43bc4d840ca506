/** A handler with one delivery of each kind, whose payload and errors hold what must not be kept. */

import type { OnceEvent, SqsRecordLike } from "../../src/index.ts";
import { sqs } from "../../src/index.ts";
import { bench, event, lambda, record } from "../engine/support.ts";

export const SECRET = "4111111111111111";
export const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
export const HOSTILE = 'o\n{"level":"ERROR"} \u001b[31m %0a {{x}} \u202e';

interface Order {
  readonly orderId: string;
  readonly card?: string;
  readonly fails?: boolean;
}

export async function everyKind(sink: (event: OnceEvent) => void, warnings = true): Promise<void> {
  const b = bench();
  const once = b.once({
    onEvent: (said) => {
      if (warnings || said.kind !== "warning") sink(said);
    },
  });
  const handler = once.handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), async (m) => {
    if (m.body.fails)
      throw new Error(`card ${m.body.card ?? ""} was declined\nby the bank`, { cause: SECRET });
  });
  const traced = {
    ...record("m1", { orderId: "a", card: SECRET }),
    messageAttributes: { traceparent: { stringValue: TRACEPARENT } },
  };
  const deliver = (...records: readonly SqsRecordLike[]) => handler(event(...records), lambda());
  await deliver(
    traced,
    record("m2", { orderId: HOSTILE }),
    record("m3", { orderId: "f", fails: true, card: SECRET }),
  );
  await deliver(
    record("m1", { orderId: "a", card: SECRET }, { receiveCount: 3 }),
    record("m4", { orderId: "a", card: SECRET }),
    record("m5", { orderId: "a", card: "another" }),
    record("m6", { card: SECRET }),
  );
}
