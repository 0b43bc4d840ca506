import { describe, expect, test } from "vitest";
import type { Facts } from "../../../src/facts/model.ts";
import { one, read, told } from "./support.ts";

const SAM = "Transform: AWS::Serverless-2016-10-31\n";

describe("globals", () => {
  const facts = read(`${SAM}
Parameters: { T: { Type: Number, Default: 12 } }
Globals:
  Function:
    Timeout: 20
    ReservedConcurrentExecutions: !Ref T
    Environment: { Variables: { A: global, B: global } }
    DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt D.Arn }
    EventInvokeConfig: { MaximumRetryAttempts: 0 }
Resources:
  D: { Type: AWS::SQS::Queue }
  Takes: { Type: AWS::Serverless::Function }
  Overrides:
    Type: AWS::Serverless::Function
    Properties:
      Timeout: 5
      Environment: { Variables: { B: own } }
      EventInvokeConfig: { MaximumEventAgeInSeconds: 60 }
  Plain: { Type: AWS::Lambda::Function }
`);

  test("hold for each function that does not override them", () => {
    const takes = one(facts.functions, "Takes");

    expect(told(takes.timeoutSeconds)).toBe("20 globals");
    expect(takes.timeoutSeconds.cases[0]?.answer.place?.pointer).toBe("/Globals/Function/Timeout");
    expect(told(takes.reservedConcurrency)).toBe(
      "12 parameter-default assuming the default of the parameter T",
    );
    expect(told(takes.deadLetter)).toBe("D globals");
    expect(takes.settings?.pointer).toBe("/Resources/Takes/Properties");
    expect(told(takes.environment.get("A"))).toBe("global globals");
    expect(told(takes.async.maximumRetryAttempts)).toBe("0 globals");
  });

  test("are overridden value by value, and maps of them key by key", () => {
    const overrides = one(facts.functions, "Overrides");

    expect(told(overrides.timeoutSeconds)).toBe("5 literal");
    expect(told(overrides.environment.get("A"))).toBe("global globals");
    expect(told(overrides.environment.get("B"))).toBe("own literal");
    expect(told(overrides.async.maximumRetryAttempts)).toBe("0 globals");
    expect(told(overrides.async.maximumEventAgeSeconds)).toBe("60 literal");
  });

  test("are not for functions that are not SAM's", () => {
    expect(told(one(facts.functions, "Plain").timeoutSeconds)).toBe("3 default");
  });
});

function withEvent(event: string, more = ""): Facts {
  return read(`${SAM}
Resources:
  Q: { Type: AWS::SQS::Queue }
  D: { Type: AWS::SQS::Queue }
  K: { Type: AWS::Kinesis::Stream }
  T: { Type: AWS::DynamoDB::Table, Properties: { StreamSpecification: { StreamViewType: KEYS_ONLY } } }
  Topic: { Type: AWS::SNS::Topic }
  Bucket: { Type: AWS::S3::Bucket }
  F:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        E: ${event}
${more}`);
}

describe("events that are polled", () => {
  test.each([
    ["{ Type: SQS, Properties: { Queue: !GetAtt Q.Arn } }", "sqs", "Q literal", 10],
    ["{ Type: SQS, Properties: { Queue: { Fn::GetAtt: [Q, Arn] } } }", "sqs", "Q literal", 10],
    [
      "{ Type: Kinesis, Properties: { Stream: !GetAtt K.Arn, StartingPosition: LATEST } }",
      "kinesis",
      "K literal",
      100,
    ],
    [
      "{ Type: DynamoDB, Properties: { Stream: !GetAtt T.StreamArn, StartingPosition: LATEST } }",
      "dynamodb",
      "T literal",
      100,
    ],
    [
      "{ Type: MSK, Properties: { Stream: !ImportValue C, Topics: [a] } }",
      "kafka",
      "unknown, cluster is imported (Fn::ImportValue)",
      100,
    ],
    [
      "{ Type: SelfManagedKafka, Properties: { KafkaBootstrapServers: ['a:1'], Topics: [a] } }",
      "kafka",
      "unknown, cluster is given by its addresses (a:1)",
      100,
    ],
    [
      "{ Type: MQ, Properties: { Broker: !ImportValue B, Queues: [a] } }",
      "mq",
      "unknown, broker is imported (Fn::ImportValue)",
      100,
    ],
    [
      "{ Type: DocumentDB, Properties: { Cluster: !ImportValue B } }",
      "documentdb",
      "unknown, cluster is imported (Fn::ImportValue)",
      100,
    ],
  ])("%s is a mapping", (event, kind, source, batch) => {
    const mapping = one(withEvent(event).mappings, "F.Events.E");

    expect(mapping.kind).toBe(kind);
    expect(told(mapping.function)).toBe("F literal");
    expect(told(mapping.source)).toBe(source);
    expect(told(mapping.batchSize)).toBe(`${batch} default`);
    expect(mapping.place?.pointer).toBe("/Resources/F/Properties/Events/E");
    expect(mapping.settings?.pointer).toBe("/Resources/F/Properties/Events/E/Properties");
  });

  test("a type that is not known is a gap about the function", () => {
    const facts = withEvent("{ Type: Carrier, Properties: {} }");

    expect(facts.gaps).toMatchObject([
      { reason: "the event E of F has the type Carrier, which is not known", about: ["F"] },
    ]);
  });

  test.each(["Api", "HttpApi", "AlexaSkill", "Cognito"])(
    "a caller waits for %s: it is neither polled nor delivered",
    (type) => {
      const facts = withEvent(`{ Type: ${type}, Properties: { Path: /, Method: get } }`);

      expect([...facts.mappings, ...facts.deliveries, ...facts.gaps]).toEqual([]);
    },
  );
});

