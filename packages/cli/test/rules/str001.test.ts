import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { str001 } from "../../src/rules/str001/rule.ts";
import { at, byDefault, cases, facts, literal, mapping, only, pipe } from "./support.ts";

const stream = { kind: "kinesis" } as const;

it("fires when neither attempts nor age have a limit", () => {
  expect(only(str001, { mappings: [mapping(stream)] })).toEqual({
    subject: { function: "F", mapping: "M" },
    status: "fail",
    message:
      "M retries a batch that fails until its records expire in S. A record that always fails stops its shard for that long, and the other records of its batch are run again each time.",
    formula: "MaximumRetryAttempts = -1, MaximumRecordAgeInSeconds = -1",
    place: at("/Resources/M"),
    related: [],
  });
});

it("counts -1 that is written as it counts the default, and points to it", () => {
  const pointer = "/Resources/M/Properties/MaximumRetryAttempts";
  const written = mapping({ ...stream, maximumRetryAttempts: literal(-1, pointer) });

  expect(only(str001, { mappings: [written] })).toMatchObject({ status: "fail", place: at(pointer) });
});

it.each([
  ["attempts", { maximumRetryAttempts: literal(3) }],
  ["no retry at all", { maximumRetryAttempts: literal(0) }],
  ["age", { maximumRecordAgeSeconds: literal(3_600) }],
  [
    "age, whatever the attempts",
    { maximumRecordAgeSeconds: literal(60), maximumRetryAttempts: unknown("it is imported") },
  ],
])("passes with a limit of %s", (_, some) => {
  expect(only(str001, { mappings: [mapping({ ...stream, ...some })] }).status).toBe("pass");
});

it("offers a limit only where a destination keeps what is given up", () => {
  const kept = mapping({ ...stream, onFailure: literal({ kind: "sqs", to: "Dead" }) });
  const perhaps = mapping({ ...stream, onFailure: unknown("it is imported") });

  expect(only(str001, { mappings: [kept] })).toMatchObject({
    fixes: [
      {
        file: "template.yaml",
        pointer: "/Resources/M/Properties/MaximumRetryAttempts",
        from: undefined,
        to: 10,
      },
    ],
  });
  expect(only(str001, { mappings: [perhaps] })).not.toHaveProperty("fixes");
});

it("is told with the case that it is in", () => {
  const some = mapping({
    ...stream,
    maximumRetryAttempts: cases([{ IsProd: "true" }, literal(5)], [{ IsProd: "false" }, literal(-1)]),
  });

  expect(str001.check(facts({ mappings: [some] }))).toMatchObject([
    { status: "pass", when: { IsProd: "true" } },
    { status: "fail", when: { IsProd: "false" } },
  ]);
});

it("is not about queues, disabled mappings, or what does not exist", () => {
  const none = [
    mapping(),
    mapping({ ...stream, enabled: literal(false) }),
    mapping({ ...stream, exists: literal(false) }),
    mapping({ kind: "kafka" }),
    pipe(),
  ];

  for (const one of none)
    expect(str001.check(facts("enabled" in one ? { mappings: [one] } : { pipes: [one] }))).toEqual([]);
});

it("cannot tell from a limit that is not known", () => {
  const open = mapping({
    ...stream,
    maximumRetryAttempts: unknown("Retries is a parameter without a default"),
  });

  expect(only(str001, { mappings: [open] })).toMatchObject({
    status: "unknown",
    reason: "Retries is a parameter without a default",
  });
});

it("cannot tell of a source that may be a stream or a queue", () => {
  const open = mapping({ kind: "unknown", source: unknown("SourceArn is a parameter without a default") });

  expect(only(str001, { mappings: [open] })).toMatchObject({
    status: "unknown",
    reason: "what M reads may be a stream or not: SourceArn is a parameter without a default",
  });
});

it("is about pipes as far as their settings were read", () => {
  const unread = pipe({ ...stream, source: literal("S") });
  const retry = {
    maximumRetryAttempts: byDefault(-1),
    maximumRecordAgeSeconds: byDefault(-1),
    onFailure: byDefault(undefined),
  };

  expect(only(str001, { pipes: [unread] })).toMatchObject({
    subject: { function: "F", other: "P" },
    status: "unknown",
    reason: "the retry settings of the pipe P were not read",
  });
  expect(only(str001, { pipes: [{ ...unread, retry }] }).status).toBe("fail");
  expect(str001.check(facts({ pipes: [pipe({ ...stream, target: byDefault(undefined) })] }))).toEqual([]);
});
