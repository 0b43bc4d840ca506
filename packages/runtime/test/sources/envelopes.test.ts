/** Messages that came to the queue through SNS or EventBridge (G-03, G-05). */

import { describe, expect, it } from "vitest";
import { sqs, type SqsMessage, type SqsOptions } from "../../src/index.ts";
import { bench, event, failures, lambda, record } from "../engine/support.ts";

interface Order {
  readonly orderId: string;
}

const TOPIC = "arn:aws:sns:eu-west-1:000000000000:orders";
const notification = (MessageId: string, body: unknown, more: object = {}) => ({
  Type: "Notification",
  MessageId,
  TopicArn: TOPIC,
  Subject: "an order",
  Message: typeof body === "string" ? body : JSON.stringify(body),
  Timestamp: "2026-11-25T12:00:00.000Z",
  SignatureVersion: "1",
  MessageAttributes: { correlationId: { Type: "String", Value: "chain-1" } },
  ...more,
});
const busEvent = (id: string, detail: unknown, more: object = {}) => ({
  version: "0",
  id,
  "detail-type": "OrderPlaced",
  source: "shop",
  account: "000000000000",
  time: "2026-11-25T12:00:00Z",
  region: "eu-west-1",
  resources: [],
  detail,
  ...more,
});

/** Delivers bodies, each with an id of its own, and answers what the handler saw. */
async function deliver(options: Partial<SqsOptions<Order>>, ...bodies: readonly unknown[]) {
  const b = bench();
  const seen: SqsMessage<Order>[] = [];
  const handler = b
    .once()
    .handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false, ...options }), async (m) => {
      seen.push(m);
    });
  const failed: string[][] = [];
  for (const [index, body] of bodies.entries())
    failed.push(failures(await handler(event(record(`m${index}`, body)), lambda())));
  return { b, seen, failed, deliveries: b.events.filter((said) => said.kind === "delivery") };
}

describe("SNS", () => {
  it("G-03 · the handler gets what was published, the topic's id, and the envelope beside it", async () => {
    const { seen, deliveries } = await deliver({ envelope: "sns" }, notification("sns-1", { orderId: "o" }));

    expect(seen[0]).toMatchObject({
      body: { orderId: "o" },
      messageId: "sns-1",
      envelope: { TopicArn: TOPIC, Subject: "an order" },
      record: { messageId: "m0" },
    });
    expect(deliveries[0]).toMatchObject({
      messageId: "sns-1",
      correlationId: "chain-1",
      ending: "completed",
    });
  });

  it("G-03 · a retry of SNS is a new message of the queue with the same id inside: a duplicate by its message id", async () => {
    const { seen, deliveries } = await deliver(
      { envelope: "sns", key: "message-id" },
      notification("sns-1", { orderId: "o" }),
      notification("sns-1", { orderId: "o" }),
      notification("sns-2", { orderId: "o" }),
    );

    expect(seen.map((m) => m.messageId)).toEqual(["sns-1", "sns-2"]);
    expect(deliveries.map((one) => [one.verdict, one.origin])).toEqual([
      ["first", undefined],
      ["duplicate", "redelivery"],
      ["first", undefined],
    ]);
  });

  it("G-03 · raw and wrapped delivery of one publish have other ids; with a business key they are one", async () => {
    const b = bench();
    const ran: string[] = [];
    const handlers = (key: SqsOptions<Order>["key"], name: string) => {
      const once = b.once({ namespace: name });
      const fn = async (m: SqsMessage<Order>) => void ran.push(`${name} ${m.messageId}`);
      return [
        once.handler(sqs<Order>({ key, heartbeat: false }), fn, { name: "raw" }),
        once.handler(sqs<Order>({ key, heartbeat: false, envelope: "sns" }), fn, { name: "wrapped" }),
      ] as const;
    };
    const bodies = [{ orderId: "o" }, notification("sns-1", { orderId: "o" })] as const;
    for (const [key, name] of [
      ["message-id", "by id"],
      [(m: SqsMessage<Order>) => m.body.orderId, "by order"],
    ] as const) {
      const [raw, wrapped] = handlers(key, name);
      await raw(event(record("queue-1", bodies[0])), lambda());
      await wrapped(event(record("queue-2", bodies[1])), lambda());
    }
    const records = [];
    for await (const one of b.store.list({})) records.push(one);

    expect(ran).toEqual(["by id queue-1", "by id sns-1", "by order queue-1", "by order sns-1"]);
    // Under one handler's name the same key is the same record: here the names differ, the keys do not.
    expect(records.filter(({ scope }) => scope.startsWith("by order")).map(({ label }) => label)).toEqual([
      "o",
      "o",
    ]);
    expect(
      new Set(records.filter(({ scope }) => scope.startsWith("by id")).map(({ label }) => label)).size,
    ).toBe(2);
  });

  it("G-03 · a raw delivery where an envelope is expected is invalid, and says what to change", async () => {
    const { seen, failed, deliveries } = await deliver({ envelope: "sns" }, { orderId: "o" });

    expect(seen).toEqual([]);
    expect(failed).toEqual([["m0"]]);
    expect(String(deliveries[0]?.error)).toContain("Turn raw message delivery off");
  });

  it("F-08 · a published text that is not JSON goes to the `body` function, which gets it as the record's body", async () => {
    const { seen } = await deliver(
      { envelope: "sns", body: ({ body }) => ({ orderId: body.toUpperCase() }) },
      notification("sns-1", "plain text"),
    );

    expect(seen[0]?.body).toEqual({ orderId: "PLAIN TEXT" });
  });
});

