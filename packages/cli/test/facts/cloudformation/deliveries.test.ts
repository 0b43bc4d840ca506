import { describe, expect, test } from "vitest";
import { one, read, told } from "./support.ts";

const COMMON = `
Conditions: { Big: !Equals [!ImportValue Size, big] }
Resources:
  F: { Type: AWS::Lambda::Function }
  A: { Type: AWS::Lambda::Alias, Properties: { FunctionName: !Ref F, Name: live, FunctionVersion: "1" } }
  Q: { Type: AWS::SQS::Queue }
  D: { Type: AWS::SQS::Queue }
  Topic: { Type: AWS::SNS::Topic }
  Machine: { Type: AWS::StepFunctions::StateMachine }
`;
const FUNCTION = '{"kind":"function","id":"F"} literal';
const QUEUE = '{"kind":"queue","id":"Q"} literal';

describe("a rule", () => {
  const rule = (targets: string): ReturnType<typeof read> =>
    read(
      `${COMMON}  R: { Type: AWS::Events::Rule, Properties: { EventPattern: { source: [b, a] }, Targets: ${targets} } }`,
    );

  test("delivers to each of its targets, each with its own dead-letter queue and age", () => {
    const { deliveries } = rule(
      "[{ Id: a, Arn: !GetAtt F.Arn }, { Id: b, Arn: !GetAtt Q.Arn, DeadLetterConfig: { Arn: !GetAtt D.Arn }, RetryPolicy: { MaximumEventAgeInSeconds: 60 } }]",
    );

    const [first, second] = [one(deliveries, "R.Targets.0"), one(deliveries, "R.Targets.1")];
    expect(told(first.target)).toBe(FUNCTION);
    expect(told(first.deadLetter)).toBe("undefined default");
    expect(told(first.maximumEventAgeSeconds)).toBe("86400 default");
    expect(first.settings?.pointer).toBe("/Resources/R/Properties/Targets/0");
    expect(told(second.target)).toBe(QUEUE);
    expect(told(second.deadLetter)).toBe("D literal");
    expect(told(second.maximumEventAgeSeconds)).toBe("60 literal");
    expect(told(second.deduplicationId)).toBe("undefined default");
  });

  test("that sends to something else is left out, and one that may send to a function is not", () => {
    const { deliveries } = rule("[{ Id: a, Arn: !Ref Machine }, { Id: b, Arn: !ImportValue Somewhere }]");

    expect(deliveries.map(({ id, target }) => `${id} ${told(target)}`)).toEqual([
      "R.Targets.1 unknown, target is imported (Fn::ImportValue)",
    ]);
  });

  test("has a target in some worlds only", () => {
    const { deliveries } = rule("[!If [Big, { Id: a, Arn: !Ref A }, !Ref AWS::NoValue]]");

    expect(told(one(deliveries, "R.Targets.0").exists)).toBe(
      "Big=true: true branch | Big=false: false branch",
    );
    expect(told(one(deliveries, "R.Targets.0").target)).toBe(FUNCTION);
  });

  test("of the same pattern is told by equal texts, in whatever order its keys are", () => {
    const { deliveries } = read(`${COMMON}
  R: { Type: AWS::Events::Rule, Properties: { EventPattern: { source: [a], detail: { x: [!Ref F] } }, Targets: [{ Id: a, Arn: !GetAtt F.Arn }] } }
  S: { Type: AWS::Events::Rule, Properties: { EventPattern: { detail: { x: [!Ref F] }, source: [a] }, Targets: [{ Id: a, Arn: !GetAtt F.Arn }] } }
  T: { Type: AWS::Events::Rule, Properties: { ScheduleExpression: rate(1 day), Targets: [{ Id: a, Arn: !GetAtt F.Arn }] } }
`);

    const [r, s, t] = ["R", "S", "T"].map((id) => told(one(deliveries, `${id}.Targets.0`).selection));
    expect(r).toBe(s);
    expect(t).toBe("rate(1 day) literal");
  });
});

