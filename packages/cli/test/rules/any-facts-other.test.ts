/** The rules about streams, asynchronous calls and memory over facts of any kind: open, contradictory, dangling. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { symbol } from "../../src/facts/linear.ts";
import type { DeliveryFact, Destination, Facts } from "../../src/facts/model.ts";
import { type Value, unknown } from "../../src/facts/value.ts";
import { OTHER_RULES } from "../../src/rules/catalogue-other.ts";
import {
  byDefault,
  cases,
  delivery,
  facts,
  fn,
  idempotency,
  literal,
  mapping,
  pipe,
  queue,
  stream,
  table,
} from "./support.ts";

/** One value, two by a condition, or none that is known. */
function valueOf<T>(values: fc.Arbitrary<T>): fc.Arbitrary<Value<T>> {
  const single = fc.oneof(
    values.map((value) => literal(value, "/Resources/X/Properties/P")),
    values.map((value) => byDefault(value)),
    fc.constant<Value<T>>(unknown("it is a parameter without a default")),
  );
  const either = fc
    .tuple(fc.constantFrom("IsProd", "Stage"), single, single)
    .map(([name, yes, no]) => cases([{ [name]: "true" }, yes], [{ [name]: "false" }, no]));
  return fc.oneof({ weight: 4, arbitrary: single }, { weight: 1, arbitrary: either });
}

const seconds = (max: number): fc.Arbitrary<Value<number>> =>
  fc.oneof(
    { weight: 4, arbitrary: valueOf(fc.integer({ min: -1, max })) },
    { weight: 1, arbitrary: fc.constant(unknown("a variable", { linear: symbol("var.x") })) },
  );
const flag = valueOf(fc.boolean());
const idOf = (...ids: readonly string[]): fc.Arbitrary<Value<string>> =>
  valueOf(fc.constantFrom(...ids, "Elsewhere"));
const optionalId = (...ids: readonly string[]): fc.Arbitrary<Value<string | undefined>> =>
  valueOf(fc.option(fc.constantFrom(...ids), { nil: undefined }));
const destination = valueOf(
  fc.option(
    fc.record<Destination>({
      kind: fc.constantFrom("sqs", "sns", "s3", "kafka"),
      to: fc.constantFrom("Q", "B"),
    }),
    { nil: undefined },
  ),
);

const deliveries = fc.tuple(
  ...["D", "E", "G"].map((id) =>
    fc
      .record<Partial<DeliveryFact>>({
        exists: flag,
        kind: fc.constantFrom("s3", "sns", "eventbridge", "scheduler"),
        asynchronous: fc.boolean(),
        target: valueOf(
          fc.constantFrom(
            { kind: "queue" as const, id: "Q" },
            { kind: "function" as const, id: "F" },
            { kind: "other" as const, id: "Topic" },
          ),
        ),
        source: idOf("Topic", "Bucket"),
        selection: valueOf(
          fc.constantFrom(
            "",
            "{}",
            '{"a":["b"]}',
            '{"source":["aws.s3"]}',
            "rate(1 day)",
            '["s3:ObjectCreated:*"]',
          ),
        ),
        prefix: idOf("", "in/"),
        deadLetter: optionalId("Q"),
        maximumEventAgeSeconds: valueOf(fc.option(fc.integer({ min: 0, max: 90_000 }), { nil: undefined })),
      })
      .map((some) => delivery({ id, ...some })),
  ),
);
const anyFacts: fc.Arbitrary<Facts> = fc
  .record({
    language: fc.constantFrom("cloudformation" as const, "terraform" as const, "live" as const),
    functions: fc
      .record({
        exists: flag,
        timeoutSeconds: seconds(900),
        deadLetter: optionalId("Q", "arn:aws:sqs:eu-west-1:1:x"),
        configured: flag,
        maximumRetryAttempts: seconds(2),
        maximumEventAgeSeconds: seconds(21_600),
        onFailure: optionalId("Q", "arn:aws:sns:eu-west-1:1:x", "arn:aws:s3:::x"),
      })
      .map(({ exists, timeoutSeconds, deadLetter, ...async }) => [
        fn({ exists, timeoutSeconds, deadLetter, async }),
      ]),
    queues: fc
      .record({
        retentionSeconds: seconds(1_209_600),
        fifo: flag,
        deadLetterQueue: optionalId("Q", "R", "Dead"),
      })
      .map((some) => [queue(some), queue({ id: "R" })]),
    streams: fc.record({ retentionSeconds: seconds(604_800) }).map((some) => [stream(some)]),
    tables: fc
      .record({ exists: flag, ttlAttribute: optionalId("ttl", "expiration") })
      .map((some) => [table(some), table({ id: "Idempotency", ...some })]),
    mappings: fc
      .record({
        exists: flag,
        enabled: flag,
        kind: fc.constantFrom(
          "sqs" as const,
          "kinesis" as const,
          "dynamodb" as const,
          "kafka" as const,
          "unknown" as const,
        ),
        function: idOf("F"),
        source: idOf("Q", "S"),
        batchSize: seconds(100),
        maximumRetryAttempts: seconds(10),
        maximumRecordAgeSeconds: seconds(1_000),
        onFailure: destination,
        bisectBatchOnFunctionError: flag,
        reportBatchItemFailures: flag,
      })
      .map((some) => [mapping(some)]),
    pipes: fc
      .record({
        exists: flag,
        kind: fc.constantFrom("sqs" as const, "kinesis" as const),
        source: idOf("Q"),
        target: optionalId("F"),
      })
      .map((some) => [pipe(some)]),
    deliveries,
    idempotency: fc.oneof(
      fc.constant([]),
      fc
        .record({
          recordsLastSeconds: seconds(3_000_000),
          table: optionalId("T", "Other"),
          library: fc.constantFrom("powertools" as const, "effectively-once" as const, "unknown" as const),
        })
        .map((some) => [idempotency(some)]),
    ),
  })
  .map((some) => facts(some));

it("no rule stops at any facts, and what it says is complete", () => {
  fc.assert(
    fc.property(anyFacts, (some) => {
      for (const rule of OTHER_RULES)
        for (const outcome of rule.check(some)) {
          expect(Object.values(outcome.subject).every((id) => typeof id === "string")).toBe(true);
          if (outcome.status === "fail") {
            expect(outcome.message).toMatch(/^[A-Z][^\n]*\.$/);
            expect(outcome.message).not.toMatch(/undefined|NaN|Infinity|\[object/);
            expect(outcome.formula ?? "").not.toMatch(/undefined|NaN|Infinity/);
            for (const { from, to } of outcome.fixes ?? []) {
              expect(some.language).not.toBe("live");
              expect(to).not.toEqual(from);
            }
          }
          if (outcome.status === "unknown" || outcome.status === "not-applicable")
            expect(outcome.reason).toMatch(/\S/);
        }
    }),
    { numRuns: 300 },
  );
});
