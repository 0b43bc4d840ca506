import { expect, it } from "vitest";
import { scaled, symbol } from "../../src/facts/linear.ts";
import { known, unknown } from "../../src/facts/value.ts";
import { loss005 } from "../../src/rules/loss005/rule.ts";
import { at, fn, literal, mapping, only, queue } from "./support.ts";

const POINTER = "/Resources/Q/Properties/MessageRetentionPeriod";
const kept = (retention: number, count: number, visibility: number, delay = 0) =>
  queue({
    deadLetterQueue: literal("Dead"),
    maxReceiveCount: literal<number | undefined>(count),
    visibilityTimeoutSeconds: literal(visibility),
    retentionSeconds: literal(retention, POINTER),
    delaySeconds: literal(delay),
  });

it("fires where the receives take longer than the message is kept", () => {
  expect(only(loss005, { queues: [kept(3_000, 10, 360)] })).toMatchObject({
    subject: { queue: "Q" },
    status: "fail",
    formula: "3000 < 10 × 360",
    message:
      "Q keeps a message for 3000 s, and 10 receives take 3600 s: one that fails each time expires before it reaches the dead-letter queue.",
    place: at(POINTER),
    fixes: [{ pointer: POINTER, from: 3_000, to: 86_400 }],
  });
});

it("counts the delay", () => {
  expect(only(loss005, { queues: [kept(3_600, 10, 360, 60)] })).toMatchObject({
    formula: "3600 < 10 × 360 + 60",
  });
});

it("passes from equality on", () => {
  expect(only(loss005, { queues: [kept(3_600, 10, 360)] }).status).toBe("pass");
});

it("is not about queues without a redrive policy", () => {
  expect(only(loss005, { queues: [queue()] })).toMatchObject({ reason: "it has no redrive policy" });
});

it("cannot tell of what is not known, unless the relation decides", () => {
  const open = { reason: "it is a parameter without a default" };
  const visibility = symbol("Wait");
  const related = (factor: number) =>
    queue({
      ...kept(0, 5, 0),
      visibilityTimeoutSeconds: unknown(open.reason, { linear: visibility }),
      retentionSeconds: unknown(open.reason, { linear: scaled(visibility, factor) }),
    });

  expect(
    only(loss005, { queues: [{ ...kept(3_000, 10, 0), visibilityTimeoutSeconds: unknown(open.reason) }] }),
  ).toMatchObject({ status: "unknown", reason: open.reason });
  expect(only(loss005, { queues: [related(4)] })).toMatchObject({
    status: "fail",
    formula: "4 × Wait < 5 × Wait",
  });
  expect(only(loss005, { queues: [related(5)] }).status).toBe("pass");
});

it("offers what is needed with the visibility timeout that the queue should have", () => {
  const some = {
    functions: [fn({ timeoutSeconds: literal(900) })],
    mappings: [mapping()],
    queues: [
      {
        ...kept(500, 20, 30),
        visibilityTimeoutSeconds: literal(30, "/Resources/Q/Properties/VisibilityTimeout"),
      },
    ],
  };

  // 20 × 6 × 900 s is a day and a quarter.
  expect(only(loss005, some)).toMatchObject({ fixes: [{ to: 172_800 }] });
});

it("offers no fix above 14 days, nor for a parameter", () => {
  expect(only(loss005, { queues: [kept(3_000, 1_000, 3_600)] })).not.toHaveProperty("fixes");
  expect(
    only(loss005, { queues: [{ ...kept(0, 10, 360), retentionSeconds: known(3_000, "parameter-default") }] }),
  ).not.toHaveProperty("fixes");
});
