/** Variables of the Serverless Framework. */

import { describe, expect, test } from "vitest";
import { linearOf } from "../../../src/facts/value.ts";
import { spelled } from "../../../src/facts/linear.ts";
import { byId, only, said, worker } from "./support.ts";

const timeout = (text: string, more = "", others: Readonly<Record<string, string>> = {}) =>
  byId(worker(`    timeout: ${text}`, more, others).functions, "worker").timeoutSeconds;

describe("variables that are known", () => {
  test.each([
    ["${self:custom.t}", "custom: { t: 12 }", 12],
    ["${self:custom.a.b.c}", "custom: { a: { b: { c: 13 } } }", 13],
    ["${self:custom.list.1}", "custom: { list: [1, 14] }", 14],
    ["${self:custom.none, 15}", "", 15],
    ["${self:custom.none, self:custom.t, 1}", "custom: { t: 16 }", 16],
    ["${self:custom.${self:custom.which}}", "custom: { which: t, t: 17 }", 17],
    ["${self:custom.a}", "custom: { a: '${self:custom.b}', b: 18 }", 18],
    ["${self:custom.a.t}", "custom: { a: '${self:custom.b}', b: { t: 19 } }", 19],
    ["'1${self:custom.t}'", "custom: { t: 5 }", 15],
  ])("%s", (text, more, value) => {
    expect(only(timeout(text, more))).toMatchObject({ value, from: "literal" });
  });

  test("the place is where the value stands", () => {
    expect(only(timeout("${self:custom.t}", "custom:\n  t: 12"))).toMatchObject({
      place: { line: 9, column: 6, pointer: "/custom/t" },
    });
  });

  test.each([
    ["${file(t.yml):a.b}", { "t.yml": "a:\n  b: 21\n" }, 21],
    ["${file(./t.json):a}", { "t.json": '{ "a": 22 }' }, 22],
    ["${file(../t.yml):a}", { "../t.yml": "a: 23" }, 23],
    ["${file(t.txt)}", { "t.txt": "24\n" }, 24],
    ["${file(t.yml):a}", { "t.yml": "a: ${self:custom.t, 25}" }, 25],
    ["${file(no.yml):a, 26}", {}, 26],
  ])("%s is read beside the service", (text, files, value) => {
    const others = Object.fromEntries(
      Object.entries(files).map(([path, body]) => [path.replace("../", ""), body as string]),
    );

    expect(said(timeout(text, "", others))).toBe(value);
  });
});

describe("variables with a default", () => {
  test.each([
    "${opt:t, 30}",
    "${env:T, 30}",
    "${opt:t, env:T, 30}",
    "${opt:t, self:custom.t}",
    "${param:t, 30}",
    "${opt:t, '30'}",
  ])("%s takes it for granted, and says so", (text) => {
    expect(only(timeout(text, "custom: { t: 30 }"))).toMatchObject({
      value: 30,
      from: "parameter-default",
      assuming: `the default of ${text}`,
    });
  });

  test("what is chosen by one takes it for granted too", () => {
    const more = "custom:\n  t: { dev: 31, prod: 60 }\n  stage: ${opt:stage, 'dev'}";

    expect(only(timeout("${self:custom.t.${self:custom.stage}}", more))).toMatchObject({
      value: 31,
      from: "parameter-default",
      assuming: "the default of ${opt:stage, 'dev'}",
    });
  });

  test("the stage is the provider's, or dev", () => {
    expect(only(timeout("${self:custom.${sls:stage}}", "custom: { dev: 32 }"))).toMatchObject({
      value: 32,
      from: "parameter-default",
      assuming: "the default stage",
    });
  });

  test("parameters are those of the stage, or the default ones", () => {
    expect(said(timeout("${param:t}", "params: { default: { t: 33 }, prod: { t: 60 } }"))).toBe(33);
    expect(
      said(timeout("${param:t}", "stages: { dev: { params: { t: 34 } }, default: { params: { t: 60 } } }")),
    ).toBe(34);
  });

  test("a self reference that is there is literal, whatever stands behind it", () => {
    expect(only(timeout("${self:custom.t, 1}", "custom: { t: 35 }"))).toMatchObject({
      value: 35,
      from: "literal",
    });
  });
});

describe("variables that are not known", () => {
  test.each([
    ["${opt:t}", "${opt:t} is an option of the command line, without a default"],
    ["${env:T}", "${env:T} is a variable of the environment, without a default"],
    ["${ssm:/a/b}", "${ssm:/a/b} is looked up at the deployment"],
    ["${ssm:/a/b, 30}", "${ssm:/a/b} is looked up at the deployment"],
    ["${cf:stack.Out}", "${cf:stack.Out} is looked up at the deployment"],
    ["${cf(eu-west-1):stack.Out}", "${cf(eu-west-1):stack.Out} is looked up at the deployment"],
    ["${s3:bucket/key}", "${s3:bucket/key} is looked up at the deployment"],
    ["${self:custom.none}", "${self:custom.none} is nowhere in the service"],
    ["${file(none.yml):a}", "${file(none.yml):a} is not on this disk, or has no such entry"],
    ["${file(a.js):t}", "${file(a.js):t} is a program"],
    ["'${self:custom.${opt:stage}}'", "${opt:stage} is an option of the command line, without a default"],
  ])("%s is unknown, with the reason", (text, reason) => {
    expect(said(timeout(text))).toBe(`? ${reason}`);
  });

  test("variables that refer to each other are unknown", () => {
    expect(
      said(timeout("${self:custom.a}", "custom: { a: '${self:custom.b}', b: '${self:custom.a}' }")),
    ).toMatch(/^\? the variable \$\{self:custom\.[ab]\} refers to itself/);
  });

  test("the same variable is the same number wherever it stands", () => {
    const facts = worker(
      "    timeout: ${env:T}",
      "resources:\n  Resources:\n    Q:\n      Type: AWS::SQS::Queue\n      Properties:\n        VisibilityTimeout: ${env:T}\n",
    );
    const linear = linearOf(only(byId(facts.queues, "Q").visibilityTimeoutSeconds));

    expect(linear && spelled(linear)).toBe("${env:T}");
    expect(linearOf(only(byId(facts.functions, "worker").timeoutSeconds))).toEqual(linear);
  });

  test("CloudFormation's own signs are no variables", () => {
    const facts = worker('    onError: !Sub "arn:aws:sns:${AWS::Region}:${AWS::AccountId}:topic"');

    expect(said(byId(facts.functions, "worker").deadLetter)).toContain("${AWS::Region}");
  });
});
