import { describe, expect, it } from "vitest";
import type { Files } from "../../src/facts/files.ts";
import { cells, onlyAscii } from "../../src/cells.ts";
import { excerpt, Sources } from "../../src/report/excerpt.ts";
import { type Paint, prettyReport } from "../../src/report/pretty.ts";
import { lasts, timelineLines } from "../../src/report/timeline.ts";
import { checked, facts, FILE, nothing, place, report, rule, SUBJECT, TEMPLATE, TOYS } from "./facts.ts";

const plain: Paint = (_, text) => text;
const files: Files = { text: (path) => (path === FILE ? TEMPLATE : undefined), names: () => [] };

function pretty(
  more: Parameters<typeof report>[0] = {},
  options: { width?: number; ascii?: boolean; paint?: Paint } = {},
) {
  return prettyReport(report(more), { paint: plain, width: 100, ascii: false, files, ...options });
}

describe("doctor --format pretty", () => {
  it("shows a finding with its source line, carets, what it rests on, the numbers and the picture", () => {
    expect(pretty()).toBe(`error DUP001 rule-dup001: Orders → Worker
  A message is visible again after 30 s, while its first run may take 60 s.
  at template.yaml:5:26
   5 │       VisibilityTimeout: 30 # short
     │                          ^^
  see template.yaml:13:16: the function's timeout
  13 │       Timeout: 60
     │                ^^
  because 30 < 60

  invisible   █████████████████ 30 s
  first run   █████████████████████████████████ 60 s
  second run  ·················█████████████████████████████████ 30 s to 90 s

  fix set /Resources/Orders/Properties/VisibilityTimeout to 360
  help docs/rules/DUP001.md

Cannot tell (1)
  DUP002: Worker, template.yaml
    queue is imported (Fn::ImportValue)

                    error  warning  info  unknown
DUP001 rule-dup001      1        ·     ·        ·
DUP002 rule-dup002      ·        ·     ·        1
all                     1        ·     ·        1

Looked at template.yaml: 1 function, 1 pipeline (1 sqs), 3 rules, profile recommended.
`);
  });

  it("uses ASCII alone where the terminal has no more", () => {
    const text = pretty({}, { ascii: true });

    expect(text).toMatch(/^[\n\u0020-\u007E]*$/);
    expect(text).toContain("Orders -> Worker");
    expect(text).toContain("second run  -----------------####");
  });

  it("colours by severity, and the text is the same without", () => {
    const marked: Paint = (style, text) => `<${style}>${text}</${style}>`;

    const text = pretty({}, { paint: marked });

    expect(text).toContain("<red>error</red> <bold>DUP001</bold>");
    expect(text).toContain("<red>^^</red>");
    expect(text.replaceAll(/<\/?(?:bold|dim|red|yellow|cyan|green)>/g, "")).toBe(pretty());
  });

  it("keeps every line within the terminal, down to 40 columns", () => {
    const timeline = [{ label: "first run", fromSeconds: 3, toSeconds: 60 }];
    const message = "A message that was received is visible again before its run has ended. "
      .repeat(3)
      .trim();
    const one = rule("DUP001", () => [
      { subject: SUBJECT, status: "fail", message, place: place(FILE, 5, 26), timeline },
    ]);

    for (const width of [40, 61, 100]) {
      const text = pretty({ checked: checked([one]) }, { width });
      for (const line of text.split("\n")) expect(cells(line), line).toBeLessThanOrEqual(width);
    }
  });

  it("says each reason once for a subject, with all rules that it holds up", () => {
    const open = (id: string) =>
      rule(id, () => [{ subject: SUBJECT, status: "unknown", reason: "the stack Data is not here" }]);

    const text = pretty({ checked: checked([open("DUP002"), open("DUP001"), open("LOSS001")]) });

    expect(text).toContain(
      "Cannot tell (3)\n  DUP001, DUP002, LOSS001: Orders → Worker, template.yaml\n    the stack Data is not here\n",
    );
    expect(text.match(/the stack Data/g)).toHaveLength(1);
  });

  it("says plainly that there was no Lambda, or no definition at all", () => {
    expect(pretty({ facts: [nothing()], checked: checked(TOYS, []) })).toBe(
      "No Lambda function was found in template.yaml: there was nothing to audit.\n",
    );
    expect(pretty({ facts: [], checked: checked(TOYS, []) })).toBe(
      "No definition was found: nothing was audited.\n",
    );
  });

  it("says that nothing was found together with what was looked at, and not when questions stay open", () => {
    const well = checked(TOYS.slice(2));
    expect(pretty({ checked: well })).toBe(
      "Looked at template.yaml: 1 function, 1 pipeline (1 sqs), 1 rule, profile recommended.\nNothing was found.\n",
    );
    expect(pretty({ checked: checked(TOYS.slice(1)) })).toContain(
      "Nothing was found; some questions stay open.\n",
    );
  });

  it("says what was not looked at", () => {
    const gaps = [{ reason: "the macro Explode is not known", place: place(FILE, 1) }];

    const text = pretty({
      facts: [facts({ gaps })],
      problems: [{ file: "b.yaml", message: "b.yaml is a binary file, not a template." }],
    });

    expect(text).toContain(
      "Not looked at (2)\n  b.yaml is a binary file, not a template.\n  template.yaml:1: the macro Explode is not known\n",
    );
  });

  it("lets no name of a template steer the terminal", () => {
    const one = rule("DUP001", () => [
      {
        subject: { queue: "Q\u001B[2J" },
        status: "fail",
        message: "a\u001B]0;x\u0007\u202Eb",
        formula: "\u001B[1m",
      },
    ]);

    const text = pretty({ checked: checked([one]) });

    for (const char of ["\u001B", "\u0007", "\u202E"]) expect(text).not.toContain(char);
  });

  it("does without the source line when the file is gone or shorter", () => {
    const at = (file: string, line: number) =>
      rule("DUP001", () => [{ subject: {}, status: "fail", message: "x", place: place(file, line) }]);

    for (const one of [at("gone.yaml", 3), at(FILE, 300)])
      expect(pretty({ checked: checked([one]) })).not.toContain("^");
  });

  it("says in which world a finding holds", () => {
    const one = rule("DUP001", () => [
      { subject: {}, status: "fail", message: "x", when: { IsProd: "true" } },
    ]);

    expect(pretty({ checked: checked([one]) })).toContain("  when IsProd is true\n");
  });
});

