import { describe, expect, test } from "vitest";
import { isTemplate, readCloudFormation } from "../../../src/facts/cloudformation/read.ts";
import { InputProblem } from "../../../src/facts/files.ts";
import { disk, one, read, told } from "./support.ts";

describe("places", () => {
  const text = `Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout:   !Ref T # how long
      "DelaySeconds": '5'
Parameters: { T: { Type: Number, Default: 30 } }
`;
  const queue = one(read(text).queues, "Q");

  test("of a short form reach from its tag to its end", () => {
    const place = queue.visibilityTimeoutSeconds.cases[0]?.answer.place;

    expect(place).toMatchObject({ line: 5, column: 28, endLine: 5, endColumn: 34 });
    expect(text.slice(place?.start, place?.end)).toBe("!Ref T");
  });

  test("of a quoted text have the quotes in them", () => {
    const place = queue.delaySeconds.cases[0]?.answer.place;

    expect(text.slice(place?.start, place?.end)).toBe("'5'");
    expect(place?.pointer).toBe("/Resources/Q/Properties/DelaySeconds");
  });

  test("of settings are those of the properties' map", () => {
    expect(text.slice(queue.settings?.start, queue.settings?.end)).toContain("VisibilityTimeout");
  });

  test("in JSON are the same", () => {
    const json =
      '{\r\n  "Resources": {\r\n    "Q": { "Type": "AWS::SQS::Queue", "Properties": { "VisibilityTimeout": "60" } } } }';
    const place = one(read(json, {}, "t.json").queues, "Q").visibilityTimeoutSeconds.cases[0]?.answer.place;

    expect(place).toMatchObject({
      file: "t.json",
      line: 3,
      pointer: "/Resources/Q/Properties/VisibilityTimeout",
    });
    expect(json.slice(place?.start, place?.end)).toBe('"60"');
  });

  test("have pointers of which slashes and tildes are escaped", () => {
    const { deliveries } = read(
      "Resources: { Api: { Type: AWS::ApiGateway::RestApi, Properties: { Body: { paths: { /a~b: { post: { x-amazon-apigateway-integration: { uri: 'arn:aws:apigateway:eu-west-1:sqs:path/1/q' } } } } } } } }",
    );

    expect(deliveries[0]?.place?.pointer).toBe(
      "/Resources/Api/Properties/Body/paths/~1a~0b/post/x-amazon-apigateway-integration",
    );
  });
});

describe("YAML", () => {
  test("anchors and merge keys are followed, and what stands beside them wins", () => {
    const { queues } = read(`
Resources:
  Q: &queue
    Type: AWS::SQS::Queue
    Properties: &common { VisibilityTimeout: 60, DelaySeconds: 1 }
  R: *queue
  S: { Type: AWS::SQS::Queue, Properties: { <<: *common, DelaySeconds: 2 } }
`);

    expect(
      queues.map(({ id, visibilityTimeoutSeconds, delaySeconds }) => [
        id,
        told(visibilityTimeoutSeconds),
        told(delaySeconds),
      ]),
    ).toEqual([
      ["Q", "60 literal", "1 literal"],
      ["R", "60 literal", "1 literal"],
      ["S", "60 literal", "2 literal"],
    ]);
  });

  test("aliases that grow without end are refused", () => {
    const levels = Array.from(
      { length: 9 },
      (_, level) =>
        `a${level + 1}: &a${level + 1} [${Array.from({ length: 9 }, () => `*a${level}`).join(", ")}]`,
    );

    expect(() => read(`a0: &a0 [x, x, x, x, x, x, x, x, x]\n${levels.join("\n")}\nResources: {}`)).toThrow(
      "template.yaml has more than 1000000 values once its aliases are followed, and is not read.",
    );
  });

  test("an account id keeps its leading zero", () => {
    const { queues } = read(
      "Resources: { Q: { Type: AWS::SQS::Queue, Properties: { QueueName: 012345678901 } } }",
    );

    expect(told(one(queues, "Q").name)).toBe("012345678901 literal");
  });

  test("a key that is written twice is told, and the later one taken", () => {
    const { queues, gaps } = read(
      "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      DelaySeconds: 1\n      DelaySeconds: 2\n",
    );

    expect(told(one(queues, "Q").delaySeconds)).toBe("2 literal");
    expect(gaps).toMatchObject([
      { reason: "the key DelaySeconds is written twice, and the later one is taken", place: { line: 6 } },
    ]);
  });

  test("braces and short forms go together", () => {
    const { queues } = read(
      "{ Resources: { Q: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: !Sub '60' } } } }",
    );

    expect(told(one(queues, "Q").visibilityTimeoutSeconds)).toBe("60 literal");
  });
});

