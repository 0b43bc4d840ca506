/** Every rule over definitions has its page, the page says what the rule does, and the index names all rules. */

import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { RULES } from "../../src/rules/catalogue.ts";
import { OTHER_RULES } from "../../src/rules/catalogue-other.ts";
import { SQS_RULES } from "../../src/rules/catalogue-sqs.ts";
import { PROFILES } from "../../src/rules/rule.ts";
import { readPage } from "./pages.ts";

/** What each fires on, as its page has to write it. */
const INEQUALITIES: Readonly<Record<string, string>> = {
  DUP001: "`VT < T`",
  DUP002: "`T ≤ VT < T + W`",
  DUP003: "`T + W ≤ VT < 1.3 T + W`",
  DUP004: "`VT < 6 T + W`",
  DUP005: "`BatchSize > 1`",
  DUP006: "no\n`ReportBatchItemFailures`",
  DUP007: "`reserved < Σ MaximumConcurrency`",
  DUP008: "`consumers ≥ 2`",
  DUP009: "`ContentBasedDeduplication` is not",
  DUP010: "`VT < 6 × (enrichment T + target T) + W`",
  DUP011: "`30 < T`",
  LOSS001: "`RedrivePolicy` is absent",
  LOSS002: "`maxReceiveCount < 5`",
  LOSS003: "`dead-letter retention ≤ R`",
  LOSS004: "`FifoQueue` differs",
  LOSS005: "`R < maxReceiveCount × VT + DelaySeconds`",
  LOSS006: "`DeadLetterConfig`",
  LOSS007: "`OnFailure` is set",
  LOSS008: "`FilterCriteria` is set",
  LOSS009: "`Enabled: false`",
  STR001: "`MaximumRetryAttempts = -1` and `MaximumRecordAgeInSeconds = -1`",
  STR002: "`MaximumRetryAttempts ≥ 0` or `MaximumRecordAgeInSeconds > 0`",
  STR003: "`BisectBatchOnFunctionError` is not true and `ReportBatchItemFailures` is absent",
  STR004: "is a queue or a topic",
  ASY001: "`kept = none`",
  ASY002: "`MaximumRetryAttempts > 0`",
  ASY003: "`MaximumEventAgeInSeconds < T` or `MaximumEventAgeInSeconds < 60`",
  ASY004: "`DeadLetterConfig` is absent",
  ASY005: "`RedrivePolicy` is absent",
  ASY006: "`ways from one source ≥ 2`",
  IDM001: "`TimeToLiveSpecification` is absent or disabled",
  IDM002: "`TTL attribute ≠ what the library writes`",
  IDM003: "`records last < direct redelivery`",
  IDM004: "`now < end of the record`",
  IDM005: "`records last < Σ hops`",
};

describe.each([...SQS_RULES, ...OTHER_RULES].map((rule) => ({ id: rule.id, rule, page: readPage(rule.id) })))(
  "the page of $id",
  ({ id, rule, page }) => {
    it("has the rule's name and title, and the sections that every page has", () => {
      expect(page.headings).toEqual([
        `# ${id}: ${rule.name}`,
        "## It fires when",
        "## What happens",
        "## What AWS says",
        "## Bad and good",
        "### SAM",
        "### CDK",
        "### Terraform",
        "## When to ignore it",
        "## What the fix changes",
      ]);
      expect(page.text).toContain(`\n\n${rule.title}\n\n`);
    });

    it("says what it fires on, and draws what happens", () => {
      expect(page.section("## It fires when")).toContain(INEQUALITIES[id]);
      expect(page.section("## What happens")).toMatch(/```text\n[^]+\n```/);
    });

    it("names the statement that it rests on, or says that there is none", () => {
      const says = page.section("## What AWS says");

      expect(says).toContain(rule.source === undefined ? "There is no statement of AWS" : `<${rule.source}>`);
    });

    it("has a bad and a good example in each language", () => {
      for (const language of ["SAM", "CDK", "Terraform"]) {
        const { bad, good } = page.example(language);
        expect([language, bad]).not.toEqual([language, good]);
      }
      const { bad, good } = page.example("SAM");
      for (const side of [bad, good]) {
        const document = parseDocument(side);
        expect(document.errors).toEqual([]);
        expect(document.has("Resources")).toBe(true);
      }
    });

    it("shows how it is ignored: by a comment, in the metadata, in the configuration", () => {
      const blocks = [...page.section("## When to ignore it").matchAll(/```\w+\n([^]+?)\n```/g)].map(
        ([, block = ""]) => block,
      );
      const [comment = "", metadata = "", config = ""] = blocks;
      const reason = comment.replace(`# effectively-once-ignore ${id}: `, "");

      expect(comment).toBe(`# effectively-once-ignore ${id}: ${reason}`);
      expect(parseDocument(metadata).toJS()).toEqual({
        Metadata: { EffectivelyOnce: { ignore: [{ rule: id, reason }] } },
      });
      const about = /^(DUP|LOSS)/.test(id) ? { queue: "Orders" } : { function: "Handler" };
      expect(JSON.parse(config)).toEqual({ doctor: { ignore: [{ rule: id, ...about, reason }] } });
    });
  },
);

describe("the index", () => {
  const rows = [...readPage("README").text.matchAll(/^\| \[([A-Z]+\d+)\]\(([^)]+)\) *\|(.*)\|$/gm)].map(
    ([, id = "", link = "", rest = ""]) => ({ id, link, cells: rest.split("|").map((cell) => cell.trim()) }),
  );
  const numbered = (prefix: string, count: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => `${prefix}${String(index + 1).padStart(3, "0")}`);

  it("names every rule once, and links its page", () => {
    expect(rows.map(({ id }) => id)).toEqual([
      ...numbered("DUP", 11),
      ...numbered("LOSS", 9),
      ...numbered("STR", 4),
      ...numbered("ASY", 6),
      ...numbered("IDM", 5),
      ...numbered("LIV", 5),
    ]);
    expect(rows.filter(({ id, link }) => link !== `${id}.md`)).toEqual([]);
  });

  it("has the name, the title and the severities of each rule", () => {
    expect(RULES.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
    for (const [index, { id, name, title, severity }] of RULES.entries()) {
      const [named, fires, ...severities] = rows[index]?.cells ?? [];
      expect([id, named, ...severities]).toEqual([id, name, ...PROFILES.map((one) => severity[one])]);
      expect(fires?.startsWith(title.replace(/\.$/, ""))).toBe(true);
    }
  });
});

it("every rule says in a sentence each why and what to do, and has an id, a name and a title of its own", () => {
  for (const { title, why, fix } of RULES)
    for (const sentence of [title, why, fix]) expect(sentence).toMatch(/^[A-Z][^\n]+\.$/);
  for (const key of ["id", "name", "title"] as const)
    expect(new Set(SQS_RULES.map((rule) => rule[key])).size).toBe(SQS_RULES.length);
});

it("what is an error under one profile is one under all, among streams, asynchronous calls and records", () => {
  const errors = OTHER_RULES.filter(({ severity }) => Object.values(severity).includes("error"));

  for (const { severity } of errors) expect(new Set(Object.values(severity))).toEqual(new Set(["error"]));
  expect(errors.map(({ id }) => id)).toEqual(["STR002", "IDM002"]);
});