test("a schedule delivers to its target", () => {
  const { deliveries } = read(
    `${COMMON}  S: { Type: AWS::Scheduler::Schedule, Properties: { ScheduleExpression: rate(1 day), Target: { Arn: !GetAtt F.Arn, DeadLetterConfig: { Arn: !GetAtt D.Arn } } } }`,
  );

  const delivery = one(deliveries, "S");
  expect(delivery.kind).toBe("scheduler");
  expect(told(delivery.target)).toBe(FUNCTION);
  expect(told(delivery.deadLetter)).toBe("D literal");
  expect(told(delivery.maximumEventAgeSeconds)).toBe("86400 default");
});

test("a schedule that calls an API sends to what its input names", () => {
  const call = (target: string): string =>
    `${COMMON}  S: { Type: AWS::Scheduler::Schedule, Properties: { ScheduleExpression: rate(1 day), Target: { ${target} } } }`;

  const { deliveries } = read(
    call(
      `Arn: "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", Input: !Sub '{"QueueUrl":"\${Q}","MessageBody":"x"}'`,
    ),
  );
  const open = read(call('Arn: "arn:aws:scheduler:::aws-sdk:lambda:invoke", Input: !ImportValue X'));

  expect(told(one(deliveries, "S").target)).toBe(QUEUE);
  expect(told(one(open.deliveries, "S").target)).toBe(
    "unknown, target is named in an input that cannot be read",
  );
});

describe("a topic", () => {
  test("delivers through a subscription, with its filter and its redrive policy", () => {
    const { deliveries } = read(
      `${COMMON}  S: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref Topic, Protocol: lambda, Endpoint: !GetAtt F.Arn, FilterPolicy: { a: [b] }, RedrivePolicy: { deadLetterTargetArn: !GetAtt D.Arn } } }`,
    );

    const delivery = one(deliveries, "S");
    expect(told(delivery.target)).toBe(FUNCTION);
    expect(told(delivery.source)).toBe("Topic literal");
    expect(told(delivery.selection)).toBe('MessageAttributes {"a":["b"]} literal');
    expect(told(delivery.deadLetter)).toBe("D literal");
    expect(told(delivery.maximumEventAgeSeconds)).toBe("1987200 default");
  });

  test("delivers to what it names itself", () => {
    const { deliveries } = read(
      `${COMMON}  T: { Type: AWS::SNS::Topic, Properties: { Subscription: [{ Protocol: sqs, Endpoint: !GetAtt Q.Arn }, { Protocol: email, Endpoint: a@b.c }] } }`,
    );

    expect(deliveries.map(({ id }) => id)).toEqual(["T.Subscription.0"]);
    expect(told(one(deliveries, "T.Subscription.0").target)).toBe(QUEUE);
    expect(told(one(deliveries, "T.Subscription.0").source)).toBe("T literal");
  });
});

describe("a bucket", () => {
  test("delivers to functions, queues and topics, each with its filter", () => {
    const { deliveries } = read(`${COMMON}
  B:
    Type: AWS::S3::Bucket
    Properties:
      NotificationConfiguration:
        LambdaConfigurations:
          - { Event: "s3:ObjectCreated:*", Function: !GetAtt F.Arn, Filter: { S3Key: { Rules: [{ Name: prefix, Value: in/ }, { Name: Suffix, Value: .csv }] } } }
        QueueConfigurations: [{ Event: "s3:ObjectRemoved:*", Queue: !GetAtt Q.Arn }]
        TopicConfigurations: [{ Event: "s3:ObjectRemoved:*", Topic: !Ref Topic }]
`);

    const toFunction = one(deliveries, "B.LambdaConfigurations.0");
    expect(told(toFunction.target)).toBe(FUNCTION);
    expect(told(toFunction.source)).toBe("B literal");
    expect(told(toFunction.prefix)).toBe("in/ literal");
    expect(told(toFunction.suffix)).toBe(".csv literal");
    const toQueue = one(deliveries, "B.QueueConfigurations.0");
    expect(told(toQueue.target)).toBe(QUEUE);
    expect(told(toQueue.prefix)).toBe(" default");
    expect(told(one(deliveries, "B.TopicConfigurations.0").target)).toBe(
      '{"kind":"other","id":"Topic"} literal',
    );
  });

  test("of the CDK is notified through its custom resource", () => {
    const { deliveries } = read(`${COMMON}
  B: { Type: AWS::S3::Bucket }
  N:
    Type: Custom::S3BucketNotifications
    Properties:
      BucketName: !Ref B
      NotificationConfiguration:
        LambdaFunctionConfigurations:
          - { Events: ["s3:ObjectCreated:*"], LambdaFunctionArn: !GetAtt F.Arn, Filter: { Key: { FilterRules: [{ Name: prefix, Value: in/ }] } } }
`);

    const delivery = one(deliveries, "N.LambdaFunctionConfigurations.0");
    expect(told(delivery.source)).toBe("B literal");
    expect(told(delivery.prefix)).toBe("in/ literal");
  });

  test("of SAM and of CloudFormation select by equal texts", () => {
    const { deliveries } = read(`Transform: AWS::Serverless-2016-10-31
Resources:
  B: { Type: AWS::S3::Bucket, Properties: { NotificationConfiguration: { LambdaConfigurations: [{ Event: "s3:ObjectCreated:*", Function: !GetAtt F.Arn }] } } }
  F: { Type: AWS::Serverless::Function, Properties: { Events: { E: { Type: S3, Properties: { Bucket: !Ref B, Events: ["s3:ObjectCreated:*"] } } } } }
`);

    const [first, second] = deliveries.map(({ selection }) => told(selection));
    expect(first).toBe(second);
  });
});

