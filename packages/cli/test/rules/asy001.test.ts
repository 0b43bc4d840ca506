import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { asy001 } from "../../src/rules/asy001/rule.ts";
import { at, byDefault, cases, delivery, facts, fn, literal, mapping, only } from "./support.ts";

it("fires when failed events go nowhere", () => {
  expect(only(asy001, { functions: [fn()], deliveries: [delivery()] })).toEqual({
    subject: { function: "F" },
    status: "fail",
    message:
      "F is called asynchronously (D), and has neither an on-failure destination nor a dead-letter queue: an event that fails 3 times is discarded.",
    place: at("/Resources/F"),
    related: [{ place: at("/Resources/D"), message: "D calls F asynchronously" }],
  });
});

it("tells how often an event is tried", () => {
  const once = fn({ async: { maximumRetryAttempts: literal(0) } });

  expect(only(asy001, { functions: [once], deliveries: [delivery()] })).toMatchObject({
    message: expect.stringContaining("an event that fails once is discarded"),
  });
});

it.each([
  ["a destination", { async: { onFailure: literal("Dead") } }],
  ["a dead-letter queue", { deadLetter: literal("Dead") }],
  [
    "one of them, whatever the other",
    { deadLetter: unknown("it is imported"), async: { onFailure: literal("Dead") } },
  ],
])("passes with %s", (_, some) => {
  expect(only(asy001, { functions: [fn(some)], deliveries: [delivery()] }).status).toBe("pass");
});

it.each([
  ["are only polled for", { mappings: [mapping()] }],
  [
    "are called synchronously",
    { deliveries: [delivery({ kind: "apigateway" as const, asynchronous: false })] },
  ],
  [
    "have a queue before them",
    {
      deliveries: [delivery({ target: literal({ kind: "queue" as const, id: "Q" }) })],
      mappings: [mapping()],
    },
  ],
])("is not about functions that %s", (_, some) => {
  expect(only(asy001, { functions: [fn()], ...some })).toMatchObject({
    status: "not-applicable",
    reason: "nothing here calls the function asynchronously",
  });
});

it("is told with the case in which it is called", () => {
  const dev = delivery({
    exists: cases([{ IsDev: "true" }, literal(true)], [{ IsDev: "false" }, literal(false)]),
  });

  expect(asy001.check(facts({ functions: [fn()], deliveries: [dev] }))).toMatchObject([
    { status: "fail", when: { IsDev: "true" } },
    { status: "not-applicable", when: { IsDev: "false" } },
  ]);
});

it("cannot tell from a destination that is not known", () => {
  expect(
    only(asy001, {
      functions: [fn({ async: { onFailure: unknown("it is imported") } })],
      deliveries: [delivery()],
    }),
  ).toMatchObject({ status: "unknown", reason: "it is imported" });
});

it("cannot tell whom a delivery calls whose target is not known, and says so once", () => {
  const open = delivery({ target: unknown("TargetArn is a parameter without a default") });
  const outcomes = asy001.check(facts({ functions: [fn(), fn({ id: "G" })], deliveries: [open] }));

  expect(outcomes.filter(({ status }) => status === "unknown")).toMatchObject([
    {
      subject: { other: "D" },
      reason: "what D calls is not known: TargetArn is a parameter without a default",
    },
  ]);
});

it("says nothing of functions that do not exist", () => {
  expect(
    asy001.check(facts({ functions: [fn({ exists: byDefault(false) })], deliveries: [delivery()] })),
  ).toEqual([]);
});
