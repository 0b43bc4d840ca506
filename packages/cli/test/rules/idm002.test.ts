import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { dynamodbSchema } from "@effectively-once/runtime/schema";
import { unknown } from "../../src/facts/value.ts";
import { idm002 } from "../../src/rules/idm002/rule.ts";
import { TTL_ATTRIBUTES } from "../../src/rules/tables.ts";
import { at, fn, idempotency, literal, only, table } from "./support.ts";

const POINTER = "/Resources/T/Properties/TimeToLiveSpecification/AttributeName";
const memory = { functions: [fn()], idempotency: [idempotency()] };

it("fires on another attribute than the library writes", () => {
  expect(only(idm002, { ...memory, tables: [table({ ttlAttribute: literal("ttl", POINTER) })] })).toEqual({
    subject: { function: "F", other: "T" },
    status: "fail",
    message:
      'The time to live of T is on "ttl", and the records say when they end in "expiration": none is ever deleted.',
    formula: "ttl ≠ expiration",
    place: at(POINTER),
    related: [],
  });
});

it.each([
  ["powertools", "expiration"],
  ["effectively-once", "expires_at_seconds"],
] as const)("passes on the attribute of %s", (library, attribute) => {
  const some = { ...memory, idempotency: [idempotency({ library })] };

  expect(only(idm002, { ...some, tables: [table({ ttlAttribute: literal(attribute) })] }).status).toBe(
    "pass",
  );
});

it("knows the names that the runtime and Powertools have", () => {
  const constants = new URL("./constants.js", import.meta.resolve("@aws-lambda-powertools/idempotency"));

  expect(TTL_ATTRIBUTES["effectively-once"]).toBe(dynamodbSchema.ttlAttribute);
  expect(readFileSync(constants, "utf8")).toContain(`expiryAttr: '${TTL_ATTRIBUTES.powertools}'`);
});

it("counts the attribute that the code names instead", () => {
  const named = { ...memory, idempotency: [idempotency({ expiryAttribute: literal("ends") })] };

  expect(only(idm002, { ...named, tables: [table({ ttlAttribute: literal("ends") })] }).status).toBe("pass");
  expect(only(idm002, { ...named, tables: [table({ ttlAttribute: literal("expiration") })] })).toMatchObject({
    formula: "expiration ≠ ends",
  });
});

it("is not about tables without time to live", () => {
  expect(only(idm002, { ...memory, tables: [table()] })).toMatchObject({ status: "not-applicable" });
});

it("cannot tell what an unknown library writes, unless it is what one of the known writes", () => {
  const other = { ...memory, idempotency: [idempotency({ library: "unknown" })] };

  expect(only(idm002, { ...other, tables: [table({ ttlAttribute: literal("ttl") })] })).toMatchObject({
    status: "unknown",
    reason: 'what writes the records is not known, and neither is whether it writes "ttl"',
  });
  expect(only(idm002, { ...other, tables: [table({ ttlAttribute: literal("expiration") })] }).status).toBe(
    "pass",
  );
});

it("cannot tell from an attribute that is not known", () => {
  expect(
    only(idm002, { ...memory, tables: [table({ ttlAttribute: unknown("it is imported") })] }),
  ).toMatchObject({ status: "unknown", reason: "it is imported" });
});
