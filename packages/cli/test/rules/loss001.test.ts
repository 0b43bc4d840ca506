import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { loss001 } from "../../src/rules/loss001/rule.ts";
import { at, cases, delivery, facts, fn, literal, mapping, only, pipe, queue } from "./support.ts";

const around = { functions: [fn()], mappings: [mapping()] };

it("fires on a consumed queue without a redrive policy", () => {
  expect(only(loss001, { ...around, queues: [queue()] })).toEqual({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    message:
      "Q has no dead-letter queue: a message that always fails is received again and again, and is deleted after 4 days (345600 s, the default).",
    place: at("/Resources/Q"),
    related: [],
  });
});

it("fires where a pipe consumes it", () => {
  expect(only(loss001, { queues: [queue()], pipes: [pipe()] })).toMatchObject({
    status: "fail",
    subject: { queue: "Q", other: "P" },
  });
});

it("passes with a redrive policy, even to a queue that is not known", () => {
  const elsewhere = queue({
    deadLetterQueue: unknown("it is imported"),
    maxReceiveCount: literal<number | undefined>(5),
  });

  expect(
    only(loss001, { ...around, queues: [queue({ deadLetterQueue: literal<string | undefined>("Dead") })] })
      .status,
  ).toBe("pass");
  expect(only(loss001, { ...around, queues: [elsewhere] }).status).toBe("pass");
});

it("is not about queues that nothing here consumes", () => {
  expect(only(loss001, { queues: [queue()] })).toMatchObject({
    status: "not-applicable",
    reason: "nothing here consumes it",
  });
});

const dead = literal<string | undefined>("Q");
it.each([
  ["another queue", { queues: [queue({ id: "Main", deadLetterQueue: dead })] }],
  ["a function", { functions: [fn({ deadLetter: dead })] }],
  ["a function's destination", { functions: [fn({ async: { onFailure: dead } })] }],
  ["a rule's target", { deliveries: [delivery({ deadLetter: dead })] }],
  [
    "a stream's mapping",
    {
      mappings: [
        mapping(),
        mapping({ id: "N", kind: "kinesis", onFailure: literal({ kind: "sqs", to: "Q" }) }),
      ],
    },
  ],
])("is not about a dead-letter queue that has a consumer itself: of %s", (_, some) => {
  const outcomes = loss001.check(
    facts({ ...around, ...some, queues: [queue(), ...("queues" in some ? some.queues : [])] }),
  );

  expect(outcomes[0]).toMatchObject({
    subject: { queue: "Q" },
    status: "not-applicable",
    reason: "it is a dead-letter queue itself",
  });
});

it("cannot tell of a redrive policy that is not known", () => {
  const open = unknown("it is a parameter without a default");

  expect(
    only(loss001, { ...around, queues: [queue({ deadLetterQueue: open, maxReceiveCount: open })] }),
  ).toMatchObject({ status: "unknown", reason: "it is a parameter without a default" });
});

it("cannot tell of a queue that is defined elsewhere", () => {
  const mappings = [mapping({ source: unknown("queue is imported (Fn::ImportValue)") })];

  expect(only(loss001, { ...around, mappings })).toEqual({
    subject: { function: "F", mapping: "M" },
    status: "unknown",
    reason: "queue is imported (Fn::ImportValue)",
  });
});

it("fires in the world without one", () => {
  const some = cases<string | undefined>(
    [{ IsProd: "true" }, literal("Dead")],
    [{ IsProd: "false" }, literal(undefined)],
  );

  expect(loss001.check(facts({ ...around, queues: [queue({ deadLetterQueue: some })] }))).toMatchObject([
    { status: "pass", when: { IsProd: "true" } },
    { status: "fail", when: { IsProd: "false" } },
  ]);
});
