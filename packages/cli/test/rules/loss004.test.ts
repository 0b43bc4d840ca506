import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { loss004 } from "../../src/rules/loss004/rule.ts";
import type { Outcome } from "../../src/rules/rule.ts";
import { at, facts, literal, queue } from "./support.ts";

/** Of the first queue. */
const said = (...queues: ReturnType<typeof queue>[]): Outcome | undefined =>
  loss004.check(facts({ queues }))[0];
const to = (id: string, fifo = false) =>
  queue({
    deadLetterQueue: literal(id, "/Resources/Q/Properties/RedrivePolicy"),
    fifo: literal(fifo),
  });

it.each([
  [true, "FIFO", "standard"],
  [false, "standard", "FIFO"],
])("fires on a queue whose FIFO is %s and whose dead-letter queue's is not", (fifo, one, other) => {
  expect(said(to("Dead", fifo), queue({ id: "Dead", fifo: literal(!fifo) }))).toMatchObject({
    subject: { queue: "Q", other: "Dead" },
    status: "fail",
    message: `Q is a ${one} queue, and its dead-letter queue Dead is a ${other} queue: SQS refuses the redrive policy.`,
    place: at("/Resources/Q/Properties/RedrivePolicy"),
  });
});

it("passes where both are the same", () => {
  expect(said(to("Dead", true), queue({ id: "Dead", fifo: literal(true) }))?.status).toBe("pass");
  expect(said(to("Dead"), queue({ id: "Dead" }))?.status).toBe("pass");
});

it("reads the type of a queue elsewhere from its ARN", () => {
  expect(said(to("arn:aws:sqs:eu-west-1:123456789012:dead.fifo"))?.status).toBe("fail");
  expect(said(to("arn:aws:sqs:eu-west-1:123456789012:dead"))?.status).toBe("pass");
});

it("is not about queues without a dead-letter queue", () => {
  expect(said(queue())).toMatchObject({ status: "not-applicable" });
});

it("cannot tell of what is not known", () => {
  expect(said(to("Imported"))).toMatchObject({
    status: "unknown",
    reason: "dead-letter queue Imported is not defined here",
  });
  expect(said(queue({ deadLetterQueue: unknown("it is a parameter") }))).toMatchObject({
    status: "unknown",
    reason: "it is a parameter",
  });
});
