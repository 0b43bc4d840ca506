import { describe, expect, it } from "vitest";
import { sarifReport, uriOf } from "../../src/report/sarif.ts";
import { sarifProblems } from "../validators/sarif.ts";
import { checked, facts, FILE, place, report, rule, SUBJECT, TOYS } from "./facts.ts";

interface Result {
  readonly ruleId: string;
  readonly kind: string;
  readonly level: string;
  readonly message: { readonly text: string };
  readonly locations: readonly Record<string, unknown>[];
  readonly relatedLocations?: readonly unknown[];
  readonly partialFingerprints: Readonly<Record<string, string>>;
  readonly suppressions?: readonly unknown[];
  readonly fixes?: readonly unknown[];
}

function log(...args: Parameters<typeof report>) {
  const sarif = JSON.parse(JSON.stringify(sarifReport(report(...args)))) as {
    runs: [
      { results: Result[]; tool: { driver: { rules: Record<string, unknown>[] } }; invocations: unknown[] },
    ];
  };
  expect(sarifProblems(sarif)).toEqual([]);
  return sarif.runs[0];
}

describe("doctor --format sarif", () => {
  it("is valid, and names the place of a finding and what it rests on", () => {
    const { results, tool } = log();

    expect(results[0]).toMatchObject({
      ruleId: "DUP001",
      kind: "fail",
      level: "error",
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: FILE },
            region: { startLine: 5, startColumn: 26, endLine: 5, endColumn: 28 },
          },
        },
      ],
      relatedLocations: [{ message: { text: "the function's timeout" } }],
    });
    expect(tool.driver.rules.map(({ id }) => id)).toEqual(["DUP001", "DUP002"]);
    expect(tool.driver.rules[0]).toMatchObject({ defaultConfiguration: { level: "error" } });
  });

  it("describes every rule that was asked, when it is told them", () => {
    const off = rule("DUP009", () => [], {
      severity: { minimal: "off", recommended: "off", strict: "info" },
    });

    const { tool } = log({ rules: [...TOYS, off] });

    expect(tool.driver.rules.map(({ id }) => id)).toEqual(["DUP001", "DUP002", "DUP003", "DUP009"]);
    expect(tool.driver.rules[3]).toMatchObject({ defaultConfiguration: { enabled: false } });
  });

  it("has an open result, without a level, for what cannot be told", () => {
    const open = log().results[1];

    expect(open).toMatchObject({ ruleId: "DUP002", kind: "open", level: "none" });
    expect(open?.message.text).toBe("Cannot tell: queue is imported (Fn::ImportValue).");
    expect(open?.locations[0]?.["physicalLocation"]).toEqual({ artifactLocation: { uri: FILE } });
  });

  it("keeps fingerprints when lines move and numbers change, and changes them with the subject", () => {
    const print = (line: number, message: string, queue: string, file = FILE) => {
      const one = rule("DUP001", () => [
        { subject: { ...SUBJECT, queue }, status: "fail", message, place: place(file, line) },
      ]);
      return log({ checked: checked([one]) }).results[0]?.partialFingerprints["effectivelyOnce/v1"];
    };

    const first = print(5, "30 < 60", "Orders");

    expect(first).toMatch(/^[\da-f]{32}$/);
    expect(print(9, "20 < 60", "Orders")).toBe(first);
    expect(print(5, "30 < 60", "Orders", `./${FILE}`)).toBe(first);
    expect(print(5, "30 < 60", "Jobs")).not.toBe(first);
    expect(print(5, "30 < 60", "Orders", "other.yaml")).not.toBe(first);
  });

  it("tells two findings of one rule on one subject apart, by the world and by their order", () => {
    const at = (line: number, when = {}) =>
      ({ subject: SUBJECT, status: "fail", message: "x", place: place(FILE, line), when }) as const;
    const one = rule("DUP001", () => [at(5), at(9), at(9, { Stage: "dev" })]);

    const prints = log({ checked: checked([one]) }).results.map(
      ({ partialFingerprints }) => partialFingerprints,
    );

    expect(new Set(prints.map((print) => print["effectivelyOnce/v1"])).size).toBe(3);
  });

  it("carries suppressions in every result as soon as there is one", () => {
    const all = checked();
    const [found] = all.findings;
    if (found === undefined) throw new Error("no finding");
    const by = { kind: "configuration", reason: "the handler is repeatable" } as const;

    const { results } = log({ checked: { ...all, findings: [] }, suppressed: [{ outcome: found, by }] });

    expect(results.map(({ ruleId, suppressions }) => [ruleId, suppressions])).toEqual([
      ["DUP002", []],
      ["DUP001", [{ kind: "external", status: "accepted", justification: "the handler is repeatable" }]],
    ]);
  });

  it("carries planned edits as fixes, by their offsets", () => {
    const all = checked();
    const [found] = all.findings;
    if (found === undefined) throw new Error("no finding");

    const { results } = log({
      checked: all,
      edits: [{ file: FILE, start: 88, end: 90, text: "360", finding: found }],
    });

    expect(results[0]?.fixes).toMatchObject([
      {
        artifactChanges: [
          {
            artifactLocation: { uri: FILE },
            replacements: [
              { deletedRegion: { charOffset: 88, charLength: 2 }, insertedContent: { text: "360" } },
            ],
          },
        ],
      },
    ]);
    expect(results[1]).not.toHaveProperty("fixes");
  });

  it("notes what was not looked at, and suppressions that do nothing", () => {
    const { invocations } = log({
      facts: [facts({ gaps: [{ reason: "the macro Explode is not known", place: place(FILE, 1) }] })],
      problems: [{ file: "b.yaml", message: "b.yaml cannot be read." }],
      unusedSuppressions: [
        { kind: "comment", rule: "DUP009", message: "It is not needed.", file: FILE, line: 3 },
      ],
    });

    const texts = JSON.stringify(invocations);
    expect(texts).toContain("the macro Explode is not known");
    expect(texts).toContain("b.yaml cannot be read.");
    expect(texts).toContain("It is not needed.");
  });

  it("is valid without a finding, and for an account", () => {
    log({ facts: [], checked: checked(TOYS, []) });
    const live = facts({ language: "live", file: "123456789012/eu-west-1" });
    const { results } = log({ facts: [live], checked: checked(TOYS, [live]) });

    expect(results[0]?.locations[0]).not.toHaveProperty("physicalLocation");
  });

  it.each([
    ["stacks/a b#c.yaml", "stacks/a%20b%23c.yaml"],
    ["./stacks/ü.yaml", "stacks/%C3%BC.yaml"],
    ["/base/x.yaml", "x.yaml"],
    ["/elsewhere/x.yaml", "file:///elsewhere/x.yaml"],
  ])("names the file %s as %s", (file, uri) => {
    expect(uriOf(file, "/base")).toBe(uri);
  });
});
