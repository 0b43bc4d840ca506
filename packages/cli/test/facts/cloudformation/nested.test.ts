import { describe, expect, test } from "vitest";
import { readAssembly } from "../../../src/facts/cloudformation/assembly.ts";
import { linearOf } from "../../../src/facts/value.ts";
import { disk, one, read, told } from "./support.ts";

describe("a nested stack", () => {
  const child = `
Parameters:
  Stage: { Type: String, Default: dev }
  T: { Type: Number }
  QueueArn: { Type: String }
Conditions: { IsProd: !Equals [!Ref Stage, prod] }
Resources:
  F: { Type: AWS::Lambda::Function, Properties: { Timeout: !If [IsProd, 60, !Ref T] } }
  M: { Type: AWS::Lambda::EventSourceMapping, Condition: IsProd, Properties: { FunctionName: !Ref F, EventSourceArn: !Ref QueueArn } }
  Own: { Type: AWS::SQS::Queue }
Outputs:
  OwnArn: { Value: !GetAtt Own.Arn }
`;
  const parent = `
Parameters:
  Env: { Type: String, Default: test, AllowedValues: [test, prod] }
  Timeout: { Type: Number, MaxValue: 100 }
Conditions: { Nested: !Equals [!Ref Env, test] }
Resources:
  Q: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: !Ref Timeout } }
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: ./child/template.yaml
      Parameters: { Stage: !Ref Env, T: !Ref Timeout, QueueArn: !GetAtt Q.Arn }
  G: { Type: AWS::Lambda::Function }
  N: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref G, EventSourceArn: !GetAtt Child.Outputs.OwnArn } }
`;
  const files = { "app/child/template.yaml": child };
  const facts = read(parent, files, "app/template.yaml");

  test("has its facts below its name, in its own file", () => {
    expect(facts.functions.map(({ id }) => id)).toEqual(["G", "Child/F"]);
    expect(one(facts.functions, "Child/F").place).toMatchObject({
      file: "app/child/template.yaml",
      line: 8,
      pointer: "/Resources/F",
    });
    expect(facts.gaps).toEqual([]);
  });

  test("is decided by the parameters it is given, in the worlds of its parent", () => {
    const { timeoutSeconds } = one(facts.functions, "Child/F");

    expect(told(timeoutSeconds)).toBe(
      "Env=test: unknown, Timeout is the parameter Timeout, which has no default | Env=prod: 60 branch",
    );
    const answer = timeoutSeconds.cases[0]?.answer;
    expect(answer && linearOf(answer)?.terms[0]?.symbol).toEqual({ id: "Timeout", min: -Infinity, max: 100 });
    expect(told(one(facts.mappings, "Child/M").exists)).toBe(
      "Env=test: false branch | Env=prod: true branch",
    );
  });

  test("polls a queue of its parent, and has its own polled by it", () => {
    expect(told(one(facts.mappings, "Child/M").source)).toBe("Q literal");
    expect(told(one(facts.mappings, "Child/M").function)).toBe("Child/F literal");
    expect(told(one(facts.mappings, "N").source)).toBe("Child/Own literal");
  });

  test("exists where its own condition holds", () => {
    const { queues } = read(
      parent.replace("AWS::CloudFormation::Stack\n", "AWS::CloudFormation::Stack\n    Condition: Nested\n"),
      files,
      "app/template.yaml",
    );

    expect(told(one(queues, "Child/Own").exists)).toBe("Env=test: true branch | Env=prod: false branch");
  });

  test.each([
    [
      "https://bucket.s3.amazonaws.com/t.yaml",
      "the nested stack Child is not on this disk, and is not looked into",
    ],
    ["!Sub '${Env}.yaml'", "the nested stack Child is not on this disk, and is not looked into"],
    ["missing.yaml", "the nested stack Child is not looked into: there is no file app/missing.yaml"],
    ["template.yaml", "the nested stack Child is nested in itself (app/template.yaml)"],
  ])("at %s is a gap", (url, reason) => {
    const { gaps, mappings } = read(parent.replace("./child/template.yaml", url), files, "app/template.yaml");

    expect(gaps).toMatchObject([{ reason, about: ["Child"] }]);
    expect(told(one(mappings, "N").source)).toBe(
      "unknown, queue is the output OwnArn of the nested stack Child, whose template is not at hand",
    );
  });

  test("that cannot be read is a gap, and no end of all", () => {
    const { gaps, functions } = read(
      parent,
      { "app/child/template.yaml": "Resources: [" },
      "app/template.yaml",
    );

    expect(functions.map(({ id }) => id)).toEqual(["G"]);
    expect(gaps[0]?.reason).toMatch(
      /^the nested stack Child is not looked into: app\/child\/template\.yaml:1:\d+ cannot be read as YAML: /,
    );
  });

  test("of SAM lies where its Location says", () => {
    const { queues, gaps } = read(
      "Transform: AWS::Serverless-2016-10-31\nResources: { App: { Type: AWS::Serverless::Application, Properties: { Location: child.yaml } }, Other: { Type: AWS::Serverless::Application, Properties: { Location: { ApplicationId: a, SemanticVersion: 1.0.0 } } } }",
      { "child.yaml": "Resources: { Q: { Type: AWS::SQS::Queue } }" },
    );

    expect(queues.map(({ id }) => id)).toEqual(["App/Q"]);
    expect(gaps).toMatchObject([{ about: ["Other"] }]);
  });
});

