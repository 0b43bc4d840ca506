/** The pages of the live rules, and of the live reading, say what the code does. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LIVE_POLICY } from "../../../src/facts/live/policy.ts";
import { LIVE_RULES } from "../../../src/rules/live/rules.ts";

const DOCS = join(import.meta.dirname, "../../../../../docs");

describe.each(LIVE_RULES.map((rule) => ({ id: rule.id, rule })))("the page of $id", ({ id, rule }) => {
  const text = readFileSync(join(DOCS, "rules", `${id}.md`), "utf8");
  const fences = [...text.matchAll(/^```(\w+)\n([^]*?)^```$/gm)].map(([, kind = "", body = ""]) => ({
    kind,
    body,
  }));

  it("has the rule's name, title and source, and the sections that every page has", () => {
    const prose = text.replaceAll(/^```[^]*?^```$/gm, "");
    expect([...prose.matchAll(/^#+ .*$/gm)].map(([heading]) => heading)).toEqual([
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
    expect(text).toContain(`\n\n${rule.title}\n\n`);
    expect(text).toContain(`\n<${rule.source}>\n`);
  });

  it("has examples whose two sides differ, and how it is ignored", () => {
    const examples = fences.filter(({ kind }) => kind === "diff");
    expect(examples).toHaveLength(3);
    for (const { body } of examples) expect(body).toMatch(/^\+/m);
    const [config] = fences.filter(({ kind }) => kind === "json");
    expect(JSON.parse(config?.body ?? "")).toMatchObject({
      doctor: { ignore: [{ rule: id, reason: expect.any(String) }] },
    });
  });
});

describe("the page of the live reading", () => {
  it("has the policy that the code has", () => {
    const text = readFileSync(join(DOCS, "doctor-live.md"), "utf8");
    const [, policy = ""] = /^```json\n([^]*?)^```$/m.exec(text) ?? [];

    expect(JSON.parse(policy)).toEqual(LIVE_POLICY);
  });

  it("names the rules over what was seen", () => {
    const text = readFileSync(join(DOCS, "doctor-live.md"), "utf8");

    expect(text).toContain(
      `[${LIVE_RULES[0]?.id}](rules/LIV001.md) to [${LIVE_RULES.at(-1)?.id}](rules/LIV005.md)`,
    );
  });
});
