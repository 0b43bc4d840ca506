/** The rules about queues over facts of any kind: open, contradictory, dangling. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { symbol } from "../../src/facts/linear.ts";
import type { Facts } from "../../src/facts/model.ts";
import { type Value, known, meet, unknown } from "../../src/facts/value.ts";
import { SQS_RULES } from "../../src/rules/catalogue-sqs.ts";
import { at, byDefault, cases, delivery, facts, fn, literal, mapping, pipe, queue } from "./support.ts";

const POINTER = "/Resources/Q/Properties/VisibilityTimeout";

/** One value, two by a condition, or none that is known. */
function valueOf<T>(values: fc.Arbitrary<T>): fc.Arbitrary<Value<T>> {
  const single = fc.oneof(
    values.map((value) => literal(value, POINTER)),
    values.map((value) => byDefault(value)),
    values.map((value) => known(value, "parameter-default", { assuming: "the default of the parameter P" })),
    fc.constant<Value<T>>(unknown("it is a parameter without a default")),
  );
  const choice = fc.constantFrom("IsProd", "Stage");
  const either = fc
    .tuple(choice, single, single)
    .map(([name, yes, no]) => cases([{ [name]: "true" }, yes], [{ [name]: "false" }, no]));
  return fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: either });
}

const seconds = (max: number): fc.Arbitrary<Value<number>> =>
  fc.oneof(
    { weight: 4, arbitrary: valueOf(fc.integer({ min: 0, max })) },
    { weight: 1, arbitrary: fc.constant(unknown("a variable", { linear: symbol("var.x") })) },
  );
const flag = valueOf(fc.boolean());
const optional = (max: number) => valueOf(fc.option(fc.integer({ min: 0, max }), { nil: undefined }));
const idOf = (...ids: readonly string[]) => valueOf(fc.constantFrom(...ids, "Elsewhere"));
const optionalId = (...ids: readonly string[]) =>
  valueOf(fc.option(fc.constantFrom(...ids), { nil: undefined }));

const queues = fc.tuple(
  ...["Q", "R"].map((id) =>
    fc
      .record({
        exists: flag,
        visibilityTimeoutSeconds: seconds(120),
        retentionSeconds: seconds(1_209_600),
        delaySeconds: seconds(900),
        fifo: flag,
        contentBasedDeduplication: flag,
        deadLetterQueue: optionalId("Q", "R", "arn:aws:sqs:eu-west-1:123456789012:dead"),
        maxReceiveCount: optional(10),
        generatedBy: fc.option(fc.constant("F.Events.T"), { nil: undefined }),
      })
      .map((some) => queue({ id, ...some })),
  ),
);
const functions = fc
  .record({
    exists: flag,
    timeoutSeconds: seconds(100),
    reservedConcurrency: optional(20),
    deadLetter: optionalId("Q"),
  })
  .map((some) => [fn(some)]);
const mappings = fc.tuple(
  ...["M", "N"].map((id) =>
    fc
      .record({
        exists: flag,
        enabled: flag,
        kind: fc.constantFrom("sqs" as const, "kinesis" as const, "unknown" as const),
        function: idOf("F"),
        source: idOf("Q", "R"),
        batchSize: seconds(20),
        batchingWindowSeconds: seconds(20),
        reportBatchItemFailures: flag,
        maximumConcurrency: optional(20),
        filters: flag,
      })
      .map((some) => mapping({ id, ...some })),
  ),
);
const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    language: fc.constantFrom(
      "cloudformation" as const,
      "sam" as const,
      "terraform" as const,
      "live" as const,
    ),
    queues,
    functions,
    mappings,
    pipes: fc
      .record({ exists: flag, source: idOf("Q"), enrichment: optionalId("F"), target: optionalId("F") })
      .map((some) => [pipe(some)]),
    deliveries: fc
      .record({
        exists: flag,
        target: valueOf(
          fc.constantFrom({ kind: "queue" as const, id: "Q" }, { kind: "function" as const, id: "F" }),
        ),
        deduplicationId: valueOf(fc.option(fc.boolean(), { nil: undefined })),
      })
      .map((some) => [delivery(some)]),
    signs: fc.constantFrom([], [{ function: "F", sign: "partial-batch-response" as const, place: at("") }]),
  })
  .map((some) => facts(some));

it("no rule stops at any facts, and what it says is complete", () => {
  fc.assert(
    fc.property(anyFacts, (some) => {
      for (const rule of SQS_RULES)
        for (const outcome of rule.check(some)) {
          if (outcome.status === "fail") {
            expect(outcome.message).toMatch(/^[A-Z][^\n]*\.$/);
            expect(outcome.message).not.toMatch(/undefined|NaN|Infinity|\[object/);
            expect(outcome.formula ?? "").not.toMatch(/undefined|NaN|Infinity/);
          }
          if (outcome.status === "unknown" || outcome.status === "not-applicable")
            expect(outcome.reason).toMatch(/\S/);
        }
    }),
    { numRuns: 400 },
  );
});

it("of DUP001 to DUP004 and DUP011, one at most fires for a pair in any world", () => {
  const family = SQS_RULES.filter(({ id }) => /^DUP0(0[1-4]|11)$/.test(id));
  fc.assert(
    fc.property(anyFacts, (some) => {
      const fired = family
        .flatMap((rule) => rule.check(some))
        // A finding of several worlds names the others in its message only.
        .filter((outcome) => outcome.status === "fail" && !outcome.message.includes("Likewise"));
      const both = fired.flatMap((left, index) =>
        fired
          .slice(index + 1)
          .filter(
            (right) =>
              JSON.stringify(left.subject) === JSON.stringify(right.subject) &&
              meet(left.when ?? {}, right.when ?? {}) !== undefined,
          ),
      );

      expect(both).toEqual([]);
    }),
    { numRuns: 400 },
  );
});

it("a fix writes another value than there is, and never in an account", () => {
  fc.assert(
    fc.property(anyFacts, (some) => {
      for (const rule of SQS_RULES)
        for (const outcome of rule.check(some))
          for (const { from, to } of (outcome.status === "fail" && outcome.fixes) || []) {
            expect(some.language).not.toBe("live");
            expect(to).not.toEqual(from);
            if (typeof from === "number") expect(to).toBeGreaterThan(from);
          }
    }),
    { numRuns: 400 },
  );
});
