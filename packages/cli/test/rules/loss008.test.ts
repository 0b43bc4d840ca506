import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { loss008 } from "../../src/rules/loss008/rule.ts";
import { at, facts, literal, mapping, only } from "./support.ts";

const filters = literal(true, "/Resources/M/Properties/FilterCriteria");

it("fires on the filter of a queue's mapping, for information", () => {
  expect(only(loss008, { mappings: [mapping({ filters })] })).toMatchObject({
    status: "fail",
    message:
      "M filters the messages of Q: those that match no filter are deleted, and nobody else gets them.",
    place: at("/Resources/M/Properties/FilterCriteria"),
  });
  expect(loss008.severity).toEqual({ minimal: "off", recommended: "info", strict: "info" });
});

it("passes without one", () => {
  expect(only(loss008, { mappings: [mapping()] }).status).toBe("pass");
});

it("is not about streams, whose records stay, nor about disabled mappings", () => {
  expect(loss008.check(facts({ mappings: [mapping({ kind: "dynamodb", filters })] }))).toEqual([]);
  expect(loss008.check(facts({ mappings: [mapping({ enabled: literal(false), filters })] }))).toEqual([]);
});

it("cannot tell of a filter that is not known", () => {
  const open = mapping({ filters: unknown("it is a parameter without a default") });

  expect(only(loss008, { mappings: [open] })).toMatchObject({ status: "unknown" });
});
