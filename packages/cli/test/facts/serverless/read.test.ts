/** Services of the Serverless Framework as facts. */

import { describe, expect, test } from "vitest";
import { InputProblem } from "../../../src/facts/files.ts";
import { isServerless, readServerless } from "../../../src/facts/serverless/read.ts";
import { byId, only, said, serviceOf, worker } from "./support.ts";

const QUEUES = `resources:
  Resources:
    Orders:
      Type: AWS::SQS::Queue
      Properties:
        QueueName: orders
        VisibilityTimeout: 60
        RedrivePolicy:
          deadLetterTargetArn: !GetAtt Dead.Arn
          maxReceiveCount: 3
    Dead:
      Type: AWS::SQS::Queue
`;

const timeoutOf = (facts: ReturnType<typeof worker>) => byId(facts.functions, "worker").timeoutSeconds;

describe("functions", () => {
  test("without a timeout they have the framework's default of 6 seconds, not Lambda's 3", () => {
    expect(only(timeoutOf(worker("")))).toMatchObject({
      value: 6,
      from: "default",
      place: { line: 5, column: 3 },
    });
  });

  test("the provider's timeout is for all, and a function's own wins", () => {
    const facts = serviceOf(`service: a
provider:
  name: aws
  timeout: 20
functions:
  a:
    handler: a.a
  b:
    handler: a.b
    timeout: "40"
`);

    expect(only(byId(facts.functions, "a").timeoutSeconds)).toMatchObject({
      value: 20,
      from: "globals",
      place: { line: 4, column: 12, pointer: "/provider/timeout" },
    });
    expect(only(byId(facts.functions, "b").timeoutSeconds)).toMatchObject({
      value: 40,
      from: "literal",
      place: { file: "app/serverless.yml", line: 10, pointer: "/functions/b/timeout" },
    });
  });

  test("name, code, concurrency, dead-letter target and destinations are read", () => {
    const facts = worker(
      `    reservedConcurrency: 5
    onError: !GetAtt Dead.Arn
    maximumRetryAttempts: 0
    maximumEventAge: 120
    environment:
      TABLE: !Ref Orders
      MODE: x
    destinations:
      onFailure: other
  other:
    handler: b.main`,
      QUEUES,
    );
    const fact = byId(facts.functions, "worker");

    expect(said(fact.name)).toBe("shop-dev-worker");
    expect(fact.code).toEqual({ root: "app", handler: "src/a.main" });
    expect([said(fact.reservedConcurrency), said(fact.deadLetter)]).toEqual([5, "Dead"]);
    expect([
      said(fact.async.configured),
      said(fact.async.maximumRetryAttempts),
      said(fact.async.maximumEventAgeSeconds),
      said(fact.async.onFailure),
    ]).toEqual([true, 0, 120, "other"]);
    expect([...fact.environment].map(([name, value]) => [name, said(value)])).toEqual([
      ["TABLE", "Orders"],
      ["MODE", "x"],
    ]);
  });

  test("without settings AWS retries twice for six hours, and nothing keeps what fails", () => {
    const fact = byId(worker("").functions, "worker");

    expect([
      said(fact.async.configured),
      said(fact.async.maximumRetryAttempts),
      said(fact.async.maximumEventAgeSeconds),
      said(fact.async.onFailure),
      said(fact.deadLetter),
      said(fact.reservedConcurrency),
    ]).toEqual([false, 2, 21_600, undefined, undefined, undefined]);
  });

  test("functions may be a list, each from a file of its own", () => {
    const facts = serviceOf(
      "service: a\nprovider: aws\nfunctions:\n  - ${file(a.yml)}\n  - b:\n      handler: b.b\n",
      { "a.yml": "a:\n  handler: a.a\n  timeout: 9\n" },
    );

    expect(facts.functions.map(({ id, timeoutSeconds }) => [id, said(timeoutSeconds)])).toEqual([
      ["a", 9],
      ["b", 6],
    ]);
    expect(only(byId(facts.functions, "a").timeoutSeconds)).toMatchObject({
      place: { file: "app/a.yml", line: 3 },
    });
  });
});