describe("EventBridge", () => {
  it("G-05 · the handler gets the detail, the event's id, and the event beside it", async () => {
    const { seen, deliveries } = await deliver(
      { envelope: "eventbridge" },
      busEvent("event-1", { orderId: "o", correlationId: "chain-2" }),
    );

    expect(seen[0]).toMatchObject({
      body: { orderId: "o" },
      messageId: "event-1",
      envelope: { "detail-type": "OrderPlaced", source: "shop" },
    });
    expect(deliveries[0]).toMatchObject({ messageId: "event-1", correlationId: "chain-2" });
  });

  it("G-05 · a retry of the target keeps the id; a second PutEvents has a new one, which only a business key catches", async () => {
    const bodies = [
      busEvent("event-1", { orderId: "o" }),
      busEvent("event-1", { orderId: "o" }),
      busEvent("event-2", { orderId: "o" }),
    ];
    const byId = await deliver({ envelope: "eventbridge", key: "message-id" }, ...bodies);
    const byOrder = await deliver({ envelope: "eventbridge" }, ...bodies);

    expect(byId.deliveries.map((one) => one.verdict)).toEqual(["first", "duplicate", "first"]);
    expect(byOrder.deliveries.map((one) => [one.verdict, one.origin])).toEqual([
      ["first", undefined],
      ["duplicate", "redelivery"],
      ["duplicate", "resend"],
    ]);
  });

  it("G-05 · a replay keeps the id and is a duplicate; with its name in the key it runs again, once", async () => {
    const replay = busEvent("event-1", { orderId: "o" }, { "replay-name": "after-the-fix" });
    const bodies = [busEvent("event-1", { orderId: "o" }), replay, replay];
    const plain = await deliver({ envelope: "eventbridge", key: "message-id" }, ...bodies);
    const named = await deliver(
      {
        envelope: "eventbridge",
        key: (m) => [
          m.messageId,
          (m.envelope && "replay-name" in m.envelope && m.envelope["replay-name"]) || "live",
        ],
      },
      ...bodies,
    );

    expect(plain.deliveries.map((one) => one.verdict)).toEqual(["first", "duplicate", "duplicate"]);
    expect(named.deliveries.map((one) => one.verdict)).toEqual(["first", "first", "duplicate"]);
  });

  it("G-05 · through a topic: both envelopes are opened, the bus's id is the innermost", async () => {
    const { seen } = await deliver(
      { envelope: ["sns", "eventbridge"] },
      notification("sns-1", busEvent("event-1", { orderId: "o" })),
    );

    expect(seen[0]).toMatchObject({ body: { orderId: "o" }, messageId: "event-1" });
  });

  it("G-05 · what an input transformer has made is invalid, and says so", async () => {
    const { deliveries } = await deliver({ envelope: "eventbridge" }, { orderId: "o" });

    expect(deliveries[0]).toMatchObject({ ending: "invalid" });
    expect(String(deliveries[0]?.error)).toContain("input transformer");
  });
});

it("an envelope that is none is refused", () => {
  expect(() => sqs<Order>({ key: (m) => m.body.orderId, envelope: "kafka" as never })).toThrow(
    /`envelope` is/,
  );
});
