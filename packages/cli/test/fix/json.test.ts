import { describe, expect, it } from "vitest";
import { fixedIn, reasonsIn, wish } from "./support.ts";

const VISIBILITY = "/Resources/Q/Properties/VisibilityTimeout";
const fixed = (text: string, ...wishes: Parameters<typeof fixedIn>[2][]) =>
  fixedIn("t.json", text, ...wishes);

describe("a fix in JSON", () => {
  it.each([
    ["a number", '{ "VisibilityTimeout" : 30,\t"A": 1 }', '{ "VisibilityTimeout" : 360,\t"A": 1 }'],
    ["a number in quotes", '{"VisibilityTimeout":"30"}', '{"VisibilityTimeout":"360"}'],
  ])("changes only the characters of %s", async (_, before, after) => {
    const text = (properties: string) => `{"Resources": {"Q": {"Properties":\n${properties}\n}}}`;

    expect(await fixed(text(before), wish(VISIBILITY, 360))).toBe(text(after));
  });

  const cases: readonly (readonly [string, string, string])[] = [
    [
      "with the file's indentation",
      '{\n    "Resources": {\n        "Q": {\n            "Properties": {\n                "A": 1\n            }\n        }\n    }\n}\n',
      '{\n    "Resources": {\n        "Q": {\n            "Properties": {\n                "A": 1,\n                "VisibilityTimeout": 360\n            }\n        }\n    }\n}\n',
    ],
    [
      "with tabs and CRLF, and Properties that are not there",
      '{\r\n\t"Resources": {\r\n\t\t"Q": {\r\n\t\t\t"Type": "X"\r\n\t\t}\r\n\t}\r\n}\r\n',
      '{\r\n\t"Resources": {\r\n\t\t"Q": {\r\n\t\t\t"Type": "X",\r\n\t\t\t"Properties": {\r\n\t\t\t\t"VisibilityTimeout": 360\r\n\t\t\t}\r\n\t\t}\r\n\t}\r\n}\r\n',
    ],
    [
      "into an empty object",
      '{\n  "Resources": {\n    "Q": {\n      "Properties": {}\n    }\n  }\n}\n',
      '{\n  "Resources": {\n    "Q": {\n      "Properties": {\n        "VisibilityTimeout": 360\n      }\n    }\n  }\n}\n',
    ],
    [
      "into a file that is one line",
      '{"Resources":{"Q":{"Type":"X"}}}',
      '{"Resources":{"Q":{"Type":"X","Properties":{"VisibilityTimeout":360}}}}',
    ],
    [
      "into an object on one line",
      '{\n  "Resources": {\n    "Q": { "Type": "X", "Properties": { "A": 1, "B": 2 } }\n  }\n}\n',
      '{\n  "Resources": {\n    "Q": { "Type": "X", "Properties": { "A": 1, "B": 2, "VisibilityTimeout": 360 } }\n  }\n}\n',
    ],
  ];

  it.each(cases)("writes a new key %s", async (_, before, after) => {
    expect(await fixed(before, wish(VISIBILITY, 360))).toBe(after);
  });

  it("writes several new keys of one object together", async () => {
    for (const properties of ["{}", '{\n  "A": 1\n}', '{ "A": 1 }']) {
      const text = `{"Resources": {"Q": {"Properties": ${properties}}}}`;
      const after = await fixed(
        text,
        wish(VISIBILITY, 360),
        wish("/Resources/Q/Properties/B/C", true),
        wish("/Resources/Q/Properties/B/D", ["x"]),
      );

      expect(JSON.parse(after)).toEqual({
        Resources: {
          Q: {
            Properties: {
              ...(properties === "{}" ? {} : { A: 1 }),
              VisibilityTimeout: 360,
              B: { C: true, D: ["x"] },
            },
          },
        },
      });
    }
  });

  it("adds to a list", async () => {
    const pointer = "/Resources/M/Properties/FunctionResponseTypes";
    const text = (list: string) => `{"Resources": {"M": {"Properties": {"FunctionResponseTypes": ${list}}}}}`;

    expect(await fixed(text("[]"), wish(pointer, ["R"]))).toBe(text('["R"]'));
    expect(await fixed(text('["A"]'), wish(pointer, ["A", "R"], ["A"]))).toBe(text('["A", "R"]'));
    expect(await fixed(text('[\n  "A"\n]'), wish(pointer, ["A", "R"], ["A"]))).toBe(
      text('[\n  "A",\n  "R"\n]'),
    );
  });

  it.each([
    ['{ "Ref": "T" }', "comes from Ref"],
    ['{ "Fn::If": ["A", 1, 2] }', "comes from Fn::If"],
    ['{ "A": 1 }', "an object is written there"],
    ["40", "40 is written there, not 30"],
    ['"${T}"', "comes from ${T}"],
  ])("is not made where %s is written", async (value, reason) => {
    const text = `{"Resources": {"Q": {"Properties": {"VisibilityTimeout": ${value}}}}}`;
    expect(await reasonsIn("t.json", text, wish(VISIBILITY, 360, 30))).toContain(reason);
  });

  it("is not made in what is no JSON, nor at what is not there", async () => {
    expect(await reasonsIn("t.json", '{ "A": 1, } // x', wish(VISIBILITY, 360))).toContain(
      "the file is no JSON",
    );
    expect(await reasonsIn("t.json", '{ "Resources": {} }', wish(VISIBILITY, 360))).toContain(
      "there is no Q",
    );
  });
});
