/** The four inequalities of the visibility timeout, together: DUP001 to DUP004. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { constant, plus, scaled, symbol } from "../../src/facts/linear.ts";
import type { Facts } from "../../src/facts/model.ts";
import { unknown } from "../../src/facts/value.ts";
import { dup001 } from "../../src/rules/dup001/rule.ts";
import { dup002 } from "../../src/rules/dup002/rule.ts";
import { dup003 } from "../../src/rules/dup003/rule.ts";
import { dup004 } from "../../src/rules/dup004/rule.ts";
import { byDefault, cases, facts, fn, literal, mapping, queue } from "./support.ts";

const RULES = [dup001, dup002, dup003, dup004];

/** What each of the four says, shortly: `DUP001 fail`. */
function said(some: Partial<Facts>): readonly string[] {
  return RULES.flatMap((rule) => rule.check(facts(some)).map(({ status }) => `${rule.id} ${status}`));
}

function pair(timeout: number, visibility: number, window = 0): Partial<Facts> {
  return {
    functions: [fn({ timeoutSeconds: literal(timeout) })],
    queues: [queue({ visibilityTimeoutSeconds: literal(visibility) })],
    mappings: [mapping({ batchingWindowSeconds: literal(window) })],
  };
}

/** As the catalogue writes them, with T, VT and W; the first that holds is the one that fires. */
function expected(t: number, vt: number, w: number): string | undefined {
  if (vt < t) return "DUP001";
  if (w > 0 && vt < t + w) return "DUP002";
  if (10 * vt < 13 * t + 10 * w) return "DUP003";
  return vt < 6 * t + w ? "DUP004" : undefined;
}

it("for any timeout, visibility timeout and window, just the worst inequality that holds fires", () => {
  const seconds = fc.oneof(fc.integer({ min: 1, max: 900 }), fc.integer({ min: 1, max: 20 }));
  const near = fc.tuple(
    seconds,
    fc.integer({ min: 0, max: 300 }),
    fc.integer({ min: -2, max: 2 }),
    fc.nat(3),
  );
  fc.assert(
    fc.property(near, ([t, w, off, level]) => {
      const edges = [t, t + w, Math.round(1.3 * t) + w, 6 * t + w];
      const vt = Math.max(0, (edges[level] ?? 0) + off);

      const fired = RULES.filter((rule) =>
        rule.check(facts(pair(t, vt, w))).some(({ status }) => status === "fail"),
      );

      expect(fired.map(({ id }) => id)).toEqual([expected(t, vt, w)].filter((id) => id !== undefined));
    }),
    { numRuns: 2_000 },
  );
});

it("1.3 times the timeout is compared without rounding", () => {
  for (let t = 10; t <= 900; t += 10)
    expect([t, dup003.check(facts(pair(t, (t * 13) / 10)))[0]?.status]).toEqual([t, "pass"]);
});

describe("a timeout that nobody knows", () => {
  const timeout = symbol("var.timeout", { min: -Infinity, max: Infinity });
  const six = (window: number): Partial<Facts> => ({
    functions: [fn({ timeoutSeconds: unknown("the variable timeout has no default", { linear: timeout }) })],
    queues: [
      queue({
        visibilityTimeoutSeconds: unknown("the variable timeout has no default", {
          linear: scaled(timeout, 6),
        }),
      }),
    ],
    mappings: [mapping({ batchingWindowSeconds: literal(window) })],
  });

  it("is no hindrance where the relation is known", () => {
    expect(said(six(0))).toEqual(["DUP001 pass", "DUP002 not-applicable", "DUP003 pass", "DUP004 pass"]);
  });

  it("fails where the window is left out, whatever the timeout", () => {
    const [outcome] = dup004.check(facts(six(5)));

    expect(outcome).toMatchObject({
      status: "fail",
      formula: "6 × var.timeout < 6 × var.timeout + 5",
    });
    expect(dup001.check(facts(six(5)))[0]?.status).toBe("pass");
  });

  it("is decided by AWS's limits, where they are enough", () => {
    const some = (visibility: number): Partial<Facts> => ({
      functions: [fn({ timeoutSeconds: unknown("it is a parameter without a default") })],
      queues: [queue({ visibilityTimeoutSeconds: literal(visibility) })],
      mappings: [mapping()],
    });

    expect(said(some(5_400))).toEqual(["DUP001 pass", "DUP002 not-applicable", "DUP003 pass", "DUP004 pass"]);
    expect(said(some(5_399))).toContain("DUP004 unknown");
    expect(said(some(0))).toContain("DUP001 fail");
    expect(said(some(5))).toEqual([
      "DUP001 unknown",
      "DUP002 not-applicable",
      "DUP003 unknown",
      "DUP004 fail",
    ]);
  });

  it("keeps its reason where nothing decides", () => {
    const open = unknown("it is a parameter without a default");

    expect(dup001.check(facts({ ...pair(1, 30), functions: [fn({ timeoutSeconds: open })] }))).toEqual([
      {
        subject: { function: "F", queue: "Q", mapping: "M" },
        status: "unknown",
        reason: "it is a parameter without a default",
      },
    ]);
  });

  it("with something added is compared as it is", () => {
    const outcome = dup003.check(
      facts({
        functions: [fn({ timeoutSeconds: unknown("no default", { linear: timeout }) })],
        queues: [
          queue({
            visibilityTimeoutSeconds: unknown("no default", { linear: plus(timeout, constant(0)) }),
          }),
        ],
        mappings: [mapping()],
      }),
    );

    expect(outcome).toMatchObject([
      {
        status: "fail",
        formula: "var.timeout < 1.3 × var.timeout",
        message: expect.stringContaining("after (var.timeout) s"),
      },
    ]);
  });
});