describe("sqs events", () => {
  const mapping = (event: string, more = QUEUES) =>
    byId(worker(`    events:\n${event}`, more).mappings, "worker.events.0");

  test.each([
    ["Fn::GetAtt", "      - sqs:\n          arn:\n            Fn::GetAtt: [Orders, Arn]"],
    ["!GetAtt", "      - sqs:\n          arn: !GetAtt Orders.Arn"],
    ["!GetAtt of a list", "      - sqs:\n          arn: !GetAtt [Orders, Arn]"],
    ["Fn::Sub", '      - sqs:\n          arn: !Sub "${Orders.Arn}"'],
    [
      "Fn::Sub with a name",
      '      - sqs:\n          arn: !Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:orders"',
    ],
    [
      "Fn::Sub with a reference",
      '      - sqs:\n          arn: !Sub "arn:aws:sqs:${AWS::Region}:${AWS::AccountId}:${Orders.QueueName}"',
    ],
    [
      "Fn::Join with a name",
      '      - sqs:\n          arn:\n            Fn::Join: [":", [arn, aws, sqs, !Ref AWS::Region, !Ref AWS::AccountId, orders]]',
    ],
    [
      "Fn::Join with a reference",
      '      - sqs:\n          arn:\n            Fn::Join: [":", ["arn:aws:sqs", !Ref AWS::Region, !Ref AWS::AccountId, !GetAtt Orders.QueueName]]',
    ],
    ["a literal ARN", "      - sqs: arn:aws:sqs:eu-west-1:123456789012:orders"],
    ["an ARN with variables", "      - sqs: arn:aws:sqs:${self:provider.region}:${aws:accountId}:orders"],
    ["Ref", "      - sqs:\n          arn:\n            Ref: Orders"],
  ])("the queue is found by %s", (_, event) => {
    const fact = mapping(event);

    expect([fact.kind, said(fact.function), said(fact.source)]).toEqual(["sqs", "worker", "Orders"]);
  });

  test.each([
    ["an import", "      - sqs:\n          arn: !ImportValue orders-arn", "it is imported (Fn::ImportValue)"],
    [
      "another's ARN",
      "      - sqs: arn:aws:sqs:eu-west-1:1:other",
      "arn:aws:sqs:eu-west-1:1:other names nothing of this service",
    ],
    [
      "a stack's output",
      "      - sqs: ${cf:other.QueueArn}",
      "${cf:other.QueueArn} is looked up at the deployment",
    ],
    [
      "SSM",
      "      - sqs:\n          arn: ${ssm:/orders/arn}",
      "${ssm:/orders/arn} is looked up at the deployment",
    ],
    [
      "the environment",
      "      - sqs: ${env:QUEUE_ARN}",
      "${env:QUEUE_ARN} is a variable of the environment, without a default",
    ],
    [
      "a resource that is not there",
      "      - sqs:\n          arn: !GetAtt Nope.Arn",
      "Nope is no resource of this service",
    ],
  ])("a queue that is named by %s is unknown, with the reason", (_, event, reason) => {
    const fact = mapping(event);

    expect([fact.kind, said(fact.source)]).toEqual(["sqs", `? ${reason}`]);
  });

  test("queue and event with the same unknown name are the same", () => {
    const fact = mapping(
      "      - sqs: arn:aws:sqs:eu-west-1:${aws:accountId}:orders-${opt:stage}",
      "resources:\n  Resources:\n    Q:\n      Type: AWS::SQS::Queue\n      Properties:\n        QueueName: orders-${opt:stage}\n",
    );

    expect(said(fact.source)).toBe("Q");
  });

  test("without settings it has AWS's defaults", () => {
    const fact = mapping("      - sqs:\n          arn: !GetAtt Orders.Arn");

    expect(only(fact.batchSize)).toMatchObject({ value: 10, from: "default" });
    expect(
      [
        fact.batchingWindowSeconds,
        fact.reportBatchItemFailures,
        fact.enabled,
        fact.maximumConcurrency,
        fact.filters,
        fact.onFailure,
      ].map((value) => said<unknown>(value)),
    ).toEqual([0, false, true, undefined, false, undefined]);
  });

  test("each setting is read, functionResponseType in the singular", () => {
    const fact = mapping(`      - sqs:
          arn: !GetAtt Orders.Arn
          batchSize: 50
          maximumBatchingWindow: 5
          functionResponseType: ReportBatchItemFailures
          maximumConcurrency: 7
          enabled: false
          filterPatterns:
            - body: { a: [1] }`);

    expect(only(fact.batchSize)).toMatchObject({
      value: 50,
      place: { pointer: "/functions/worker/events/0/sqs/batchSize" },
    });
    expect(
      [
        fact.batchingWindowSeconds,
        fact.reportBatchItemFailures,
        fact.enabled,
        fact.maximumConcurrency,
        fact.filters,
      ].map((value) => said<unknown>(value)),
    ).toEqual([5, true, false, 7, true]);
  });
});

