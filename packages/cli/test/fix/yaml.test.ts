import { describe, expect, it } from "vitest";
import { fixed, reasons, wish } from "./support.ts";

const VISIBILITY = "/Resources/Q/Properties/VisibilityTimeout";
const TYPES = "/Resources/M/Properties/FunctionResponseTypes";

describe("a fix of a value in YAML", () => {
  it.each([
    ["plain", "VisibilityTimeout: 30 # short", "VisibilityTimeout: 360 # short"],
    ["in double quotes", 'VisibilityTimeout:   "30"', 'VisibilityTimeout:   "360"'],
    ["in single quotes", "VisibilityTimeout: '30'\t# x", "VisibilityTimeout: '360'\t# x"],
    ["with a quoted key", '"VisibilityTimeout": 30', '"VisibilityTimeout": 360'],
    ["with a tag of YAML's own", "VisibilityTimeout: !!int 30", "VisibilityTimeout: !!int 360"],
    ["without a value", "VisibilityTimeout:  # none", "VisibilityTimeout: 360  # none"],
  ])("that is written %s changes nothing but its characters", async (_, before, after) => {
    const text = (line: string) =>
      `Resources:\n  Q:\n    Properties:\n      ${line}\n      # below\n      Name: a\n`;

    expect(await fixed(text(before), wish(VISIBILITY, 360))).toBe(text(after));
  });

  it("works in a map on one line, and in an item of a list", async () => {
    const before = "functions:\n  f:\n    events:\n      - sqs: { arn: x, batchSize: 10 } # c\n";

    expect(await fixed(before, wish("/functions/f/events/0/sqs/batchSize", 1, 10))).toBe(
      before.replace("10", "1"),
    );
  });

  it("changes the leg of a condition that the finding is about", async () => {
    const before = `Resources:\n  Q:\n    Properties:\n      VisibilityTimeout: !If [IsProd, 40, 30]\n`;

    expect(await fixed(before, wish(`${VISIBILITY}/Fn::If/2`, 360, 30))).toBe(before.replace("30", "360"));
    expect(await fixed(before, wish(`${VISIBILITY}/2`, 360, 30))).toBe(before.replace("30", "360"));
  });

  it("keeps CRLF, a missing last line end, and a byte order mark's absence", async () => {
    const before = "Resources:\r\n  Q:\r\n    Properties:\r\n      VisibilityTimeout: 30";

    expect(await fixed(before, wish(VISIBILITY, 360))).toBe(before.replace("30", "360"));
  });

  it.each([
    ["!Ref Timeout", "comes from Ref"],
    ["!Sub '${T}'", "comes from Fn::Sub"],
    ["{ Ref: Timeout }", "comes from Ref"],
    ["{ 'Fn::If': [A, 1, 2] }", "comes from Fn::If"],
    ["${self:custom.timeout}", "comes from ${self:custom.timeout}"],
    ["'{{resolve:ssm:/t}}'", "comes from {{resolve:ssm:/t}}"],
    ["|\n        30", "over several lines"],
    ["[30]", "a list is written there"],
    ["40", "40 is written there, not 30"],
    ["~", "null is written there, not 30"],
  ])("is not made where %s is written", async (value, reason) => {
    const text = `Resources:\n  Q:\n    Properties:\n      VisibilityTimeout: ${value}\n`;

    expect(await reasons(text, wish(VISIBILITY, 360, 30))).toContain(reason);
  });

  it.each([
    [
      "an alias",
      "A: &a 30\nResources:\n  Q:\n    Properties:\n      VisibilityTimeout: *a\n",
      "referred to by *a",
    ],
    [
      "an anchor that others refer to",
      "Resources:\n  Q:\n    Properties:\n      VisibilityTimeout: &a 30\n      B: *a\n",
      "refer to its value by *a",
    ],
    [
      "a map that others refer to",
      "Resources:\n  Q:\n    Properties: &p\n      VisibilityTimeout: 30\n  R:\n    Properties: *p\n",
      "by *p",
    ],
    [
      "a map that is merged",
      "P: &p\n  VisibilityTimeout: 30\nResources:\n  Q:\n    Properties:\n      <<: *p\n      A: 1\n",
      "from another by <<",
    ],
  ])("is not made at %s", async (_, text, reason) => {
    expect(await reasons(text, wish(VISIBILITY, 360))).toContain(reason);
  });

  it("is not made where the finding saw nothing, and something is written", async () => {
    const text = "Resources:\n  Q:\n    Properties:\n      VisibilityTimeout: 30\n";

    expect(await reasons(text, { pointer: VISIBILITY, to: 360, from: undefined })).toContain(
      "30 is written there, where nothing was seen",
    );
  });

  it("is made at an anchor that nothing refers to", async () => {
    const before = "Resources:\n  Q:\n    Properties:\n      VisibilityTimeout: &a 30\n";

    expect(await fixed(before, wish(VISIBILITY, 360))).toBe(before.replace("30", "360"));
  });
});