describe("what cannot be read", () => {
  test.each([
    [
      "t.yaml",
      "Resources:\n  Q:\n    Type: 'AWS::SQS::Queue\n",
      /^t\.yaml:\d+:\d+ cannot be read as YAML: .*quote/,
    ],
    ["t.yaml", "Resources:\n\tQ: {}\n", /^t\.yaml:2:1 cannot be read as YAML: .*[Tt]ab/],
    ["t.yaml", "Resources: *none\n", /^t\.yaml:1:12 cannot be read as YAML: .*none/],
    ["t.yaml", "a: 1\n---\nResources: {}\n", /^t\.yaml:2:1 cannot be read as YAML: .*multiple documents/],
    ["t.json", '{ "Resources": { "Q" } }', /^t\.json:1:22 cannot be read as JSON: colon expected\.$/],
    [
      "t.json",
      '{ "Resources": {} // why\n}',
      /^t\.json:1:19 cannot be read as JSON: invalid comment token\.$/,
    ],
    ["t.yaml", "a: 1\n", /^t\.yaml is no CloudFormation template: it has no Resources\.$/],
    ["t.yaml", "", /^t\.yaml is no CloudFormation template/],
    ["t.yaml", "[1, 2]", /^t\.yaml is no CloudFormation template/],
  ])("%s %j is said with its place", (path, text, message) => {
    const readIt = (): unknown => readCloudFormation(path, text, disk());

    expect(readIt).toThrow(InputProblem);
    expect(readIt).toThrow(message);
  });

  test("a file that is larger than any template", () => {
    expect(() => read(`Resources:\n  Q: { Type: AWS::SQS::Queue }\n${"#".repeat(6 * 1024 * 1024)}`)).toThrow(
      "template.yaml has 6 MB, and is not read: CloudFormation takes no template above 1 MB.",
    );
  });

  test("what is nested without end", () => {
    expect(() => read(`Resources: ${"[".repeat(100_000)}`)).toThrow(InputProblem);
    expect(() => read(`{"Resources": ${"[".repeat(100_000)}`, {}, "t.json")).toThrow(InputProblem);
  });
});

describe("macros", () => {
  test("of AWS are known, others may change anything", () => {
    const { gaps } = read(
      "Transform: [AWS::Serverless-2016-10-31, AWS::LanguageExtensions, Mine]\nResources: {}",
    );

    expect(gaps).toMatchObject([
      { reason: "the macro Mine may change anything in the template, and is not run", place: { line: 1 } },
    ]);
    expect(gaps[0]).not.toHaveProperty("about");
  });

  test("that add to the resources are a gap", () => {
    const { gaps } = read(
      "Resources: { 'Fn::Transform': { Name: AWS::Include, Parameters: { Location: s3://a/b } } }",
    );

    expect(gaps).toMatchObject([
      { reason: "the macro AWS::Include may add to the template, and is not run" },
    ]);
  });
});

describe("Fn::ForEach", () => {
  test("is written out over texts, in resources and below", () => {
    const { queues, mappings } = read(`
Transform: AWS::LanguageExtensions
Resources:
  F: { Type: AWS::Lambda::Function }
  "Fn::ForEach::Queues":
    - Name
    - [Orders, Bills]
    - "\${Name}Queue":
        Type: AWS::SQS::Queue
        Properties: { QueueName: !Ref Name, VisibilityTimeout: 60 }
      "\${Name}Mapping":
        Type: AWS::Lambda::EventSourceMapping
        Properties: { FunctionName: !Ref F, EventSourceArn: !GetAtt "\${Name}Queue.Arn" }
`);

    expect(queues.map(({ id, name }) => `${id} ${told(name)}`)).toEqual([
      "OrdersQueue Orders literal",
      "BillsQueue Bills literal",
    ]);
    expect(mappings.map(({ id, source }) => `${id} ${told(source)}`)).toEqual([
      "OrdersMapping OrdersQueue literal",
      "BillsMapping BillsQueue literal",
    ]);
  });

  test("over what only a deployment knows is a gap", () => {
    const { gaps, queues } = read(`
Transform: AWS::LanguageExtensions
Parameters: { Names: { Type: CommaDelimitedList } }
Resources:
  "Fn::ForEach::Queues": [Name, !Ref Names, { "\${Name}Queue": { Type: AWS::SQS::Queue } }]
`);

    expect(queues).toEqual([]);
    expect(gaps).toMatchObject([
      {
        reason:
          "Fn::ForEach::Queues is not written out: its collection is not a list of texts in the template",
      },
    ]);
  });

  test("that does not end is cut", () => {
    const loop = (depth: number): string =>
      depth === 0
        ? "{ Type: AWS::SQS::Queue }"
        : `{ "Fn::ForEach::L${depth}": [N${depth}, [${Array.from({ length: 50 }, (_, index) => index).join(",")}], { "K\${N${depth}}": ${loop(depth - 1)} }] }`;

    expect(read(`Transform: AWS::LanguageExtensions\nResources: ${loop(4)}`).gaps[0]?.reason).toContain(
      "more than 10000 copies",
    );
  });
});

describe("isTemplate", () => {
  test.each([
    ["Resources:\n  Q:\n    Type: AWS::SQS::Queue\n", true],
    ["AWSTemplateFormatVersion: 2010-09-09\nTransform: AWS::Serverless-2016-10-31\nResources: {}\n", true],
    ["Transform:\n  - AWS::Serverless-2016-10-31\nResources: {}\n", true],
    ["Resources:\n  C:\n    Type: Custom::Thing\n", true],
    ['{"Resources":{"Q":{"Type":"AWS::SQS::Queue"}}}', true],
    ['{"Description":"x","Resources":{"Q":{"Type":"AWS::SQS::Queue"}}}', true],
    [
      '{\n  "AWSTemplateFormatVersion": "2010-09-09",\n  "Resources": {\n "Q": {\n "Type": "AWS::SQS::Queue" } } }',
      true,
    ],
    ["resources:\n  Resources:\n    Q:\n      Type: AWS::SQS::Queue\n", false],
    ['{"stack":{"Resources":{"Q":{"Type":"AWS::SQS::Queue"}}}}', false],
    ["Resources:\n  - one\n", false],
    ["apiVersion: v1\nkind: Pod\n", false],
    ["", false],
  ])("%j: %s", (text, expected) => {
    expect(isTemplate(text)).toBe(expected);
  });
});
