import { describe, expect, it } from "vitest";
import { applyEdits } from "../../src/fix/edit.ts";
import { diff } from "../../src/fix/diff.ts";
import { planFixes } from "../../src/fix/plan.ts";
import { finding } from "../report/facts.ts";
import { findingIn, findingOf, planned, wish } from "./support.ts";

const FILE = "template.yaml";
const TEXT =
  "Resources:\n  Q:\n    Properties:\n      VisibilityTimeout: 30\n      MessageRetentionPeriod: 60\n      Other: !Ref X\n";
const VISIBILITY = "/Resources/Q/Properties/VisibilityTimeout";
const RETENTION = "/Resources/Q/Properties/MessageRetentionPeriod";
const OTHER = "/Resources/Q/Properties/Other";

describe("a plan of fixes", () => {
  it("takes the larger of two numbers for one place, and names both findings", async () => {
    const [first, second] = [
      findingOf(FILE, wish(VISIBILITY, 78, 30)),
      findingOf(FILE, wish(VISIBILITY, 360, 30)),
    ];

    const { edits, skipped } = await planned({ [FILE]: TEXT }, first, second);

    expect(edits).toEqual([{ file: FILE, start: 57, end: 59, text: "360", finding: first, also: [second] }]);
    expect(skipped).toEqual([]);
  });

  it("takes the smaller one when both go down, and none when they go apart", async () => {
    const to = (...values: readonly number[]) =>
      planned({ [FILE]: TEXT }, ...values.map((value) => findingOf(FILE, wish(VISIBILITY, value, 30))));

    expect((await to(20, 10)).edits.map(({ text }) => text)).toEqual(["10"]);
    const apart = await to(20, 60);
    expect(apart.edits).toEqual([]);
    expect(apart.skipped.map(({ reason }) => reason)).toEqual([
      `${VISIBILITY} stays as it is: DUP001 wants 20, DUP001 wants 60.`,
      `${VISIBILITY} stays as it is: DUP001 wants 20, DUP001 wants 60.`,
    ]);
  });

  it("makes one edit of two equal wishes, and skips two that differ and are no numbers", async () => {
    const pointer = "/Resources/Q/Properties/QueueName";
    const of = (value: unknown) => findingOf(FILE, wish(pointer, value));

    expect((await planned({ [FILE]: TEXT }, of(["a"]), of(["a"]))).edits).toHaveLength(1);
    const differ = await planned({ [FILE]: TEXT }, of("a"), of("b"));
    expect([differ.edits.length, differ.skipped.length]).toEqual([0, 2]);
  });

  it("makes all fixes of a finding or none", async () => {
    const both = findingOf(FILE, wish(VISIBILITY, 360, 30), wish(OTHER, 1));
    const alone = findingOf(FILE, wish(RETENTION, 3_600, 60));

    const { edits, skipped } = await planned({ [FILE]: TEXT }, both, alone);

    expect(applyEdits(TEXT, edits)).toBe(TEXT.replace("60", "3600"));
    expect(skipped).toEqual([
      {
        finding: both,
        reason: `${OTHER} stays as it is: its value is not written there, but comes from Ref.`,
      },
    ]);
  });

  it("does not take the number of a finding that is skipped for another reason", async () => {
    const both = findingOf(FILE, wish(VISIBILITY, 900, 30), wish(OTHER, 1));
    const alone = findingOf(FILE, wish(VISIBILITY, 360, 30));

    const { edits } = await planned({ [FILE]: TEXT }, both, alone);

    expect(edits.map(({ text, finding: of }) => [text, of === alone])).toEqual([["360", true]]);
  });

  it("leaves out findings without a fix, and edits several files", async () => {
    const texts = {
      [FILE]: TEXT,
      "b.tf": 'resource "aws_sqs_queue" "q" {\n  visibility_timeout_seconds = 30\n}\n',
    };
    const two = finding("DUP001", {
      fixes: [
        { file: "b.tf", pointer: "aws_sqs_queue.q.visibility_timeout_seconds", from: 30, to: 360 },
        { file: FILE, pointer: VISIBILITY, from: 30, to: 360 },
      ],
    });

    const { edits, skipped } = await planned(texts, finding("DUP002"), two);

    expect(edits.map(({ file, text }) => [file, text])).toEqual([
      ["b.tf", "360"],
      [FILE, "360"],
    ]);
    expect(skipped).toEqual([]);
  });

  it.each([
    ["cdk", "made from CDK code"],
    ["terraform-plan", "made from configuration"],
    ["live", "it is in an account"],
  ] as const)("does not edit what is %s", async (language, reason) => {
    const { edits, skipped } = await planned(
      { [FILE]: TEXT },
      findingIn(language, FILE, wish(VISIBILITY, 360, 30)),
    );

    expect(edits).toEqual([]);
    expect(skipped[0]?.reason).toContain(reason);
  });

  it("skips what is in a file that is not there", async () => {
    const { skipped } = await planFixes([findingOf("gone.yaml", wish(VISIBILITY, 1))], {
      text: () => undefined,
      names: () => [],
    });

    expect(skipped[0]?.reason).toContain("the file is not there");
  });
});

describe("edits", () => {
  const edit = (start: number, end: number, text: string) => ({ start, end, text });

  it("are applied by their place, inserts at one place in their order", () => {
    expect(applyEdits("abcdef", [edit(4, 5, "E"), edit(0, 1, ""), edit(2, 2, "1"), edit(2, 2, "2")])).toBe(
      "b12cdEf",
    );
  });

  it.each([
    ["overlap", [edit(0, 3, "x"), edit(2, 4, "y")]],
    ["end outside", [edit(5, 9, "x")]],
    ["end before they start", [edit(3, 2, "x")]],
  ])("that %s are refused", (_, edits) => {
    expect(() => applyEdits("abcdef", edits)).toThrow(RangeError);
  });
});

describe("the diff", () => {
  it("shows the changed lines with three lines around them", () => {
    const before = Array.from({ length: 20 }, (_, n) => `line ${n}\n`).join("");
    const after = before.replace("line 9\n", "LINE 9\nnew\n");

    expect(diff("a\\b.yaml", before, after)).toBe(
      "--- a/a/b.yaml\n+++ b/a/b.yaml\n@@ -7,7 +7,8 @@\n line 6\n line 7\n line 8\n-line 9\n+LINE 9\n+new\n line 10\n line 11\n line 12\n",
    );
  });

  it("is empty for equal texts, and knows a last line without an end", () => {
    expect(diff("x", "a\n", "a\n")).toBe("");
    expect(diff("x", "a", "a\nb")).toBe(
      "--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n\\ No newline at end of file\n+a\n+b\n\\ No newline at end of file\n",
    );
    expect(diff("x", "", "a\n")).toBe("--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+a\n");
  });

  it("keeps carriage returns, which are part of the lines", () => {
    expect(diff("x", "a\r\nb\r\n", "a\r\nc\r\n")).toContain(" a\r\n-b\r\n+c\r\n");
  });
});
