import { describe, expect, it } from "vitest";
import { ignoreComments } from "../../src/suppress/comments.ts";

const YAML = `Resources:
  # effectively-once-ignore DUP003: the handler is repeatable
  Orders:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 30 # effectively-once-ignore DUP001, DUP002: short on purpose
      QueueName: "# effectively-once-ignore DUP009: in a string"
  # effectively-once-ignore DUP004: one

  # and a remark
  Jobs: # effectively-once-ignore LOSS001: nothing is lost
    Type: AWS::SQS::Queue
  Script:
    Properties:
      InlineCode: |
        # effectively-once-ignore DUP009: in a script
        run()
    DependsOn:
    - Orders
`;

const HCL = `// effectively-once-ignore-file LOSS001: a demonstration
resource "aws_sqs_queue" "orders" { # effectively-once-ignore DUP003: repeatable
  name = "# effectively-once-ignore DUP009: in a string"
policy = jsonencode({ a = "\${"}"} # effectively-once-ignore DUP009: in a template" })
  text = <<-EOT
    # effectively-once-ignore DUP009: in a heredoc
  EOT
  // effectively-once-ignore DUP001: short
  visibility_timeout_seconds = 30
/* # effectively-once-ignore DUP009: in another comment */
}
# effectively-once-ignore DUP004: later
resource "aws_sqs_queue" "jobs" {
}
`;

describe("a comment that suppresses", () => {
  it("is about what follows it or stands on its line, with the block that begins there", () => {
    const found = ignoreComments("template.yaml", YAML).map(({ line, rule, reason, lines }) => [
      line,
      rule,
      reason,
      lines,
    ]);

    expect(found).toEqual([
      [2, "DUP003", "the handler is repeatable", { from: 3, to: 7 }],
      [6, "DUP001", "short on purpose", { from: 6, to: 6 }],
      [6, "DUP002", "short on purpose", { from: 6, to: 6 }],
      [8, "DUP004", "one", { from: 9, to: 9 }],
      [11, "LOSS001", "nothing is lost", { from: 11, to: 12 }],
    ]);
  });

  it("is read in HCL with both marks, outside of strings, templates and heredocs", () => {
    const found = ignoreComments("main.tf", HCL).map(({ line, rule, lines }) => [line, rule, lines]);

    expect(found).toEqual([
      [1, "LOSS001", undefined],
      [2, "DUP003", { from: 2, to: 11 }],
      [8, "DUP001", { from: 9, to: 9 }],
      [12, "DUP004", { from: 13, to: 14 }],
    ]);
  });

  it("is about one thing together with the other comments above it", () => {
    const text =
      "# effectively-once-ignore DUP001: a\n# effectively-once-ignore DUP002: b\nOrders:\n  Type: X\n";

    expect(ignoreComments("t.yaml", text).map(({ rule, lines }) => [rule, lines])).toEqual([
      ["DUP001", { from: 3, to: 4 }],
      ["DUP002", { from: 3, to: 4 }],
    ]);
  });

  it("takes the items of a list that stands as far left as its key for the key's block", () => {
    const text = "# effectively-once-ignore DUP001: a\nEvents:\n- A: 1\n  B: 2\n- C: 3\nOther: 1\n";

    expect(ignoreComments("t.yaml", text)[0]?.lines).toEqual({ from: 2, to: 5 });
  });

  it("is found with CRLF line ends", () => {
    const found = ignoreComments("template.yaml", YAML.replaceAll("\n", "\r\n"));

    expect(found.map(({ line, rule, reason, lines }) => [line, rule, reason, lines])).toEqual(
      ignoreComments("template.yaml", YAML).map(({ line, rule, reason, lines }) => [
        line,
        rule,
        reason,
        lines,
      ]),
    );
  });

  it("covers the whole file at its head, and not elsewhere", () => {
    const head = "%YAML 1.2\n---\n\n# effectively-once-ignore-file DUP001: a demonstration\nResources: {}\n";
    const below = "Resources: {}\n# effectively-once-ignore-file DUP001: a demonstration\n";

    expect(ignoreComments("t.yaml", head)[0]).toEqual({
      file: "t.yaml",
      line: 4,
      rule: "DUP001",
      reason: "a demonstration",
    });
    expect(ignoreComments("t.yaml", below)[0]?.wrong).toMatch(/at the head of the file/);
  });

  it.each([
    ["# effectively-once-ignore DUP001", "DUP001", undefined],
    ["# effectively-once-ignore DUP001:", "DUP001", undefined],
    ["# effectively-once-ignore: some reason", "", "some reason"],
    ["#effectively-once-ignore DUP001 DUP001: a: b", "DUP001", "a: b"],
  ])("%s names %j with the reason %j", (line, rule, reason) => {
    const [found] = ignoreComments("t.yaml", `${line}\nA: 1\n`);

    expect([found?.rule, found?.reason]).toEqual([rule, reason]);
  });

  it.each([
    "# effectively-once-ignored DUP001: x",
    "# see effectively-once-ignore DUP001: x",
    "# effectively-once-ignore-files DUP001: x",
  ])("%s is none", (line) => {
    expect(ignoreComments("t.yaml", `${line}\nA: 1\n`)).toEqual([]);
  });

  it("is not read in JSON, which has no comments", () => {
    const text = '{ "Description": "\\n# effectively-once-ignore DUP001: x\\n" }';

    expect(ignoreComments("t.json", text)).toEqual([]);
    expect(ignoreComments("t.template", text)).toEqual([]);
  });
});
