import { describe, expect, it } from "vitest";
import type { Files } from "../../src/facts/files.ts";
import { FORMATS, parseFormats, render } from "../../src/report/formats.ts";
import { warningsOf } from "../../src/report/warnings.ts";
import { Usage } from "../../src/usage.ts";
import { checked, facts, FILE, finding, report, rule, TOYS } from "./facts.ts";

const files: Files = { text: () => undefined, names: () => [] };
const options = { paint: (_: unknown, text: string) => text, width: 80, ascii: false, files };

describe("--format", () => {
  it.each([
    [[], false, [{ format: "pretty" }]],
    [[], true, [{ format: "json" }]],
    [["json"], true, [{ format: "json" }]],
    [["sarif=out.sarif", "pretty"], false, [{ format: "sarif", path: "out.sarif" }, { format: "pretty" }]],
    [["sarif=a=b.sarif"], false, [{ format: "sarif", path: "a=b.sarif" }]],
    [["pretty=report.txt"], true, [{ format: "pretty", path: "report.txt" }, { format: "json" }]],
    [["json=out.json"], true, [{ format: "json", path: "out.json" }, { format: "json" }]],
  ])("%j with --json %s asks for %j", (list, json, asked) => {
    expect(parseFormats(list, json)).toEqual(asked);
  });

  it.each([
    [
      ["sarf"],
      false,
      /one of pretty, json, sarif, junit, markdown, github; got "sarf"\. Did you mean "sarif"\?/,
    ],
    [["sarif", "pretty"], false, /--format sarif and --format pretty would both go to stdout/],
    [["json", "json"], false, /would both go to stdout/],
    [["pretty"], true, /--json and --format pretty contradict/],
    [["sarif=x", "json=x"], false, /two formats would go to the file x/],
    [["sarif="], false, /names no file/],
  ])("%j with --json %s is refused", (list, json, sentence) => {
    expect(() => parseFormats(list, json)).toThrow(Usage);
    expect(() => parseFormats(list, json)).toThrow(sentence);
  });
});

describe("a report", () => {
  it.each(FORMATS)("in %s is the same text each time, whatever the order of rules and findings", (format) => {
    const rules = [...TOYS, rule("DUP000", (all) => TOYS[0]?.check(all) ?? [])];
    const said = (list: typeof rules) =>
      render(format, report({ checked: checked(list), rules: list }), options);

    const text = said(rules);

    expect(text.endsWith("\n")).toBe(true);
    // The counts by rule are an object, in the order of the rules.
    const order = (one: string) => one.replace(/"rules": \{[\s\S]*?\n {2}\}/, "");
    expect(order(said(rules.toReversed()))).toBe(order(text));
  });

  it("warns on stderr of suppressions that do nothing, and of files that were not audited", () => {
    const unusedSuppressions = [
      { kind: "comment", rule: "DUP003", message: "It is not needed.", file: FILE, line: 4 },
      { kind: "configuration", rule: "DUP004", message: "It is not needed either." },
    ] as const;

    expect(
      warningsOf(
        report({ unusedSuppressions, problems: [{ file: "b.yaml", message: "it is no template." }] }),
      ),
    ).toEqual([
      "b.yaml: it is no template.",
      "template.yaml:4: It is not needed.",
      "It is not needed either.",
    ]);
  });

  it("finds the file of a finding without a place at what it is about", () => {
    const nested = facts({ file: "main.yaml" });
    const found = finding("DUP001", {}, nested);
    const text = render(
      "json",
      report({ facts: [nested], checked: { ...checked([]), findings: [found] } }),
      options,
    );

    expect(JSON.parse(text)).toMatchObject({ findings: [{ file: FILE, line: null }] });
  });
});
