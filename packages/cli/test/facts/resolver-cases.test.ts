/** Each case that a reader of templates has to get right, one by one: what the two numbers are, and where they come from. */

import { describe, expect, it } from "vitest";
import { readCloudFormation } from "../../src/facts/cloudformation/read.ts";
import type { Files } from "../../src/facts/files.ts";
import type { Facts } from "../../src/facts/model.ts";
import type { Value } from "../../src/facts/value.ts";

const none: Files = { text: () => undefined, names: () => [] };

interface Parts {
  readonly head?: string;
  readonly timeout?: string;
  readonly visibility?: string;
  readonly event?: string;
  readonly more?: string;
}

function template({
  head = "",
  timeout = "      Timeout: 60\n",
  visibility,
  event,
  more = "",
}: Parts): string {
  return `Transform: AWS::Serverless-2016-10-31
${head}Resources:
  Jobs:
    Type: AWS::SQS::Queue
${visibility === undefined ? "" : `    Properties:\n      VisibilityTimeout: ${visibility}\n`}  Worker:
    Type: AWS::Serverless::Function
    Properties:
      Handler: index.handler
${timeout}      Events:
        Jobs:
${event ?? "          Type: SQS\n          Properties:\n            Queue: !GetAtt Jobs.Arn\n"}${more}`;
}

const read = (parts: Parts): Facts => readCloudFormation("template.yaml", template(parts), none);

/** `60 literal`, or why it is not known; one for each case. */
function said<T>(value: Value<T> | undefined): readonly string[] {
  return (value?.cases ?? []).map(({ when, answer }) => {
    const world = Object.entries(when).map(([choice, taken]) => `${choice}=${taken}: `);
    return `${world.join("")}${answer.known ? `${String(answer.value)} ${answer.from}` : `unknown: ${answer.reason}`}`;
  });
}

const timeoutOf = (parts: Parts) => said(read(parts).functions[0]?.timeoutSeconds);
const visibilityOf = (parts: Parts) =>
  said(read(parts).queues.find(({ id }) => id === "Jobs")?.visibilityTimeoutSeconds);

describe("numbers", () => {
  const PARAMETERS = `Parameters:
  Long: { Type: Number, Default: 90 }
  Free: { Type: Number }
  Kept: { Type: "AWS::SSM::Parameter::Value<Number>", Default: /visibility }
  Stage: { Type: String, Default: dev, AllowedValues: [dev, prod] }
Mappings:
  Times: { dev: { Visibility: 40 }, prod: { Visibility: 400 } }
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
`;

  it.each<[string, string | undefined, readonly string[]]>([
    ["a literal", "120", ["120 literal"]],
    ["a quoted number", '"120"', ["120 literal"]],
    ["0 is a value", "0", ["0 literal"]],
    ["a queue without properties has 30 s", undefined, ["30 default"]],
    ["a parameter's default, by Ref in short", "!Ref Long", ["90 parameter-default"]],
    ["a parameter's default, by Ref in long", "{ Ref: Long }", ["90 parameter-default"]],
    ["Fn::Sub of a parameter", '!Sub "${Long}"', ["90 parameter-default"]],
    ["AWS::NoValue leaves the default", "!Ref AWS::NoValue", ["30 default"]],
  ])("%s", (_, visibility, expected) => {
    expect(visibilityOf({ head: PARAMETERS, ...(visibility === undefined ? {} : { visibility }) })).toEqual(
      expected,
    );
  });

  it.each([
    ["a parameter without a default", "!Ref Free", /^unknown: .*Free/],
    ["a parameter in SSM", "!Ref Kept", /^unknown: .*(SSM|Kept)/],
    ["a dynamic reference", '"{{resolve:ssm:/visibility}}"', /^unknown: .*resolve/],
    ["an import", "!ImportValue visibility", /^unknown: .*ImportValue/],
    ["a GetAtt of what is not here", "!GetAtt Elsewhere.Seconds", /^unknown: /],
  ])("%s is unknown, and never the default", (_, visibility, reason) => {
    const answers = visibilityOf({ head: PARAMETERS, visibility });
    expect(answers).toHaveLength(1);
    expect(answers[0]).toMatch(reason);
  });

  it("a mapping has a case for each key that its parameter may name", () => {
    expect(
      visibilityOf({ head: PARAMETERS, visibility: "!FindInMap [Times, !Ref Stage, Visibility]" }),
    ).toEqual(["Stage=dev: 40 mapping", "Stage=prod: 400 mapping"]);
  });

  it("a condition has a case for each branch", () => {
    expect(visibilityOf({ head: PARAMETERS, visibility: "!If [IsProd, 400, 40]" })).toEqual([
      "Stage=dev: 40 branch",
      "Stage=prod: 400 branch",
    ]);
  });

  it("one parameter at both ends keeps them equal, whatever it is", () => {
    const facts = read({ head: PARAMETERS, timeout: "      Timeout: !Ref Free\n", visibility: "!Ref Free" });
    const [timeout, visibility] = [
      facts.functions[0]?.timeoutSeconds,
      facts.queues[0]?.visibilityTimeoutSeconds,
    ].map((value) => value?.cases[0]?.answer);
    expect(timeout).toMatchObject({
      known: false,
      linear: { terms: [{ symbol: { id: "Free" }, times: 1 }] },
    });
    expect(visibility).toMatchObject({
      known: false,
      linear: { terms: [{ symbol: { id: "Free" }, times: 1 }] },
    });
  });
});

