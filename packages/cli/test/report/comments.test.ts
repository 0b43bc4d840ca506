/** What goes into a pull request: Markdown, and GitHub's workflow commands. */

import { describe, expect, it } from "vitest";
import { githubReport } from "../../src/report/github.ts";
import { markdownReport } from "../../src/report/markdown.ts";
import { checked, facts, FILE, nothing, place, report, rule, SUBJECT, TOYS } from "./facts.ts";

describe("doctor --format github", () => {
  it("says each finding as a command with its place and title", () => {
    expect(githubReport(report())).toBe(
      "::error file=template.yaml,line=5,endLine=5,col=26,endColumn=27,title=DUP001 rule-dup001::" +
        "Orders → Worker: A message is visible again after 30 s, while its first run may take 60 s.%0A30 < 60%0ARaise the visibility timeout.\n" +
        "::notice title=effectively-once cannot tell in 1 case::DUP002 Worker (template.yaml): queue is imported (Fn%3A%3AImportValue)\n".replaceAll(
          "%3A",
          ":",
        ),
    );
  });

  it("escapes what would end a command or a property", () => {
    const one = rule("DUP001", () => [
      { subject: {}, status: "fail", message: "100%\r\n::error::x", place: place("a,b:c%.yaml", 1) },
    ]);

    const text = githubReport(report({ checked: checked([one]) }));

    expect(text).toContain("file=a%2Cb%3Ac%25.yaml,");
    expect(text).toContain("::100%25%0D%0A::error::x");
    expect(text.trimEnd().split("\n")).toHaveLength(1);
  });

  it("has the worst first, since GitHub shows ten of each", () => {
    const of = (id: string, severity: "info" | "error" | "warning") =>
      rule(id, () => [{ subject: {}, status: "fail", severity, message: "x" }]);

    const text = githubReport(
      report({ checked: checked([of("A", "info"), of("B", "warning"), of("C", "error")]) }),
    );

    expect(text.match(/^::\w+/gm)).toEqual(["::error", "::warning", "::notice"]);
  });

  it("leaves columns out of what goes over several lines", () => {
    const one = rule("DUP001", () => [
      { subject: {}, status: "fail", message: "x", place: place(FILE, 2, 3, { endLine: 6, endColumn: 1 }) },
    ]);

    expect(githubReport(report({ checked: checked([one]) }))).toContain("line=2,endLine=6,title=");
  });

  it("names no file for what is live, and warns of what was not looked at", () => {
    const live = facts({
      language: "live",
      file: "1/eu-west-1",
      gaps: [{ reason: "GetQueueAttributes was denied" }],
    });

    const text = githubReport(report({ facts: [live], checked: checked(TOYS, [live]) }));

    expect(text).toContain("::error title=DUP001 rule-dup001::");
    expect(text).toContain("title=Not looked at::GetQueueAttributes was denied\n");
  });
});

describe("doctor --format markdown", () => {
  it("has a table, and the details of each finding folded away", () => {
    const text = markdownReport(report());

    expect(text).toMatch(/^### effectively-once doctor: 1 error, 1 open\n/);
    expect(text).toContain(
      "| 🔴 error | `DUP001` | `template.yaml:5` | Orders → Worker | A message is visible again after 30 s, while its first run may take 60 s. |",
    );
    expect(text).toContain("<details><summary>DUP001 rule-dup001: Orders → Worker</summary>");
    expect(text).toContain("- because `30 < 60`");
    expect(text).toContain("- fix: set `/Resources/Orders/Properties/VisibilityTimeout` to `360`");
    expect(text).toContain("| `DUP002` | `template.yaml` | Worker | queue is imported (Fn::ImportValue) |");
    expect(text.match(/<details>/g)).toHaveLength(text.match(/<\/details>/g)?.length ?? 0);
  });

  it("escapes pipes, backticks, HTML, links and mentions", () => {
    const one = rule("DUP001", () => [
      {
        subject: { ...SUBJECT, queue: "a|b`c" },
        status: "fail",
        message: "<img src=x> @somebody [x](y) *z* | a\nb",
        formula: "`a` | b",
        place: place("a|b`.yaml", 1),
      },
    ]);

    const text = markdownReport(report({ checked: checked([one]) }));

    const row = text.split("\n").find((line) => line.startsWith("| 🔴"));
    expect(row).toContain("| ``a\\|b`.yaml:1`` |");
    expect(row).toContain("| a\\|b\\`c → Worker |");
    expect(row).toContain("&lt;img src=x&gt; &#64;somebody \\[x\\](y) \\*z\\* \\| a b |");
    expect(row?.match(/(?<!\\)\|/g)).toHaveLength(6);
    expect(text).toContain("- because `` `a` | b ``");
    expect(text).not.toContain("<img");
  });

  it("stays below what a comment may hold, and says what it left out", () => {
    const many = rule("DUP001", () =>
      Array.from({ length: 900 }, (_, n) => ({
        subject: { ...SUBJECT, queue: `Queue${n}` },
        status: "fail" as const,
        message: `Message ${n}. `.repeat(20),
      })),
    );

    const text = markdownReport(report({ checked: checked([many]) }));

    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain("which a comment has no room for");
    expect(text).toContain("900 errors");
    expect(text).toMatch(/Looked at template\.yaml: .*\n$/);
  });

  it.each([
    ["no definition was found", []],
    ["nothing to audit", [nothing()]],
    ["nothing was found", [facts()]],
  ])("says that %s", (headline, all) => {
    const text = markdownReport(report({ facts: all, checked: checked(TOYS.slice(2), all) }));

    expect(text.split("\n")[0]).toBe(`### effectively-once doctor: ${headline}`);
  });
});
