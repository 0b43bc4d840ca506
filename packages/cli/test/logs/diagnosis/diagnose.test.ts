/** Pipelines with one fault each: the diagnosis names it first, with its numbers, and advises what would have helped. */

import { expect, it } from "vitest";
import { Aggregator } from "../../../src/logs/aggregates.ts";
import { diagnose } from "../../../src/logs/diagnosis/diagnose.ts";
import type { Diagnosis, Known } from "../../../src/logs/diagnosis/diagnosis.ts";
import { judge } from "../../../src/logs/judge.ts";
import type { Context, Delivery } from "../../../src/logs/model.ts";
import type { Rates, Settings } from "../truth/definition.ts";
import { entriesOf } from "../truth/entries.ts";
import { contextOf, join } from "../truth/join.ts";
import { play, settingsOf } from "../truth/play.ts";

const CALM: Rates = {
  fail: 0,
  slow: 0,
  throws: 0,
  outOfMemory: 0,
  crash: 0,
  resend: 0,
  redrive: 0,
  queueDuplicate: 0,
  async: 0,
  cutOff: 0,
};
const PLAIN: Partial<Settings> = {
  guarded: false,
  visibilitySeconds: 30,
  windowSeconds: 0,
  batchSize: 1,
  timeoutSeconds: 60,
  partialResponses: false,
  named: true,
  concurrency: 1_000,
  maxReceiveCount: 5,
  sendEveryMs: 500,
  producerTimeoutMs: 8_000,
};

function diagnosis(
  settings: Partial<Settings>,
  rates: Partial<Rates>,
  known: Partial<Context & Known> = {},
): readonly Diagnosis[] {
  const played = settingsOf(7, { ...PLAIN, ...settings, rates: { ...CALM, ...rates } });
  const joined = join(
    [...play(played, 600)]
      .flatMap(({ rans }) => rans.flatMap(entriesOf))
      .toSorted((left, right) => left.atMs - right.atMs),
  );
  const context = contextOf(joined, known);
  const aggregator = new Aggregator();
  for (const deliveries of joined.byKey.values()) aggregator.add(judge(deliveries, context));
  return diagnose(aggregator.done(), { complete: true, ...known });
}

it("a pipeline without a fault has no diagnosis", () => {
  expect(diagnosis({}, {})).toEqual([]);
});

it("retries after failures alone are recoveries, and no diagnosis", () => {
  expect(diagnosis({}, { fail: 0.2 })).toEqual([]);
});

it("names a visibility timeout that runs outlast, and what would have been enough for them", () => {
  const [first, ...others] = diagnosis({}, { slow: 0.1 }, { visibilityTimeoutSeconds: 30 });

  expect(first?.cause).toBe("visibility-expired");
  expect(others).toEqual([]);
  expect(first?.figures).toMatchObject({ visibilityTimeoutSeconds: 30, visibilityTimeoutFrom: "given" });
  expect(first?.figures.repeatedRuns).toBeGreaterThan(10);
  expect(first?.figures.visibilityTimeoutNeededSeconds).toBeGreaterThan(
    (first?.figures.durationMaxMs ?? 0) / 1_000,
  );
  expect(first?.advice[0]).toMatch(
    /visibility timeout to \d+ s at the very least: .*the function's timeout is not known/,
  );
  expect(first?.advice.at(-1)).toContain("@effectively-once/runtime");
  expect(first?.help).toContain("docs/rules/DUP001.md");
  expect(first?.examples).toHaveLength(3);
});

it("finds the visibility timeout in the gaps when nobody has given it, and says how sure it is", () => {
  const [first] = diagnosis({}, { slow: 0.1 });

  expect(first?.cause).toBe("visibility-expired");
  expect(first?.figures).toMatchObject({ visibilityTimeoutSeconds: 30, visibilityTimeoutFrom: "gaps" });
  expect(first?.evidence.join(" ")).toMatch(
    /not given. (\d+) of \d+ gaps between receives lie within 3 s from 30 s: that is what it is, in all likelihood/,
  );
});

