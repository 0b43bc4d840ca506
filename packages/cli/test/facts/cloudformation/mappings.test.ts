import { describe, expect, test } from "vitest";
import type { Facts } from "../../../src/facts/model.ts";
import { one, read, told } from "./support.ts";

function withMapping(properties: string, resources = ""): Facts {
  return read(`
Parameters: { Given: { Type: String } }
Conditions: { Big: !Equals [!ImportValue Size, big] }
Resources:
  F: { Type: AWS::Lambda::Function, Properties: { FunctionName: orders } }
  Q: { Type: AWS::SQS::Queue }
  M:
    Type: AWS::Lambda::EventSourceMapping
    Properties: ${properties}
${resources}`);
}

describe("the function of a mapping", () => {
  const more = `
  A: { Type: AWS::Lambda::Alias, Properties: { FunctionName: !Ref F, FunctionVersion: !GetAtt V.Version, Name: live } }
  V: { Type: AWS::Lambda::Version, Properties: { FunctionName: !GetAtt F.Arn } }
  Loop: { Type: AWS::Lambda::Alias, Properties: { FunctionName: !Ref Loop, Name: live } }
`;

  test.each([
    ["Ref", "!Ref F", "F literal"],
    ["ARN", "!GetAtt F.Arn", "F literal"],
    ["ARN in long form", '{ "Fn::GetAtt": [F, Arn] }', "F literal"],
    ["ARN in dotted long form", '{ "Fn::GetAtt": F.Arn }', "F literal"],
    ["alias", "!Ref A", "F literal"],
    ["version", "!Ref V", "F literal"],
    ["name", "orders", "F literal"],
    ["name with an alias", "orders:live", "F literal"],
    ["reference with an alias", '!Sub "${F}:live"', "F literal"],
    ["reference in a text", '!Sub "${F.Arn}"', "F literal"],
    ["ARN put together", '!Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${F}"', "F literal"],
    [
      "ARN joined",
      '!Join [":", [arn, aws, lambda, !Ref AWS::Region, !Ref AWS::AccountId, function, orders, live]]',
      "F literal",
    ],
    [
      "ARN of an alias, cut and put together again",
      '!Join ["", [!Select [6, !Split [":", !Ref A]], ":live"]]',
      "F literal",
    ],
    ["name cut out of the ARN", '!Select [6, !Split [":", !GetAtt F.Arn]]', "F literal"],
    ["alias that names itself", "!Ref Loop", "unknown, function is Loop, which names nothing else or itself"],
    ["another name", "other", "unknown, function is other, which is not in this template"],
    ["import", "!ImportValue Fn", "unknown, function is imported (Fn::ImportValue)"],
    ["parameter", "!Ref Given", "unknown, function is the parameter Given, which has no default"],
    [
      "literal ARN",
      "arn:aws:lambda:eu-west-1:123456789012:function:orders",
      "unknown, function is arn:aws:lambda:eu-west-1:123456789012:function:orders, which is not in this template",
    ],
    ["queue", "!Ref Q", "unknown, function is what Q makes, which is a AWS::SQS::Queue"],
  ])("by %s", (_how, name, expected) => {
    const facts = withMapping(`{ FunctionName: ${name}, EventSourceArn: !GetAtt Q.Arn }`, more);

    expect(told(one(facts.mappings, "M").function)).toBe(expected);
  });
});

test("a function is found by the parameter that both name it by", () => {
  const { mappings } = read(`
Parameters: { Name: { Type: String } }
Resources:
  F: { Type: AWS::Lambda::Function, Properties: { FunctionName: !Ref Name } }
  M: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref Name, EventSourceArn: !ImportValue Q } }
`);

  expect(told(one(mappings, "M").function)).toBe("F literal");
});

