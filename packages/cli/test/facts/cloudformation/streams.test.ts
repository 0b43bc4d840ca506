import { expect, test } from "vitest";
import { read, told } from "./support.ts";

test("a stream of Kinesis keeps a day, or what it says", () => {
  const { streams } = read(`
Resources:
  K: { Type: AWS::Kinesis::Stream }
  L: { Type: AWS::Kinesis::Stream, Properties: { RetentionPeriodHours: "48" } }
`);

  expect(streams.map(({ id, kind, retentionSeconds }) => `${id} ${kind} ${told(retentionSeconds)}`)).toEqual([
    "K kinesis 86400 default",
    "L kinesis 172800 literal",
  ]);
});

test("a table has a stream when it says so", () => {
  const { streams } = read(`
Resources:
  T: { Type: AWS::DynamoDB::Table, Properties: { StreamSpecification: { StreamViewType: KEYS_ONLY } } }
  U: { Type: AWS::DynamoDB::Table }
  S: { Type: AWS::Serverless::SimpleTable }
`);

  expect(streams.map(({ id, kind, retentionSeconds }) => `${id} ${kind} ${told(retentionSeconds)}`)).toEqual([
    "T dynamodb 86400 default",
  ]);
});

test("a table has keys, and forgets by an attribute that is turned on", () => {
  const { tables } = read(`
Parameters: { On: { Type: String } }
Resources:
  T:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: t
      KeySchema: [{ AttributeName: pk, KeyType: HASH }, { AttributeName: sk, KeyType: RANGE }]
      TimeToLiveSpecification: { AttributeName: expiration, Enabled: "true" }
  Off: { Type: AWS::DynamoDB::GlobalTable, Properties: { TimeToLiveSpecification: { AttributeName: expiration, Enabled: false } } }
  Open: { Type: AWS::DynamoDB::Table, Properties: { TimeToLiveSpecification: { AttributeName: expiration, Enabled: !Ref On } } }
  Simple: { Type: AWS::Serverless::SimpleTable }
  Named: { Type: AWS::Serverless::SimpleTable, Properties: { PrimaryKey: { Name: key, Type: String } } }
`);

  const shown = Object.fromEntries(
    tables.map(({ id, name, partitionKey, sortKey, ttlAttribute }) => [
      id,
      [name, partitionKey, sortKey, ttlAttribute].map(told),
    ]),
  );
  expect(shown).toEqual({
    T: ["t literal", "pk literal", "sk literal", "expiration literal"],
    Off: ["undefined default", "undefined default", "undefined default", "undefined literal"],
    Open: [
      "undefined default",
      "undefined default",
      "undefined default",
      "unknown, TimeToLiveSpecification.Enabled is the parameter On, which has no default",
    ],
    Simple: ["undefined default", "id default", "undefined default", "undefined default"],
    Named: ["undefined default", "key literal", "undefined default", "undefined default"],
  });
});
