import { describe, expect, it } from "vitest";
import type { Facts, IdempotencyFact, QueueFact } from "../../src/facts/model.ts";
import { type Value, unknown } from "../../src/facts/value.ts";
import { idm005 } from "../../src/rules/idm005/rule.ts";
import {
  at,
  byDefault,
  cases,
  delivery,
  facts,
  fn,
  idempotency,
  literal,
  mapping,
  only,
  queue,
  stream,
} from "./support.ts";

const DAY = 86_400;

function redriven(
  life: IdempotencyFact["recordsLastSeconds"],
  some: Partial<QueueFact> = {},
  deadRetention: Value<number> = literal(14 * DAY, "/Resources/OrdersDlq/Properties/MessageRetentionPeriod"),
): Partial<Facts> {
  return {
    functions: [fn()],
    queues: [
      queue({ id: "Orders", deadLetterQueue: literal("OrdersDlq"), maxReceiveCount: literal(5), ...some }),
      queue({ id: "OrdersDlq", retentionSeconds: deadRetention, ...(some.fifo ? { fifo: some.fifo } : {}) }),
    ],
    mappings: [mapping({ source: literal("Orders"), sourceName: "Orders" })],
    idempotency: [idempotency({ recordsLastSeconds: life })],
  };
}

it("fires when a message can be redriven after its record has expired, and prints the sum by hop", () => {
  expect(only(idm005, redriven(byDefault(3_600)))).toEqual({
    subject: { function: "F" },
    status: "fail",
    message:
      "F remembers an event for 3600 s (the default). By its longest way it can come again for 18 days (1555200 s), and then runs as a new one: 4 days (345600 s, the default) in Orders, 14 days (1209600 s) in OrdersDlq until a redrive.",
    formula: "3600 < 345600 (Orders) + 1209600 (OrdersDlq)",
    place: at("/Resources/I"),
    related: [
      { place: at("/Resources/F"), message: "F uses these records" },
      {
        place: at("/Resources/OrdersDlq/Properties/MessageRetentionPeriod"),
        message: "OrdersDlq: up to 14 days (1209600 s)",
      },
    ],
  });
});

it("passes from equality on", () => {
  expect(only(idm005, redriven(literal(18 * DAY))).status).toBe("pass");
  expect(only(idm005, redriven(literal(18 * DAY - 1))).status).toBe("fail");
});

it("lets the runtime's 29 days outlive one redrive of the longest standard queues, and not of FIFO queues", () => {
  const longest = { retentionSeconds: literal(14 * DAY) };

  expect(only(idm005, redriven(byDefault(29 * DAY), longest)).status).toBe("pass");
  expect(only(idm005, redriven(byDefault(29 * DAY), { ...longest, fifo: literal(true) }))).toMatchObject({
    formula: "2505600 < 1209600 (Orders) + 1209600 (OrdersDlq) + 1209600 (Orders)",
  });
});

it("is not about a queue without a dead-letter queue: its retention is IDM003's", () => {
  const alone = redriven(byDefault(3_600), { deadLetterQueue: byDefault(undefined) });

  expect(only(idm005, alone)).toMatchObject({
    status: "not-applicable",
    reason: "an event comes again from its source alone, which IDM003 compares",
  });
});

describe("what comes before the queue", () => {
  const toQueue = { target: literal({ kind: "queue" as const, id: "Orders" }) };
  const of = (...deliveries: Facts["deliveries"]): Partial<Facts> => ({
    ...redriven(byDefault(3_600)),
    deliveries,
  });

  it.each([
    ["a rule", [delivery(toQueue)], "86400 (D) + "],
    [
      "a rule with an event age of its own",
      [delivery({ ...toQueue, maximumEventAgeSeconds: literal(60) })],
      "60 (D) + ",
    ],
    [
      "a topic",
      [delivery({ ...toQueue, kind: "sns" as const, maximumEventAgeSeconds: byDefault(1_987_200) })],
      "1987200 (D) + ",
    ],
    [
      "a bucket, which adds nothing",
      [delivery({ ...toQueue, kind: "s3" as const, maximumEventAgeSeconds: byDefault(undefined) })],
      "",
    ],
    [
      "the longer one of two",
      [
        delivery({ ...toQueue, id: "A" }),
        delivery({ ...toQueue, id: "B", maximumEventAgeSeconds: literal(60) }),
      ],
      "86400 (A) + ",
    ],
    [
      "a rule that sends to a topic",
      [
        delivery({ id: "A", target: literal({ kind: "other" as const, id: "Topic" }) }),
        delivery({
          ...toQueue,
          id: "B",
          kind: "sns" as const,
          source: literal("Topic"),
          maximumEventAgeSeconds: literal(60),
        }),
      ],
      "86400 (A) + 60 (B) + ",
    ],
  ])("%s", (_, deliveries, before) => {
    expect(only(idm005, of(...deliveries))).toMatchObject({
      formula: `3600 < ${before}345600 (Orders) + 1209600 (OrdersDlq)`,
    });
  });

  it("counts only what is there in the same case", () => {
    const exists = cases([{ IsProd: "true" }, literal(true)], [{ IsProd: "false" }, literal(false)]);
    const some = { ...redriven(literal(18 * DAY)), deliveries: [delivery({ ...toQueue, exists })] };

    expect(idm005.check(facts(some))).toMatchObject([
      { status: "fail", when: { IsProd: "true" } },
      { status: "pass", when: { IsProd: "false" } },
    ]);
  });

  it("does not count a topic that goes round and round", () => {
    const round = delivery({
      id: "R",
      kind: "sns",
      source: literal("Orders"),
      target: literal({ kind: "other", id: "Orders" }),
    });

    expect(only(idm005, of(delivery({ ...toQueue, source: literal("Orders") }), round)).status).toBe("fail");
  });
});

