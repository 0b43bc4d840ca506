/** Events that handlers have logged, as AWS's documentation shows them. */

import { describe, expect, it } from "vitest";
import { at, readText, REQUEST, said } from "./support.ts";

const AT = "2026-09-25T12:00:00.000Z";

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html, the second message with another receive count. */
const SQS = {
  Records: [
    {
      messageId: "059f36b4-87a3-44ab-83d2-661975830a7d",
      receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...",
      body: "Test message.",
      attributes: {
        ApproximateReceiveCount: "1",
        SentTimestamp: "1545082649183",
        SenderId: "AIDAIENQZJOLO23YVJ4VO",
        ApproximateFirstReceiveTimestamp: "1545082649185",
      },
      messageAttributes: {},
      md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-east-2:123456789012:my-queue",
      awsRegion: "us-east-2",
    },
    {
      messageId: "2e1424d4-f796-459a-8184-9c92662be6da",
      receiptHandle: "AQEBzWwaftRI0KuVm4tP+/7q1rGgNqicHq...",
      body: "Test message.",
      attributes: {
        ApproximateReceiveCount: "3",
        SentTimestamp: "1545082650636",
        SenderId: "AIDAIENQZJOLO23YVJ4VO",
        ApproximateFirstReceiveTimestamp: "1545082650649",
      },
      messageAttributes: {},
      md5OfBody: "e4e68fb7bd0e697a0ae8f1bb342846b3",
      eventSource: "aws:sqs",
      eventSourceARN: "arn:aws:sqs:us-east-2:123456789012:my-queue",
      awsRegion: "us-east-2",
    },
  ],
};
const SQS_EXPECTED = [
  {
    kind: "delivery",
    messageId: "059f36b4-87a3-44ab-83d2-661975830a7d",
    receiveCount: 1,
    sentAtMs: 1545082649183,
    firstReceivedAtMs: 1545082649185,
    source: "arn:aws:sqs:us-east-2:123456789012:my-queue",
  },
  {
    kind: "delivery",
    messageId: "2e1424d4-f796-459a-8184-9c92662be6da",
    receiveCount: 3,
    sentAtMs: 1545082650636,
    firstReceivedAtMs: 1545082650649,
    source: "arn:aws:sqs:us-east-2:123456789012:my-queue",
  },
].map((one) => ({ ...one, requestId: REQUEST, atMs: at(AT) }));

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
const SNS = {
  Records: [
    {
      EventVersion: "1.0",
      EventSubscriptionArn:
        "arn:aws:sns:us-east-1:123456789012:sns-lambda:21be56ed-a058-49f5-8c98-aedd2564c486",
      EventSource: "aws:sns",
      Sns: {
        SignatureVersion: "1",
        Timestamp: "2019-01-02T12:45:07.000Z",
        MessageId: "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        Message: "Hello from SNS!",
        MessageAttributes: {},
        Type: "Notification",
        TopicArn: "arn:aws:sns:us-east-1:123456789012:sns-lambda",
        Subject: "TestInvoke",
      },
    },
  ],
};

/** https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html, with another bucket. */
const S3 = {
  Records: [
    {
      eventVersion: "2.1",
      eventSource: "aws:s3",
      awsRegion: "us-east-2",
      eventTime: "2019-09-03T19:37:27.192Z",
      eventName: "ObjectCreated:Put",
      s3: {
        s3SchemaVersion: "1.0",
        bucket: { name: "amzn-s3-demo-bucket", arn: "arn:aws:s3:::amzn-s3-demo-bucket" },
        object: {
          key: "b21b84d653bb07b05b1e6b33684dc11b",
          size: 1305107,
          eTag: "b21b84d653bb07b05b1e6b33684dc11b",
          sequencer: "0C0F6F405D6ED209E1",
        },
      },
    },
  ],
};

/** https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
const KINESIS = {
  Records: [
    {
      kinesis: {
        kinesisSchemaVersion: "1.0",
        partitionKey: "1",
        sequenceNumber: "49590338271490256608559692538361571095921575989136588898",
        data: "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==",
        approximateArrivalTimestamp: 1545084650.987,
      },
      eventSource: "aws:kinesis",
      eventID: "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
      eventSourceARN: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
    },
  ],
};

/** Constructed after https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html. */
const DYNAMODB = {
  Records: [
    {
      eventID: "1",
      eventVersion: "1.0",
      dynamodb: {
        Keys: { Id: { N: "101" } },
        SequenceNumber: "111",
        SizeBytes: 26,
        StreamViewType: "NEW_AND_OLD_IMAGES",
      },
      awsRegion: "us-west-2",
      eventName: "INSERT",
      eventSourceARN: "arn:aws:dynamodb:us-east-2:123456789012:table/my-table/stream/2024-06-10T19:26:16.525",
      eventSource: "aws:dynamodb",
    },
  ],
};

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html */
const EVENTBRIDGE = {
  version: "0",
  id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  "detail-type": "EC2 Instance State-change Notification",
  source: "aws.ec2",
  account: "111122223333",
  time: "2017-12-22T18:43:48Z",
  region: "us-west-1",
  resources: ["arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0"],
  detail: { "instance-id": "i-1234567890abcdef0", state: "terminated" },
};

const text = (event: object) => `${AT}\t${REQUEST}\tINFO\t${JSON.stringify(event)}\n`;

