/** The rules over what was seen of an account. */

import { describe, expect, it } from "vitest";
import type { Facts, FunctionFact, QueueFact } from "../../../src/facts/model.ts";
import { known, unknown, type Value } from "../../../src/facts/value.ts";
import { liv001 } from "../../../src/rules/live/liv001.ts";
import { liv002 } from "../../../src/rules/live/liv002.ts";
import { liv003 } from "../../../src/rules/live/liv003.ts";
import { liv004 } from "../../../src/rules/live/liv004.ts";
import { liv005 } from "../../../src/rules/live/liv005.ts";
import { LIVE_RULES } from "../../../src/rules/live/rules.ts";
import type { Outcome, Rule } from "../../../src/rules/rule.ts";
import { facts, fn, mapping, queue } from "../support.ts";

const REFUSED = "not allowed: cloudwatch:GetMetricData";

function seen<T>(value: T): Value<T> {
  return known(value, "live");
}

interface Seen {
  readonly of?: FunctionFact["observed"];
  readonly queued?: QueueFact["observed"];
  readonly visibility?: Value<number>;
  readonly retention?: Value<number>;
  readonly window?: Value<number>;
  readonly enabled?: boolean;
  readonly dead?: Partial<QueueFact>;
}

function account(some: Seen): Facts {
  return facts({
    language: "live",
    functions: [fn({ id: "orders", ...(some.of ? { observed: some.of } : {}) })],
    queues: [
      queue({
        id: "orders-queue",
        visibilityTimeoutSeconds: some.visibility ?? seen(30),
        retentionSeconds: some.retention ?? seen(345_600),
        deadLetterQueue: seen(some.dead ? "orders-dlq" : undefined),
        ...(some.queued ? { observed: some.queued } : {}),
      }),
      ...(some.dead ? [queue({ id: "orders-dlq", ...some.dead })] : []),
    ],
    mappings: [
      mapping({
        function: seen("orders"),
        source: seen("orders-queue"),
        batchingWindowSeconds: some.window ?? seen(0),
        enabled: seen(some.enabled ?? true),
      }),
    ],
  });
}

function outcomeOf(rule: Rule, some: Seen): Outcome | undefined {
  const outcomes = rule.check(account(some));
  expect(outcomes.length).toBeLessThanOrEqual(1);
  return outcomes[0];
}

describe("LIV001", () => {
  const of = { maximumDurationMs: 30_250.4, p99DurationMs: 4_000, days: 14 };

  it("is an error where the longest run reached the visibility timeout", () => {
    expect(outcomeOf(liv001, { of })).toEqual({
      subject: { function: "orders", queue: "orders-queue", mapping: "M" },
      status: "fail",
      message:
        "In the last 14 days a run of orders lasted 30.25 s, and orders-queue shows a message again after 30 s: such a run is overtaken by a second one.",
      formula: "30 <= 30.25",
      related: [],
      timeline: [
        { label: "invisible", fromSeconds: 0, toSeconds: 30 },
        { label: "longest run", fromSeconds: 0, toSeconds: 30.25 },
        { label: "second run", fromSeconds: 30, toSeconds: 60.25 },
      ],
    });
  });

  it("counts the batching window, which passes while the message is invisible", () => {
    const slow = { ...of, maximumDurationMs: 25_000 };

    expect(outcomeOf(liv001, { of: slow, visibility: seen(31), window: seen(5) })).toMatchObject({
      status: "pass",
    });
    expect(outcomeOf(liv001, { of: slow, window: seen(5) })).toMatchObject({
      status: "fail",
      formula: "30 <= 25 + 5",
    });
  });

  it("is a warning where one run in a hundred takes more than 0.7 of it", () => {
    const p99 = (ms: number) =>
      outcomeOf(liv001, { of: { maximumDurationMs: 29_000, p99DurationMs: ms, days: 1 } });

    expect(p99(21_500)).toMatchObject({
      status: "fail",
      severity: "warning",
      formula: "21.5 > 0.7 × 30",
      message: expect.stringMatching(
        /^In the last day there was a day on which one run of orders in a hundred/,
      ),
    });
    expect(p99(21_000)?.status).toBe("pass");
  });

  it("passes well below", () => {
    expect(outcomeOf(liv001, { of: { maximumDurationMs: 20_000, days: 14 } })?.status).toBe("pass");
  });

  it("is not about what did not run, a disabled mapping or a template", () => {
    expect(outcomeOf(liv001, { of: { days: 14 } })).toMatchObject({
      status: "not-applicable",
      reason: "orders did not run in the last 14 days",
    });
    expect(outcomeOf(liv001, { of, enabled: false })).toBe(undefined);
    expect(liv001.check({ ...account({ of }), language: "sam" })).toEqual([]);
  });

  it.each<readonly [string, Seen, string]>([
    ["its metrics are not known", { of: { unmeasured: REFUSED, days: 14 } }, REFUSED],
    ["its metrics were not read", {}, "its metrics were not read"],
    [
      "the visibility timeout is not known",
      { of, visibility: unknown("it is in another account (1)") },
      "it is in another account (1)",
    ],
    [
      "the p99 would decide and is not known",
      { of: { maximumDurationMs: 29_000, unmeasured: REFUSED, days: 14 } },
      REFUSED,
    ],
  ])("is open where %s", (_, some, reason) => {
    expect(outcomeOf(liv001, some)).toMatchObject({ status: "unknown", reason });
  });
});

