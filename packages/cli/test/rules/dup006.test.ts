import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { dup006 } from "../../src/rules/dup006/rule.ts";
import { at, facts, fn, literal, mapping, only, queue } from "./support.ts";

const place = { ...at("", 7), file: "src/orders.ts" };
const around = {
  functions: [fn()],
  queues: [queue()],
  signs: [{ function: "F", sign: "partial-batch-response" as const, place }],
};

it("fires where the handler reports and the mapping does not listen, and turns it on", () => {
  expect(only(dup006, { ...around, mappings: [mapping()] })).toEqual({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    message:
      "The handler of F seems to return batchItemFailures, and M has no ReportBatchItemFailures: the messages that it reports as failed are deleted as if they had succeeded.",
    place: at("/Resources/M"),
    related: [{ place, message: "the handler reports failed messages here" }],
    fixes: [
      {
        file: "template.yaml",
        pointer: "/Resources/M/Properties/FunctionResponseTypes",
        from: undefined,
        to: ["ReportBatchItemFailures"],
      },
    ],
  });
});

it("has the setting's name and form in each language", () => {
  const settings = at("/functions/f/events/0/sqs");
  const serverless = { ...around, language: "serverless" as const, mappings: [mapping({ settings })] };
  const terraform = {
    ...around,
    language: "terraform" as const,
    mappings: [mapping({ settings: at("aws_lambda_event_source_mapping.m") })],
  };

  expect(only(dup006, serverless)).toMatchObject({
    fixes: [{ pointer: "/functions/f/events/0/sqs/functionResponseType", to: "ReportBatchItemFailures" }],
  });
  expect(only(dup006, terraform)).toMatchObject({
    fixes: [{ pointer: "aws_lambda_event_source_mapping.m.function_response_types" }],
  });
});

it("replaces an empty list", () => {
  const empty = literal(false, "/Resources/M/Properties/FunctionResponseTypes");

  expect(only(dup006, { ...around, mappings: [mapping({ reportBatchItemFailures: empty })] })).toMatchObject({
    fixes: [{ pointer: "/Resources/M/Properties/FunctionResponseTypes", from: [] }],
  });
});

it("is about streams too, whose records are passed over", () => {
  expect(only(dup006, { ...around, mappings: [mapping({ kind: "kinesis" })] })).toMatchObject({
    status: "fail",
    subject: { function: "F", mapping: "M" },
    message: expect.stringContaining("are passed over"),
  });
});

it("passes where the mapping listens", () => {
  const reporting = mapping({ reportBatchItemFailures: literal(true) });

  expect(only(dup006, { ...around, mappings: [reporting] }).status).toBe("pass");
});

it("is not about handlers that were not seen to report", () => {
  expect(dup006.check(facts({ ...around, signs: [], mappings: [mapping()] }))).toEqual([]);
  expect(dup006.check(facts({ ...around, mappings: [mapping({ kind: "kafka" })] }))).toEqual([]);
});

it("cannot tell of response types that are not known", () => {
  const open = mapping({ reportBatchItemFailures: unknown("it is a parameter without a default") });

  expect(only(dup006, { ...around, mappings: [open] })).toMatchObject({ status: "unknown" });
});
