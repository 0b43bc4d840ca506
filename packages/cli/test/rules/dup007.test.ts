import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { dup007 } from "../../src/rules/dup007/rule.ts";
import { at, cases, facts, fn, literal, mapping, only, queue } from "./support.ts";

const reserving = (count: number) =>
  fn({ reservedConcurrency: literal<number | undefined>(count, "/Resources/F/Properties/Reserved") });
const limited = (limit: number, id = "M") =>
  mapping({ id, maximumConcurrency: literal<number | undefined>(limit) });
const queues = [queue()];

it("fires where one mapping may invoke more than is reserved", () => {
  expect(only(dup007, { functions: [reserving(5)], queues, mappings: [limited(10)] })).toMatchObject({
    subject: { function: "F", mapping: "M" },
    status: "fail",
    formula: "5 < 10",
    place: at("/Resources/F/Properties/Reserved"),
    message:
      "F reserves a concurrency of 5, and its queues may invoke it 10 times at once: what is throttled spends its receives without a run.",
  });
});

it("adds what all queues' mappings of the function may invoke", () => {
  const some = (...mappings: ReturnType<typeof limited>[]) => ({
    functions: [reserving(10)],
    queues,
    mappings,
  });

  expect(only(dup007, some(limited(5), limited(6, "N")))).toMatchObject({
    subject: { function: "F" },
    formula: "10 < 5 + 6",
  });
  expect(only(dup007, some(limited(5), limited(5, "N"))).status).toBe("pass");
});

it("does not add what is disabled, elsewhere or no queue", () => {
  const others = [
    { ...limited(9, "A"), enabled: literal(false) },
    { ...limited(9, "B"), exists: literal(false) },
    { ...limited(9, "C"), function: literal("G") },
    { ...limited(9, "D"), kind: "kinesis" as const },
  ];

  expect(only(dup007, { functions: [reserving(10)], queues, mappings: [limited(5), ...others] }).status).toBe(
    "pass",
  );
});

it("fires on a reservation without a MaximumConcurrency, but on a FIFO queue, whose groups limit it", () => {
  const some = { functions: [reserving(50)], mappings: [mapping()] };

  expect(only(dup007, { ...some, queues })).toMatchObject({
    status: "fail",
    message: expect.stringContaining("M has no MaximumConcurrency"),
  });
  expect(only(dup007, { ...some, queues: [queue({ fifo: literal(true) })] }).status).toBe("pass");
});

it("takes 1,000 for enough without one", () => {
  expect(only(dup007, { functions: [reserving(1_000)], queues, mappings: [mapping()] }).status).toBe("pass");
  expect(only(dup007, { functions: [reserving(999)], queues, mappings: [mapping()] }).status).toBe("fail");
});

it("is an error where nothing is reserved but 0", () => {
  expect(only(dup007, { functions: [reserving(0)], queues, mappings: [limited(2)] })).toMatchObject({
    severity: "error",
    message: expect.stringContaining("it never runs"),
  });
});

it("is not about functions without a reservation, or without a queue", () => {
  expect(only(dup007, { functions: [fn()], queues, mappings: [mapping()] })).toMatchObject({
    status: "not-applicable",
    reason: "it reserves no concurrency",
  });
  expect(dup007.check(facts({ functions: [reserving(0)] }))).toEqual([]);
});

it("cannot tell of what is not known, unless the rest is enough", () => {
  const open = mapping({ id: "N", maximumConcurrency: unknown("it is a parameter without a default") });
  const some = (limit: number) => ({
    functions: [reserving(10)],
    queues,
    mappings: [limited(limit), open],
  });

  expect(only(dup007, some(5))).toMatchObject({
    status: "unknown",
    reason: "it is a parameter without a default",
  });
  expect(only(dup007, some(11)).status).toBe("fail");
  expect(
    only(dup007, {
      functions: [fn({ reservedConcurrency: unknown("it is imported") })],
      queues,
      mappings: [limited(5)],
    }),
  ).toMatchObject({ status: "unknown", reason: "it is imported" });
  expect(only(dup007, { functions: [reserving(5)], mappings: [mapping()] })).toMatchObject({
    status: "unknown",
    reason: "queue Q is not defined here",
  });
});

it("adds in each world what is enabled there", () => {
  const enabled = cases([{ Busy: "true" }, literal(true)], [{ Busy: "false" }, literal(false)]);
  const outcomes = dup007.check(
    facts({ functions: [reserving(10)], queues, mappings: [limited(6), { ...limited(6, "N"), enabled }] }),
  );

  expect(outcomes).toMatchObject([
    { status: "fail", when: { Busy: "true" } },
    { status: "pass", when: { Busy: "false" } },
  ]);
});

it("adds up what a function and its aliases may be invoked with: they share one reservation", () => {
  const alias = {
    ...fn({ id: "F:live" }),
    qualifierOf: "F",
    reservedConcurrency: reserving(10).reservedConcurrency,
  };
  const toAlias = { ...limited(6, "N"), function: literal("F:live") };

  expect(
    only(dup007, { functions: [alias, reserving(10)], queues, mappings: [limited(5), toAlias] }),
  ).toMatchObject({ subject: { function: "F" }, formula: "10 < 5 + 6" });
});
