/** What each profile lets through of the rules about queues. */

import { describe, expect, it } from "vitest";
import { SQS_RULES } from "../../src/rules/catalogue-sqs.ts";
import { checkAll } from "../../src/rules/check-all.ts";
import { facts, fn, literal, mapping, queue } from "./support.ts";

describe("the minimal profile", () => {
  const some = (count: number) =>
    facts({
      functions: [fn()],
      queues: [
        queue({
          deadLetterQueue: literal("arn:aws:sqs:eu-west-1:123456789012:dead"),
          maxReceiveCount: literal<number | undefined>(count),
        }),
      ],
      mappings: [mapping()],
    });
  const found = (count: number, severities = {}) =>
    checkAll(SQS_RULES, [some(count)], "minimal", severities).findings.map(
      ({ rule, severity }) => `${rule.id} ${severity}`,
    );

  it("has no warnings, but the cases of a rule that are errors", () => {
    expect(found(3)).toEqual([]);
    expect(found(1)).toEqual(["LOSS002 error"]);
  });

  it("says nothing of a rule that is switched off by name", () => {
    expect(found(1, { LOSS002: "off" })).toEqual([]);
  });

  it("leaves unknown what is not looked at", () => {
    const { unknown, counts } = checkAll(SQS_RULES, [some(3)], "minimal");

    expect(unknown).toEqual([]);
    expect(counts["LOSS003"]).toEqual({ fail: 0, unknown: 0, pass: 0, "not-applicable": 0 });
  });
});

it("what is an error under one profile is one under all", () => {
  const errors = SQS_RULES.filter(({ severity }) => Object.values(severity).includes("error"));

  for (const { id, severity } of errors)
    expect([id, ...new Set(Object.values(severity))]).toEqual([id, "error"]);
  expect(errors.map(({ id }) => id)).toEqual([
    "DUP001",
    "DUP002",
    "DUP006",
    "DUP011",
    "LOSS004",
    "LOSS005",
    "LOSS007",
  ]);
});
