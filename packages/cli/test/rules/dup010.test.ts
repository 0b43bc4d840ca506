import { expect, it } from "vitest";
import { unknown } from "../../src/facts/value.ts";
import { dup010 } from "../../src/rules/dup010/rule.ts";
import { facts, fn, literal, only, pipe, queue } from "./support.ts";

const functions = [fn({ timeoutSeconds: literal(20) }), fn({ id: "E", timeoutSeconds: literal(10) })];
const shown = (visibility: number, fifo = false) =>
  queue({ visibilityTimeoutSeconds: literal(visibility, "/Q/VisibilityTimeout"), fifo: literal(fifo) });
const enriched = pipe({
  enrichment: literal<string | undefined>("E"),
  batchingWindowSeconds: literal(5),
});

it("adds the timeouts of enrichment and target, and the window", () => {
  expect(only(dup010, { functions, queues: [shown(184)], pipes: [enriched] })).toMatchObject({
    subject: { queue: "Q", other: "P" },
    status: "fail",
    formula: "184 < 6 × (10 + 20) + 5",
    fixes: [{ pointer: "/Q/VisibilityTimeout", from: 184, to: 185 }],
  });
  expect(only(dup010, { functions, queues: [shown(185)], pipes: [enriched] }).status).toBe("pass");
});

it("counts the target alone where nothing enriches", () => {
  expect(only(dup010, { functions, queues: [shown(119)], pipes: [pipe()] })).toMatchObject({
    formula: "119 < 6 × 20",
    message:
      "Q shows a message again after 119 s. That is less than six times the 20 s that the functions of P may run: a slow or throttled batch goes through the pipe a second time.",
  });
});

it("counts no window on a FIFO queue", () => {
  expect(only(dup010, { functions, queues: [shown(180, true)], pipes: [enriched] }).status).toBe("pass");
});

it("is not about pipes without functions, nor about other sources", () => {
  const none = pipe({ target: literal<string | undefined>(undefined) });

  expect(only(dup010, { queues: [shown(1)], pipes: [none] })).toMatchObject({
    status: "not-applicable",
    reason: "neither its enrichment nor its target is a function",
  });
  expect(dup010.check(facts({ functions, pipes: [pipe({ kind: "kinesis" })] }))).toEqual([]);
});

it("cannot tell of a queue or a function that is not known", () => {
  const elsewhere = pipe({ source: unknown("queue is imported (Fn::ImportValue)") });

  expect(only(dup010, { functions, pipes: [elsewhere] })).toMatchObject({
    status: "unknown",
    reason: "queue is imported (Fn::ImportValue)",
  });
  expect(only(dup010, { queues: [shown(30)], pipes: [pipe()] })).toMatchObject({
    status: "unknown",
    reason: "function F is not defined here",
  });
});
