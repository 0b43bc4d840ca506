import { describe, expect, it } from "vitest";
import { scaled, symbol } from "../../src/facts/linear.ts";
import type { Facts, IdempotencyFact } from "../../src/facts/model.ts";
import { unknown } from "../../src/facts/value.ts";
import { idm003 } from "../../src/rules/idm003/rule.ts";
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
  pipe,
  queue,
  stream,
} from "./support.ts";

const POINTER = "/Resources/Q/Properties/MessageRetentionPeriod";

function polled(life: IdempotencyFact["recordsLastSeconds"], retention = byDefault(345_600)): Partial<Facts> {
  return {
    functions: [fn()],
    queues: [queue({ retentionSeconds: retention })],
    mappings: [mapping()],
    idempotency: [idempotency({ recordsLastSeconds: life })],
  };
}

it("fires when the queue outlives the record", () => {
  expect(only(idm003, polled(byDefault(3_600), literal(86_400, POINTER)))).toEqual({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    message:
      "F remembers an event for 3600 s (the default), and its source may deliver it again for 1 day (86400 s): a delivery that comes later than the record lasts runs as a new one.",
    formula: "3600 < 86400 (Q)",
    place: at("/Resources/I"),
    related: [
      { place: at("/Resources/F"), message: "F uses these records" },
      { place: at(POINTER), message: "Q: up to 1 day (86400 s)" },
    ],
  });
});

it("passes from equality on", () => {
  expect(only(idm003, polled(literal(345_600))).status).toBe("pass");
  expect(only(idm003, polled(literal(345_599))).status).toBe("fail");
});

describe("other sources", () => {
  const memory = { functions: [fn()], idempotency: [idempotency()] };

  it.each([
    ["a rule: its own event age", { deliveries: [delivery()] }, "3600 < 86400 (D)"],
    [
      "a rule with a shorter one",
      { deliveries: [delivery({ maximumEventAgeSeconds: literal(3_601) })] },
      "3600 < 3601 (D)",
    ],
    [
      "a notification: the event age of the function",
      { deliveries: [delivery({ kind: "s3" as const, maximumEventAgeSeconds: byDefault(undefined) })] },
      "3600 < 21600 (asynchronous calls of F)",
    ],
    [
      "a topic: likewise",
      { deliveries: [delivery({ kind: "sns" as const, maximumEventAgeSeconds: byDefault(1_987_200) })] },
      "3600 < 21600 (asynchronous calls of F)",
    ],
    [
      "a stream: its retention",
      { streams: [stream()], mappings: [mapping({ kind: "kinesis" as const })] },
      "3600 < 86400 (S)",
    ],
    [
      "a table's stream, wherever it is",
      { mappings: [mapping({ kind: "dynamodb" as const })] },
      "3600 < 86400 (S)",
    ],
    ["a pipe: its queue", { queues: [queue()], pipes: [pipe()] }, "3600 < 345600 (Q)"],
  ])("%s", (_, some, formula) => {
    expect(only(idm003, { ...memory, ...some })).toMatchObject({ status: "fail", formula });
  });

  it("a stream whose records are given up by age before", () => {
    const aged = mapping({ kind: "kinesis", maximumRecordAgeSeconds: literal(3_600) });

    expect(only(idm003, { ...memory, streams: [stream()], mappings: [aged] }).status).toBe("pass");
  });

  it("each is told for itself", () => {
    const two = { ...memory, queues: [queue()], mappings: [mapping()], deliveries: [delivery()] };

    expect(idm003.check(facts(two)).map(({ subject }) => subject)).toEqual([
      { function: "F", queue: "Q", mapping: "M" },
      { function: "F", other: "D" },
    ]);
  });
});

it("is told with the case that it is in", () => {
  const retention = cases([{ IsProd: "true" }, literal(86_400)], [{ IsProd: "false" }, literal(60)]);

  expect(idm003.check(facts(polled(literal(3_600), retention)))).toMatchObject([
    { status: "fail", when: { IsProd: "true" } },
    { status: "pass", when: { IsProd: "false" } },
  ]);
});

it("needs no retention to know that what is within its limits is outlived", () => {
  const open = unknown("Retention is a parameter without a default");

  expect(only(idm003, polled(literal(1_209_600), open)).status).toBe("pass");
  expect(only(idm003, polled(literal(59), open)).status).toBe("fail");
  expect(only(idm003, polled(literal(3_600), open))).toMatchObject({
    status: "unknown",
    reason: "Retention is a parameter without a default",
  });
});

it("knows relations where it knows no value", () => {
  const retention = symbol("Retention", { min: 60, max: 1_209_600 });
  const twice = unknown("Retention is a parameter", { linear: scaled(retention, 2) });
  const once = unknown("Retention is a parameter", { linear: retention });

  expect(only(idm003, polled(twice, once)).status).toBe("pass");
  expect(only(idm003, polled(once, twice))).toMatchObject({
    status: "fail",
    formula: "Retention < 2 × Retention (Q)",
  });
});

it("cannot tell from a life that is not known, or a queue that is elsewhere", () => {
  expect(only(idm003, polled(unknown("how long records last is ttl")))).toMatchObject({
    status: "unknown",
    reason: "how long records last is ttl",
  });
  expect(only(idm003, { ...polled(literal(3_600)), queues: [] })).toMatchObject({
    status: "unknown",
    reason: "queue Q is not defined here",
  });
});

it("cannot tell where no idempotency was found, and says what to do", () => {
  expect(only(idm003, { functions: [fn()], queues: [queue()], mappings: [mapping()] })).toEqual({
    subject: { function: "F" },
    status: "unknown",
    reason:
      "no idempotency settings found for F in its environment (its code is not here); tell them in the configuration",
    place: at("/Resources/F"),
  });
});

it("is not about functions that no event drives", () => {
  const http = delivery({ kind: "apigateway", asynchronous: false });

  expect(idm003.check(facts({ functions: [fn()], deliveries: [http] }))).toEqual([]);
});
