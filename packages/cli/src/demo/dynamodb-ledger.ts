/** The orders and the records beside them in DynamoDB: two tables of this demo's own, made and dropped with it. */

import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  PutItemCommand,
  ScanCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import { randomUUID } from "node:crypto";
import type { Store } from "@effectively-once/runtime/store";
import { type DynamoTx, dynamodbStore } from "@effectively-once/runtime/stores/dynamodb";
import { awsSettings, clientConfig } from "../aws/settings.ts";
import type { DynamodbUrl } from "../store-url.ts";
import { heldIn } from "./held.ts";
import type { Ledger } from "./ledger.ts";

/** `table` is what the demo's tables are called after. Region and endpoint are the URL's, else as the AWS CLI has them. */
export function dynamodbLedger(url: string, { table, region, endpoint }: DynamodbUrl, name: string): Ledger {
  const none = { profile: undefined, region, endpointUrl: endpoint };
  const client = new DynamoDBClient(clientConfig(awsSettings(none, none), "DYNAMODB"));
  const records = `${table}-${name}`;
  const orders = `${records}-orders`;
  const store = dynamodbStore({ tableName: records, client });
  let made = false;
  // Every insert is an item of its own: a second one for an order shows.
  const item = (orderId: string) => ({ row: randomUUID(), id: orderId });
  return {
    url,
    where: `tables ${orders} and ${records}`,
    store: store as unknown as Store<unknown>,
    setup: async () => {
      await store.setup();
      made = true;
      await client.send(
        new CreateTableCommand({
          TableName: orders,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [{ AttributeName: "row", AttributeType: "S" }],
          KeySchema: [{ AttributeName: "row", KeyType: "HASH" }],
        }),
      );
      await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: orders });
    },
    insert: async (orderId) => {
      const { row, id } = item(orderId);
      await client.send(new PutItemCommand({ TableName: orders, Item: { row: { S: row }, id: { S: id } } }));
    },
    insertIn: async (tx, orderId) => (tx as DynamoTx).put({ TableName: orders, Item: item(orderId) }),
    orders: async () => {
      const ids: string[] = [];
      let start: Record<string, { S: string }> | undefined;
      do {
        const page = await client.send(
          new ScanCommand({ TableName: orders, ConsistentRead: true, ExclusiveStartKey: start }),
        );
        ids.push(...(page.Items ?? []).map(({ id }) => id?.S ?? ""));
        start = page.LastEvaluatedKey as typeof start;
      } while (start !== undefined);
      return ids;
    },
    held: () => heldIn(store as unknown as Store<unknown>),
    close: async (remove) => {
      await store.close();
      if (remove && made)
        for (const TableName of [orders, records])
          await client.send(new DeleteTableCommand({ TableName })).catch((error: Error) => {
            if (error.name !== "ResourceNotFoundException") throw error;
          });
      client.destroy();
    },
  };
}
