import { expect, it } from "vitest";
import { scaled, symbol } from "../../src/facts/linear.ts";
import { unknown } from "../../src/facts/value.ts";
import { asy003 } from "../../src/rules/asy003/rule.ts";
import { at, byDefault, delivery, fn, idempotency, literal, mapping, only, queue } from "./support.ts";

const deliveries = [delivery()];
const POINTER = "/Resources/F.Invoke/Properties/MaximumEventAgeInSeconds";

function aged(seconds: number, timeout: number): ReturnType<typeof fn> {
  return fn({
    timeoutSeconds: literal(timeout, "/Resources/F/Properties/Timeout"),
    async: { configured: literal(true), maximumEventAgeSeconds: literal(seconds, POINTER) },
  });
}

it("fires when an event is too old after one run", () => {
  expect(only(asy003, { functions: [aged(120, 300)], deliveries })).toEqual({
    subject: { function: "F" },
    status: "fail",
    message:
      "Lambda discards events of F that are older than 120 s: a run may take 300 s, so that an event whose first run fails late is not retried, and one that waits for another run is dropped.",
    formula: "120 < 300",
    place: at(POINTER),
    related: [{ place: at("/Resources/F/Properties/Timeout"), message: "the timeout of F is 300 s" }],
    fixes: [{ file: "template.yaml", pointer: POINTER, from: 120, to: 21_600 }],
  });
});

it("fires below a minute, however short a run is", () => {
  expect(only(asy003, { functions: [aged(59, 3)], deliveries })).toMatchObject({
    formula: "59 < 60",
    related: [],
  });
});

it.each([
  [60, 60],
  [21_600, 900],
])("passes with %i s for a run of %i s", (age, timeout) => {
  expect(only(asy003, { functions: [aged(age, timeout)], deliveries }).status).toBe("pass");
});

it("passes by default", () => {
  expect(only(asy003, { functions: [fn({ timeoutSeconds: byDefault(900) })], deliveries }).status).toBe(
    "pass",
  );
});

it("is about what is configured, though nothing here calls it", () => {
  expect(only(asy003, { functions: [aged(120, 300)] }).status).toBe("fail");
});

it("is not about functions that are only polled for", () => {
  expect(only(asy003, { functions: [fn()], mappings: [mapping()] }).status).toBe("not-applicable");
});

it("knows relations where it knows no value", () => {
  const timeout = symbol("Timeout", { min: 1, max: 900 });
  const related = fn({
    timeoutSeconds: unknown("Timeout is a parameter", { linear: timeout }),
    async: { maximumEventAgeSeconds: unknown("Timeout is a parameter", { linear: scaled(timeout, 0.5) }) },
  });

  expect(only(asy003, { functions: [related], deliveries })).toMatchObject({
    status: "fail",
    formula: "0.5 × Timeout < Timeout",
  });
});

it("needs no timeout to know of an age above all timeouts, and cannot tell below", () => {
  const timeoutSeconds = unknown("Timeout is a parameter without a default");
  const of = (seconds: number): ReturnType<typeof fn> =>
    fn({ timeoutSeconds, async: { maximumEventAgeSeconds: literal(seconds) } });

  expect(only(asy003, { functions: [of(900)], deliveries }).status).toBe("pass");
  expect(only(asy003, { functions: [of(899)], deliveries })).toMatchObject({
    status: "unknown",
    reason: "Timeout is a parameter without a default",
  });
});

it("offers no longer age than the function remembers", () => {
  const some = { functions: [aged(120, 300)], deliveries };

  expect(only(asy003, { ...some, idempotency: [idempotency()] })).not.toHaveProperty("fixes");
  expect(
    only(asy003, { ...some, idempotency: [idempotency({ recordsLastSeconds: literal(21_600) })] }),
  ).toHaveProperty("fixes");

  const dead = {
    ...some,
    functions: [{ ...aged(120, 300), deadLetter: literal("Q") }],
    queues: [queue()],
    deliveries: [delivery({ kind: "s3", maximumEventAgeSeconds: literal(undefined) })],
  };
  const memory = (life: number) => [idempotency({ recordsLastSeconds: literal(life) })];
  expect(only(asy003, { ...dead, idempotency: memory(345_720) })).not.toHaveProperty("fixes");
  expect(only(asy003, { ...dead, idempotency: memory(367_200) })).toHaveProperty("fixes");
});