it("advises six times the timeout where the function's timeout is known", () => {
  const [first] = diagnosis({}, { slow: 0.1 }, { visibilityTimeoutSeconds: 30, timeoutSeconds: 60 });

  expect(first?.figures.visibilityTimeoutNeededSeconds).toBeGreaterThanOrEqual(360);
  expect(first?.advice[0]).toMatch(/six times the function's timeout of 60 s/);
});

it("names the batching window where each run alone was short enough", () => {
  const found = diagnosis(
    { windowSeconds: 20, batchSize: 10, sendEveryMs: 3_000 },
    { slow: 0.1 },
    { visibilityTimeoutSeconds: 30, batchingWindowSeconds: 20 },
  );
  const window = found.find(({ cause }) => cause === "batching-window");

  expect(window?.figures.repeatedRuns).toBeGreaterThan(0);
  expect(window?.figures.durationMaxMs).toBeLessThan(30_000);
  expect(window?.evidence.join(" ")).toMatch(/had waited up to (1\d|20)(\.\d)? s/);
  expect(window?.help[0]).toBe("docs/rules/DUP002.md");
});

it("names throttling by receives that reached no handler, and not where lines are missing", () => {
  const whole = diagnosis(
    { concurrency: 1, sendEveryMs: 300, maxReceiveCount: 50 },
    {},
    { visibilityTimeoutSeconds: 30 },
  );
  const holes = diagnosis(
    { concurrency: 1, sendEveryMs: 300, maxReceiveCount: 50 },
    {},
    { visibilityTimeoutSeconds: 30, complete: false },
  );

  expect(whole.find(({ cause }) => cause === "throttling")?.evidence.join(" ")).toMatch(
    /receives of [\d,]+ messages? reached no handler/,
  );
  expect(whole.find(({ cause }) => cause === "throttling")?.help).toContain("docs/rules/DUP007.md");
  expect(holes.map(({ cause }) => cause)).not.toContain("throttling");
});

it("names whole batches that come again", () => {
  const [first] = diagnosis(
    { batchSize: 10, windowSeconds: 2 },
    { fail: 0.05 },
    { visibilityTimeoutSeconds: 30 },
  );

  expect(first?.cause).toBe("partial-responses-off");
  expect(first?.advice[0]).toContain("FunctionResponseTypes");
  expect(first?.help[0]).toBe("docs/rules/DUP005.md");
});

it("names a producer that sends again, by its own timeout", () => {
  const [first, ...others] = diagnosis({}, { resend: 0.1 });

  expect(first?.cause).toBe("producer-retry");
  expect(first?.figures.producerTimeoutSeconds).toBe(8);
  expect(first?.advice.join(" ")).toContain("business key");
  expect(others).toEqual([]);
});

it("names what was redriven from a dead-letter queue", () => {
  const found = diagnosis(
    { maxReceiveCount: 2 },
    { fail: 0.4, redrive: 1 },
    { visibilityTimeoutSeconds: 30 },
  );

  expect(found.map(({ cause }) => cause)).toContain("redrive");
  expect(found.map(({ cause }) => cause)).not.toContain("producer-retry");
});

it("names Lambda's own retries of asynchronous events", () => {
  const [first] = diagnosis({}, { async: 1, fail: 0.1, queueDuplicate: 0.05 });

  expect(first?.cause).toBe("async-retry");
  expect(first?.help).toEqual(["docs/rules/ASY002.md"]);
});

it("names kills, and of a memory that is full no longer timeout", () => {
  const [first] = diagnosis({}, { outOfMemory: 0.1 }, { visibilityTimeoutSeconds: 30 });

  expect(first?.cause).toBe("killed");
  expect(first?.advice).toEqual(["Give the function more memory."]);
});

it("says nothing of an expired visibility where unlogged failures look like successes", () => {
  const found = diagnosis({ partialResponses: true, named: false }, { fail: 0.1 });

  expect(found.map(({ cause }) => cause)).toEqual(["unknown"]);
  expect(found[0]?.evidence.join(" ")).toContain("a batch response that is not in the logs");
  expect(found[0]?.advice[0]).toContain("Log the batch response");
});

it("harm that a guard has prevented is counted, and no library is advised", () => {
  const [first] = diagnosis({ guarded: true }, { resend: 0.1 });

  expect(first?.cause).toBe("producer-retry");
  expect(first?.figures.suppressed).toBeGreaterThan(10);
  expect(first?.figures.repeatedRuns).toBe(0);
  expect(first?.advice.join(" ")).not.toContain("@effectively-once/runtime");
});

it("the cause that has done the most harm is first", () => {
  const found = diagnosis({}, { slow: 0.1, resend: 0.02, fail: 0.05 }, { visibilityTimeoutSeconds: 30 });
  const harm = found.map(({ figures }) => figures.repeatedRuns);

  expect(harm.length).toBeGreaterThan(1);
  expect(harm).toEqual(harm.toSorted((left, right) => right - left));
});

/** Handed out at 0 and run for ten seconds; handed out again meanwhile, after so many. `receives` before them. */
function overlapping(name: string, gapSeconds: number, receives = 0): readonly Delivery[] {
  return [0, gapSeconds].map((seconds, at): Delivery => {
    const atMs = Date.parse("2026-09-01T08:00:00Z") + seconds * 1_000;
    const requestId = `${name}-${at}`;
    return {
      atMs,
      key: name,
      messageId: name,
      receiveCount: receives + at + 1,
      sentAtMs: undefined,
      firstReceivedAtMs: atMs - seconds * 1_000,
      source: undefined,
      failed: false,
      told: undefined,
      invocation: {
        ...{ id: requestId, requestId, stream: "", function: undefined, startMs: atMs, endMs: atMs + 10_000 },
        ...{ durationMs: 10_000, outcome: "success", outcomeSaid: true, deliveries: 1, retry: 0 },
      },
    };
  });
}

/** `late`: of which only the second receive is in the logs, and with it no instant. */
function ofGaps(gaps: readonly number[], late: readonly number[] = []): Diagnosis | undefined {
  const context = { complete: true, fromMs: 0, toMs: 0, visibilityTimeoutSeconds: undefined };
  const aggregator = new Aggregator();
  for (const [at, gap] of gaps.entries()) aggregator.add(judge(overlapping(`m${at}`, gap), context));
  for (const [at, gap] of late.entries()) aggregator.add(judge(overlapping(`late${at}`, gap, 1), context));
  return diagnose(aggregator.done(), { complete: true })[0];
}

it("takes no crowd of gaps for the visibility timeout where others show that it is shorter: pollers were busy", () => {
  const late = [6.1, 6.2, 6.4, 6.7, 6.9, 7, 7.1, 7.3, 7.9, 8.2];
  const early = [3.2, 3.5, 3.9];

  const crowded = ofGaps(late);
  expect(crowded?.figures).toMatchObject({ visibilityTimeoutSeconds: 6, visibilityTimeoutFrom: "gaps" });

  const bounded = ofGaps([...late, ...early]);
  expect(bounded?.cause).toBe("visibility-expired");
  expect(bounded?.figures).not.toHaveProperty("visibilityTimeoutSeconds");
  expect(bounded?.evidence.join(" ")).toContain(
    "The visibility timeout was not given. It is 3 s at most: so soon were messages handed out again that nothing had given back.",
  );
});

it("takes the gaps whose receive is known, where there are enough: others are short by what their handler had waited", () => {
  const exact = [2.01, 2.01, 2.02, 2.02, 2.03, 2.03, 2.04, 2.1, 2.2, 2.3];
  const late = [1.71, 1.75, 1.8, 1.85, 1.9, 1.95, 1.99];

  expect(ofGaps(exact, late)?.figures).toMatchObject({ visibilityTimeoutSeconds: 2 });
});