describe("messages by AWS's own ids", () => {
  it("SQS", async () => {
    expect(await said(text(SQS))).toEqual(SQS_EXPECTED);
  });

  it.each([
    [
      "SNS",
      SNS,
      {
        messageId: "95df01b4-ee98-5cb9-9903-4c221d41eb5e",
        sentAtMs: at("2019-01-02T12:45:07.000Z"),
        source: "arn:aws:sns:us-east-1:123456789012:sns-lambda",
      },
    ],
    [
      "S3",
      S3,
      {
        messageId:
          "amzn-s3-demo-bucket|b21b84d653bb07b05b1e6b33684dc11b|b21b84d653bb07b05b1e6b33684dc11b|0C0F6F405D6ED209E1|ObjectCreated:Put",
        sentAtMs: at("2019-09-03T19:37:27.192Z"),
        source: "arn:aws:s3:::amzn-s3-demo-bucket",
      },
    ],
    [
      "Kinesis",
      KINESIS,
      {
        messageId: "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
        source: "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream",
      },
    ],
    [
      "DynamoDB",
      DYNAMODB,
      {
        messageId: "1",
        source: "arn:aws:dynamodb:us-east-2:123456789012:table/my-table/stream/2024-06-10T19:26:16.525",
      },
    ],
    [
      "EventBridge",
      EVENTBRIDGE,
      {
        messageId: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        sentAtMs: at("2017-12-22T18:43:48Z"),
        source: "aws.ec2",
      },
    ],
  ])("%s", async (_source, event, expected) => {
    expect(await said(text(event))).toEqual([
      { kind: "delivery", requestId: REQUEST, atMs: at(AT), ...expected },
    ]);
  });
});

describe("where loggers put an event", () => {
  it.each([
    ["after a word", `${AT}\t${REQUEST}\tINFO\tEVENT: ${JSON.stringify(SQS)}`],
    [
      "over several lines that are one log event",
      `${AT}\t${REQUEST}\tINFO\t${JSON.stringify(SQS, null, 2).replaceAll("\n", "\r")}`,
    ],
    ["over several lines", `${AT}\t${REQUEST}\tINFO\t${JSON.stringify(SQS, null, 2)}`],
    // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html: the members of a record of Node's
    [
      "as the message of Lambda's JSON format",
      JSON.stringify({ timestamp: AT, level: "INFO", requestId: REQUEST, message: SQS }),
    ],
    [
      "as text in it",
      JSON.stringify({ timestamp: AT, level: "INFO", requestId: REQUEST, message: JSON.stringify(SQS) }),
    ],
    [
      "after a word in it",
      JSON.stringify({
        timestamp: AT,
        level: "INFO",
        requestId: REQUEST,
        message: `event ${JSON.stringify(SQS)}`,
      }),
    ],
    [
      "as pino does (constructed)",
      JSON.stringify({
        level: 30,
        time: at(AT),
        pid: 8,
        hostname: "h",
        awsRequestId: REQUEST,
        event: SQS,
        msg: "event",
      }),
    ],
    ["as Python's logger does", `[INFO]\t${AT}\t${REQUEST}\t${JSON.stringify(SQS)}`],
  ])("%s", async (_where, line) => {
    expect(await said(`${line}\n`)).toEqual(SQS_EXPECTED);
  });

  /** https://docs.aws.amazon.com/powertools/typescript/latest/features/logger/, logging the incoming event. */
  it("as Powertools does with logEvent", async () => {
    const record = {
      level: "INFO",
      message: "Lambda invocation event",
      timestamp: AT,
      service: "serverlessAirline",
      cold_start: true,
      function_arn: "arn:aws:lambda:us-east-1:123456789012:function:shopping-cart-api-lambda-prod-eu-west-1",
      function_memory_size: "128",
      function_name: "shopping-cart-api-lambda-prod-eu-west-1",
      function_request_id: REQUEST,
      event: SQS,
      xray_trace_id: "1-5759e988-bd862e3fe1be46a994272793",
    };

    expect(await said(JSON.stringify(record))).toEqual(SQS_EXPECTED);
  });

  it("as Node shows objects it cannot be read: an inner one is left out there (constructed)", async () => {
    const line = `${AT}\t${REQUEST}\tINFO\t{\r  Records: [\r    { messageId: 'm1', attributes: [Object] }\r  ]\r}`;

    expect((await readText(line)).entries).toEqual([]);
  });
});

describe("messages that a handler reported as failed", () => {
  /** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html */
  const RESPONSE = { batchItemFailures: [{ itemIdentifier: "id2" }, { itemIdentifier: "id4" }] };
  const EXPECTED = ["id2", "id4"].map((messageId) => ({
    kind: "delivery-failed",
    requestId: REQUEST,
    messageId,
    atMs: at(AT),
  }));

  it.each([
    ["as it is", RESPONSE],
    ["in a member", { level: "INFO", msg: "done", response: RESPONSE }],
  ])("%s", async (_where, value) => {
    expect(await said(text(value))).toEqual(EXPECTED);
  });

  it("none, or of the wrong form", async () => {
    expect(
      await said(
        text({ batchItemFailures: [] }) + text({ batchItemFailures: [{}, null, { itemIdentifier: "" }] }),
      ),
    ).toEqual([]);
  });
});