describe("the source of a mapping", () => {
  const more = `
  K: { Type: AWS::Kinesis::Stream }
  C: { Type: AWS::Kinesis::StreamConsumer, Properties: { StreamARN: !GetAtt K.Arn, ConsumerName: c } }
  T: { Type: AWS::DynamoDB::Table, Properties: { StreamSpecification: { StreamViewType: KEYS_ONLY } } }
`;

  test.each([
    ["!GetAtt Q.Arn", "sqs", "Q literal", "Q"],
    [
      '!Join ["", ["arn:aws:sqs:", !Ref AWS::Region, ":", !Ref AWS::AccountId, ":", !Select [5, !Split [":", !GetAtt Q.Arn]]]]',
      "sqs",
      "Q literal",
      "Q",
    ],
    ['!Sub "${Q.Arn}"', "sqs", "Q literal", "Q"],
    ["!GetAtt K.Arn", "kinesis", "K literal", "K"],
    ["!GetAtt C.ConsumerARN", "kinesis", "K literal", "K"],
    ["!Ref C", "kinesis", "K literal", "K"],
    ["!GetAtt T.StreamArn", "dynamodb", "T literal", "T"],
    ["!ImportValue Orders", "sqs", "unknown, queue is imported (Fn::ImportValue)", "Fn::ImportValue Orders"],
    ["!Ref Given", "sqs", "unknown, queue is the parameter Given, which has no default", "${Given}"],
    [
      "arn:aws:sqs:eu-west-1:123456789012:orders",
      "sqs",
      "unknown, queue is arn:aws:sqs:eu-west-1:123456789012:orders, which is not in this template",
      "arn:aws:sqs:eu-west-1:123456789012:orders",
    ],
    [
      "arn:aws:kinesis:eu-west-1:123456789012:stream/a",
      "kinesis",
      "unknown, stream is arn:aws:kinesis:eu-west-1:123456789012:stream/a, which is not in this template",
      "arn:aws:kinesis:eu-west-1:123456789012:stream/a",
    ],
  ])("%s is %s", (arn, kind, source, name) => {
    const { mappings } = withMapping(`{ FunctionName: !Ref F, EventSourceArn: ${arn} }`, more);

    const mapping = one(mappings, "M");
    expect(mapping.kind).toBe(kind);
    expect(told(mapping.source)).toBe(source);
    expect(mapping.sourceName).toBe(name);
  });

  test("one that is not seen and is started at a position is not taken for a queue", () => {
    const { mappings } = withMapping(
      "{ FunctionName: !Ref F, EventSourceArn: !Ref Given, StartingPosition: LATEST }",
    );

    expect(one(mappings, "M").kind).toBe("unknown");
    expect(told(one(mappings, "M").batchSize)).toBe("100 default");
    expect(told(one(mappings, "M").source)).toBe(
      "unknown, source is the parameter Given, which has no default",
    );
  });

  test("topics are Kafka's, queues a broker's", () => {
    expect(
      one(withMapping("{ FunctionName: !Ref F, EventSourceArn: !Ref Given, Topics: [a] }").mappings, "M")
        .kind,
    ).toBe("kafka");
    expect(
      one(withMapping("{ FunctionName: !Ref F, EventSourceArn: !Ref Given, Queues: [a] }").mappings, "M")
        .kind,
    ).toBe("mq");
  });

  test("a choice of queues is one in each world", () => {
    const { mappings } = withMapping(
      "{ FunctionName: !Ref F, EventSourceArn: !If [Big, !GetAtt Q.Arn, !ImportValue Q] }",
    );

    expect(told(one(mappings, "M").source)).toBe(
      "Big=true: Q literal | Big=false: unknown, queue is imported (Fn::ImportValue)",
    );
  });
});

test("what a mapping does not set is Lambda's default", () => {
  const mapping = one(withMapping("{ FunctionName: !Ref F, EventSourceArn: !GetAtt Q.Arn }").mappings, "M");

  expect(told(mapping.batchSize)).toBe("10 default");
  expect(told(mapping.batchingWindowSeconds)).toBe("0 default");
  expect(told(mapping.reportBatchItemFailures)).toBe("false default");
  expect(told(mapping.enabled)).toBe("true default");
  expect(told(mapping.maximumConcurrency)).toBe("undefined default");
  expect(told(mapping.onFailure)).toBe("undefined default");
  expect(told(mapping.filters)).toBe("false default");
  expect(told(mapping.maximumRetryAttempts)).toBe("-1 default");
  expect(told(mapping.maximumRecordAgeSeconds)).toBe("-1 default");
  expect(told(mapping.bisectBatchOnFunctionError)).toBe("false default");
});

