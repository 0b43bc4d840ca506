import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { loss007 } from "../../src/rules/loss007/rule.ts";
import { at, facts, literal, mapping, only } from "./support.ts";

const onFailure = literal(
  { kind: "sqs" as const, to: "Dead" },
  "/Resources/M/Properties/DestinationConfig/OnFailure",
);

it("fires on the mapping of a queue", () => {
  expect(only(loss007, { mappings: [mapping({ onFailure })] })).toMatchObject({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    message:
      "M polls Q, a queue, and names Dead as its OnFailure destination: Lambda answers with InvalidParameterValueException, and nothing is ever sent there.",
    place: at("/Resources/M/Properties/DestinationConfig/OnFailure"),
  });
});

it("passes without one", () => {
  expect(only(loss007, { mappings: [mapping()] }).status).toBe("pass");
});

it("is not about streams, which need one", () => {
  expect(loss007.check(facts({ mappings: [mapping({ kind: "kinesis", onFailure })] }))).toEqual([]);
});

it("cannot tell of a destination that is not known", () => {
  const open = mapping({ onFailure: unknown("it is a parameter without a default") });

  expect(only(loss007, { mappings: [open] })).toMatchObject({ status: "unknown" });
});