describe("a fix that adds a key in YAML", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    [
      "after the last one of its map, comments kept",
      "Resources:\n  Q:\n    Properties:\n      A: 1 # one\n\n  # about R\n  R:\n    Type: X\n",
      "Resources:\n  Q:\n    Properties:\n      A: 1 # one\n      VisibilityTimeout: 360\n\n  # about R\n  R:\n    Type: X\n",
    ],
    [
      "after what is nested in the last one",
      "Resources:\n  Q:\n    Properties:\n      R:\n        - a: 1\n          b: { c: 2,\n            d: 3 } # end\n",
      "Resources:\n  Q:\n    Properties:\n      R:\n        - a: 1\n          b: { c: 2,\n            d: 3 } # end\n      VisibilityTimeout: 360\n",
    ],
    [
      "before a text of several lines, whose end it would change",
      "Resources:\n  Q:\n    Properties:\n      A: 1\n      S: |+\n        x\n\n",
      "Resources:\n  Q:\n    Properties:\n      A: 1\n      VisibilityTimeout: 360\n      S: |+\n        x\n\n",
    ],
    [
      "first, where there is only a text of several lines",
      "Resources:\n  Q:\n    Properties:\n      S: |+\n        x\n\n",
      "Resources:\n  Q:\n    Properties:\n      VisibilityTimeout: 360\n      S: |+\n        x\n\n",
    ],
    [
      "with Properties for a resource that has none",
      "Resources:\n    Q:\n        Type: AWS::SQS::Queue\n    R:\n        Type: X\n",
      "Resources:\n    Q:\n        Type: AWS::SQS::Queue\n        Properties:\n            VisibilityTimeout: 360\n    R:\n        Type: X\n",
    ],
    [
      "below Properties that are empty",
      "Resources:\n  Q:\n    Properties: # none\n    Type: AWS::SQS::Queue\n",
      "Resources:\n  Q:\n    Properties: # none\n      VisibilityTimeout: 360\n    Type: AWS::SQS::Queue\n",
    ],
    [
      "into a map on one line",
      "Resources:\n  Q: { Type: X, Properties: { A: 1 } }\n",
      "Resources:\n  Q: { Type: X, Properties: { A: 1, VisibilityTimeout: 360 } }\n",
    ],
    [
      "into an empty map",
      "Resources:\n  Q:\n    Properties: {}\n",
      "Resources:\n  Q:\n    Properties: { VisibilityTimeout: 360 }\n",
    ],
    [
      "into a map that ends with a comma",
      "Resources:\n  Q:\n    Properties: {\n      A: 1,\n    }\n",
      "Resources:\n  Q:\n    Properties: {\n      A: 1, VisibilityTimeout: 360\n    }\n",
    ],
    [
      "to a resource on one line without Properties",
      "Resources:\n  Q: { Type: AWS::SQS::Queue }\n",
      "Resources:\n  Q: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 360 } }\n",
    ],
    [
      "at the end of a file without a line end",
      "Resources:\n  Q:\n    Properties:\n      A: 1",
      "Resources:\n  Q:\n    Properties:\n      A: 1\n      VisibilityTimeout: 360",
    ],
    [
      "with CRLF",
      "Resources:\r\n  Q:\r\n    Type: X # c\r\n  R:\r\n    Type: X\r\n",
      "Resources:\r\n  Q:\r\n    Type: X # c\r\n    Properties:\r\n      VisibilityTimeout: 360\r\n  R:\r\n    Type: X\r\n",
    ],
  ];

  it.each(cases)("writes it %s", async (_, before, after) => {
    expect(await fixed(before, wish(VISIBILITY, 360))).toBe(after);
  });

  it("writes several new keys of one map together, with one new map for all", async () => {
    const before = "Resources:\n  Q:\n    Type: X\n";

    const after = await fixed(
      before,
      wish(VISIBILITY, 360),
      wish("/Resources/Q/Properties/MessageRetentionPeriod", 1_209_600),
    );

    expect(after).toBe(
      "Resources:\n  Q:\n    Type: X\n    Properties:\n      VisibilityTimeout: 360\n      MessageRetentionPeriod: 1209600\n",
    );
  });

  it.each([false, true])(
    "writes what ends on one line at several depths, the deeper first (reversed: %s)",
    async (reversed) => {
      const before =
        "Resources:\n  F:\n    Properties:\n      A: 1\n      Events:\n        E:\n          Properties:\n            Types:\n            - X # last\n";
      const wishes = [
        wish("/Resources/F/Properties/Timeout", 60),
        wish("/Resources/F/Properties/Events/E/Properties/BatchSize", 1),
        wish("/Resources/F/Properties/Events/E/Properties/Types/-", "Y"),
      ];

      expect(await fixed(before, ...(reversed ? wishes.toReversed() : wishes))).toBe(
        `${before}            - Y\n            BatchSize: 1\n      Timeout: 60\n`,
      );
    },
  );

  it("writes an item of a list on one line as YAML would read it back", async () => {
    const text = (list: string) => `Resources:\n  M:\n    Properties:\n      Types: ${list}\n`;

    expect(await fixed(text("[a]"), wish("/Resources/M/Properties/Types/-", "b, c"))).toBe(
      text('[a, "b, c"]'),
    );
  });

  it("writes a list, and maps in a map", async () => {
    const before = "Resources:\n  M:\n    Properties:\n      A: 1\n";

    expect(await fixed(before, wish(TYPES, ["ReportBatchItemFailures"]))).toBe(
      `${before}      FunctionResponseTypes:\n        - ReportBatchItemFailures\n`,
    );
    expect(await fixed(before, wish("/Resources/M/Properties/ScalingConfig/MaximumConcurrency", 5))).toBe(
      `${before}      ScalingConfig:\n        MaximumConcurrency: 5\n`,
    );
    expect(await fixed(before, wish(`${TYPES}/-`, "ReportBatchItemFailures"))).toBe(
      `${before}      FunctionResponseTypes:\n        - ReportBatchItemFailures\n`,
    );
  });

  it.each([
    ["[]", "[ReportBatchItemFailures]"],
    ["[ A ] # c", "[ A, ReportBatchItemFailures ] # c"],
    ["\n      - A # a\n      # end", "\n      - A # a\n      - ReportBatchItemFailures\n      # end"],
    ["\n        - A", "\n        - A\n        - ReportBatchItemFailures"],
  ])("adds to the list %j", async (list, after) => {
    const text = (one: string) =>
      `Resources:\n  M:\n    Properties:\n      FunctionResponseTypes: ${one}\n      B: 1\n`;
    const items = list === "[]" ? [] : ["A"];

    expect(await fixed(text(list), wish(TYPES, [...items, "ReportBatchItemFailures"]))).toBe(text(after));
  });

  it.each([
    ["/Resources/Gone/Properties/VisibilityTimeout", "there is no Gone at /Resources"],
    ["/Other/Q", "there is no Other at /"],
    ["/Resources/Q/Type/X", "is not written as a map"],
    ["aws_sqs_queue.q.x", "is no place in this file"],
  ])("does not make up %s", async (pointer, reason) => {
    const text = "Resources:\n  Q:\n    Type: X\n";

    expect(await reasons(text, wish(pointer, 1))).toContain(reason);
  });

  it("writes a text as YAML would read it back", async () => {
    const before = "Resources:\n  Q:\n    Properties:\n      A: 1\n";

    for (const value of ["yes: no", "30", "a # b", "", "*a", "über"]) {
      const after = await fixed(before, wish("/Resources/Q/Properties/B", value));
      expect(after.startsWith(before)).toBe(true);
    }
  });

  it("is not made in a file that is no YAML", async () => {
    expect(await reasons("a: [\nb: {", wish(VISIBILITY, 360))).toContain("the file is no YAML");
  });
});