test("what is met less often delivers too", () => {
  const { deliveries } = read(`${COMMON}
  I: { Type: AWS::IoT::TopicRule, Properties: { TopicRulePayload: { Sql: SELECT 1, Actions: [{ Lambda: { FunctionArn: !GetAtt F.Arn } }, { Sqs: { QueueUrl: !Ref Q, RoleArn: r } }, { S3: { BucketName: b } }], ErrorAction: { Sqs: { QueueUrl: !Ref D } } } } }
  L: { Type: AWS::Logs::SubscriptionFilter, Properties: { LogGroupName: g, DestinationArn: !GetAtt F.Arn, FilterPattern: "" } }
  M: { Type: AWS::SES::ReceiptRule, Properties: { Rule: { Actions: [{ LambdaAction: { FunctionArn: !GetAtt F.Arn } }, { LambdaAction: { FunctionArn: !GetAtt F.Arn, InvocationType: RequestResponse } }] } } }
  U: { Type: AWS::Cognito::UserPool, Properties: { LambdaConfig: { PostConfirmation: !GetAtt F.Arn } } }
`);

  expect(
    deliveries.map(({ id, kind, asynchronous, target, deadLetter }) =>
      [id, kind, asynchronous, told(target), told(deadLetter)].join(" "),
    ),
  ).toEqual([
    `I.Actions.0 iot true ${FUNCTION} D literal`,
    `I.Actions.1 iot true ${QUEUE} D literal`,
    `L logs true ${FUNCTION} undefined default`,
    `M.Actions.0 ses true ${FUNCTION} undefined default`,
    `M.Actions.1 ses false ${FUNCTION} undefined default`,
    `U.LambdaConfig.PostConfirmation cognito false ${FUNCTION} undefined default`,
  ]);
});

