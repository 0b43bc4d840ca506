import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { asy004 } from "../../src/rules/asy004/rule.ts";
import { at, cases, delivery, facts, literal, only } from "./support.ts";

it("fires on a rule's target without a dead-letter queue", () => {
  expect(only(asy004, { deliveries: [delivery()] })).toEqual({
    subject: { function: "F", other: "D" },
    status: "fail",
    message: "EventBridge drops what it cannot deliver to F: the target D has no dead-letter queue.",
    place: at("/Resources/D"),
    related: [],
  });
});

it("fires on schedules and on queues as targets too", () => {
  const schedule = delivery({ kind: "scheduler", target: literal({ kind: "queue", id: "Q" }) });

  expect(only(asy004, { deliveries: [schedule] })).toMatchObject({
    subject: { queue: "Q", other: "D" },
    message: "Scheduler drops what it cannot deliver to Q: the target D has no dead-letter queue.",
  });
});

it("needs no target to know that there is no dead-letter queue", () => {
  expect(only(asy004, { deliveries: [delivery({ target: unknown("it is imported") })] })).toMatchObject({
    subject: { other: "D" },
    status: "fail",
  });
});

it("passes with one", () => {
  expect(only(asy004, { deliveries: [delivery({ deadLetter: literal("Dead") })] }).status).toBe("pass");
});

it("is not about other targets and other deliveries", () => {
  const workflow = delivery({ target: literal({ kind: "other", id: "Workflow" }) });

  expect(only(asy004, { deliveries: [workflow] }).status).toBe("not-applicable");
  expect(asy004.check(facts({ deliveries: [delivery({ kind: "sns" }), delivery({ kind: "s3" })] }))).toEqual(
    [],
  );
  expect(asy004.check(facts({ deliveries: [delivery({ exists: literal(false) })] }))).toEqual([]);
});

it("is told of the cases apart, and cannot tell in one that is not known", () => {
  const some = delivery({
    deadLetter: cases(
      [{ IsProd: "true" }, unknown("it is imported")],
      [{ IsProd: "false" }, literal(undefined)],
    ),
  });

  expect(asy004.check(facts({ deliveries: [some] }))).toMatchObject([
    { status: "unknown", reason: "it is imported", when: { IsProd: "true" } },
    { status: "fail", when: { IsProd: "false" } },
  ]);
});