describe("streams", () => {
  const mapping = (event: string, more = "") =>
    byId(worker(`    events:\n${event}`, more).mappings, "worker.events.0");

  test("a table's stream has the framework's batch size and Lambda's retries", () => {
    const facts = worker(
      "    events:\n      - stream:\n          type: dynamodb\n          arn: !GetAtt T.StreamArn",
      `resources:
  Resources:
    T:
      Type: AWS::DynamoDB::Table
      Properties:
        TableName: t
        KeySchema:
          - { AttributeName: id, KeyType: HASH }
        StreamSpecification: { StreamViewType: NEW_IMAGE }
        TimeToLiveSpecification: { AttributeName: expires, Enabled: true }
`,
    );
    const fact = byId(facts.mappings, "worker.events.0");

    expect([
      fact.kind,
      said(fact.source),
      said(fact.batchSize),
      said(fact.maximumRetryAttempts),
      said(fact.maximumRecordAgeSeconds),
    ]).toEqual(["dynamodb", "T", 10, -1, -1]);
    expect(facts.streams).toMatchObject([{ id: "T", kind: "dynamodb" }]);
    const [table] = facts.tables;
    expect(
      table && [said(table.name), said(table.partitionKey), said(table.sortKey), said(table.ttlAttribute)],
    ).toEqual(["t", "id", undefined, "expires"]);
  });

  test("the settings of a stream are read", () => {
    const fact = mapping(
      `      - stream:
          arn: arn:aws:kinesis:eu-west-1:1:stream/s
          batchSize: 20
          batchWindow: 3
          maximumRetryAttempts: 4
          maximumRecordAgeInSeconds: 100
          bisectBatchOnFunctionError: true
          destinations:
            onFailure:
              arn: !GetAtt Dead.Arn
              type: sqs`,
      QUEUES,
    );

    expect([
      fact.kind,
      said(fact.batchSize),
      said(fact.batchingWindowSeconds),
      said(fact.maximumRetryAttempts),
      said(fact.maximumRecordAgeSeconds),
      said(fact.bisectBatchOnFunctionError),
    ]).toEqual(["kinesis", 20, 3, 4, 100, true]);
    expect(said(fact.onFailure)).toEqual({ kind: "sqs", to: "Dead" });
  });
});

