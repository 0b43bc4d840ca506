import { describe, expect, it } from "vitest";
import type { DeliveryFact, Facts } from "../../src/facts/model.ts";
import { unknown } from "../../src/facts/value.ts";
import type { Outcome } from "../../src/rules/rule.ts";
import { asy006 } from "../../src/rules/asy006/rule.ts";
import { at, cases, delivery, facts, fn, literal, mapping, queue } from "./support.ts";

const CREATED = '{"events":["s3:ObjectCreated:*"]}';

function bucket(some: Partial<DeliveryFact> = {}): DeliveryFact {
  return delivery({ kind: "s3", source: literal("Bucket"), selection: literal(CREATED), ...some });
}
function topic(some: Partial<DeliveryFact> = {}): DeliveryFact {
  return delivery({ kind: "sns", source: literal("Topic"), selection: literal(""), ...some });
}
function rule(pattern: string, some: Partial<DeliveryFact> = {}): DeliveryFact {
  return delivery({ source: literal("default"), selection: literal(pattern), ...some });
}
function check(...deliveries: readonly DeliveryFact[]): readonly Outcome[] {
  return asy006.check(facts({ functions: [fn()], deliveries }));
}
function statuses(...deliveries: readonly DeliveryFact[]): readonly string[] {
  return check(...deliveries).map(({ status }) => status);
}

it("fires on two rules that let the same through, and names both ways", () => {
  expect(check(rule('{"source":["shop"]}', { id: "A" }), rule('{"source":["shop"]}', { id: "B" }))).toEqual([
    {
      subject: { function: "F", other: "B" },
      status: "fail",
      message: "F is reached twice from default: by A, and by B. An event that both let through runs twice.",
      place: at("/Resources/B"),
      related: [{ place: at("/Resources/A"), message: "A lets the same through" }],
    },
  ]);
});

describe("patterns", () => {
  it.each([
    ["one that asks for less", '{"source":["shop"]}', '{"source":["shop"],"detail-type":["paid"]}', ["fail"]],
    ["one with more values", '{"source":["shop","bank"]}', '{"source":["shop"]}', ["fail"]],
    [
      "the same filter in another order",
      '{"a":["x"],"b":[{"prefix":"y"}]}',
      '{"b":[{"prefix":"y"}],"a":["x"]}',
      ["fail"],
    ],
    ["other sources", '{"source":["shop"]}', '{"source":["bank"]}', ["pass"]],
    ["other details", '{"detail":{"state":["paid"]}}', '{"detail":{"state":["sent"]}}', ["pass"]],
    ["fields that each asks for alone", '{"source":["shop"]}', '{"detail-type":["paid"]}', ["unknown"]],
    ["content filters", '{"source":[{"prefix":"s"}]}', '{"source":["shop"]}', ["unknown"]],
    ["what is no pattern", "what", "ever", ["unknown"]],
    ["schedules, each of which has its own events", "rate(5 minutes)", "rate(5 minutes)", ["pass"]],
  ])("%s", (_, left, right, expected) => {
    expect(statuses(rule(left, { id: "A" }), rule(right, { id: "B" }))).toEqual(expected);
    expect(statuses(rule(right, { id: "A" }), rule(left, { id: "B" }))).toEqual(expected);
  });

  it("on two buses have nothing in common", () => {
    expect(statuses(rule("{}", { id: "A" }), rule("{}", { id: "B", source: literal("orders") }))).toEqual([]);
  });
});

describe("notifications of a bucket", () => {
  it.each([
    ["nested prefixes", { prefix: literal("in/") }, { prefix: literal("in/eu/") }, ["fail"]],
    ["no prefix", {}, { prefix: literal("in/") }, ["fail"]],
    ["nested suffixes", { suffix: literal(".gz") }, { suffix: literal(".csv.gz") }, ["fail"]],
    ["a prefix and a suffix", { prefix: literal("in/") }, { suffix: literal(".csv") }, ["fail"]],
    ["other prefixes", { prefix: literal("in/") }, { prefix: literal("out/") }, ["pass"]],
    ["other suffixes", { suffix: literal(".csv") }, { suffix: literal(".json") }, ["pass"]],
    ["one kind of an event", {}, { selection: literal('{"events":["s3:ObjectCreated:Put"]}') }, ["fail"]],
    ["other events", {}, { selection: literal('{"events":["s3:ObjectRemoved:*"]}') }, ["pass"]],
    [
      "a prefix that is not known",
      { prefix: unknown("Prefix is a parameter without a default") },
      {},
      ["unknown"],
    ],
    [
      "other suffixes, whatever the prefix",
      { suffix: literal("a"), prefix: unknown("it is imported") },
      { suffix: literal("b") },
      ["pass"],
    ],
    ["another bucket", {}, { source: literal("Other") }, []],
  ])("%s", (_, left, right, expected) => {
    expect(statuses(bucket({ id: "A", ...left }), bucket({ id: "B", ...right }))).toEqual(expected);
  });

  it("and a rule for the same bucket", () => {
    const created =
      '{"source":["aws.s3"],"detail-type":["Object Created"],"detail":{"bucket":{"name":["Bucket"]}}}';

    expect(statuses(bucket({ id: "A" }), rule(created, { id: "B" }))).toEqual(["fail"]);
    expect(statuses(rule(created, { id: "B" }), bucket({ id: "A" }))).toEqual(["fail"]);
    expect(
      statuses(bucket({ id: "A" }), rule(created.replace('"Bucket"', '"other-name"'), { id: "B" })),
    ).toEqual(["unknown"]);
    expect(statuses(bucket({ id: "A" }), rule(created.replace("Created", "Deleted"), { id: "B" }))).toEqual([
      "pass",
    ]);
    expect(statuses(bucket({ id: "A" }), rule('{"source":["shop"]}', { id: "B" }))).toEqual(["pass"]);
  });
});

