import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { asy002 } from "../../src/rules/asy002/rule.ts";
import { at, delivery, fn, idempotency, literal, mapping, only } from "./support.ts";

const deliveries = [delivery()];

it("fires on retries without idempotency", () => {
  expect(only(asy002, { functions: [fn()], deliveries })).toEqual({
    subject: { function: "F" },
    status: "fail",
    message:
      "Lambda retries an event of F up to 2 times (the default), and nothing in its environment (its code is not here) tells a second run from the first.",
    formula: "MaximumRetryAttempts = 2, no idempotency",
    place: at("/Resources/F"),
    related: [],
  });
});

it("says that the code was looked at, where it was", () => {
  const seen = fn({ code: { root: "app", handler: "index.handler" } });

  expect(only(asy002, { functions: [seen], deliveries })).toMatchObject({
    message: expect.stringContaining("nothing in its code and environment"),
  });
});

it("passes when idempotency was found, or nothing is retried", () => {
  expect(only(asy002, { functions: [fn()], deliveries, idempotency: [idempotency()] }).status).toBe("pass");
  expect(
    only(asy002, { functions: [fn({ async: { maximumRetryAttempts: literal(0) } })], deliveries }).status,
  ).toBe("pass");
});

it("does not count the idempotency of another function", () => {
  const other = [idempotency({ function: "G" })];

  expect(only(asy002, { functions: [fn()], deliveries, idempotency: other }).status).toBe("fail");
});

it("is not about functions that are only polled for", () => {
  expect(only(asy002, { functions: [fn()], mappings: [mapping()] }).status).toBe("not-applicable");
});

it("cannot tell from retries that are not known", () => {
  const open = fn({ async: { maximumRetryAttempts: unknown("it is imported") } });

  expect(only(asy002, { functions: [open], deliveries })).toMatchObject({
    status: "unknown",
    reason: "it is imported",
  });
});

it("is less than a warning unless asked for strictly", () => {
  expect(asy002.severity).toEqual({ minimal: "off", recommended: "info", strict: "warning" });
});
