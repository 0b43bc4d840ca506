import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { idm004 } from "../../src/rules/idm004/rule.ts";
import { at, facts, fn, idempotency, literal, only, table } from "./support.ts";

const tables = [table({ ttlAttribute: literal("ends", "/Resources/T/Properties/TimeToLiveSpecification") })];
const unsaid = { functions: [fn()], idempotency: [idempotency({ library: "unknown" })] };

it("tells that an expired record is still read, where nothing tells who reads it", () => {
  expect(only(idm004, { ...unsaid, tables })).toEqual({
    subject: { function: "F", other: "T" },
    status: "fail",
    message:
      'Records in T are still read after "ends" has passed, typically for up to two days: their reader has to compare the time itself.',
    place: at("/Resources/T/Properties/TimeToLiveSpecification"),
    related: [],
  });
});

it("is no more than a remark", () => {
  expect(idm004.severity).toEqual({ minimal: "off", recommended: "info", strict: "info" });
});

it.each(["powertools", "effectively-once"] as const)("passes for %s, which compares the time", (library) => {
  expect(only(idm004, { ...unsaid, idempotency: [idempotency({ library })], tables }).status).toBe("pass");
});

it("is not about tables without time to live, or that hold other things", () => {
  expect(only(idm004, { ...unsaid, tables: [table()] }).status).toBe("not-applicable");
  expect(idm004.check(facts({ tables }))).toEqual([]);
});

it("cannot tell of a table that is defined elsewhere, or whose time to live is not known", () => {
  expect(only(idm004, unsaid)).toMatchObject({ status: "unknown", reason: "table T is not defined here" });
  expect(
    only(idm004, { ...unsaid, tables: [table({ ttlAttribute: unknown("it is imported") })] }),
  ).toMatchObject({ status: "unknown", reason: "it is imported" });
});
