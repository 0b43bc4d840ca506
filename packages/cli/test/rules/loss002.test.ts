import { expect, it } from "vitest";
import { known, unknown } from "../../src/facts/value.ts";
import { loss002 } from "../../src/rules/loss002/rule.ts";
import { at, fn, literal, mapping, only, queue } from "./support.ts";

const around = { functions: [fn()], mappings: [mapping()] };
const POINTER = "/Resources/Q/Properties/RedrivePolicy/maxReceiveCount";
const receiving = (count: number | undefined, pointer = POINTER) =>
  queue({ deadLetterQueue: literal("Dead"), maxReceiveCount: literal(count, pointer) });

it("fires below 5", () => {
  expect(only(loss002, { ...around, queues: [receiving(3)] })).toMatchObject({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    formula: "3 < 5",
    message:
      "Q moves a message to its dead-letter queue after 3 receives, and a throttled receive is one of them.",
    place: at(POINTER),
    fixes: [{ pointer: POINTER, from: 3, to: 5 }],
  });
});

it("is an error at 1, where nothing is tried again", () => {
  expect(only(loss002, { ...around, queues: [receiving(1)] })).toMatchObject({
    severity: "error",
    message: expect.stringContaining("after one receive"),
  });
});

it("passes from 5 on", () => {
  expect(only(loss002, { ...around, queues: [receiving(5)] }).status).toBe("pass");
});

it("is not about queues without a redrive policy, or that nothing consumes", () => {
  expect(only(loss002, { ...around, queues: [queue()] })).toMatchObject({
    status: "not-applicable",
    reason: "it has no redrive policy",
  });
  expect(only(loss002, { queues: [receiving(1)] })).toMatchObject({
    status: "not-applicable",
    reason: "nothing here consumes it",
  });
});

it("cannot tell of a count that is not known", () => {
  const open = queue({ maxReceiveCount: unknown("it is a parameter without a default") });

  expect(only(loss002, { ...around, queues: [open] })).toMatchObject({ status: "unknown" });
});

it("raises the retention with the count, where five receives take longer than the message is kept", () => {
  const short = queue({
    deadLetterQueue: literal("Dead"),
    maxReceiveCount: literal<number | undefined>(2, POINTER),
    visibilityTimeoutSeconds: literal(100, "/Resources/Q/Properties/VisibilityTimeout"),
    retentionSeconds: literal(300, "/Resources/Q/Properties/MessageRetentionPeriod"),
  });

  expect(only(loss002, { ...around, queues: [short] })).toMatchObject({
    fixes: [
      { pointer: POINTER, to: 5 },
      { pointer: "/Resources/Q/Properties/MessageRetentionPeriod", from: 300, to: 86_400 },
    ],
  });
});

it("offers no fix for a parameter, nor for a policy that is text", () => {
  const parameter = queue({ maxReceiveCount: known<number | undefined>(3, "parameter-default") });

  expect(only(loss002, { ...around, queues: [parameter] })).not.toHaveProperty("fixes");
  expect(
    only(loss002, { ...around, queues: [receiving(3, "/Resources/Q/Properties/RedrivePolicy")] }),
  ).not.toHaveProperty("fixes");
});
