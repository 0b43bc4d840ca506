import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { idm001 } from "../../src/rules/idm001/rule.ts";
import { at, cases, facts, fn, idempotency, literal, only, table } from "./support.ts";

const memory = { functions: [fn()], idempotency: [idempotency()] };

it("fires on a table of records without time to live", () => {
  expect(only(idm001, { ...memory, tables: [table()] })).toEqual({
    subject: { function: "F", other: "T" },
    status: "fail",
    message:
      "T keeps idempotency records of F, and has no time to live: they stay for ever after they have expired.",
    formula: "TimeToLiveSpecification is absent or disabled",
    place: at("/Resources/T"),
    related: [],
    fixes: [
      {
        file: "template.yaml",
        pointer: "/Resources/T/Properties/TimeToLiveSpecification",
        from: undefined,
        to: { AttributeName: "expiration", Enabled: true },
      },
    ],
  });
});

it("offers the attribute that this runtime writes to where it is this runtime", () => {
  const runtime = [idempotency({ library: "effectively-once" })];

  expect(only(idm001, { ...memory, idempotency: runtime, tables: [table()] })).toMatchObject({
    fixes: [{ to: { AttributeName: "expires_at_seconds" } }],
  });
});

it("offers nothing where the attribute is not known, where something is written, and in Terraform, where it is a block", () => {
  const other = [idempotency({ library: "unknown" })];

  expect(only(idm001, { ...memory, idempotency: other, tables: [table()] })).not.toHaveProperty("fixes");
  expect(
    only(idm001, { ...memory, tables: [table({ ttlAttribute: literal(undefined) })] }),
  ).not.toHaveProperty("fixes");
  expect(only(idm001, { ...memory, language: "terraform", tables: [table()] })).not.toHaveProperty("fixes");
});

it("passes with time to live", () => {
  expect(only(idm001, { ...memory, tables: [table({ ttlAttribute: literal("ttl") })] }).status).toBe("pass");
});

it("finds a table by its own name, too", () => {
  expect(only(idm001, { tables: [table({ id: "IdempotencyTable" })] })).toMatchObject({
    subject: { other: "IdempotencyTable" },
    status: "fail",
  });
});

it("finds the table by its physical name", () => {
  const named = table({ name: literal("records-prod") });

  expect(
    only(idm001, {
      ...memory,
      idempotency: [idempotency({ table: literal("records-prod") })],
      tables: [named],
    }),
  ).toMatchObject({ subject: { other: "T" }, status: "fail" });
});

it("is told once of a table that two settings name", () => {
  const two = [idempotency(), idempotency({ id: "J", recordsLastSeconds: literal(60) })];

  expect(only(idm001, { ...memory, idempotency: two, tables: [table()] }).status).toBe("fail");
});

it("is not about other tables, nor about records in no table", () => {
  expect(idm001.check(facts({ functions: [fn()], tables: [table()] }))).toEqual([]);
  expect(
    idm001.check(
      facts({ ...memory, idempotency: [idempotency({ table: literal(undefined) })], tables: [table()] }),
    ),
  ).toEqual([]);
});

it.each([
  [
    "a table that is not known",
    { idempotency: [idempotency({ table: unknown("it is imported") })] },
    "it is imported",
  ],
  ["a table that is defined elsewhere", {}, "table T is not defined here"],
  [
    "time to live that is not known",
    { tables: [table({ ttlAttribute: unknown("it is imported") })] },
    "it is imported",
  ],
])("cannot tell of %s", (_, some, reason) => {
  expect(only(idm001, { ...memory, ...some })).toMatchObject({ status: "unknown", reason });
});

it("is told of the cases apart", () => {
  const some = table({
    ttlAttribute: cases(
      [{ IsProd: "true" }, literal("expiration")],
      [{ IsProd: "false" }, literal(undefined)],
    ),
  });

  expect(idm001.check(facts({ ...memory, tables: [some] }))).toMatchObject([
    { status: "pass", when: { IsProd: "true" } },
    { status: "fail", when: { IsProd: "false" } },
  ]);
});