describe("timeouts", () => {
  const GLOBALS = "Globals:\n  Function:\n    Timeout: 25\n";

  it("are Lambda's 3 s where nothing is set, SAM's Globals where they are, and the function's own before them", () => {
    expect(timeoutOf({ timeout: "" })).toEqual(["3 default"]);
    expect(timeoutOf({ head: GLOBALS, timeout: "" })).toEqual(["25 globals"]);
    expect(timeoutOf({ head: GLOBALS })).toEqual(["60 literal"]);
  });

  it("are not a durable function's execution timeout", () => {
    expect(timeoutOf({ timeout: "      DurableConfig:\n        ExecutionTimeout: 86400\n" })).toEqual([
      "3 default",
    ]);
  });
});

describe("what names the queue", () => {
  const event = (queue: string) =>
    `          Type: SQS\n          Properties:\n            Queue: ${queue}\n`;

  it.each([
    ["GetAtt in short", "!GetAtt Jobs.Arn"],
    ["GetAtt in long", "{ Fn::GetAtt: Jobs.Arn }"],
    ["GetAtt as a list", "{ Fn::GetAtt: [Jobs, Arn] }"],
    ["Fn::Sub of its ARN", '!Sub "${Jobs.Arn}"'],
    [
      "Fn::Sub of an ARN with its name",
      '!Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Jobs.QueueName}"',
    ],
    [
      "Fn::Join of an ARN with its name",
      '!Join [":", ["arn:aws:sqs", !Ref AWS::Region, !Ref AWS::AccountId, !GetAtt Jobs.QueueName]]',
    ],
  ])("%s", (_, queue) => {
    expect(said(read({ event: event(queue) }).mappings[0]?.source)).toEqual(["Jobs literal"]);
  });

  it.each([
    ["an import", "!ImportValue jobs-arn", /ImportValue/],
    ["an ARN of another stack", "arn:aws:sqs:eu-west-1:111122223333:elsewhere", /elsewhere|arn/],
  ])("%s is unknown, and no queue of this template", (_, queue, reason) => {
    expect(said(read({ event: event(queue) }).mappings[0]?.source).join()).toMatch(reason);
    expect(said(read({ event: event(queue) }).mappings[0]?.source).join()).toMatch(/^unknown/);
  });

  it("SNS with SqsSubscription makes a queue of 30 s and a mapping", () => {
    const { queues, mappings } = read({
      event:
        "          Type: SNS\n          Properties:\n            Topic: !Ref Topic\n            SqsSubscription: true\n",
      more: "  Topic:\n    Type: AWS::SNS::Topic\n",
    });
    const made = queues.find(({ generatedBy }) => generatedBy !== undefined);
    expect(said(made?.visibilityTimeoutSeconds)).toEqual(["30 default"]);
    expect(mappings.map(({ source }) => said(source))).toEqual([[`${made?.id} literal`]]);
  });
});

describe("what names the function of a mapping of its own", () => {
  const mapping = (name: string) => `  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      FunctionName: ${name}
      EventSourceArn: !GetAtt Jobs.Arn
  Alias:
    Type: AWS::Lambda::Alias
    Properties: { FunctionName: !Ref Worker, FunctionVersion: !GetAtt Version.Version, Name: live }
  Version:
    Type: AWS::Lambda::Version
    Properties: { FunctionName: !Ref Worker }
`;

  it.each([
    ["Ref", "!Ref Worker"],
    ["its ARN", "!GetAtt Worker.Arn"],
    ["an alias", "!Ref Alias"],
    ["a version", "!Ref Version"],
    ["Fn::Sub", '!Sub "${Worker}"'],
    ["Fn::Sub of an ARN with a qualifier", '!Sub "${Worker.Arn}:live"'],
  ])("%s", (_, name) => {
    const found = read({ more: mapping(name) }).mappings.find(({ id }) => id === "Mapping");
    expect(said(found?.function)).toEqual(["Worker literal"]);
  });

  it("a literal name is that of the function which has it", () => {
    const found = read({
      timeout: "      Timeout: 60\n      FunctionName: worker\n",
      more: mapping("worker"),
    }).mappings.find(({ id }) => id === "Mapping");
    expect(said(found?.function)).toEqual(["Worker literal"]);
  });
});

describe("a redrive policy", () => {
  const dead = (policy: string) =>
    said(
      readCloudFormation(
        "template.yaml",
        `Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n    Properties:\n      RedrivePolicy: ${policy}\n  Dead:\n    Type: AWS::SQS::Queue\n`,
        none,
      ).queues.find(({ id }) => id === "Jobs")?.deadLetterQueue,
    );

  it.each([
    ["an object", "{ deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 5 }"],
    ["Fn::Sub of a text", `!Sub '{"deadLetterTargetArn":"\${Dead.Arn}","maxReceiveCount":5}'`],
  ])("as %s names the dead-letter queue", (_, policy) => {
    expect(dead(policy)).toEqual(["Dead literal"]);
  });

  it("as a text with an ARN of another stack names it as it stands", () => {
    expect(
      dead(`'{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:111122223333:dead","maxReceiveCount":5}'`).join(),
    ).toContain("arn:aws:sqs:eu-west-1:111122223333:dead");
  });
});