describe("an assembly of the CDK", () => {
  const template = (more = ""): string =>
    `{"Resources":{"Q1":{"Type":"AWS::SQS::Queue","Metadata":{"aws:cdk:path":"App/Stack/Q/Resource"}}${more}}}`;
  const manifest = (artifacts: unknown): string => JSON.stringify({ version: "36.0.0", artifacts });

  test("has the stacks of its manifest and of its stages, with the paths of their constructs", () => {
    const facts = readAssembly(
      "cdk.out",
      disk({
        "cdk.out/manifest.json": manifest({
          Tree: { type: "cdk:tree" },
          Stack: { type: "aws:cloudformation:stack", properties: { templateFile: "Stack.template.json" } },
          Stage: { type: "cdk:cloud-assembly", properties: { directoryName: "assembly-Stage" } },
        }),
        "cdk.out/Stack.template.json": template(),
        "cdk.out/Left.template.json": template(),
        "cdk.out/assembly-Stage/manifest.json": manifest({
          Inner: { type: "aws:cloudformation:stack", properties: { templateFile: "Inner.template.json" } },
        }),
        "cdk.out/assembly-Stage/Inner.template.json": "{}",
      }),
    );

    expect(facts.map(({ file, language, queues }) => [file, language, queues.length])).toEqual([
      ["cdk.out/Stack.template.json", "cdk", 1],
      ["cdk.out/assembly-Stage/Inner.template.json", "cdk", 0],
    ]);
    const queue = facts[0] && one(facts[0].queues, "Q1");
    expect(queue?.place?.construct).toBe("App/Stack/Q/Resource");
    expect(queue?.settings?.construct).toBe("App/Stack/Q/Resource");
  });

  test("without a manifest is each of its templates, and what is nested in them once", () => {
    const facts = readAssembly(
      "cdk.out",
      disk({
        "cdk.out/A.template.json": template(
          ',"N":{"Type":"AWS::CloudFormation::Stack","Properties":{"TemplateURL":{"Fn::Sub":"https://x/${AWS::Region}"}},"Metadata":{"aws:asset:path":"AN.nested.template.json","aws:asset:property":"TemplateURL"}}',
        ),
        "cdk.out/AN.nested.template.json": template(),
      }),
    );

    expect(facts.map(({ queues }) => queues.map(({ id }) => id))).toEqual([["Q1", "N/Q1"]]);
  });

  test("that is none is said, and what to do", () => {
    expect(() => readAssembly("cdk.out", disk())).toThrow(
      "cdk.out has neither a manifest.json with stacks nor a *.template.json: run cdk synth first.",
    );
    expect(() => readAssembly("cdk.out", disk({ "cdk.out/manifest.json": "{" }))).toThrow(
      "cdk.out/manifest.json cannot be read as JSON",
    );
    expect(() =>
      readAssembly(
        "cdk.out",
        disk({
          "cdk.out/manifest.json": manifest({
            S: { type: "aws:cloudformation:stack", properties: { templateFile: "S.json" } },
          }),
        }),
      ),
    ).toThrow("cdk.out/S.json is not there, though the manifest of cdk.out names it: run cdk synth again.");
  });

  test("without paths in its metadata is put together by the hashes of its assets", () => {
    const hash = "0123456789abcdef".repeat(4);
    const stack = JSON.stringify({
      Resources: {
        N: {
          Type: "AWS::CloudFormation::Stack",
          Properties: {
            TemplateURL: { "Fn::Join": ["", ["https://s3.", { Ref: "AWS::Region" }, `/x/${hash}.json`]] },
          },
        },
        F: {
          Type: "AWS::Lambda::Function",
          Properties: {
            Handler: "index.handler",
            Code: { S3Bucket: "b", S3Key: `${hash.replace("0", "f")}.zip` },
          },
        },
      },
    });
    const assets = (source: unknown): string =>
      JSON.stringify({
        files: { [hash]: source, [hash.replace("0", "f")]: { source: { path: "asset.f" } } },
      });
    const files = {
      "cdk.out/A.template.json": stack,
      "cdk.out/AN.nested.template.json": template(),
      "cdk.out/asset.f/index.js": "",
    };

    const [facts] = readAssembly(
      "cdk.out",
      disk({ ...files, "cdk.out/A.assets.json": assets({ source: { path: "AN.nested.template.json" } }) }),
    );
    const [lost] = readAssembly("cdk.out", disk({ ...files, "cdk.out/A.assets.json": "{" }));

    expect(facts?.queues.map(({ id }) => id)).toEqual(["N/Q1"]);
    expect(facts && one(facts.functions, "F").code?.root).toBe("cdk.out/asset.f");
    expect(lost?.queues).toEqual([]);
    expect(lost?.gaps).toMatchObject([{ about: ["N"] }]);
  });

  test("has what its stacks export to each other, with what belongs to it", () => {
    const exporting = JSON.stringify({
      Resources: {
        Q: {
          Type: "AWS::SQS::Queue",
          Properties: {
            VisibilityTimeout: 45,
            RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": ["D", "Arn"] }, maxReceiveCount: 3 },
          },
        },
        D: { Type: "AWS::SQS::Queue" },
        Unused: { Type: "AWS::SQS::Queue" },
      },
      Outputs: { Out: { Value: { "Fn::GetAtt": ["Q", "Arn"] }, Export: { Name: "A:Q" } } },
    });
    const importing = JSON.stringify({
      Resources: {
        F: { Type: "AWS::Lambda::Function" },
        M: {
          Type: "AWS::Lambda::EventSourceMapping",
          Properties: { FunctionName: { Ref: "F" }, EventSourceArn: { "Fn::ImportValue": "A:Q" } },
        },
        N: {
          Type: "AWS::Lambda::EventSourceMapping",
          Properties: { FunctionName: { Ref: "F" }, EventSourceArn: { "Fn::ImportValue": "Other:Q" } },
        },
      },
    });

    const [a, b] = readAssembly(
      "cdk.out",
      disk({ "cdk.out/A.template.json": exporting, "cdk.out/B.template.json": importing }),
    );

    expect(a?.queues.map(({ id }) => id)).toEqual(["Q", "D", "Unused"]);
    expect(b?.queues.map(({ id }) => id)).toEqual(["A/Q", "A/D"]);
    expect(b && told(one(b.mappings, "M").source)).toBe("A/Q literal");
    expect(b && told(one(b.queues, "A/Q").visibilityTimeoutSeconds)).toBe("45 literal");
    expect(b && one(b.queues, "A/Q").place?.file).toBe("cdk.out/A.template.json");
    expect(b && told(one(b.mappings, "N").source)).toBe("unknown, queue is imported (Fn::ImportValue)");
  });

  test("a function's code is its asset", () => {
    const facts = readAssembly(
      "cdk.out",
      disk({
        "cdk.out/A.template.json":
          '{"Resources":{"F":{"Type":"AWS::Lambda::Function","Properties":{"Handler":"index.handler","Code":{"S3Bucket":"b","S3Key":"k"}},"Metadata":{"aws:asset:path":"asset.1","aws:asset:property":"Code"}}}}',
        "cdk.out/asset.1/index.js": "",
      }),
    );

    expect(facts[0] && one(facts[0].functions, "F").code).toEqual({
      root: "cdk.out/asset.1",
      handler: "index.handler",
    });
  });
});
