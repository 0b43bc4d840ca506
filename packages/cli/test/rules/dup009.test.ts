import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { dup009 } from "../../src/rules/dup009/rule.ts";
import { at, delivery, facts, literal, only, queue } from "./support.ts";

const fifo = queue({ fifo: literal(true) });
const target = literal({ kind: "queue" as const, id: "Q" });
const sending = (id: boolean | undefined) => delivery({ target, deduplicationId: literal(id) });

it.each([
  [undefined, "cannot give"],
  [false, "does not give"],
])("fires on a producer whose id is %s, as a warning", (id, says) => {
  expect(only(dup009, { queues: [fifo], deliveries: [sending(id)] })).toMatchObject({
    subject: { queue: "Q", other: "D" },
    status: "fail",
    severity: "warning",
    message: `D ${says} a MessageDeduplicationId, and Q has no ContentBasedDeduplication: SQS refuses its messages.`,
    place: at("/Resources/Q"),
    related: [{ place: at("/Resources/D"), message: "D sends to Q" }],
  });
});

it("is for information where no producer is seen", () => {
  const outcome = only(dup009, { queues: [fifo] });

  expect(outcome).toMatchObject({ status: "fail", subject: { queue: "Q" } });
  expect(outcome).not.toHaveProperty("severity");
  expect(dup009.severity.recommended).toBe("info");
});

it("passes with an id, or with deduplication by content", () => {
  const byContent = { ...fifo, contentBasedDeduplication: literal(true) };

  expect(only(dup009, { queues: [fifo], deliveries: [sending(true)] }).status).toBe("pass");
  expect(only(dup009, { queues: [byContent], deliveries: [sending(undefined)] }).status).toBe("pass");
  expect(only(dup009, { queues: [byContent] }).status).toBe("pass");
});

it("is not about standard queues, nor about what is sent elsewhere", () => {
  expect(dup009.check(facts({ queues: [queue()], deliveries: [sending(undefined)] }))).toEqual([]);
  expect(only(dup009, { queues: [fifo], deliveries: [delivery()] }).subject).toEqual({ queue: "Q" });
});

it("cannot tell of an id, a type or a setting that is not known", () => {
  const open = unknown("it is a parameter without a default");

  expect(
    only(dup009, { queues: [fifo], deliveries: [delivery({ target, deduplicationId: open })] }).status,
  ).toBe("unknown");
  expect(only(dup009, { queues: [queue({ fifo: open })], deliveries: [sending(false)] }).status).toBe(
    "unknown",
  );
  expect(only(dup009, { queues: [{ ...fifo, contentBasedDeduplication: open }] }).status).toBe("unknown");
});
