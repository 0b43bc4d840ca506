import { randomUUID } from "node:crypto";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { conformance } from "@effectively-once/testkit/conformance";
import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { dynamodbSubject } from "./dynamodb-subject.ts";

const endpoint = inject("dynamodbUrl");
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const client = new DynamoDBClient({ endpoint, region: "eu-west-1", credentials });
const suffix = randomUUID().slice(0, 8);
const tableName = `conformance-${suffix}`;
const ownTable = `own-rows-${suffix}`;

describe("the DynamoDB store", () => {
  beforeAll(async () => {
    await client.send(
      new CreateTableCommand({
        TableName: ownTable,
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      }),
    );
  });
  afterAll(() => client.destroy());

  conformance({ test, subject: dynamodbSubject({ client, tableName, ownTable }) });
});