describe("asynchronous calls", () => {
  const memory = { idempotency: [idempotency()], deliveries: [delivery()] };
  const dead = queue({ id: "Dead" });
  const waits = "3600 < 86400 (D) + 21600 (asynchronous calls of F)";

  it.each([
    ["nothing that keeps failures", {}, waits],
    ["a dead-letter queue", { deadLetter: literal("Dead") }, `${waits} + 345600 (Dead)`],
    ["a destination", { async: { onFailure: literal("Dead") } }, `${waits} + 345600 (Dead)`],
    [
      "a topic, which keeps nothing",
      { async: { onFailure: literal("arn:aws:sns:eu-west-1:1:dead") } },
      waits,
    ],
  ])("with %s", (_, some, formula) => {
    expect(only(idm005, { ...memory, functions: [fn(some)], queues: [dead] })).toMatchObject({ formula });
  });

  it("cannot tell how long a queue elsewhere or a bucket keeps them, unless it is enough already", () => {
    const long = [idempotency({ recordsLastSeconds: literal(10 * DAY) })];
    const to = (arn: string): Partial<Facts> => ({
      ...memory,
      idempotency: long,
      functions: [fn({ async: { onFailure: literal(arn) } })],
    });

    expect(only(idm005, to("arn:aws:sqs:eu-west-1:1:dead"))).toMatchObject({
      status: "unknown",
      reason: "how long arn:aws:sqs:eu-west-1:1:dead keeps an event is not known",
    });
    expect(only(idm005, to("arn:aws:s3:::dead")).status).toBe("unknown");
    expect(only(idm005, { ...to("arn:aws:s3:::dead"), idempotency: [idempotency()] }).status).toBe("fail");
    expect(
      only(idm005, {
        ...to("arn:aws:sqs:eu-west-1:1:dead"),
        idempotency: [idempotency({ recordsLastSeconds: literal(16 * DAY) })],
      }).status,
    ).toBe("pass");
  });
});

describe("streams", () => {
  const of = (some: Parameters<typeof mapping>[0]): Partial<Facts> => ({
    functions: [fn()],
    streams: [stream({ retentionSeconds: literal(7 * DAY) })],
    mappings: [mapping({ kind: "kinesis", ...some })],
    queues: [queue()],
    idempotency: [idempotency({ recordsLastSeconds: literal(8 * DAY) })],
  });

  it("have no longer way than their retention, though a queue is told the positions of what failed", () => {
    expect(only(idm005, of({ onFailure: literal({ kind: "sqs", to: "Q" }) })).status).toBe("not-applicable");
  });

  it("have one in a bucket, for as long as it keeps records", () => {
    expect(only(idm005, of({ onFailure: literal({ kind: "s3", to: "Bucket" }) }))).toMatchObject({
      status: "unknown",
      reason: "how long the bucket Bucket keeps records is not known",
    });
  });
});

it("is of the longest of several sources", () => {
  const two: Partial<Facts> = { ...redriven(byDefault(3_600)), deliveries: [delivery()] };

  expect(only(idm005, two)).toMatchObject({ formula: "3600 < 345600 (Orders) + 1209600 (OrdersDlq)" });
});

it.each([
  [
    "a dead-letter queue that is defined elsewhere",
    { deadLetterQueue: literal("arn:aws:sqs:eu-west-1:1:dead") },
    "the dead-letter queue arn:aws:sqs:eu-west-1:1:dead is not defined here",
  ],
  ["a dead-letter queue that is not known", { deadLetterQueue: unknown("it is imported") }, "it is imported"],
  [
    "a queue that may be FIFO",
    { fifo: unknown("Fifo is a parameter"), deadLetterQueue: literal("OrdersDlq") },
    "Fifo is a parameter",
  ],
])("cannot tell of %s where it matters", (_, some, reason) => {
  const short = byDefault(4 * DAY);

  expect(only(idm005, redriven(literal(9 * DAY), some, short))).toMatchObject({ status: "unknown", reason });
  expect(only(idm005, redriven(literal(60 * DAY), some, short)).status).toBe("pass");
  expect(only(idm005, redriven(literal(3 * DAY), some, short)).status).toBe("fail");
});

it("cannot tell with too many cases", () => {
  const many = cases(
    ...Array.from({ length: 20 }, (_, index) => [{ Stage: `${index}` }, literal(index)] as const),
  );
  const others = cases(
    ...Array.from({ length: 20 }, (_, index) => [{ Region: `${index}` }, literal(index)] as const),
  );

  expect(only(idm005, redriven(many, { retentionSeconds: others }))).toMatchObject({
    status: "unknown",
    reason: "its settings have more than 256 cases together",
  });
});

it("cannot tell where no idempotency was found", () => {
  const seen = fn({ code: { root: "app", handler: "index.handler" } });

  expect(only(idm005, { ...redriven(literal(1)), functions: [seen], idempotency: [] })).toMatchObject({
    status: "unknown",
    reason: "no idempotency settings found for F in its code and environment; tell them in the configuration",
  });
});

it("is not about functions that no event drives", () => {
  expect(idm005.check(facts({ functions: [fn()], idempotency: [idempotency()] }))).toEqual([]);
});
