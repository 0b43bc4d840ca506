import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { dup008 } from "../../src/rules/dup008/rule.ts";
import { at, cases, facts, literal, mapping, only, pipe, queue } from "./support.ts";

const queues = [queue()];

it("fires on two mappings, and names both", () => {
  expect(only(dup008, { queues, mappings: [mapping(), mapping({ id: "N" })] })).toEqual({
    subject: { queue: "Q" },
    status: "fail",
    message: "M and N consume Q: each message goes to one of them, and the others never see it.",
    place: at("/Resources/N"),
    related: [{ place: at("/Resources/M"), message: "M consumes Q too" }],
  });
});

it("counts pipes", () => {
  expect(only(dup008, { queues, mappings: [mapping()], pipes: [pipe()] }).status).toBe("fail");
});

it("passes with one consumer that is enabled", () => {
  const disabled = mapping({ id: "N", enabled: literal(false) });

  expect(only(dup008, { queues, mappings: [mapping(), disabled] }).status).toBe("pass");
});

it("is not about queues that nothing consumes", () => {
  expect(dup008.check(facts({ queues }))).toEqual([]);
});

it("passes where two mappings exclude each other", () => {
  const blue = cases([{ Blue: "true" }, literal(true)], [{ Blue: "false" }, literal(false)]);
  const green = cases([{ Blue: "true" }, literal(false)], [{ Blue: "false" }, literal(true)]);
  const mappings = [mapping({ exists: blue }), mapping({ id: "N", exists: green })];

  expect(only(dup008, { queues, mappings }).status).toBe("pass");
});

it("cannot tell where the second one may or may not be there", () => {
  const open = mapping({ id: "N", enabled: unknown("it is a parameter without a default") });

  expect(only(dup008, { queues, mappings: [mapping(), open] })).toMatchObject({
    status: "unknown",
    reason: "it is a parameter without a default",
  });
});
