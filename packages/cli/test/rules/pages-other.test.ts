/** Every rule about streams, asynchronous calls and memory has its page, and the page says what the rule does. */

import { describe, expect, it } from "vitest";
import { parseDocument } from "yaml";
import { OTHER_RULES } from "../../src/rules/catalogue-other.ts";
import { PROFILES } from "../../src/rules/rule.ts";
import { readPage } from "./pages.ts";

/** What each fires on, as its page has to write it. */
const INEQUALITIES: Readonly<Record<string, string>> = {
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

describe.each(OTHER_RULES.map((rule) => ({ id: rule.id, rule, page: readPage(rule.id) })))(
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

    it("says what it fires on, draws what happens, and names the statement that it rests on", () => {
      expect(page.section("## It fires when")).toContain(INEQUALITIES[id]);
      expect(page.section("## What happens")).toMatch(/```text\n[^]+\n```/);
      expect(page.section("## What AWS says")).toContain(rule.source ?? "There is no statement of AWS");
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
      expect(JSON.parse(config)).toEqual({
        doctor: { ignore: [{ rule: id, function: "Handler", reason }] },
      });
    });
  },
);

it("the index has the name, the title and the severities of each of them", () => {
  const rows = [...readPage("README").text.matchAll(/^\| \[([A-Z]+\d+)\]\([^)]+\) *\|(.*)\|$/gm)].map(
    ([, id = "", rest = ""]) => [id, ...rest.split("|").map((cell) => cell.trim())] as const,
  );
  const about = rows.filter(([id]) => /^(?:STR|ASY|IDM)/.test(id));

  expect(about).toEqual(
    OTHER_RULES.map(({ id, name, title, severity }) => [
      id,
      name,
      title.replace(/\.$/, ""),
      ...PROFILES.map((one) => severity[one]),
    ]),
  );
});

it("every rule says in a sentence each why and what to do", () => {
  for (const { title, why, fix } of OTHER_RULES)
    for (const sentence of [title, why, fix]) expect(sentence).toMatch(/^[A-Z][^\n]+\.$/);
});

it("what is an error under one profile is one under all", () => {
  const errors = OTHER_RULES.filter(({ severity }) => Object.values(severity).includes("error"));

  for (const { severity } of errors) expect(new Set(Object.values(severity))).toEqual(new Set(["error"]));
  expect(errors.map(({ id }) => id)).toEqual(["STR002", "IDM002"]);
});
