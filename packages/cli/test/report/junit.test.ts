import { describe, expect, it } from "vitest";
import { junitReport, xml } from "../../src/report/junit.ts";
import { junitProblems, parseXml } from "../validators/junit.ts";
import { checked, facts, FILE, place, report, rule, SUBJECT, TOYS } from "./facts.ts";

function suites(...args: Parameters<typeof report>) {
  const text = junitReport(report(...args));
  expect(junitProblems(text)).toEqual([]);
  return parseXml(text);
}

describe("doctor --format junit", () => {
  it("has a suite for the file, with failures, skips for what cannot be told, and what is well", () => {
    const root = suites();

    expect(root.attributes).toMatchObject({ tests: "3", failures: "1", skipped: "1", errors: "0" });
    const [suite] = root.children;
    expect(suite?.attributes["name"]).toBe(FILE);
    expect(
      suite?.children.map(({ attributes, children }) => [attributes["classname"], children[0]?.name]),
    ).toEqual([
      ["DUP001 rule-dup001", "failure"],
      ["DUP002 rule-dup002", "skipped"],
      ["DUP003 rule-dup003", undefined],
    ]);
    expect(suite?.children[0]?.children[0]?.attributes).toMatchObject({
      type: "error",
      message: "A message is visible again after 30 s, while its first run may take 60 s.",
    });
    expect(suite?.children[0]?.children[0]?.text).toContain("30 < 60");
    expect(suite?.children[1]?.children[0]?.attributes["message"]).toBe(
      "queue is imported (Fn::ImportValue)",
    );
  });

  it("has a suite for each file, also for one in which nothing was found", () => {
    const other = facts({ file: "other.yaml" });

    const { children } = suites({ facts: [facts(), other], checked: checked(TOYS, [facts()]) });

    expect(children.map(({ attributes }) => [attributes["name"], attributes["tests"]])).toEqual([
      ["other.yaml", "0"],
      [FILE, "3"],
    ]);
  });

  it("counts a suppressed finding as skipped, and a file that cannot be read as an error", () => {
    const all = checked();
    const [found] = all.findings;
    if (found === undefined) throw new Error("no finding");

    const root = suites({
      checked: { ...all, findings: [] },
      suppressed: [{ outcome: found, by: { kind: "baseline" } }],
      problems: [{ file: "b.yaml", message: "b.yaml is a binary file, not a template." }],
    });

    expect(root.attributes).toMatchObject({ failures: "0", skipped: "2", errors: "1" });
  });

  it("shows what was not looked at as skipped", () => {
    const all = [facts({ gaps: [{ reason: "the nested stack x.yaml is not there" }] })];

    const root = suites({ facts: all, checked: checked(TOYS, all) });

    expect(root.attributes["skipped"]).toBe("2");
  });

  it("stays well-formed whatever a name or a message has in it", () => {
    const message = "a\u0000b\u001B[31m <&\"'>]]> \uD800 \uFFFF\n\t\u0085é😀";
    const one = rule("DUP001", () => [
      {
        subject: { ...SUBJECT, queue: 'Q"<&>\u0001' },
        status: "fail",
        message,
        place: place("a&b<.yaml", 1),
      },
    ]);

    const root = suites({ checked: checked([one]) });

    const suite = root.children.find(({ attributes }) => attributes["name"] === "a&b<.yaml");
    expect(suite?.children[0]?.attributes["name"]).toContain('Q"<&>\uFFFD');
    expect(suite?.children[0]?.children[0]?.attributes["message"]).toBe(
      "a\uFFFDb\uFFFD[31m <&\"'>]]> \uFFFD \uFFFD\n\t\u0085é😀",
    );
  });

  it("writes nothing that XML 1.0 does not allow", () => {
    for (let code = 0; code < 0x1_00_00; code += 1) {
      const written = xml(String.fromCharCode(code));
      expect(/^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD]+$/.test(written), `U+${code.toString(16)}`).toBe(true);
    }
  });
});
