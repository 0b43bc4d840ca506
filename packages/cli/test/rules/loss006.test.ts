import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { loss006 } from "../../src/rules/loss006/rule.ts";
import { at, delivery, facts, fn, literal, mapping, only, queue } from "./support.ts";

const around = { queues: [queue()], mappings: [mapping()] };
const dead = literal<string | undefined>("Dead", "/Resources/F/Properties/DeadLetterConfig");

it("fires on a function that is only polled for", () => {
  expect(only(loss006, { ...around, functions: [fn({ deadLetter: dead })] })).toEqual({
    subject: { function: "F", queue: "Q", mapping: "M" },
    status: "fail",
    message:
      "F has a dead-letter queue for asynchronous invocations, and is only called by M, which polls: what fails there never gets to it.",
    place: at("/Resources/F/Properties/DeadLetterConfig"),
    related: [{ place: at("/Resources/M"), message: "M polls Q" }],
  });
});

it.each([
  [{ onFailure: dead }, "an OnFailure destination"],
  [{ configured: literal(true) }, "an event invoke configuration"],
])("fires on %o too", (async, says) => {
  expect(only(loss006, { ...around, functions: [fn({ async })] })).toMatchObject({
    status: "fail",
    message: expect.stringContaining(`F has ${says} for asynchronous invocations`),
  });
});

it("passes without any", () => {
  expect(only(loss006, { ...around, functions: [fn()] }).status).toBe("pass");
});

it("is not about functions that something calls asynchronously, or nothing polls for", () => {
  const functions = [fn({ deadLetter: dead })];

  expect(only(loss006, { ...around, functions, deliveries: [delivery()] })).toMatchObject({
    status: "not-applicable",
    reason: "it is called asynchronously too",
  });
  expect(loss006.check(facts({ functions }))).toEqual([]);
});

it("is about functions that something else calls, or calls synchronously", () => {
  const functions = [fn({ deadLetter: dead })];
  const others = [
    delivery({ target: literal({ kind: "function", id: "G" }) }),
    delivery({ id: "A", asynchronous: false, kind: "apigateway" }),
  ];

  expect(only(loss006, { ...around, functions, deliveries: others }).status).toBe("fail");
});

it("cannot tell where what is called is not known", () => {
  const open = delivery({ target: unknown("target is a parameter") });

  expect(
    only(loss006, { ...around, functions: [fn({ deadLetter: dead })], deliveries: [open] }),
  ).toMatchObject({ status: "unknown", reason: "target is a parameter" });
  expect(
    only(loss006, { ...around, functions: [fn({ deadLetter: unknown("it is imported") })] }),
  ).toMatchObject({ status: "unknown", reason: "it is imported" });
});
