import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import type { Destination } from "../../src/facts/model.ts";
import { str004 } from "../../src/rules/str004/rule.ts";
import { at, byDefault, facts, literal, mapping, only, pipe } from "./support.ts";

const POINTER = "/Resources/M/Properties/DestinationConfig";

function to(kind: Destination["kind"]): ReturnType<typeof mapping> {
  return mapping({ kind: "kinesis", onFailure: literal({ kind, to: "Dead" }, POINTER) });
}

it.each(["sqs", "sns"] as const)("fires on %s, which is told the position alone", (kind) => {
  expect(only(str004, { mappings: [to(kind)] })).toEqual({
    subject: { function: "F", mapping: "M" },
    status: "fail",
    message:
      "Dead is sent the position of records that M gave up, and not their content. When S no longer keeps them, they cannot be replayed.",
    place: at(POINTER),
    related: [],
  });
});

it("passes on a bucket, which is sent the records", () => {
  expect(only(str004, { mappings: [to("s3")] }).status).toBe("pass");
});

it("is not about mappings without a destination, nor about queues", () => {
  expect(only(str004, { mappings: [mapping({ kind: "kinesis" })] })).toMatchObject({
    status: "not-applicable",
  });
  expect(
    str004.check(facts({ mappings: [mapping({ onFailure: literal({ kind: "sqs", to: "Dead" }) })] })),
  ).toEqual([]);
});

it("cannot tell of a destination that is not known, nor what another kind is sent", () => {
  const open = mapping({ kind: "kinesis", onFailure: unknown("it is imported") });

  expect(only(str004, { mappings: [open] })).toMatchObject({ status: "unknown", reason: "it is imported" });
  expect(only(str004, { mappings: [to("kafka")] })).toMatchObject({
    status: "unknown",
    reason: "what Dead is sent of a record is not known",
  });
});

it("is about the dead-letter queue of a pipe too", () => {
  const retry = {
    maximumRetryAttempts: byDefault(-1),
    maximumRecordAgeSeconds: byDefault(-1),
    onFailure: literal<Destination>({ kind: "sqs", to: "Dead" }),
  };

  expect(only(str004, { pipes: [pipe({ kind: "dynamodb", retry })] }).status).toBe("fail");
});
