import { describe, expect, it } from "vitest";
import { known } from "../../src/facts/value.ts";
import type { Outcome } from "../../src/rules/rule.ts";
import { readBaseline, writtenBaseline } from "../../src/suppress/baseline.ts";
import type { IgnoreComment } from "../../src/suppress/comments.ts";
import { configuredIgnores, fits } from "../../src/suppress/configured.ts";
import { suppress } from "../../src/suppress/suppress.ts";
import { Usage } from "../../src/usage.ts";
import {
  checked,
  facts,
  FILE,
  functionFact,
  mappingFact,
  place,
  queueFact,
  rule,
  SUBJECT,
  TOYS,
} from "../report/facts.ts";

const comment = (more: Partial<IgnoreComment> = {}): IgnoreComment => ({
  file: FILE,
  line: 4,
  rule: "DUP001",
  reason: "known",
  lines: { from: 5, to: 5 },
  ...more,
});
const left = ({ findings, unknown }: ReturnType<typeof checked>) =>
  [...findings, ...unknown].map(({ rule: { id } }) => id);

describe("a suppression by a comment", () => {
  it.each([
    ["the finding's own line", { from: 5, to: 5 }],
    ["a line that the finding rests on", { from: 13, to: 13 }],
    ["the block of the queue that it is about", { from: 2, to: 8 }],
    ["the line at which the mapping is defined", { from: 20, to: 20 }],
  ])("takes out a finding by %s", (_, lines) => {
    const { checked: rest, suppressed, unused } = suppress(checked(), { comments: [comment({ lines })] });

    expect(left(rest)).toEqual(["DUP002"]);
    expect(suppressed).toMatchObject([
      { outcome: { rule: { id: "DUP001" } }, by: { kind: "comment", reason: "known", file: FILE, line: 4 } },
    ]);
    expect(unused).toEqual([]);
  });

  it.each([
    ["another line", { lines: { from: 6, to: 9 } }, "not needed"],
    ["another rule", { rule: "DUP003" }, "not needed"],
    ["another file", { file: "other.yaml" }, "not needed"],
    ["no reason", { reason: undefined }, "gives no reason"],
    ["a reason of spaces", { reason: "  " }, "gives no reason"],
    ["no rule", { rule: "" }, "names no rule"],
    ["the wrong place", { wrong: "it stands elsewhere" }, "it stands elsewhere"],
  ])("with %s leaves the finding, and is reported", (_, more, sentence) => {
    const { checked: rest, suppressed, unused } = suppress(checked(), { comments: [comment(more)] });

    expect(left(rest)).toEqual(["DUP001", "DUP002"]);
    expect(suppressed).toEqual([]);
    expect(unused).toHaveLength(1);
    expect(unused[0]).toMatchObject({
      kind: "comment",
      line: 4,
      message: expect.stringContaining(sentence) as string,
    });
  });

  it("is of the same file, however that is named", () => {
    const own = comment({ file: `./${FILE}` });

    expect(left(suppress(checked(), { comments: [own] }).checked)).toEqual(["DUP002"]);
    const absolute = comment({ file: `/project/${FILE}` });
    expect(left(suppress(checked(), { comments: [absolute], base: "/project" }).checked)).toEqual(["DUP002"]);
  });

  it("takes out what cannot be told, too", () => {
    const { checked: rest } = suppress(checked(), {
      comments: [comment({ rule: "DUP002", lines: undefined })],
    });

    expect(left(rest)).toEqual(["DUP001"]);
  });

  it("goes by the rule's name, and by its id in any case", () => {
    for (const name of ["rule-dup001", "dup001"])
      expect(left(suppress(checked(), { comments: [comment({ rule: name })] }).checked)).toEqual(["DUP002"]);
  });

  it("of a rule that there is not is said to be so, and of one that is off nothing is said", () => {
    const rules = [...TOYS, rule("DUP009", () => [])];
    const of = (id: string) => suppress(checked(), { comments: [comment({ rule: id })], rules }).unused;

    expect(of("DUP0O1")[0]?.message).toBe(
      'The suppression of DUP0O1 does nothing: there is no such rule. Did you mean "DUP001"?',
    );
    expect(of("DUP009")).toEqual([]);
  });
});