describe("ways with more than one step", () => {
  const toTopic = bucket({ id: "ToTopic", target: literal({ kind: "other", id: "Topic" }) });

  it("a bucket directly, and by a topic", () => {
    expect(check(bucket({ id: "Direct" }), toTopic, topic({ id: "Subscription" }))).toMatchObject([
      {
        status: "fail",
        message:
          "F is reached twice from Bucket: by Direct, and by ToTopic → Subscription. An event that both let through runs twice.",
        related: [{ message: "Direct lets the same through" }, { message: "by way of Subscription" }],
      },
    ]);
  });

  it("may be filtered at the later one", () => {
    const filtered = topic({ id: "Subscription", selection: literal('{"kind":["a"]}') });

    expect(statuses(bucket({ id: "Direct" }), toTopic, filtered)).toEqual(["unknown"]);
  });

  it("a topic directly, and by a queue", () => {
    const some: Partial<Facts> = {
      functions: [fn()],
      queues: [queue()],
      mappings: [mapping()],
      deliveries: [
        topic({ id: "Direct" }),
        topic({ id: "ToQueue", target: literal({ kind: "queue", id: "Q" }) }),
      ],
    };

    expect(asy006.check(facts(some))).toMatchObject([
      {
        subject: { function: "F", queue: "Q" },
        status: "fail",
        message: expect.stringContaining("by ToQueue → Q"),
      },
    ]);
    expect(asy006.check(facts({ ...some, mappings: [mapping({ enabled: literal(false) })] }))).toEqual([]);
  });

  it("two subscriptions to one topic part there, and are told once", () => {
    expect(statuses(toTopic, topic({ id: "A" }), topic({ id: "B" }))).toEqual(["fail"]);
  });

  it("two queues of one topic", () => {
    const both: Partial<Facts> = {
      functions: [fn()],
      queues: [queue(), queue({ id: "R" })],
      mappings: [mapping(), mapping({ id: "N", source: literal("R") })],
      deliveries: ["Q", "R"].map((id) => topic({ id: `To${id}`, target: literal({ kind: "queue", id }) })),
    };

    expect(asy006.check(facts(both))).toMatchObject([
      { status: "fail", message: expect.stringContaining("ToQ → Q, and by ToR → R") },
    ]);
  });
});

it("is not about one way, or about two functions", () => {
  expect(statuses(rule("{}"))).toEqual([]);
  expect(
    statuses(
      rule("{}", { id: "A" }),
      rule("{}", { id: "B", target: literal({ kind: "function", id: "G" }) }),
    ),
  ).toEqual([]);
});

it("is told with the case in which both ways are there", () => {
  const exists = cases([{ Both: "true" }, literal(true)], [{ Both: "false" }, literal(false)]);

  expect(check(rule("{}", { id: "A" }), rule("{}", { id: "B", exists }))).toMatchObject([
    { status: "fail", when: { Both: "true" } },
    { status: "not-applicable", when: { Both: "false" } },
  ]);
});

it("cannot tell from a source or a pattern that is not known", () => {
  const open = unknown("it is imported");

  expect(check(topic({ id: "A" }), topic({ id: "B", source: open }))).toMatchObject([
    { status: "unknown", reason: "it is imported" },
  ]);
  expect(statuses(rule("{}", { id: "A" }), rule("{}", { id: "B", selection: open }))).toEqual(["unknown"]);
});

it("has one answer for a function whose ways never meet", () => {
  const many = ["a", "b", "c", "d"].map((kind) => rule(`{"detail-type":["${kind}"]}`, { id: kind }));

  expect(check(...many)).toEqual([{ subject: { function: "F" }, status: "pass" }]);
  expect(statuses(...many, rule('{"detail-type":["a"]}', { id: "e" }))).toEqual(["fail"]);
});