describe("LIV002", () => {
  it("fires where messages were received more often than deleted", () => {
    expect(outcomeOf(liv002, { queued: { received: 1_320, deleted: 1_000, days: 14 } })).toEqual({
      subject: { function: "orders", queue: "orders-queue", mapping: "M" },
      status: "fail",
      message:
        "In the last 14 days messages of orders-queue were received 1320 times and deleted 1000 times (1.32 receives for each): some came more than once. Failed runs, throttled receives, a visibility timeout that is too short and looking at messages in the console all do that; the counts are CloudWatch's, and those of a standard queue are approximate.",
      formula: "1320 > 1.05 × 1000",
    });
  });

  it.each([
    [1_050, 1_000, "pass"],
    [1_051, 1_000, "fail"],
    [900, 1_000, "pass"],
    [3, undefined, "fail"],
    [0, 0, "not-applicable"],
    [undefined, undefined, "not-applicable"],
  ])("%s received and %s deleted: %s", (received, deleted, status) => {
    const queued = {
      ...(received === undefined ? {} : { received }),
      ...(deleted === undefined ? {} : { deleted }),
      days: 14,
    };

    expect(outcomeOf(liv002, { queued })?.status).toBe(status);
  });

  it("is open where one of the counts is not known", () => {
    expect(outcomeOf(liv002, { queued: { unmeasured: REFUSED, days: 14 } })).toMatchObject({
      status: "unknown",
      reason: REFUSED,
    });
    expect(outcomeOf(liv002, { queued: { received: 5, unmeasured: REFUSED, days: 14 } })?.status).toBe(
      "unknown",
    );
  });

  it("is not about a queue that nothing reads from", () => {
    expect(outcomeOf(liv002, { queued: { received: 9, days: 14 }, enabled: false })).toBe(undefined);
  });
});

describe("LIV003", () => {
  const aged = (oldestMessageSeconds: number) =>
    outcomeOf(liv003, { queued: { oldestMessageSeconds, days: 14 } });

  it.each([
    [172_800, "pass", undefined],
    [172_801, "fail", "warning"],
    [311_040, "fail", "warning"],
    [311_041, "fail", "error"],
  ])("%i s of 4 days: %s %s", (oldest, status, severity) => {
    const outcome = aged(oldest);

    expect(outcome?.status).toBe(status);
    expect(outcome?.status === "fail" ? outcome.severity : undefined).toBe(severity);
  });

  it("says how long, of how long, and what the metric leaves out", () => {
    expect(aged(324_000)).toMatchObject({
      message:
        "In the last 14 days a message of orders-queue waited for 3.8 days, and the queue drops messages after 4 days: some may have been lost. Messages that were received three times or more are not in that number.",
      formula: "324000 > 0.9 × 345600",
    });
  });

  it("is not about an empty queue, and open where something is not known", () => {
    expect(outcomeOf(liv003, { queued: { days: 14 } })?.status).toBe("not-applicable");
    expect(outcomeOf(liv003, { queued: { unmeasured: REFUSED, days: 14 } })).toMatchObject({
      status: "unknown",
      reason: REFUSED,
    });
    expect(
      outcomeOf(liv003, {
        queued: { oldestMessageSeconds: 9, days: 14 },
        retention: unknown("not allowed: sqs:GetQueueAttributes"),
      }),
    ).toMatchObject({ status: "unknown", reason: "not allowed: sqs:GetQueueAttributes" });
  });
});