describe("a suppression in Metadata", () => {
  const ignores = [{ rule: "DUP001", reason: "known" }];

  it.each([
    ["queue", { queues: [queueFact("Orders", { ignores, place: place(FILE, 2) })] }],
    ["function", { functions: [functionFact("Worker", { ignores })] }],
    ["mapping", { mappings: [mappingFact("Consume", { ignores })] }],
  ])("of the %s takes out findings about it", (_, more) => {
    const all = [facts(more)];

    const { checked: rest, suppressed } = suppress(checked(TOYS, all), { facts: all });

    expect(left(rest)).toEqual(["DUP002"]);
    expect(suppressed[0]?.by).toMatchObject({ kind: "metadata", reason: "known" });
  });

  it("of another thing is reported, also when nothing was found at all", () => {
    const all = [
      facts({ queues: [queueFact("Orders"), queueFact("Jobs", { ignores, place: place(FILE, 30) })] }),
    ];

    const { checked: rest, unused } = suppress(checked([], all), { facts: all });

    expect(left(rest)).toEqual([]);
    expect(unused).toMatchObject([{ kind: "metadata", rule: "DUP001", file: FILE, line: 30 }]);
  });

  it("without a reason does not hold", () => {
    const all = [facts({ queues: [queueFact("Orders", { ignores: [{ rule: "DUP001" }] })] })];

    const { checked: rest, unused } = suppress(checked(TOYS, all), { facts: all });

    expect(left(rest)).toEqual(["DUP001", "DUP002"]);
    expect(unused[0]?.message).toContain("gives no reason");
  });

  it("of a thing of the same name in another stack is another one", () => {
    const mine = facts({ file: "a.yaml", queues: [queueFact("Orders", { ignores })] });
    const other = facts({ file: "b.yaml" });

    const { checked: rest } = suppress(checked(TOYS.slice(0, 1), [mine, other]), { facts: [mine, other] });

    expect(rest.findings.map((found) => found.facts.file)).toEqual(["b.yaml"]);
  });
});

describe("a suppression in the configuration", () => {
  it.each([
    [{ queue: "Orders" }, true],
    [{ queue: "Ord*" }, true],
    [{ queue: "Jobs" }, false],
    [{ function: "Worker", queue: "Orders" }, true],
    [{ function: "Other", queue: "Orders" }, false],
    [{ mapping: "Consume" }, true],
    [{ file: "template.yaml" }, true],
    [{ file: "**/*.yaml" }, true],
    [{ file: "stacks/**" }, false],
    [{}, true],
  ])("%j takes out the finding: %s", (which, out) => {
    const config = [{ rule: "DUP001", reason: "known", ...which }];

    const { checked: rest, unused } = suppress(checked(), { config });

    expect(left(rest)).toEqual(out ? ["DUP002"] : ["DUP001", "DUP002"]);
    expect(unused).toHaveLength(out ? 0 : 1);
  });

  it.each([
    [undefined, []],
    [[{ rule: "DUP001", file: "a", reason: "r" }], [{ rule: "DUP001", file: "a", reason: "r" }]],
  ])("%j is read", (value, read) => {
    expect(configuredIgnores(value, "doctor.ignore")).toEqual(read);
  });

  it.each([
    ["DUP001", /doctor\.ignore is an array/],
    [["DUP001"], /doctor\.ignore\[0\] is an object with "rule" and "reason", got "DUP001"/],
    [[{ rule: "DUP001" }], /gives no "reason": say why DUP001/],
    [[{ reason: "x" }], /names no "rule"/],
    [[{ rule: "DUP001", reason: "x", qeue: "y" }], /no setting "qeue"\. Did you mean "queue"\?/],
    [[{ rule: "DUP001", reason: "x", queue: 3 }], /"queue" is a string, got 3/],
  ])("%j is refused", (value, sentence) => {
    expect(() => configuredIgnores(value, "doctor.ignore")).toThrow(Usage);
    expect(() => configuredIgnores(value, "doctor.ignore")).toThrow(sentence);
  });

  it.each([
    ["a.b", "a.b", true],
    ["a.b", "axb", false],
    ["*", "a/b", false],
    ["**", "a/b", true],
    ["a/**/c.yaml", "a/c.yaml", true],
    ["a/**/c.yaml", "a/b/b/c.yaml", true],
    ["a/*/c.yaml", "a/b/b/c.yaml", false],
  ])("the pattern %s fits %s: %s", (pattern, name, fit) => {
    expect(fits(pattern, name)).toBe(fit);
  });
});