test("what a mapping sets is read", () => {
  const mapping = one(
    withMapping(`
      FunctionName: !Ref F
      EventSourceArn: !GetAtt Q.Arn
      BatchSize: "25"
      MaximumBatchingWindowInSeconds: 5
      FunctionResponseTypes: [ReportBatchItemFailures]
      Enabled: false
      ScalingConfig: { MaximumConcurrency: 7 }
      FilterCriteria: { Filters: [{ Pattern: "{}" }] }
      MaximumRetryAttempts: 3
      MaximumRecordAgeInSeconds: 60
      BisectBatchOnFunctionError: true
      DestinationConfig: { OnFailure: { Destination: !GetAtt Q.Arn } }`).mappings,
    "M",
  );

  expect(told(mapping.batchSize)).toBe("25 literal");
  expect(told(mapping.batchingWindowSeconds)).toBe("5 literal");
  expect(told(mapping.reportBatchItemFailures)).toBe("true literal");
  expect(told(mapping.enabled)).toBe("false literal");
  expect(told(mapping.maximumConcurrency)).toBe("7 literal");
  expect(told(mapping.onFailure)).toBe('{"kind":"sqs","to":"Q"} literal');
  expect(told(mapping.filters)).toBe("true literal");
  expect(told(mapping.maximumRetryAttempts)).toBe("3 literal");
  expect(told(mapping.maximumRecordAgeSeconds)).toBe("60 literal");
  expect(told(mapping.bisectBatchOnFunctionError)).toBe("true literal");
});

test("response types that may hold anything are not known", () => {
  const { mappings } = withMapping(
    "{ FunctionName: !Ref F, EventSourceArn: !GetAtt Q.Arn, FunctionResponseTypes: !Ref Given }",
  );

  expect(told(one(mappings, "M").reportBatchItemFailures)).toBe(
    "unknown, FunctionResponseTypes is the parameter Given, which has no default",
  );
});

test("a response type that is a parameter's default is taken for granted, and says so", () => {
  const { mappings } = read(`
Parameters: { Response: { Type: String, Default: ReportBatchItemFailures } }
Resources:
  M: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: f, EventSourceArn: !ImportValue Q, FunctionResponseTypes: [!Ref Response] } }
`);

  expect(told(one(mappings, "M").reportBatchItemFailures)).toBe(
    "true parameter-default assuming the default of the parameter Response",
  );
});

test("a response type may be there in one world only", () => {
  const { mappings } = withMapping(
    "{ FunctionName: !Ref F, EventSourceArn: !GetAtt Q.Arn, FunctionResponseTypes: [!If [Big, ReportBatchItemFailures, !Ref AWS::NoValue]] }",
  );

  expect(told(one(mappings, "M").reportBatchItemFailures)).toBe(
    "Big=true: true branch | Big=false: false literal",
  );
});

test("a dead-letter queue may have a consumer of its own", () => {
  const facts = read(`
Resources:
  F: { Type: AWS::Lambda::Function }
  Q: { Type: AWS::SQS::Queue, Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 5 } } }
  D: { Type: AWS::SQS::Queue }
  M: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref F, EventSourceArn: !GetAtt Q.Arn } }
  N: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref F, EventSourceArn: !GetAtt D.Arn } }
`);

  expect(facts.mappings.map(({ id, source }) => `${id} ${told(source)}`)).toEqual([
    "M Q literal",
    "N D literal",
  ]);
  expect(told(one(facts.queues, "Q").deadLetterQueue)).toBe("D literal");
});
