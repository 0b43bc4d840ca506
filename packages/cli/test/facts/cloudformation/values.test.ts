import { describe, expect, test } from "vitest";
import { linearOf } from "../../../src/facts/value.ts";
import { isLess, scaled } from "../../../src/facts/linear.ts";
import { one, read, told, visibility } from "./support.ts";

describe("what is written", () => {
  test.each([
    ["60", "60 literal"],
    ['"60"', "60 literal"],
    ["0", "0 literal"],
    ["sixty", 'unknown, VisibilityTimeout is "sixty", which is no number'],
    ['""', 'unknown, VisibilityTimeout is "", which is no number'],
    ["[60]", "unknown, VisibilityTimeout is a list, and no number"],
    ["{ a: 60 }", "unknown, VisibilityTimeout is a map, and no number"],
    ["", "30 default"],
    ["!Ref AWS::NoValue", "30 default"],
    ['"{{resolve:ssm:/vt:1}}"', "unknown, VisibilityTimeout is a dynamic reference ({{resolve:ssm:/vt:1}})"],
    ["!ImportValue Vt", "unknown, VisibilityTimeout is imported (Fn::ImportValue)"],
    ["!Select [1, [10, 20]]", "20 literal"],
    ['!Select ["1", !Split [",", "10,20"]]', "20 literal"],
    ['!Join ["", ["6", "0"]]', "60 literal"],
    ["!Sub '60'", "60 literal"],
    [
      "!GetAtt Function.Timeout",
      "unknown, VisibilityTimeout names Function, which the template does not have",
    ],
    ["!GetAtt Q.Arn", "unknown, VisibilityTimeout is Arn of Q, which only a deployment knows"],
    ["!Ref Nothing", "unknown, VisibilityTimeout names Nothing, which the template does not have"],
    ["!Base64 x", "unknown, VisibilityTimeout is computed by Fn::Base64"],
    [
      "{ 'Fn::Transform': { Name: Mine } }",
      "unknown, VisibilityTimeout may be written by a macro (Fn::Transform)",
    ],
  ])("VisibilityTimeout: %s is %s", (written, expected) => {
    expect(visibility(written)).toBe(expected);
  });
});

describe("parameters", () => {
  const parameters = (body: string): string => `Parameters:\n  P: { ${body} }`;

  test("one with a default is that default, and says so", () => {
    expect(visibility("!Ref P", parameters("Type: Number, Default: 45"))).toBe(
      "45 parameter-default assuming the default of the parameter P",
    );
  });

  test("one without a default is not known", () => {
    expect(visibility("!Ref P", parameters("Type: Number"))).toBe(
      "unknown, VisibilityTimeout is the parameter P, which has no default",
    );
  });

  test("one of Parameter Store is not known, whatever its default", () => {
    expect(visibility("!Ref P", parameters("Type: 'AWS::SSM::Parameter::Value<String>', Default: /vt"))).toBe(
      "unknown, VisibilityTimeout is the parameter P, which is read from Parameter Store",
    );
  });

  test("the name of a parameter of Parameter Store is a plain text", () => {
    expect(visibility("!Ref P", parameters("Type: 'AWS::SSM::Parameter::Name', Default: 30"))).toContain(
      "30 ",
    );
  });

  test("an item of a list parameter is taken from its default", () => {
    expect(visibility("!Select [1, !Ref P]", parameters("Type: CommaDelimitedList, Default: '10, 20'"))).toBe(
      "20 parameter-default assuming the default of the parameter P",
    );
  });

  test("the same parameter at both ends keeps the relation, within its bounds", () => {
    const facts = read(`
Parameters:
  T: { Type: Number, MinValue: 10, MaxValue: 60 }
Resources:
  F: { Type: AWS::Lambda::Function, Properties: { Timeout: !Ref T } }
  Q: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: !Ref T } }
`);

    const timeout = one(facts.functions, "F").timeoutSeconds.cases[0]?.answer;
    const seen = one(facts.queues, "Q").visibilityTimeoutSeconds.cases[0]?.answer;

    const [left, right] = [timeout && linearOf(timeout), seen && linearOf(seen)];
    expect(left?.terms[0]?.symbol).toEqual({ id: "T", min: 10, max: 60 });
    expect(left && right && isLess(left, right)).toBe("never");
    expect(left && right && isLess(right, scaled(left, 6))).toBe("always");
  });

  test.each(["!ImportValue T", '"{{resolve:ssm:/t}}"'])("%s is the same number at both ends", (written) => {
    const facts = read(`
Resources:
  F: { Type: AWS::Lambda::Function, Properties: { Timeout: ${written} } }
  Q: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: ${written} } }
`);

    const [left, right] = [
      one(facts.functions, "F").timeoutSeconds.cases[0]?.answer,
      one(facts.queues, "Q").visibilityTimeoutSeconds.cases[0]?.answer,
    ].map((answer) => answer && linearOf(answer));

    expect(left && right && isLess(left, right)).toBe("never");
    expect(left && right && isLess(right, left)).toBe("never");
  });

  test("numbers that are allowed are the bounds", () => {
    const facts = read(`
Parameters:
  T: { Type: Number, AllowedValues: [30, 60, 900] }
Resources:
  Q: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: !Ref T } }
`);

    const answer = one(facts.queues, "Q").visibilityTimeoutSeconds.cases[0]?.answer;

    expect(answer && linearOf(answer)?.terms[0]?.symbol).toEqual({ id: "T", min: 30, max: 900 });
  });

  test.each(["Number", "String"])(
    "a %s that a condition looks at is in each of its worlds its own",
    (type) => {
      const sections = `
Parameters: { P: { Type: ${type}, Default: 0 } }
Conditions: { Given: !Not [!Equals [!Ref P, 0]] }`;

      expect(visibility("!If [Given, !Ref P, 90]", sections)).toBe(
        "P=0: 90 branch | P=(another): unknown, VisibilityTimeout is another value of the parameter P",
      );
      expect(visibility("!Ref P", sections)).toBe(
        "P=0: 0 branch | P=(another): unknown, VisibilityTimeout is another value of the parameter P",
      );
    },
  );
});

