import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { loss003 } from "../../src/rules/loss003/rule.ts";
import { at, byDefault, facts, fn, idempotency, literal, mapping, queue } from "./support.ts";
import type { Facts } from "../../src/facts/model.ts";
import type { Outcome } from "../../src/rules/rule.ts";

const POINTER = "/Resources/Dead/Properties/MessageRetentionPeriod";

function pair(kept: number, keptThere: number, some: Parameters<typeof queue>[0] = {}): Partial<Facts> {
  return {
    queues: [
      queue({ deadLetterQueue: literal("Dead"), retentionSeconds: literal(kept), ...some }),
      queue({ id: "Dead", retentionSeconds: literal(keptThere, POINTER) }),
    ],
  };
}
/** Of the queue that redrives. */
const said = (some: Partial<Facts>): Outcome | undefined => loss003.check(facts(some))[0];

it("fires where the dead-letter queue keeps messages no longer", () => {
  expect(said(pair(345_600, 345_600))).toEqual({
    subject: { queue: "Q", other: "Dead" },
    status: "fail",
    message:
      "Q may hold a message for 4 days (345600 s), and Dead deletes it 4 days (345600 s) after its first send: one that comes late is deleted at once.",
    formula: "345600 ≤ 345600",
    place: at(POINTER),
    related: [{ place: at("/Resources/Q"), message: "the retention of Q is 4 days (345600 s)" }],
    fixes: [{ file: "template.yaml", pointer: POINTER, from: 345_600, to: 1_209_600 }],
  });
});

it("passes where it keeps them longer", () => {
  expect(said(pair(345_600, 345_601))?.status).toBe("pass");
});

it("is not about FIFO queues, whose messages get a new time", () => {
  expect(said(pair(345_600, 345_600, { fifo: literal(true) }))).toMatchObject({
    status: "not-applicable",
    reason: "a FIFO queue's messages get a new time when moved",
  });
});

it("is not about queues without a dead-letter queue", () => {
  expect(said({ queues: [queue()] })).toMatchObject({ reason: "it has no dead-letter queue" });
});

it("cannot tell of a dead-letter queue that is defined elsewhere", () => {
  expect(
    said({ queues: [queue({ deadLetterQueue: literal("arn:aws:sqs:eu-west-1:1:dead") })] }),
  ).toMatchObject({
    status: "unknown",
    reason: "dead-letter queue arn:aws:sqs:eu-west-1:1:dead is not defined here",
  });
});

it("needs no more than the maximum to know that nothing keeps messages longer", () => {
  const outcome = said({
    queues: [
      queue({ deadLetterQueue: literal("Dead"), retentionSeconds: literal(1_209_600) }),
      queue({ id: "Dead", retentionSeconds: unknown("it is a parameter without a default") }),
    ],
  });

  expect(outcome).toMatchObject({ status: "fail" });
  expect(outcome).not.toHaveProperty("fixes");
});

it("offers no fix that outlives what a consumer remembers", () => {
  const some = {
    ...pair(86_400, 86_400),
    functions: [fn()],
    mappings: [mapping()],
    idempotency: [idempotency({ recordsLastSeconds: byDefault(200_000) })],
  };

  expect(said(some)).not.toHaveProperty("fixes");
  expect(said({ ...some, idempotency: [idempotency()] })).toHaveProperty("fixes");
});
