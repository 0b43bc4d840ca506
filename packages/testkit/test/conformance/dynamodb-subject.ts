/** dynamodbStore on trial, at any endpoint: DynamoDB Local in the tests, AWS itself in `npm run e2e:aws`. */

import {
  type DynamoDBClient,
  GetItemCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { type DynamoTx, dynamodbStore } from "@effectively-once/runtime/stores/dynamodb";
import type { Subject } from "@effectively-once/testkit/conformance";

/** A client whose next TransactWriteItems is sent or not, and whose connection then breaks before the answer is seen. */
function losingClient(client: DynamoDBClient, applied: boolean): DynamoDBClient {
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
  client: DynamoDBClient,
  tableName: string,
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

export interface Place {
  readonly client: DynamoDBClient;
  /** Made by the store's own `setup()`. */
  readonly tableName: string;
  /** Rows of the caller's own, with a key `id`: made by the caller. */
  readonly ownTable: string;
}

export function dynamodbSubject({ client, tableName, ownTable }: Place): Subject<DynamoTx> {
  return {
    name: "dynamodbStore",
    store: () => dynamodbStore({ tableName, client }),
    shared: true,
    age: (_store, id, ms) =>
      setNumbers(
        client,
        tableName,
        id,
        ["lease_until_ms", "run_until_ms", "expires_at_ms"],
        (value) => value - ms,
      ),
    setVersion: (_store, id, version) => setNumbers(client, tableName, id, ["version"], () => version),
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
      losingCommit: (applied) => dynamodbStore({ tableName, client: losingClient(client, applied) }),
    },
  };
}