describe("events that are delivered", () => {
  test.each([
    [
      "{ Type: S3, Properties: { Bucket: !Ref Bucket, Events: 's3:ObjectCreated:*' } }",
      "s3",
      "Bucket literal",
      "undefined default",
    ],
    ["{ Type: SNS, Properties: { Topic: !Ref Topic } }", "sns", "Topic literal", "1987200 default"],
    [
      "{ Type: EventBridgeRule, Properties: { Pattern: { source: [a] } } }",
      "eventbridge",
      "default literal",
      "86400 default",
    ],
    [
      "{ Type: CloudWatchEvent, Properties: { Pattern: { source: [a] }, EventBusName: mine } }",
      "eventbridge",
      "mine literal",
      "86400 default",
    ],
    [
      "{ Type: Schedule, Properties: { Schedule: rate(1 day) } }",
      "eventbridge",
      "default literal",
      "86400 default",
    ],
    [
      "{ Type: ScheduleV2, Properties: { ScheduleExpression: rate(1 day), RetryPolicy: { MaximumEventAgeInSeconds: 60 } } }",
      "scheduler",
      "schedule literal",
      "60 literal",
    ],
    ["{ Type: IoTRule, Properties: { Sql: SELECT 1 } }", "iot", "iot literal", "undefined default"],
    [
      "{ Type: CloudWatchLogs, Properties: { LogGroupName: g, FilterPattern: x } }",
      "logs",
      "g literal",
      "undefined default",
    ],
  ])("%s", (event, kind, source, age) => {
    const delivery = one(withEvent(event).deliveries, "F.Events.E");

    expect(delivery.kind).toBe(kind);
    expect(delivery.asynchronous).toBe(true);
    expect(told(delivery.target)).toBe('{"kind":"function","id":"F"} literal');
    expect(told(delivery.source)).toBe(source);
    expect(told(delivery.maximumEventAgeSeconds)).toBe(age);
    expect(told(delivery.deadLetter)).toBe("undefined default");
  });

  test("a dead-letter queue that is named is that queue", () => {
    const { deliveries } = withEvent(
      "{ Type: Schedule, Properties: { Schedule: rate(1 day), DeadLetterConfig: { Arn: !GetAtt D.Arn } } }",
    );

    expect(told(one(deliveries, "F.Events.E").deadLetter)).toBe("D literal");
  });

  test("a dead-letter queue that is only asked for is made by SAM, and no event source", () => {
    const facts = withEvent(
      "{ Type: EventBridgeRule, Properties: { Pattern: { source: [a] }, DeadLetterConfig: { Type: SQS } } }",
    );

    expect(told(one(facts.deliveries, "F.Events.E").deadLetter)).toBe("FEQueue literal");
    expect(one(facts.queues, "FEQueue").generatedBy).toBe("F.Events.E");
    expect(facts.mappings).toEqual([]);
  });
});

describe("a subscription through a queue", () => {
  test("that SAM makes has SQS's defaults, and a mapping of its own", () => {
    const facts = withEvent("{ Type: SNS, Properties: { Topic: !Ref Topic, SqsSubscription: true } }");

    const queue = one(facts.queues, "FEQueue");
    expect(queue.generatedBy).toBe("F.Events.E");
    expect(told(queue.visibilityTimeoutSeconds)).toBe("30 default");
    expect(told(queue.deadLetterQueue)).toBe("undefined default");
    const mapping = one(facts.mappings, "F.Events.E");
    expect(mapping.kind).toBe("sqs");
    expect(mapping.sourceName).toBe("FEQueue");
    expect(told(mapping.source)).toBe("FEQueue literal");
    expect(told(mapping.batchSize)).toBe("10 default");
    expect(told(one(facts.deliveries, "F.Events.E").target)).toBe('{"kind":"queue","id":"FEQueue"} literal');
  });

  test("that is given is polled as it says", () => {
    const facts = withEvent(
      "{ Type: SNS, Properties: { Topic: !Ref Topic, SqsSubscription: { QueueArn: !GetAtt Q.Arn, QueueUrl: !Ref Q, BatchSize: 4, Enabled: false } } }",
    );

    const mapping = one(facts.mappings, "F.Events.E");
    expect(told(mapping.source)).toBe("Q literal");
    expect(told(mapping.batchSize)).toBe("4 literal");
    expect(told(mapping.enabled)).toBe("false literal");
    expect(told(one(facts.deliveries, "F.Events.E").target)).toBe('{"kind":"queue","id":"Q"} literal');
    expect(facts.queues.map(({ id }) => id)).toEqual(["Q", "D"]);
  });

  test("that is turned off goes straight to the function", () => {
    const facts = withEvent("{ Type: SNS, Properties: { Topic: !Ref Topic, SqsSubscription: false } }");

    expect(facts.mappings).toEqual([]);
    expect(told(one(facts.deliveries, "F.Events.E").target)).toContain('"function"');
  });
});

