import { randomUUID } from "node:crypto";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type DynamoTx, dynamodbStore } from "@effectively-once/runtime/stores/dynamodb";
import { conformance, type Subject } from "@effectively-once/testkit/conformance";
import { afterAll, beforeAll, describe, inject, test } from "vitest";

const endpoint = inject("dynamodbUrl");
const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const client = new DynamoDBClient({ endpoint, region: "eu-west-1", credentials });
const suffix = randomUUID().slice(0, 8);
const tableName = `conformance-${suffix}`;
const ownTable = `own-rows-${suffix}`;

/** A client whose next TransactWriteItems is sent or not, and whose connection then breaks before the answer is seen. */
function losingClient(applied: boolean): DynamoDBClient {
  let armed = true;
  return new Proxy(client, {
    get(target, name) {
      if (name !== "send") return Reflect.get(target, name, target) as unknown;
      return async (command: TransactWriteItemsCommand, options: object) => {
        if (!armed || !(command instanceof TransactWriteItemsCommand)) return target.send(command, options);
        armed = false;
        if (applied) await target.send(command, options);
        throw Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
      };
    },
  });
}

/** Changes the numbers of an item that it has. */
async function setNumbers(
  id: string,
  names: readonly string[],
  change: (value: number) => number,
): Promise<void> {
  const Key = { id: { S: id } };
  const { Item = {} } = await client.send(
    new GetItemCommand({ TableName: tableName, Key, ConsistentRead: true }),
  );
  const found = names.filter((name) => Item[name]?.N !== undefined);
  await client.send(
    new UpdateItemCommand({
      TableName: tableName,
      Key,
      UpdateExpression: `SET ${found.map((name) => `#${name} = :${name}`).join(", ")}`,
      ExpressionAttributeNames: Object.fromEntries(found.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(
        found.map((name) => [`:${name}`, { N: String(change(Number(Item[name]?.N))) }]),
      ),
    }),
  );
}

const subject: Subject<DynamoTx> = {
  name: "dynamodbStore",
  store: () => dynamodbStore({ tableName, client }),
  shared: true,
  age: (_store, id, ms) =>
    setNumbers(id, ["lease_until_ms", "run_until_ms", "expires_at_ms"], (value) => value - ms),
  setVersion: (_store, id, version) => setNumbers(id, ["version"], () => version),
  transactions: {
    insert: async (tx, row) =>
      tx.put({
        TableName: ownTable,
        Item: { id: row },
        ConditionExpression: "attribute_not_exists(id)",
      }),
    async count(row) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: ownTable, Key: { id: { S: row } }, ConsistentRead: true }),
      );
      return Item ? 1 : 0;
    },
    refused: async (tx) => tx.put({ TableName: ownTable, Item: { id: "row", when: new Date() } }),
    losingCommit: (applied) => dynamodbStore({ tableName, client: losingClient(applied) }),
  },
};

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

  conformance({ test, subject });
});
