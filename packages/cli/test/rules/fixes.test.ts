/** What a fix does to the rest: made, its finding is gone, and no rule has a new one. */

import fc from "fast-check";
import { expect, it } from "vitest";
import type { Facts, QueueFact } from "../../src/facts/model.ts";
import { type Value, known } from "../../src/facts/value.ts";
import { SQS_RULES } from "../../src/rules/catalogue-sqs.ts";
import type { Fix, Outcome } from "../../src/rules/rule.ts";
import { at, byDefault, facts, fn, literal, mapping, pipe, queue } from "./support.ts";

const SETTINGS = {
  VisibilityTimeout: "visibilityTimeoutSeconds",
  MessageRetentionPeriod: "retentionSeconds",
  maxReceiveCount: "maxReceiveCount",
} as const;
type Setting = keyof typeof SETTINGS;

const DEFAULTS: Readonly<Record<Setting, number>> = {
  VisibilityTimeout: 30,
  MessageRetentionPeriod: 345_600,
  maxReceiveCount: 5,
};

/** Written down, left out, or from a parameter. */
function setting(id: string, name: Setting, values: fc.Arbitrary<number>): fc.Arbitrary<Value<number>> {
  const written = values.map((value) => literal(value, pointerOf(id, name)));
  const parameter = values.map((value) => known(value, "parameter-default", { place: at("/Parameters/P") }));
  return fc.oneof(
    { weight: 5, arbitrary: written },
    { weight: 1, arbitrary: parameter },
    ...(name === "maxReceiveCount" ? [] : [{ weight: 2, arbitrary: fc.constant(byDefault(DEFAULTS[name])) }]),
  );
}

function pointerOf(id: string, name: Setting): string {
  const within = name === "maxReceiveCount" ? "RedrivePolicy/" : "";
  return `/Resources/${id}/Properties/${within}${name}`;
}

const retention = fc.oneof(
  fc.integer({ min: 60, max: 4_000 }),
  fc.integer({ min: 60, max: 1_209_600 }),
  fc.constant(1_209_600),
);
const queues = fc
  .record({
    visibility: setting("Q", "VisibilityTimeout", fc.integer({ min: 0, max: 300 })),
    count: setting("Q", "maxReceiveCount", fc.integer({ min: 1, max: 1_000 })),
    kept: setting("Q", "MessageRetentionPeriod", retention),
    keptThere: setting("Dead", "MessageRetentionPeriod", retention),
    redrives: fc.boolean(),
    fifo: fc.boolean(),
  })
  .map(({ visibility, count, kept, keptThere, redrives, fifo }): readonly QueueFact[] => [
    queue({
      visibilityTimeoutSeconds: visibility,
      retentionSeconds: kept,
      fifo: literal(fifo),
      ...(redrives ? { maxReceiveCount: count, deadLetterQueue: literal("Dead") } : {}),
    }),
    queue({ id: "Dead", fifo: literal(fifo), retentionSeconds: keptThere }),
  ]);
const timeout = fc.integer({ min: 1, max: 900 }).map((seconds) => literal(seconds));
const anyFacts = fc
  .record({
    queues,
    one: timeout,
    other: timeout,
    window: fc.nat(20),
    piped: fc.boolean(),
    both: fc.boolean(),
  })
  .map(({ queues: all, one, other, window, piped, both }) =>
    facts({
      queues: all,
      functions: [fn({ timeoutSeconds: one }), fn({ id: "G", timeoutSeconds: other })],
      mappings: [
        mapping({ batchingWindowSeconds: literal(window) }),
        ...(both ? [mapping({ id: "N", function: literal("G") })] : []),
      ],
      pipes: piped ? [pipe({ enrichment: literal("G") })] : [],
    }),
  );

it("a fix ends its finding, and begins no other one", () => {
  let tried = 0;
  fc.assert(
    fc.property(anyFacts, (some) => {
      const before = failing(some);
      for (const [name, { fixes }] of before) {
        if (fixes.length === 0) continue;
        tried += 1;
        const after = failing(fixed(some, fixes));

        expect([...after.keys()]).not.toContain(name);
        expect([...after.keys()].filter((one) => !before.has(one))).toEqual([]);
      }
    }),
    { numRuns: 250 },
  );
  expect(tried).toBeGreaterThan(100);
});

it("all fixes of all findings together say the same of one setting", () => {
  fc.assert(
    fc.property(anyFacts, (some) => {
      const wanted = new Map<string, unknown>();
      for (const [, { fixes }] of failing(some))
        for (const { pointer, to } of fixes) {
          expect(wanted.get(pointer) ?? to).toBe(to);
          wanted.set(pointer, to);
        }
    }),
    { numRuns: 250 },
  );
});

/** Each finding by its rule and subject. */
function failing(some: Facts): ReadonlyMap<string, { readonly fixes: readonly Fix[] }> {
  return new Map(
    SQS_RULES.flatMap((rule) =>
      rule
        .check(some)
        .filter((outcome): outcome is Extract<Outcome, { status: "fail" }> => outcome.status === "fail")
        .map(({ subject, fixes = [] }) => [`${rule.id} ${JSON.stringify(subject)}`, { fixes }]),
    ),
  );
}

function fixed(some: Facts, fixes: readonly Fix[]): Facts {
  return {
    ...some,
    queues: some.queues.map((one) => {
      let changed = one;
      for (const [name, field] of Object.entries(SETTINGS)) {
        const fix = fixes.find(({ pointer }) => pointer === pointerOf(one.id, name as Setting));
        if (fix) changed = { ...changed, [field]: literal(fix.to, fix.pointer) };
      }
      return changed;
    }),
  };
}
