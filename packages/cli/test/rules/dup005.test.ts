import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { dup005 } from "../../src/rules/dup005/rule.ts";
import { at, byDefault, cases, facts, fn, literal, mapping, only, queue } from "./support.ts";

const around = { functions: [fn()], queues: [queue()] };

it("fires on a batch whose failures cannot be reported one by one", () => {
  expect(only(dup005, { ...around, mappings: [mapping()] })).toEqual({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    message:
      "M delivers up to 10 messages (the default) at once, without ReportBatchItemFailures: when one of them fails, all are run again.",
    place: at("/Resources/M"),
    related: [],
  });
});

it("offers no fix, since a handler that does not report would hide its failures", () => {
  expect(only(dup005, { ...around, mappings: [mapping()] })).not.toHaveProperty("fixes");
});

it("passes where they can", () => {
  const reporting = mapping({ reportBatchItemFailures: literal(true) });

  expect(only(dup005, { ...around, mappings: [reporting] }).status).toBe("pass");
});

it("is not about batches of one", () => {
  const single = mapping({ batchSize: literal(1), reportBatchItemFailures: unknown("it is a parameter") });

  expect(only(dup005, { ...around, mappings: [single] })).toMatchObject({
    status: "not-applicable",
    reason: "its batches have one message",
  });
});

it("is not about streams", () => {
  expect(dup005.check(facts({ ...around, mappings: [mapping({ kind: "kinesis" })] }))).toEqual([]);
});

it.each([
  [{ batchSize: unknown("the size is a parameter") }, "the size is a parameter"],
  [{ reportBatchItemFailures: unknown("the types are a parameter") }, "the types are a parameter"],
])("cannot tell with %o", (some, reason) => {
  expect(only(dup005, { ...around, mappings: [mapping(some)] })).toMatchObject({ status: "unknown", reason });
});

it("fires in the world whose batches have more than one", () => {
  const size = cases([{ IsProd: "true" }, literal(1)], [{ IsProd: "false" }, literal(5)]);

  expect(dup005.check(facts({ ...around, mappings: [mapping({ batchSize: size })] }))).toMatchObject([
    { status: "not-applicable", when: { IsProd: "true" } },
    { status: "fail", when: { IsProd: "false" } },
  ]);
});

it("leaves a handler that reports its failures to DUP006", () => {
  const signs = [{ function: "F", sign: "partial-batch-response" as const, place: at("", 3) }];

  expect(only(dup005, { ...around, signs, mappings: [mapping()] })).toMatchObject({
    reason: "DUP006 says what is worse",
  });
});

it("cannot tell of a mapping whose source may be a queue or not", () => {
  const imported = mapping({ kind: "unknown", source: unknown("source is imported (Fn::ImportValue)") });

  expect(only(dup005, { ...around, mappings: [imported] })).toMatchObject({
    status: "unknown",
    reason: "source is imported (Fn::ImportValue)",
  });
  expect(only(dup005, { ...around, mappings: [mapping({ batchSize: byDefault(10) })] }).status).toBe("fail");
});