describe("deliveries", () => {
  const delivery = (event: string, more = QUEUES) => {
    const [fact] = worker(`    events:\n${event}`, more).deliveries;
    if (!fact) throw new Error("there is none");
    return fact;
  };

  test.each([
    ["      - sns: orders-topic", "sns", true, "orders-topic", 1_987_200],
    ["      - s3: uploads", "s3", true, "uploads", undefined],
    ["      - schedule: rate(1 hour)", "eventbridge", true, "default", 86_400],
    [
      "      - schedule:\n          rate: rate(1 hour)\n          method: scheduler",
      "scheduler",
      true,
      "default",
      86_400,
    ],
    [
      "      - eventBridge:\n          eventBus: bus\n          pattern: { source: [a] }",
      "eventbridge",
      true,
      "bus",
      86_400,
    ],
    ["      - cloudwatchLog: /aws/x", "logs", true, "/aws/x", undefined],
    ["      - iot:\n          sql: SELECT 1", "iot", true, "iot", undefined],
    ["      - http: GET /a", "apigateway", false, "http", undefined],
    [
      "      - http:\n          path: a\n          method: post\n          async: true",
      "apigateway",
      true,
      "http",
      undefined,
    ],
    ["      - httpApi: '*'", "apigateway", false, "httpApi", undefined],
  ])("%s", (event, kind, asynchronous, source, age) => {
    const fact = delivery(event);

    expect(fact).toMatchObject({ id: "worker.events.0", kind, asynchronous });
    expect([
      said<unknown>(fact.target),
      said(fact.source),
      said(fact.maximumEventAgeSeconds),
      said(fact.deadLetter),
    ]).toEqual([{ kind: "function", id: "worker" }, source, age, undefined]);
  });

  test.each([
    ["deadLetterTargetArn: arn:aws:sqs:eu-west-1:1:x", "arn:aws:sqs:eu-west-1:1:x"],
    ["deadLetterTargetRef: Dead", "Dead"],
    ["deadLetterTargetImport: { arn: dead-arn, url: dead-url }", "dead-arn"],
  ])("the redrive policy of a subscription is read: %s", (policy, to) => {
    const fact = delivery(
      `      - sns:\n          topicName: t\n          redrivePolicy:\n            ${policy}`,
    );

    expect(said(fact.deadLetter)).toBe(to);
  });

  test("the dead-letter queue and retry policy of an EventBridge event are read", () => {
    const fact = delivery(`      - eventBridge:
          schedule: rate(5 minutes)
          deadLetterQueueArn: !GetAtt Dead.Arn
          retryPolicy: { maximumEventAge: 600, maximumRetryAttempts: 1 }`);

    expect([said(fact.deadLetter), said(fact.maximumEventAgeSeconds)]).toEqual(["Dead", 600]);
  });

  test("the prefix of a bucket's rules is read, and equal events have equal selections", () => {
    const facts = worker(`    events:
      - s3: { bucket: b, event: "s3:ObjectCreated:*", rules: [{ prefix: in/ }, { suffix: .csv }] }
      - s3: { bucket: b, rules: [{ prefix: in/ }, { suffix: .csv }], event: "s3:ObjectCreated:*" }`);
    const [a, b] = facts.deliveries;

    expect(a?.prefix && said(a.prefix)).toBe("in/");
    expect(a?.suffix && said(a.suffix)).toBe(".csv");
    expect(a && b && said(a.selection) === said(b.selection)).toBe(true);
  });

  test("an event of a plugin is a gap about its function", () => {
    expect(worker("    events:\n      - fancy: x").gaps).toMatchObject([
      { reason: "the event fancy of worker is not one of the framework's own", about: ["worker"] },
    ]);
  });
});

describe("resources", () => {
  test("queues are read with their redrive policies and defaults", () => {
    const facts = worker("", QUEUES);
    const orders = byId(facts.queues, "Orders");
    const dead = byId(facts.queues, "Dead");

    expect([
      said(orders.name),
      said(orders.visibilityTimeoutSeconds),
      said(orders.deadLetterQueue),
      said(orders.maxReceiveCount),
    ]).toEqual(["orders", 60, "Dead", 3]);
    expect(only(orders.visibilityTimeoutSeconds)).toMatchObject({
      place: { line: 14, pointer: "/resources/Resources/Orders/Properties/VisibilityTimeout" },
    });
    expect([
      said(dead.visibilityTimeoutSeconds),
      said(dead.retentionSeconds),
      said(dead.deadLetterQueue),
    ]).toEqual([30, 345_600, undefined]);
  });

  test("a redrive policy may be a text of JSON", () => {
    const facts = worker(
      "",
      `resources:
  Resources:
    Q:
      Type: AWS::SQS::Queue
      Properties:
        RedrivePolicy: '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:1:dead", "maxReceiveCount": 4}'
    D:
      Type: AWS::SQS::Queue
      Properties:
        QueueName: dead
`,
    );

    expect([
      said(byId(facts.queues, "Q").deadLetterQueue),
      said(byId(facts.queues, "Q").maxReceiveCount),
    ]).toEqual(["D", 4]);
  });

  test("resources may be a list of files", () => {
    const facts = worker(
      "",
      "resources:\n  - ${file(queue.yml)}\n  - Resources:\n      B: { Type: AWS::SQS::Queue }\n",
      {
        "queue.yml":
          "Resources:\n  A:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeout: ${self:custom.vt, 12}\n",
      },
    );

    expect(
      facts.queues.map(({ id, visibilityTimeoutSeconds }) => [id, said(visibilityTimeoutSeconds)]),
    ).toEqual([
      ["A", 12],
      ["B", 30],
    ]);
  });

  test("what CloudFormation works out is unknown, but for defaults of parameters", () => {
    const facts = worker(
      "",
      `resources:
  Parameters:
    Vt: { Type: Number, Default: 90 }
  Resources:
    A:
      Type: AWS::SQS::Queue
      Condition: IsProd
      Properties:
        VisibilityTimeout: !If [IsProd, 40, 30]
        DelaySeconds: !Ref Vt
`,
    );
    const a = byId(facts.queues, "A");

    expect(said(a.visibilityTimeoutSeconds)).toBe("? Fn::If is left to CloudFormation");
    expect(only(a.delaySeconds)).toMatchObject({
      value: 90,
      from: "parameter-default",
      assuming: "the default of the parameter Vt",
    });
    expect(said(a.exists)).toBe("? its condition IsProd is left to CloudFormation");
  });

  test("resources that belong to pipelines but are not read are gaps, and so are constructs", () => {
    const { gaps } = worker(
      "",
      `resources:
  Resources:
    M: { Type: AWS::Lambda::EventSourceMapping }
    B: { Type: AWS::S3::Bucket }
constructs:
  jobs: { type: queue }
`,
    );

    expect(gaps.map(({ reason }) => reason.split(" ").slice(0, 3).join(" "))).toEqual([
      "M (AWS::Lambda::EventSourceMapping) stands",
      "the construct jobs",
    ]);
  });
});

