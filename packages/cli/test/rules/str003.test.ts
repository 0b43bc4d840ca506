import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { str003 } from "../../src/rules/str003/rule.ts";
import { at, facts, literal, mapping, only, pipe } from "./support.ts";

const stream = { kind: "kinesis" } as const;

it("fires when a batch is neither split nor answered for by record", () => {
  expect(only(str003, { mappings: [mapping(stream)] })).toEqual({
    subject: { function: "F", mapping: "M" },
    status: "fail",
    message:
      "A record that fails makes M run its whole batch again, of up to 100 records (the default): it neither splits the batch nor asks which record failed.",
    formula: "BisectBatchOnFunctionError = false, no ReportBatchItemFailures",
    place: at("/Resources/M"),
    related: [],
    fixes: [
      {
        file: "template.yaml",
        pointer: "/Resources/M/Properties/BisectBatchOnFunctionError",
        from: undefined,
        to: true,
      },
    ],
  });
});

it("names Terraform's setting in Terraform", () => {
  const settings = {
    file: "main.tf",
    line: 1,
    column: 1,
    endLine: 9,
    endColumn: 1,
    pointer: "aws_lambda_event_source_mapping.m",
  };

  expect(only(str003, { language: "terraform", mappings: [mapping({ ...stream, settings })] })).toMatchObject(
    {
      fixes: [
        {
          file: "main.tf",
          pointer: "aws_lambda_event_source_mapping.m.bisect_batch_on_function_error",
          to: true,
        },
      ],
    },
  );
});

it.each([
  ["it is split", { bisectBatchOnFunctionError: literal(true) }],
  ["the function names what failed", { reportBatchItemFailures: literal(true) }],
  [
    "one is enough",
    { bisectBatchOnFunctionError: literal(true), reportBatchItemFailures: unknown("it is imported") },
  ],
])("passes when %s", (_, some) => {
  expect(only(str003, { mappings: [mapping({ ...stream, ...some })] }).status).toBe("pass");
});

it("is not about batches of one, queues, or pipes, which are told without asking", () => {
  expect(only(str003, { mappings: [mapping({ ...stream, batchSize: literal(1) })] })).toMatchObject({
    status: "not-applicable",
    reason: "a batch is one record",
  });
  expect(str003.check(facts({ mappings: [mapping()], pipes: [pipe(stream)] }))).toEqual([]);
});

it("cannot tell from what is not known", () => {
  const open = mapping({ ...stream, batchSize: unknown("Size is a parameter without a default") });

  expect(only(str003, { mappings: [open] })).toMatchObject({
    status: "unknown",
    reason: "Size is a parameter without a default",
  });
});