describe("a baseline", () => {
  const written = (of = checked()) => readBaseline(writtenBaseline(of), "baseline.json");
  const failing = (severity: "error" | "warning", line = 5): Outcome => ({
    subject: SUBJECT,
    status: "fail",
    severity,
    message: `at ${line}`,
    place: place(FILE, line),
  });

  it("takes out all that was there when it was written, wherever it has moved to", () => {
    const before = checked([rule("DUP001", () => [failing("error", 5)])]);
    const now = checked([rule("DUP001", () => [failing("error", 50)])]);

    const { checked: rest, suppressed, unused } = suppress(now, { baseline: written(before) });

    expect(left(rest)).toEqual([]);
    expect(suppressed[0]?.by).toEqual({ kind: "baseline", file: "baseline.json" });
    expect(unused).toEqual([]);
  });

  it("leaves what is new, and what has become worse", () => {
    const before = checked([rule("DUP001", () => [failing("warning")])]);
    const worse = checked([rule("DUP001", () => [failing("error")])]);
    const second = checked([rule("DUP001", () => [failing("warning"), failing("warning", 9)])]);

    expect(left(suppress(worse, { baseline: written(before) }).checked)).toEqual(["DUP001"]);
    expect(
      suppress(second, { baseline: written(before) }).checked.findings.map(({ message }) => message),
    ).toEqual(["at 9"]);
  });

  it("does not hide a finding that was an open question when it was written", () => {
    const before = checked([
      rule("DUP001", () => [{ subject: SUBJECT, status: "unknown", reason: "imported" }]),
    ]);
    const now = checked([rule("DUP001", () => [failing("error")])]);

    expect(left(suppress(before, { baseline: written(before) }).checked)).toEqual([]);
    expect(left(suppress(now, { baseline: written(before) }).checked)).toEqual(["DUP001"]);
  });

  it("says which of its entries are gone, of the rules and files that were looked at", () => {
    const before = checked([
      rule("DUP001", () => [failing("error")]),
      rule("DUP002", () => [failing("error")]),
    ]);
    const now = checked([rule("DUP001", () => [])]);
    const gone = (files?: readonly string[]) =>
      suppress(now, { baseline: written(before), ...(files ? { files } : {}) });

    expect(gone([FILE]).unused).toMatchObject([
      {
        kind: "baseline",
        rule: "DUP001",
        message: expect.stringContaining("DUP001 of Orders in template.yaml is gone") as string,
      },
    ]);
    expect(gone(["other.yaml"]).unused).toEqual([]);
    expect(gone().unused).toHaveLength(1);
  });

  it("is the same text for the same findings, one line each, whatever their order", () => {
    const text = writtenBaseline(checked());

    expect(writtenBaseline(checked(TOYS.toReversed()))).toBe(text);
    expect(text.trimEnd().split("\n")).toHaveLength(7);
    expect(writtenBaseline(checked([]))).toBe('{\n  "schemaVersion": 1,\n  "findings": []\n}\n');
  });

  it.each([
    ["{", /baseline\.json is not JSON/],
    ["null", /is not one that this version can read/],
    ['{ "schemaVersion": 2, "findings": [] }', /is not one that this version can read/],
    ['{ "schemaVersion": 1, "findings": [{ "rule": "DUP001" }] }', /findings\[0\] is no entry/],
  ])("%s is refused", (text, sentence) => {
    expect(() => readBaseline(text, "baseline.json")).toThrow(Usage);
    expect(() => readBaseline(text, "baseline.json")).toThrow(sentence);
  });
});

it("what stands at the thing itself is named before the configuration and the baseline, and all are used", () => {
  const all = checked();

  const { suppressed, unused } = suppress(all, {
    comments: [comment()],
    config: [{ rule: "DUP001", reason: "configured" }],
    baseline: readBaseline(writtenBaseline(all), "baseline.json"),
  });

  expect(suppressed.map(({ outcome, by }) => [outcome.rule.id, by.kind])).toEqual([
    ["DUP001", "comment"],
    ["DUP002", "baseline"],
  ]);
  expect(unused).toEqual([]);
});

it("what is suppressed keeps its counts, and what passed stays", () => {
  const all = checked(TOYS, [
    facts({ functions: [functionFact("Worker", { timeoutSeconds: known(3, "default") })] }),
  ]);

  const { checked: rest } = suppress(all, { comments: [comment()] });

  expect(rest.counts).toEqual(all.counts);
  expect(rest.passed).toEqual(all.passed);
});