describe("conditions", () => {
  const stages = `
Parameters:
  Stage: { Type: String, Default: dev, AllowedValues: [prod, dev, test] }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsDev: !Equals [dev, !Ref Stage]
  IsLive: !Or [!Condition IsProd, !Equals [!Ref Stage, test]]
  IsNeither: !And [!Not [!Condition IsProd], !Not [!Condition IsDev]]`;

  test("two on one parameter exclude each other, and the case of the default comes first", () => {
    expect(visibility("!If [IsProd, 1, !If [IsDev, 2, 3]]", stages)).toBe(
      "Stage=dev: 2 branch | Stage=prod: 1 branch | Stage=test: 3 branch",
    );
    expect(visibility("!If [IsLive, 1, 2]", stages)).toBe(
      "Stage=dev: 2 branch | Stage=prod: 1 branch | Stage=test: 1 branch",
    );
    expect(visibility("!If [IsNeither, 1, 2]", stages)).toBe(
      "Stage=dev: 2 branch | Stage=prod: 2 branch | Stage=test: 1 branch",
    );
  });

  test("no other value than the allowed ones is possible", () => {
    expect(visibility("!If [IsOdd, 1, 2]", `${stages}\n  IsOdd: !Equals [!Ref Stage, odd]`)).toBe(
      "Stage=dev: 2 branch | Stage=prod: 2 branch | Stage=test: 2 branch",
    );
  });

  test("without allowed values there is another one", () => {
    expect(
      visibility(
        "!If [IsProd, 1, 2]",
        "Parameters: { Stage: { Type: String } }\nConditions: { IsProd: !Equals [!Ref Stage, prod] }",
      ),
    ).toBe("Stage=prod: 1 branch | Stage=(another): 2 branch");
  });

  test("booleans are compared as CloudFormation does, however they are written", () => {
    expect(
      visibility(
        "!If [On, 1, 2]",
        "Parameters: { P: { Type: String, Default: True, AllowedValues: [True, False] } }\nConditions: { On: !Equals [!Ref P, 'true'] }",
      ),
    ).toBe("P=true: 1 branch | P=false: 2 branch");
    expect(visibility("!If [On, 1, 2]", "Conditions: { On: !Equals [true, True] }")).toBe("1 branch");
  });

  test("an empty text is a world with a name", () => {
    expect(
      visibility(
        "!If [None, 1, 2]",
        "Parameters: { Arn: { Type: String, Default: '' } }\nConditions: { None: !Equals [!Ref Arn, ''] }",
      ),
    ).toBe("Arn=(empty): 1 branch | Arn=(another): 2 branch");
  });

  test("what cannot be taken apart is a choice named after the condition, and what is built on it agrees", () => {
    const sections = `
Conditions:
  IsBig: !Equals [!ImportValue Size, big]
  IsSmall: !Not [!Condition IsBig]`;

    expect(visibility("!If [IsBig, !If [IsSmall, 1, 2], !If [IsSmall, 3, 4]]", sections)).toBe(
      "IsBig=true: 2 branch | IsBig=false: 3 branch",
    );
  });

  test("a condition named as a parameter is a choice of its own", () => {
    const sections = `
Parameters: { Big: { Type: String, Default: x } }
Conditions: { Big: !Equals [!ImportValue Size, big] }`;

    expect(visibility("!If [Big, 1, 2]", sections)).toBe(
      "Big (condition)=true: 1 branch | Big (condition)=false: 2 branch",
    );
  });

  test("regions that are compared are worlds", () => {
    expect(
      visibility("!If [Here, 1, 2]", "Conditions: { Here: !Equals [!Ref AWS::Region, eu-west-1] }"),
    ).toBe("AWS::Region=eu-west-1: 1 branch | AWS::Region=(another): 2 branch");
  });

  test("one that refers to itself is no answer, and no endless one", () => {
    expect(
      visibility("!If [A, 1, 2]", "Conditions: { A: !Not [!Condition B], B: !Not [!Condition A] }"),
    ).toBe("unknown, VisibilityTimeout depends on the condition A, which refers to itself");
  });

  test("one that is not there is said", () => {
    expect(visibility("!If [A, 1, 2]")).toBe(
      "unknown, VisibilityTimeout depends on the condition A, which the template does not have",
    );
  });

  test("a branch of nothing leaves the default", () => {
    expect(visibility("!If [IsProd, 60, !Ref AWS::NoValue]", stages)).toBe(
      "Stage=dev: 30 default | Stage=prod: 60 branch | Stage=test: 30 default",
    );
  });

  test("whole properties may be a choice", () => {
    const facts = read(`${stages}
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties: !If [IsProd, { VisibilityTimeout: 60 }, { DelaySeconds: 5 }]
`);

    const queue = one(facts.queues, "Q");
    expect(told(queue.visibilityTimeoutSeconds)).toBe(
      "Stage=dev: 30 default | Stage=prod: 60 branch | Stage=test: 30 default",
    );
    expect(told(queue.delaySeconds)).toBe(
      "Stage=dev: 5 branch | Stage=prod: 0 default | Stage=test: 5 branch",
    );
  });

  test("the condition of a resource is whether it exists", () => {
    const facts = read(`${stages}
Resources:
  Q: { Type: AWS::SQS::Queue, Condition: IsProd }
  R: { Type: AWS::SQS::Queue, Condition: Missing }
`);

    expect(told(one(facts.queues, "Q").exists)).toBe(
      "Stage=dev: false branch | Stage=prod: true branch | Stage=test: false branch",
    );
    expect(told(one(facts.queues, "R").exists)).toBe(
      "unknown, whether R is deployed depends on the condition Missing, which the template does not have",
    );
  });

  test("more combinations than can be looked at are not known", () => {
    const names = Array.from({ length: 9 }, (_, index) => `C${index}`);
    const sections = `Conditions:\n${names.map((name) => `  ${name}: !Equals [!ImportValue ${name}, x]`).join("\n")}`;
    const joined = `!Join ["", [${names.map((name) => `!If [${name}, 1, 2]`).join(", ")}]]`;

    expect(visibility(joined, sections)).toBe(
      "unknown, it depends on more than 256 combinations of parameters and conditions",
    );
  });
});

