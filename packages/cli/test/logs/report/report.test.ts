/** What people read: everything that was not as it should be is said, and nothing that a log holds steers a terminal. */

import { expect, it } from "vitest";
import { Aggregator } from "../../../src/logs/aggregates.ts";
import type { Diagnosis } from "../../../src/logs/diagnosis/diagnosis.ts";
import type { Judged } from "../../../src/logs/model.ts";
import { outcomeOf } from "../../../src/logs/report/delivery.ts";
import { prettyReport } from "../../../src/logs/report/pretty.ts";
import type { DetectReport, Read } from "../../../src/logs/report/report.ts";
import { bytes, counted, span } from "../../../src/logs/words.ts";
import { judged } from "../ledger/support.ts";

const READ: Read = {
  bytes: 1_234_567,
  lines: 4_000,
  entries: 3_000,
  unreadable: 0,
  repeated: 0,
  withoutKey: 0,
  truncated: 0,
  clockSteps: 0,
  sources: 2,
  problems: [],
  complete: true,
  missing: {},
  invocations: 10,
  fromMs: Date.parse("2026-09-01T08:00:00Z"),
  toMs: Date.parse("2026-09-01T09:00:00Z"),
};

function report(histories: readonly (readonly Judged[])[], more: Partial<DetectReport> = {}): DetectReport {
  const aggregator = new Aggregator();
  for (const history of histories) aggregator.add(history);
  return {
    read: READ,
    aggregates: aggregator.done(),
    keys: histories.map((history) => ({ key: history[0]?.delivery.key ?? "", judged: history })),
    keysLeftOut: 0,
    diagnosis: [],
    ledger: undefined,
    ...more,
  };
}

function pretty(what: DetectReport, ascii = false): string {
  return prettyReport(what, { paint: (_, text) => text, width: 100, ascii });
}

const DONE_TWICE = [judged("A", "first"), judged("A", "duplicate", { origin: "resend", gapMs: 65_000 })];

it("says what was read, and every flaw of it", () => {
  const flawed = {
    unreadable: 1,
    repeated: 2,
    withoutKey: 3,
    truncated: 1,
    clockSteps: 4,
    complete: false,
    missing: { withoutStart: 2, unseen: 1 },
  };
  const problems = [{ source: "x", reason: "x\u001B[2J cannot be read.", denied: false }];
  const text = pretty(report([DONE_TWICE], { read: { ...READ, ...flawed, problems } }));
  expect(
    text.startsWith(
      "Read 2 sources, 1.2 MB, 4,000 lines; understood 3,000 entries, 2026-09-01 08:00:00.000 to",
    ),
  ).toBe(true);
  expect(text.replaceAll("\n", " ")).toContain(
    "Not as it should be: 1 line cut off or unreadable, 2 lines there twice, counted once, 3 records without the key, 1 source that ended before its end, 4 times a clock went backwards.",
  );
  expect(text).toContain("not read: x\uFFFD[2J cannot be read.");
  expect(text.replaceAll("\n", " ")).toContain(
    "Lines are missing (2 invocations that end and do not begin, 1 delivery of a function whose invocations are not logged): a delivery gets a verdict only where",
  );
});

it("says why verdicts are unknown", () => {
  const unknown = judged("B", "unknown", {
    reason: "lines are missing: an earlier delivery may be among them",
  });
  expect(pretty(report([[unknown]]))).toContain(
    "1: lines are missing: an earlier delivery may be among them",
  );
});

it("ranks what the diagnosis says, with its evidence and advice", () => {
  const figures = { deliveries: 10, repeatedRuns: 9, suppressed: 0 };
  const evidence = ["9 of 10 gaps are 30 s"];
  const help = ["docs/rules/DUP001.md"];
  const diagnosis: readonly Diagnosis[] = [
    { cause: "visibility-expired", evidence, advice: ["Set it to 270 s."], figures, examples: [], help },
    { cause: "producer-retry", evidence: [], advice: [], figures, examples: [], help: [] },
  ];
  const text = pretty(report([DONE_TWICE], { diagnosis }));
  expect(text).toContain(
    "Why\n  1. The visibility timeout was over before the run was (visibility-expired)\n     • 9 of 10 gaps are 30 s\n     → Set it to 270 s.\n       help docs/rules/DUP001.md\n  2. A producer has sent the same work again (producer-retry)\n",
  );
  expect(pretty(report([DONE_TWICE], { diagnosis }), true)).toContain("     -> Set it to 270 s.");
});

it("shows ten keys and the harmful deliveries of a long one, and says how many more there are", () => {
  const long = [
    judged("L", "first"),
    ...Array.from({ length: 40 }, () => judged("L", "retry")),
    judged("L", "duplicate", { origin: "redelivery" }),
  ];
  const others = Array.from({ length: 12 }, (_, at) => [
    judged(`k-${at}`, "first"),
    judged(`k-${at}`, "retry"),
  ]);
  const text = pretty(report([long, ...others], { keysLeftOut: 5 }));
  expect(text).toContain("L  42 deliveries, 1 ran again");
  expect(text).toMatch(/ {4}2026-.* duplicate +redelivery/);
  expect(text).toContain("… and 30 deliveries more");
  expect(text).toContain("… and 8 keys more. --format json lists more of them (--limit).");
});

it("names one outcome for a delivery, whoever told of it", () => {
  const told = (ending: string, ran = true): Judged => {
    const one = judged("A", "first", { ran });
    return { ...one, delivery: { ...one.delivery, told: { ending, acknowledged: true, endMs: 0 } } };
  };
  expect(outcomeOf(told("completed"))).toBe("success");
  expect(outcomeOf(told("failed"))).toBe("error");
  expect(outcomeOf(told("deadline"))).toBe("timeout");
  expect(outcomeOf(told("duplicate", false))).toBeUndefined();
  expect(outcomeOf(judged("A", "first"))).toBe("unknown");
});

it.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1_500, "1.5 s"],
  [30_000, "30 s"],
  [125_000, "2 min 5 s"],
  [3_600_000, "1 h"],
  [3_599_999, "1 h"],
  [90_000_000, "1 d 1 h"],
  [-1_500, "-1.5 s"],
])("spells %i ms as %s", (ms, text) => {
  expect(span(ms)).toBe(text);
});

it.each([
  [999, "999 bytes"],
  [1_500, "1.5 kB"],
  [999_999, "1 MB"],
  [1_073_741_824, "1.1 GB"],
])("spells %i bytes as %s", (count, text) => {
  expect(bytes(count)).toBe(text);
});

it("counts one as one", () => {
  expect([counted(1, "key"), counted(2_000, "delivery", "deliveries")]).toEqual([
    "1 key",
    "2,000 deliveries",
  ]);
});