describe("decoys", () => {
  test("`Type: SQS` of a dead-letter queue or a destination is no event source", () => {
    const facts = read(`${SAM}
Resources:
  D: { Type: AWS::SQS::Queue }
  F:
    Type: AWS::Serverless::Function
    Properties:
      DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt D.Arn }
      EventInvokeConfig:
        DestinationConfig:
          OnFailure: { Type: SQS, Destination: !GetAtt D.Arn }
          OnSuccess: { Type: SQS, Destination: !GetAtt D.Arn }
      Events:
        K:
          Type: Kinesis
          Properties:
            Stream: !ImportValue K
            StartingPosition: LATEST
            DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt D.Arn } }
`);

    expect(facts.mappings.map(({ id, kind }) => `${id} ${kind}`)).toEqual(["F.Events.K kinesis"]);
    expect(told(one(facts.mappings, "F.Events.K").onFailure)).toBe('{"kind":"sqs","to":"D"} literal');
    expect(told(one(facts.functions, "F").deadLetter)).toBe("D literal");
    expect(told(one(facts.functions, "F").async.onFailure)).toBe("D literal");
  });

  test("the execution timeout of a durable function is not its timeout", () => {
    const facts = read(`${SAM}
Resources:
  F: { Type: AWS::Serverless::Function, Properties: { DurableConfig: { ExecutionTimeout: 3600 } } }
`);

    expect(told(one(facts.functions, "F").timeoutSeconds)).toBe("3 default");
  });

  test("connectors are permissions", () => {
    const facts = withEvent(
      "{ Type: Api, Properties: { Path: /, Method: get } }",
      "  C: { Type: AWS::Serverless::Connector, Properties: { Source: { Id: Q }, Destination: { Id: F }, Permissions: [Read] } }",
    );

    expect([...facts.mappings, ...facts.deliveries, ...facts.gaps]).toEqual([]);
  });
});

describe("destinations that are only asked for are made by SAM", () => {
  const facts = read(`${SAM}
Parameters: { Use: { Type: String, Default: True, AllowedValues: [true, false] } }
Conditions: { Given: !Equals [!Ref Use, "true"] }
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      EventInvokeConfig:
        DestinationConfig:
          OnFailure: { Type: SQS }
          OnSuccess: { Type: SQS, Destination: !If [Given, !GetAtt Q.Arn, !Ref AWS::NoValue] }
  Q: { Type: AWS::SQS::Queue }
  M: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref F, EventSourceArn: !GetAtt F.DestinationQueue.Arn } }
  N: { Type: AWS::Lambda::EventSourceMapping, Properties: { FunctionName: !Ref F, EventSourceArn: !GetAtt FEventInvokeConfigOnFailureQueue.Arn } }
`);

  test("and are named after the function", () => {
    expect(told(one(facts.functions, "F").async.onFailure)).toBe("FEventInvokeConfigOnFailureQueue literal");
    expect(one(facts.queues, "FEventInvokeConfigOnFailureQueue").generatedBy).toBe("F");
  });

  test("and are there only where none is given", () => {
    expect(told(one(facts.queues, "FEventInvokeConfigOnSuccessQueue").exists)).toBe(
      "Use=true: false branch | Use=false: true literal",
    );
    expect(told(one(facts.deliveries, "F.OnSuccess").target)).toBe(
      'Use=true: {"kind":"queue","id":"Q"} literal | Use=false: {"kind":"queue","id":"FEventInvokeConfigOnSuccessQueue"} literal',
    );
  });

  test("and can be referred to by the name that SAM gives", () => {
    expect(told(one(facts.mappings, "N").source)).toBe("FEventInvokeConfigOnFailureQueue literal");
  });
});

test("a template of SAM is told from one of CloudFormation", () => {
  expect(read(`${SAM}Resources: {}`).language).toBe("sam");
  expect(
    read("Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\nResources: {}").language,
  ).toBe("sam");
  expect(read("Resources: {}").language).toBe("cloudformation");
});
