import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { loss009 } from "../../src/rules/loss009/rule.ts";
import { at, delivery, facts, literal, mapping, only, queue } from "./support.ts";

const disabled = mapping({ enabled: literal(false, "/Resources/M/Properties/Enabled") });
const sending = delivery({ target: literal({ kind: "queue", id: "Q" }) });

it("fires where something sends and nobody receives", () => {
  expect(only(loss009, { queues: [queue()], mappings: [disabled], deliveries: [sending] })).toEqual({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    message:
      "M is disabled, and D sends to Q: what is not received is deleted after 4 days (345600 s, the default).",
    place: at("/Resources/M/Properties/Enabled"),
    related: [{ place: at("/Resources/D"), message: "D sends to Q" }],
  });
});

it("takes messages that wait in a live queue for a sender", () => {
  const waiting = queue({ observed: { visibleMessages: 12, days: 7 } });

  expect(only(loss009, { queues: [waiting], mappings: [disabled] })).toMatchObject({
    status: "fail",
    message: expect.stringContaining("12 messages wait in Q"),
  });
});

it("passes where the mapping is enabled", () => {
  expect(only(loss009, { queues: [queue()], mappings: [mapping()], deliveries: [sending] }).status).toBe(
    "pass",
  );
});

it("is not about a queue that nothing sends to", () => {
  expect(only(loss009, { queues: [queue()], mappings: [disabled], deliveries: [delivery()] })).toMatchObject({
    status: "not-applicable",
    reason: "nothing here sends to its queue",
  });
});

it("is not about a queue that something else consumes", () => {
  const outcome = loss009
    .check({ ...filled(), mappings: [disabled, mapping({ id: "N" })] })
    .find(({ subject }) => subject.mapping === "M");

  expect(outcome).toMatchObject({ reason: "something else consumes its queue" });
});

it("cannot tell where it may be enabled or not", () => {
  const open = mapping({ enabled: unknown("it is a parameter without a default") });

  expect(only(loss009, { ...filled(), mappings: [open] })).toMatchObject({
    status: "unknown",
    reason: "it is a parameter without a default",
  });
});

function filled() {
  return facts({ queues: [queue()], deliveries: [sending] });
}
