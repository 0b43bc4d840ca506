import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { str002 } from "../../src/rules/str002/rule.ts";
import { at, cases, facts, literal, mapping, only, pipe } from "./support.ts";

const stream = { kind: "dynamodb" } as const;
const POINTER = "/Resources/M/Properties/MaximumRetryAttempts";

it("fires on a limit of attempts without a destination", () => {
  expect(
    only(str002, { mappings: [mapping({ ...stream, maximumRetryAttempts: literal(3, POINTER) })] }),
  ).toEqual({
    subject: { function: "F", mapping: "M" },
    status: "fail",
    message:
      "M gives records up when they reach its limit (MaximumRetryAttempts = 3), and has no on-failure destination: they are lost.",
    formula: "MaximumRetryAttempts = 3, no OnFailure",
    place: at(POINTER),
    related: [],
  });
});

it("fires on a limit of age, and on one of two limits that is known", () => {
  const aged = { ...stream, maximumRecordAgeSeconds: literal(3_600) };

  expect(only(str002, { mappings: [mapping(aged)] })).toMatchObject({
    formula: "MaximumRecordAgeInSeconds = 3600, no OnFailure",
  });
  expect(
    only(str002, { mappings: [mapping({ ...aged, maximumRetryAttempts: unknown("it is imported") })] }),
  ).toMatchObject({ status: "fail" });
});

it("passes with a destination", () => {
  const kept = {
    ...stream,
    maximumRetryAttempts: literal(3),
    onFailure: literal({ kind: "s3" as const, to: "B" }),
  };

  expect(only(str002, { mappings: [mapping(kept)] }).status).toBe("pass");
});

it("is not about what is retried for ever", () => {
  expect(only(str002, { mappings: [mapping(stream)] })).toMatchObject({
    status: "not-applicable",
    reason: "nothing is given up: neither attempts nor age have a limit",
  });
  expect(str002.check(facts({ mappings: [mapping()] }))).toEqual([]);
});

it("is told of the cases apart", () => {
  const some = mapping({
    ...stream,
    maximumRetryAttempts: literal(3),
    onFailure: cases(
      [{ IsProd: "true" }, literal({ kind: "sqs" as const, to: "Dead" })],
      [{ IsProd: "false" }, literal(undefined)],
    ),
  });

  expect(str002.check(facts({ mappings: [some] }))).toMatchObject([
    { status: "pass", when: { IsProd: "true" } },
    { status: "fail", when: { IsProd: "false" } },
  ]);
});

it.each([
  ["the destination", { maximumRetryAttempts: literal(3), onFailure: unknown("it is imported") }],
  ["the limits", { maximumRetryAttempts: unknown("it is imported") }],
])("cannot tell without knowing %s", (_, some) => {
  expect(only(str002, { mappings: [mapping({ ...stream, ...some })] })).toMatchObject({
    status: "unknown",
    reason: "it is imported",
  });
});

it("cannot tell of a pipe whose settings were not read", () => {
  expect(only(str002, { pipes: [pipe({ ...stream })] })).toMatchObject({ status: "unknown" });
});

it("needs no source to know that nothing is given up", () => {
  const open = { kind: "unknown", source: unknown("it is imported") } as const;

  expect(only(str002, { mappings: [mapping(open)] }).status).toBe("not-applicable");
  expect(only(str002, { mappings: [mapping({ ...open, maximumRetryAttempts: literal(1) })] })).toMatchObject({
    status: "unknown",
    reason: "what M reads may be a stream or not: it is imported",
  });
});