describe("what a template leaves open", () => {
  const branches = cases<number>([{ IsProd: "true" }, literal(600)], [{ IsProd: "false" }, literal(40)]);

  it("fails in the world where it is wrong, and passes in the other", () => {
    const outcomes = dup001.check(
      facts({ ...pair(60, 0), queues: [queue({ visibilityTimeoutSeconds: branches })] }),
    );

    expect(outcomes).toMatchObject([
      { status: "pass", when: { IsProd: "true" } },
      { status: "fail", when: { IsProd: "false" }, formula: "40 < 60" },
    ]);
  });

  it("is not mentioned where it makes no difference", () => {
    const same = cases<number>([{ Stage: "a" }, literal(10)], [{ Stage: "b" }, literal(10)]);
    const outcomes = dup001.check(
      facts({ ...pair(60, 0), queues: [queue({ visibilityTimeoutSeconds: same })] }),
    );

    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]).toMatchObject({ status: "fail", formula: "10 < 60" });
    expect(outcomes[0]).not.toHaveProperty("when");
  });

  it("gives one finding for the same numbers, which names all the worlds", () => {
    const three = cases<number>(
      [{ Stage: "a" }, literal(10)],
      [{ Stage: "b" }, literal(10)],
      [{ Stage: "c" }, literal(600)],
    );
    const outcomes = dup001
      .check(facts({ ...pair(60, 0), queues: [queue({ visibilityTimeoutSeconds: three })] }))
      .filter(({ status }) => status === "fail");

    expect(outcomes).toMatchObject([
      { when: { Stage: "a" }, message: expect.stringMatching(/ Likewise when Stage is b\.$/) },
    ]);
  });

  it("is left out where the queue or the mapping is not there", () => {
    const conditional = cases<boolean>(
      [{ Make: "true" }, literal(true)],
      [{ Make: "false" }, literal(false)],
    );
    const outcomes = dup001.check(
      facts({
        ...pair(60, 30),
        queues: [queue({ exists: conditional, visibilityTimeoutSeconds: literal(30) })],
        mappings: [mapping({ exists: conditional })],
      }),
    );

    expect(outcomes).toMatchObject([{ status: "fail", formula: "30 < 60" }]);
  });

  it("with more than 256 cases is not looked at one by one", () => {
    const many = (name: string) =>
      cases<number>(
        ...Array.from(
          { length: 17 },
          (_, index) => [{ [name]: String(index) }, literal(30 + index)] as const,
        ),
      );
    const outcomes = dup001.check(
      facts({
        functions: [fn({ timeoutSeconds: many("A") })],
        queues: [queue({ visibilityTimeoutSeconds: many("B") })],
        mappings: [mapping()],
      }),
    );

    expect(outcomes).toMatchObject([{ status: "unknown", reason: expect.stringContaining("256 cases") }]);
  });
});

describe("what is not there to be looked at", () => {
  it.each([
    ["a disabled mapping", { enabled: literal(false) }],
    ["a mapping that is not deployed", { exists: literal(false) }],
    ["a stream's mapping", { kind: "kinesis" as const }],
  ])("%s has no outcome", (_, some) => {
    expect(said({ ...pair(60, 30), mappings: [mapping(some)] })).toEqual([]);
  });

  it("an imported queue is unknown with its reason, and its own place", () => {
    const imported = unknown("queue is imported (Fn::ImportValue)");

    expect(dup001.check(facts({ ...pair(60, 30), mappings: [mapping({ source: imported })] }))).toEqual([
      {
        subject: { function: "F", mapping: "M" },
        status: "unknown",
        reason: "queue is imported (Fn::ImportValue)",
      },
    ]);
  });

  it("a reference to what is not defined here is unknown", () => {
    expect(dup001.check(facts({ ...pair(60, 30), functions: [] }))).toMatchObject([
      { status: "unknown", reason: "function F is not defined here" },
    ]);
  });
});

it("a FIFO queue takes no batching window, so that none is counted", () => {
  const some = { ...pair(10, 60, 5) };
  const fifo = queue({ visibilityTimeoutSeconds: literal(60), fifo: literal(true) });

  expect(said(some)).toContain("DUP004 fail");
  expect(said({ ...some, queues: [fifo] })).toEqual([
    "DUP001 pass",
    "DUP002 not-applicable",
    "DUP003 pass",
    "DUP004 pass",
  ]);
});

it("a queue with two consumers is judged for each, and fixed for the one that needs most", () => {
  const outcomes = dup001.check(
    facts({
      functions: [fn({ timeoutSeconds: literal(60) }), fn({ id: "G", timeoutSeconds: literal(100) })],
      queues: [queue({ visibilityTimeoutSeconds: byDefault(30) })],
      mappings: [mapping(), mapping({ id: "N", function: literal("G") })],
    }),
  );

  expect(outcomes).toMatchObject([
    { subject: { function: "F" }, formula: "30 < 60", fixes: [{ to: 600 }] },
    { subject: { function: "G" }, formula: "30 < 100", fixes: [{ to: 600 }] },
  ]);
});