describe("mappings", () => {
  const mappings = `
Mappings:
  Stages:
    dev: { Vt: 10 }
    prod: { Vt: 60, "Only": 5 }`;
  const stage = (more: string): string => `Parameters:\n  Stage: { Type: String, ${more} }${mappings}`;

  test("a literal key is looked up", () => {
    expect(visibility("!FindInMap [Stages, prod, Vt]", mappings)).toBe("60 mapping");
  });

  test("a parameter's key forks over the keys, its default first", () => {
    expect(visibility("!FindInMap [Stages, !Ref Stage, Vt]", stage("Default: prod"))).toBe(
      "Stage=prod: 60 mapping | Stage=dev: 10 mapping",
    );
  });

  test("keys that are not allowed are no worlds", () => {
    expect(visibility("!FindInMap [Stages, !Ref Stage, Vt]", stage("AllowedValues: [prod]"))).toBe(
      "60 mapping",
    );
  });

  test("a key that a row does not have cannot be deployed", () => {
    expect(visibility("!FindInMap [Stages, !Ref Stage, Only]", stage("Default: dev"))).toBe(
      "Stage=prod: 5 mapping",
    );
    expect(visibility("!FindInMap [Stages, dev, Only]", mappings)).toBe(
      "unknown, VisibilityTimeout is not in the mapping Stages (dev, Only)",
    );
  });

  test("a default value stands for the keys that are not there", () => {
    expect(
      visibility("!FindInMap [Stages, !Ref Stage, Vt, { DefaultValue: 7 }]", stage("Default: dev")),
    ).toBe("Stage=dev: 10 mapping | Stage=prod: 60 mapping | Stage=(another): 7 literal");
  });

  test("a key and a condition on one parameter agree", () => {
    const sections = `${stage("Default: dev")}\nConditions: { IsProd: !Equals [!Ref Stage, prod] }`;

    expect(visibility("!If [IsProd, !FindInMap [Stages, !Ref Stage, Vt], 1]", sections)).toBe(
      "Stage=dev: 1 branch | Stage=prod: 60 branch | Stage=(another): 1 branch",
    );
  });

  test("an imported key is not known", () => {
    expect(visibility("!FindInMap [Stages, !ImportValue S, Vt]", mappings)).toBe(
      "unknown, VisibilityTimeout is read from the mapping Stages at a key that is imported (Fn::ImportValue)",
    );
  });
});
