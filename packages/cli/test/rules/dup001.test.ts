import { describe, expect, it } from "vitest";
import type { Facts } from "../../src/facts/model.ts";
import { known } from "../../src/facts/value.ts";
import { dup001 } from "../../src/rules/dup001/rule.ts";
import { at, byDefault, fn, literal, mapping, only, queue } from "./support.ts";

function pair(timeout: number, visibility: number): Partial<Facts> {
  return {
    functions: [fn({ timeoutSeconds: literal(timeout, "/Resources/F/Properties/Timeout") })],
    queues: [
      queue({
        visibilityTimeoutSeconds: literal(visibility, "/Resources/Q/Properties/VisibilityTimeout"),
      }),
    ],
    mappings: [mapping()],
  };
}

it("says what happens, with the numbers, and what to change", () => {
  expect(only(dup001, pair(60, 30))).toEqual({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    message:
      "Q shows a message again after 30 s, and F may run for 60 s: a second copy can start while the first one is still running.",
    formula: "30 < 60",
    place: at("/Resources/Q/Properties/VisibilityTimeout"),
    related: [
      { place: at("/Resources/F/Properties/Timeout"), message: "the timeout of F is 60 s" },
      { place: at("/Resources/M"), message: "M connects Q to F" },
    ],
    fixes: [
      { file: "template.yaml", pointer: "/Resources/Q/Properties/VisibilityTimeout", from: 30, to: 360 },
    ],
    timeline: [
      { label: "invisible", fromSeconds: 0, toSeconds: 30 },
      { label: "first run", fromSeconds: 0, toSeconds: 60 },
      { label: "second copy", fromSeconds: 30, toSeconds: 90 },
    ],
  });
});

it("passes from equality on", () => {
  expect(only(dup001, pair(60, 60)).status).toBe("pass");
});

it("counts what nobody wrote, and points to the queue that does not set it", () => {
  const outcome = only(dup001, {
    ...pair(60, 0),
    queues: [queue({ visibilityTimeoutSeconds: byDefault(30) })],
  });

  expect(outcome).toMatchObject({
    status: "fail",
    formula: "30 < 60",
    message: expect.stringContaining("after 30 s (the default)"),
    place: at("/Resources/Q"),
    fixes: [{ pointer: "/Resources/Q/Properties/VisibilityTimeout", from: undefined, to: 360 }],
  });
});

it("says what it took for granted", () => {
  const assumed = known(30, "parameter-default", { assuming: "the default of the parameter Wait" });
  const outcome = only(dup001, { ...pair(60, 0), queues: [queue({ visibilityTimeoutSeconds: assumed })] });

  expect(outcome).toMatchObject({
    message: expect.stringContaining("after 30 s (assuming the default of the parameter Wait)"),
  });
  expect(outcome).not.toHaveProperty("fixes");
});

it("a visibility timeout of 0 is below any timeout", () => {
  expect(only(dup001, pair(1, 0))).toMatchObject({ status: "fail", formula: "0 < 1" });
});

it("leaves a queue that SAM makes to DUP011", () => {
  const made = queue({ generatedBy: "F.Events.Topic" });

  expect(only(dup001, { ...pair(60, 0), queues: [made] })).toMatchObject({
    status: "not-applicable",
    reason: "DUP011 says so",
  });
});

describe("its fix", () => {
  it("raises the retention too, where a message would else expire before its last receive", () => {
    const outcome = only(dup001, {
      ...pair(60, 0),
      queues: [
        queue({
          visibilityTimeoutSeconds: byDefault(30),
          retentionSeconds: literal(1_000, "/Resources/Q/Properties/MessageRetentionPeriod"),
          deadLetterQueue: literal("Dead"),
          maxReceiveCount: literal(5),
        }),
        queue({ id: "Dead", retentionSeconds: literal(1_209_600) }),
      ],
    });

    expect(outcome).toMatchObject({
      fixes: [
        { pointer: "/Resources/Q/Properties/VisibilityTimeout", to: 360 },
        { pointer: "/Resources/Q/Properties/MessageRetentionPeriod", from: 1_000, to: 86_400 },
      ],
    });
  });

  it("and that of the dead-letter queue, where it would else be the shorter one", () => {
    const outcome = only(dup001, {
      ...pair(60, 0),
      queues: [
        queue({
          visibilityTimeoutSeconds: byDefault(30),
          retentionSeconds: literal(1_000, "/Resources/Q/Properties/MessageRetentionPeriod"),
          deadLetterQueue: literal("Dead"),
          maxReceiveCount: literal(5),
        }),
        queue({
          id: "Dead",
          retentionSeconds: literal(2_000, "/Resources/Dead/Properties/MessageRetentionPeriod"),
        }),
      ],
    });

    expect(outcome).toMatchObject({
      fixes: [
        { pointer: "/Resources/Q/Properties/VisibilityTimeout" },
        { pointer: "/Resources/Q/Properties/MessageRetentionPeriod" },
        { pointer: "/Resources/Dead/Properties/MessageRetentionPeriod", from: 2_000, to: 1_209_600 },
      ],
    });
  });

  it("is not offered where the retention cannot follow", () => {
    const outcome = only(dup001, {
      ...pair(60, 0),
      queues: [
        queue({
          visibilityTimeoutSeconds: byDefault(30),
          retentionSeconds: known(1_000, "parameter-default"),
          deadLetterQueue: literal("Dead"),
          maxReceiveCount: literal(5),
        }),
      ],
    });

    expect(outcome.status).toBe("fail");
    expect(outcome).not.toHaveProperty("fixes");
  });

  it("is not offered in an account", () => {
    expect(only(dup001, { ...pair(60, 30), language: "live" })).not.toHaveProperty("fixes");
  });

  it("has Terraform's names", () => {
    const terraform = (visibility = byDefault(30)): Partial<Facts> => ({
      ...pair(60, 0),
      language: "terraform",
      queues: [queue({ visibilityTimeoutSeconds: visibility, settings: at("aws_sqs_queue.q") })],
    });

    expect(only(dup001, terraform())).toMatchObject({
      fixes: [{ pointer: "aws_sqs_queue.q.visibility_timeout_seconds", from: undefined, to: 360 }],
    });
    expect(only(dup001, terraform(literal(30, "local.wait")))).not.toHaveProperty("fixes");
  });
});