describe("a source line", () => {
  const shown = (text: string, column: number, endColumn: number, width = 60) =>
    excerpt(
      { file: "x", line: 1, column, endLine: 1, endColumn },
      new Sources({ text: () => text, names: () => [] }),
      width,
    );

  it("is cut around its carets when it is too long", () => {
    const long = `${"a".repeat(200)}VALUE${"b".repeat(200)}`;

    const cut = shown(long, 201, 206);

    expect(cells(cut?.text ?? "")).toBeLessThanOrEqual(58);
    const at = cut?.indent.length ?? 0;
    expect(cut?.text.slice(at, at + 5)).toBe("VALUE");
    expect(cut?.carets).toBe("^^^^^");
    expect(cut?.text).toMatch(/^…a+VALUEb+…$/);
  });

  it("is cut within what is marked when that alone is too long", () => {
    const cut = shown(`x: ${"v".repeat(300)}`, 4, 304);

    expect(cells(cut?.text ?? "")).toBeLessThanOrEqual(58);
    expect(cut?.text.endsWith("…")).toBe(true);
  });

  it("has its carets below the value with tabs, wide characters and combining marks before it", () => {
    for (const before of ["\tName: ", "日本語: ", "e\u0301a: ", "😀: "]) {
      const cut = shown(`${before}30`, before.length + 1, before.length + 3);
      const at = cells((cut?.text ?? "").split("30")[0] ?? "");
      expect([cut?.indent, cut?.carets], before).toEqual([" ".repeat(at), "^^"]);
    }
  });

  it("marks the rest of the line for what goes on below", () => {
    const sources = new Sources({ text: () => "  Q:\n    Type: X\n", names: () => [] });

    expect(excerpt({ file: "x", line: 1, column: 3, endLine: 2, endColumn: 12 }, sources, 60)).toMatchObject({
      indent: "  ",
      carets: "^^",
    });
  });

  it("reads a file once, and only when it is shown", () => {
    let reads = 0;
    const sources = new Sources({ text: () => `${(reads += 1)}`, names: () => [] });
    expect(reads).toBe(0);

    sources.line("x", 1);
    sources.line("x", 1);

    expect(reads).toBe(1);
  });
});

describe("the picture of a finding", () => {
  it("scales its bars to one width, and shows what lasts a moment", () => {
    const lines = timelineLines(
      [
        { label: "window", fromSeconds: 0, toSeconds: 1 },
        { label: "run", fromSeconds: 1, toSeconds: 900 },
      ],
      90,
    );

    expect(lines).toEqual([`window  █ 1 s`, `run     ${"█".repeat(50)} 1 s to 15 min`]);
  });

  it("is left out when there is nothing to draw", () => {
    expect(timelineLines([])).toEqual([]);
    expect(timelineLines([{ label: "x", fromSeconds: 0, toSeconds: 0 }])).toEqual([]);
    expect(timelineLines([{ label: "x", fromSeconds: 0, toSeconds: Infinity }])).toEqual([]);
  });

  it.each([
    [30, "30 s"],
    [90, "90 s"],
    [120, "2 min"],
    [345_600, "4 d"],
    [0.1, "0.1 s"],
    [7_201, "7201 s"],
  ])("says %d seconds as %s", (seconds, text) => {
    expect(lasts(seconds)).toBe(text);
  });
});

it.each([
  [{ TERM: "dumb", LANG: "C.UTF-8" }, true],
  [{ LANG: "en_US.UTF-8" }, false],
  [{ LANG: "en_US.utf8" }, false],
  [{ LC_ALL: "C", LANG: "en_US.UTF-8" }, true],
  [{ LC_ALL: "", LC_CTYPE: "de_DE.ISO-8859-1", LANG: "de_DE.UTF-8" }, true],
  [{}, false],
])("a terminal of %j is ASCII: %s", (env, ascii) => {
  expect(onlyAscii(env)).toBe(ascii);
});