describe("LIV004", () => {
  it("fires where a dead-letter queue holds messages", () => {
    const dead = { observed: { visibleMessages: 12, mostVisibleMessages: 40, days: 14 } };

    expect(outcomeOf(liv004, { dead })).toEqual({
      subject: { queue: "orders-dlq" },
      status: "fail",
      message:
        "orders-dlq holds about 12 messages that could not be processed. In the last 14 days there were up to 40.",
      formula: "12 > 0",
    });
    expect(outcomeOf(liv004, { dead: { observed: { visibleMessages: 1, days: 14 } } })).toMatchObject({
      message: "orders-dlq holds a message that could not be processed.",
    });
  });

  it("passes where it is empty, and is not about other queues or those that are not there", () => {
    expect(outcomeOf(liv004, { dead: { observed: { visibleMessages: 0, days: 14 } } })?.status).toBe("pass");
    expect(outcomeOf(liv004, { queued: { visibleMessages: 5, days: 14 } })).toBe(undefined);
    expect(outcomeOf(liv004, { dead: { exists: seen(false) } })).toBe(undefined);
  });

  it("is not about one that something reads from", () => {
    const dead = { observed: { visibleMessages: 3, days: 14 } };
    const all = account({ dead });
    const reader = mapping({ id: "M2", function: seen("orders"), source: seen("orders-dlq") });

    expect(liv004.check({ ...all, mappings: [...all.mappings, reader] })).toMatchObject([
      { status: "not-applicable" },
    ]);
  });

  it("is open where it could not be read", () => {
    const reason = "not allowed: sqs:GetQueueUrl";

    expect(outcomeOf(liv004, { dead: { exists: unknown(reason) } })).toMatchObject({
      status: "unknown",
      reason,
    });
    expect(outcomeOf(liv004, { dead: {} })).toMatchObject({
      status: "unknown",
      reason: "SQS did not say how many messages orders-dlq holds",
    });
  });
});

describe("LIV005", () => {
  it("fires where the function was throttled", () => {
    expect(outcomeOf(liv005, { of: { throttles: 7, maximumDurationMs: 5, days: 14 } })).toEqual({
      subject: { function: "orders", mapping: "M" },
      status: "fail",
      message:
        "In the last 14 days orders was throttled 7 times: each batch of a queue that was throttled has spent a receive without a run. The metric counts calls of all kinds, not those of its queues alone.",
      formula: "7 > 0",
    });
  });

  it("passes where it ran and was not, and is not about what nobody called", () => {
    expect(outcomeOf(liv005, { of: { throttles: 0, days: 14 } })?.status).toBe("pass");
    expect(outcomeOf(liv005, { of: { maximumDurationMs: 5, days: 14 } })?.status).toBe("pass");
    expect(outcomeOf(liv005, { of: { days: 14 } })?.status).toBe("not-applicable");
    expect(outcomeOf(liv005, { of: { throttles: 7, days: 14 }, enabled: false })).toBe(undefined);
  });

  it("is open where the metric is not known", () => {
    const of = { unmeasured: REFUSED, days: 14 };

    expect(outcomeOf(liv005, { of })).toMatchObject({ status: "unknown", reason: REFUSED });
    expect(outcomeOf(liv005, { of: { ...of, maximumDurationMs: 5 } })?.status).toBe("unknown");
  });
});

describe("the live rules", () => {
  it("have ids of their own, and say nothing of a template", () => {
    expect(LIVE_RULES.map(({ id }) => id)).toEqual(["LIV001", "LIV002", "LIV003", "LIV004", "LIV005"]);
    const template = {
      ...account({
        of: { maximumDurationMs: 1e6, throttles: 5, days: 1 },
        queued: { received: 5, deleted: 1, oldestMessageSeconds: 1e9, days: 1 },
        dead: { observed: { visibleMessages: 5, days: 1 } },
      }),
      language: "cdk" as const,
    };
    expect(LIVE_RULES.flatMap((rule) => rule.check(template))).toEqual([]);
  });
});