describe("files", () => {
  test.each([
    ["serverless.yml", true],
    ["a/serverless.yaml", true],
    ["serverless.json", true],
    ["serverless.prod.yml", true],
    ["serverless.ts", true],
    ["serverless.js", true],
    ["serverless-compose.yml", false],
    ["template.yml", false],
    ["myserverless.yml", false],
  ])("%s: a service is %s", (path, is) => {
    expect(isServerless(path)).toBe(is);
  });

  test("a program is an input problem that says how to get JSON", () => {
    const read = () =>
      readServerless("serverless.ts", "export default {}", { text: () => undefined, names: () => [] });

    expect(read).toThrow(InputProblem);
    expect(read).toThrow(/serverless print --format json/);
  });

  test("JSON is read too", () => {
    const facts = readServerless(
      "serverless.json",
      '{\n\t"service": "a",\n\t"provider": { "name": "aws" },\n\t"functions": { "f": { "handler": "a.b", "timeout": 8 } }\n}',
      { text: () => undefined, names: () => [] },
    );

    expect(only(byId(facts.functions, "f").timeoutSeconds)).toMatchObject({
      value: 8,
      place: { file: "serverless.json", line: 4 },
    });
  });

  test("YAML that is none is an input problem that says where", () => {
    expect(() => serviceOf("service: a\nprovider:\n  name: [aws\n")).toThrow(InputProblem);
    expect(() => serviceOf("service: a\nprovider:\n  name: [aws\n")).toThrow(
      /^app\/serverless\.yml:\d+:\d+: /,
    );
  });

  test("what is no service is an input problem", () => {
    expect(() => serviceOf("Resources: {}")).toThrow(/neither provider nor functions/);
    expect(() => serviceOf("")).toThrow(InputProblem);
  });

  test("another cloud's service is a gap, and nothing else", () => {
    const facts = serviceOf("service: a\nprovider:\n  name: google\nfunctions:\n  f:\n    handler: http\n");

    expect([facts.functions.length, facts.gaps.map(({ reason }) => reason)]).toEqual([
      0,
      ["the provider is google, not aws"],
    ]);
  });

  test("anchors, aliases and merge keys are followed", () => {
    const facts = serviceOf(`service: a
provider: { name: aws }
custom:
  base: &base
    handler: a.b
    timeout: 11
functions:
  f:
    <<: *base
  g:
    <<: *base
    timeout: 12
`);

    expect(facts.functions.map(({ timeoutSeconds }) => said(timeoutSeconds))).toEqual([11, 12]);
  });
});