describe("API Gateway", () => {
  const path = "!Sub 'arn:aws:apigateway:${AWS::Region}:sqs:path/${AWS::AccountId}/${Q.QueueName}'";

  test.each([
    ["Action=SendMessage&MessageBody=$input.body&MessageDeduplicationId=$context.requestId", "true"],
    ["Action=SendMessage&MessageBody=$input.body", "false"],
  ])("sends %s", (template, expected) => {
    const { deliveries } = read(
      `${COMMON}  M: { Type: AWS::ApiGateway::Method, Properties: { Integration: { Type: AWS, Uri: ${path}, RequestTemplates: { application/json: "${template}" } } } }`,
    );

    const delivery = one(deliveries, "M");
    expect(delivery.kind).toBe("apigateway");
    expect(told(delivery.target)).toBe(QUEUE);
    expect(told(delivery.deduplicationId)).toBe(`${expected} literal`);
  });

  test("sends to a queue that it names by the same parameter", () => {
    const { deliveries } = read(`
Parameters: { Name: { Type: String } }
Resources:
  Q: { Type: AWS::SQS::Queue, Properties: { QueueName: !Ref Name } }
  M: { Type: AWS::ApiGateway::Method, Properties: { Integration: { Type: AWS, Uri: !Sub "arn:aws:apigateway:\${AWS::Region}:sqs:path/\${AWS::AccountId}/\${Name}" } } }
`);

    expect(told(one(deliveries, "M").target)).toBe(QUEUE);
  });

  test("sends from an HTTP API", () => {
    const { deliveries } = read(
      `${COMMON}  I: { Type: AWS::ApiGatewayV2::Integration, Properties: { IntegrationSubtype: SQS-SendMessage, RequestParameters: { QueueUrl: !Ref Q, MessageBody: $request.body, MessageDeduplicationId: $request.body.id } } }`,
    );

    expect(told(one(deliveries, "I").target)).toBe(QUEUE);
    expect(told(one(deliveries, "I").deduplicationId)).toBe("true literal");
  });

  test("sends from a definition of its own", () => {
    const { deliveries } = read(
      `${COMMON}  Api: { Type: AWS::Serverless::Api, Properties: { DefinitionBody: { paths: { /orders: { post: { x-amazon-apigateway-integration: { type: aws, uri: ${path} } } } } } } }`,
    );

    expect(deliveries.map(({ id, target }) => `${id} ${told(target)}`)).toEqual([
      `Api./orders.post ${QUEUE}`,
    ]);
  });

  test("sends from a definition in a file of its own", () => {
    const api = (location: string): string =>
      `${COMMON}  Api: { Type: AWS::Serverless::HttpApi, Properties: { DefinitionBody: { "Fn::Transform": { Name: AWS::Include, Parameters: { Location: ${location} } } } } }`;
    const definition =
      "paths: { /: { post: { x-amazon-apigateway-integration: { integrationSubtype: SQS-SendMessage, requestParameters: { QueueUrl: { Ref: Q }, MessageBody: a } } } } }";

    const here = read(api("api.yaml"), { "api.yaml": definition });
    const elsewhere = read(api("s3://bucket/api.yaml"));

    expect(told(one(here.deliveries, "Api./.post").target)).toBe(QUEUE);
    expect(one(here.deliveries, "Api./.post").place?.file).toBe("api.yaml");
    expect(here.gaps).toEqual([]);
    expect(elsewhere.gaps).toMatchObject([
      {
        reason:
          "the definition of the API Api is not on this disk (s3://bucket/api.yaml), and is not looked into",
        about: ["Api"],
      },
    ]);
  });

  test("that calls a function is no delivery", () => {
    const { deliveries } = read(
      `${COMMON}  M: { Type: AWS::ApiGateway::Method, Properties: { Integration: { Type: AWS_PROXY, Uri: !Sub 'arn:aws:apigateway:\${AWS::Region}:lambda:path/2015-03-31/functions/\${F.Arn}/invocations' } } }`,
    );

    expect(deliveries).toEqual([]);
  });
});

describe("a pipe", () => {
  test("polls a queue, with an enrichment and a target", () => {
    const { pipes } = read(
      `${COMMON}  P: { Type: AWS::Pipes::Pipe, Properties: { Source: !GetAtt Q.Arn, SourceParameters: { SqsQueueParameters: { BatchSize: 5, MaximumBatchingWindowInSeconds: 3 } }, Enrichment: !GetAtt F.Arn, Target: !Ref Machine } }`,
    );

    const pipe = one(pipes, "P");
    expect(pipe.kind).toBe("sqs");
    expect(told(pipe.source)).toBe("Q literal");
    expect(told(pipe.enrichment)).toBe("F literal");
    expect(told(pipe.target)).toBe("undefined literal");
    expect(told(pipe.batchSize)).toBe("5 literal");
    expect(told(pipe.batchingWindowSeconds)).toBe("3 literal");
  });

  test("that sends to a queue is a delivery, with or without a deduplication id", () => {
    const { deliveries, pipes } = read(
      `${COMMON}  P: { Type: AWS::Pipes::Pipe, Properties: { Source: !ImportValue S, SourceParameters: { KinesisStreamParameters: { StartingPosition: LATEST } }, Target: !GetAtt Q.Arn, TargetParameters: { SqsQueueParameters: { MessageDeduplicationId: $.id } } } }`,
    );

    expect(one(pipes, "P").kind).toBe("kinesis");
    expect(told(one(pipes, "P").batchSize)).toBe("100 default");
    expect(told(one(deliveries, "P.Target").target)).toBe(QUEUE);
    expect(told(one(deliveries, "P.Target").deduplicationId)).toBe("true literal");
  });
});
