/** An outbox in a DynamoDB table of its own, written in the transaction that `dynamodbStore` gives. */

import { OnceError } from "../../errors.ts";
import { type Clock, type Random, systemClock, systemRandom } from "../../ports.ts";
import { type DynamoClientLike, sdkTransport } from "../../stores/dynamodb/sdk.ts";
import { numberOf, textOf } from "../../stores/dynamodb/item.ts";
import type { DynamoTransport, Item } from "../../stores/dynamodb/transport.ts";
import type { DynamoTx } from "../../stores/dynamodb/tx.ts";
import { checkNames } from "../../options.ts";
import { type OutboxRow, type OutboxTable, rowsOf, type TakenRow } from "./message.ts";
import { type Outbox, relayOf } from "./relay.ts";

export interface DynamodbOutboxOptions {
  /** A table with the partition key "lane", a string, and the sort key "seq", a number; `setup()` creates it. */
  readonly tableName: string;
  /** @default a `DynamoDBClient` in the environment's region */
  readonly client?: DynamoClientLike | (() => DynamoClientLike | Promise<DynamoClientLike>);
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The item of a lane that counts its messages; messages are numbered from 1. */
const HEAD = 0;

/**
 * As `postgresOutbox`, in a DynamoDB table of its own. The messages of one key are counted by an item of that key: two
 * transactions that add to one key at the same time conflict, and one of them fails with `condition-failed` and comes again.
 * Within one transaction the messages of a key are added in one call. The relay finds what is there by a scan of the table,
 * from which sent messages are removed.
 */
export function dynamodbOutbox(options: DynamodbOutboxOptions): Outbox<DynamoTx> {
  checkNames("dynamodbOutbox", options, ["tableName", "client", "clock", "random"]);
  const { tableName, client, clock = systemClock, random = systemRandom } = options;
  if (typeof tableName !== "string" || tableName === "")
    throw new OnceError("invalid-option", "dynamodbOutbox needs `tableName`, a non-empty string.");
  let opened: Promise<DynamoTransport> | undefined;
  const open = (): Promise<DynamoTransport> => {
    opened ??= sdkTransport(client, clock, () => {}).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    setup: async () => {
      const transport = await open();
      await transport
        .send("CreateTable", {
          TableName: tableName,
          BillingMode: "PAY_PER_REQUEST",
          AttributeDefinitions: [
            { AttributeName: "lane", AttributeType: "S" },
            { AttributeName: "seq", AttributeType: "N" },
          ],
          KeySchema: [
            { AttributeName: "lane", KeyType: "HASH" },
            { AttributeName: "seq", KeyType: "RANGE" },
          ],
        })
        .catch((error: unknown) => {
          if (!isNamed(error, "ResourceInUseException")) throw error;
        });
    },
    add: async (tx, ...messages) => {
      const lanes = Map.groupBy(rowsOf(messages), (row) => row.lane);
      const transport = await open();
      // What is read here is what the transaction is written on: whoever comes between makes it fail.
      const heads = await Promise.all(
        [...lanes].map(async ([lane, rows]) => {
          if (rows[0]?.key === undefined) return { lane, rows, last: undefined };
          const { Item: head } = await transport.send("GetItem", {
            TableName: tableName,
            Key: keyOf(lane, HEAD),
            ConsistentRead: true,
          });
          return { lane, rows, last: numberOf((head as Item | undefined)?.["last"]) ?? 0 };
        }),
      );
      for (const { lane, rows, last } of heads) {
        for (const [index, row] of rows.entries())
          tx.put({ TableName: tableName, Item: itemOf(row, (last ?? 0) + 1 + index) });
        if (last === undefined) continue;
        tx.update({
          TableName: tableName,
          Key: { lane, seq: HEAD },
          UpdateExpression: "SET #last = :next",
          ConditionExpression: last === 0 ? "attribute_not_exists(#last)" : "#last = :seen",
          ExpressionAttributeNames: { "#last": "last" },
          ExpressionAttributeValues: {
            ":next": last + rows.length,
            ...(last === 0 ? {} : { ":seen": last }),
          },
        });
      }
    },
    relay: (given) => relayOf(rowsIn(open, tableName, clock, random), given),
  };
}

function itemOf({ id, lane, to, body, key, attributes }: OutboxRow, seq: number): object {
  return {
    lane,
    seq,
    id,
    destination: to,
    body,
    ...(key === undefined ? {} : { key }),
    attributes,
    tries: 0,
    takenUntilMs: 0,
  };
}

function rowsIn(
  open: () => Promise<DynamoTransport>,
  TableName: string,
  clock: Clock,
  random: Random,
): OutboxTable {
  /** The first message of a lane, read consistently: of a scan, the first that was seen need not be the first that is there. */
  async function first(lane: string): Promise<Item | undefined> {
    const { Items } = await (
      await open()
    ).send("Query", {
      TableName,
      ConsistentRead: true,
      Limit: 1,
      KeyConditionExpression: "lane = :lane AND seq > :head",
      ExpressionAttributeValues: { ":lane": { S: lane }, ":head": { N: String(HEAD) } },
    });
    return (Items as readonly Item[] | undefined)?.[0];
  }

  async function take(item: Item, leaseMs: number): Promise<TakenRow | undefined> {
    const nowMs = Math.round(clock.wallMs());
    try {
      const { Attributes } = await (
        await open()
      ).send("UpdateItem", {
        TableName,
        Key: { lane: item["lane"], seq: item["seq"] },
        UpdateExpression: "SET takenUntilMs = :until ADD tries :one",
        ConditionExpression: "attribute_exists(lane) AND takenUntilMs <= :now",
        ExpressionAttributeValues: {
          ":until": { N: String(nowMs + Math.round(leaseMs)) },
          ":now": { N: String(nowMs) },
          ":one": { N: "1" },
        },
        ReturnValues: "ALL_NEW",
      });
      return rowOf(Attributes as Item);
    } catch (error) {
      if (isNamed(error, "ConditionalCheckFailedException")) return undefined;
      throw error;
    }
  }

  return {
    take: async (limit, leaseMs) => {
      const taken: TakenRow[] = [];
      const seen = new Set<string>();
      let start: unknown;
      do {
        const page = await (
          await open()
        ).send("Scan", {
          TableName,
          FilterExpression: "seq > :head AND takenUntilMs <= :now",
          ExpressionAttributeValues: {
            ":head": { N: String(HEAD) },
            ":now": { N: String(Math.round(clock.wallMs())) },
          },
          ...(start === undefined ? {} : { ExclusiveStartKey: start }),
        });
        // Two relays that scan at once should not fight over the same rows in the same order.
        const lanes = ((page["Items"] ?? []) as readonly Item[])
          .map((item) => textOf(item["lane"]) ?? "")
          .map((lane) => ({ lane, at: random.fraction() }))
          .toSorted((a, b) => a.at - b.at);
        for (const { lane } of lanes) {
          if (seen.has(lane) || taken.length >= limit) continue;
          seen.add(lane);
          const head = await first(lane);
          const row = head && (await take(head, leaseMs));
          if (row) taken.push(row);
        }
        start = page["LastEvaluatedKey"];
      } while (start !== undefined && taken.length < limit);
      return taken;
    },
    sent: async ({ at }) => {
      await (await open()).send("DeleteItem", { TableName, Key: at as Item });
    },
    later: async ({ at, tries }, ms) => {
      try {
        await (
          await open()
        ).send("UpdateItem", {
          TableName,
          Key: at as Item,
          UpdateExpression: "SET takenUntilMs = :until",
          ConditionExpression: "tries = :tries",
          ExpressionAttributeValues: {
            ":until": { N: String(Math.round(clock.wallMs() + ms)) },
            ":tries": { N: String(tries) },
          },
        });
      } catch (error) {
        // Another relay has taken it meanwhile, or has sent it.
        if (!isNamed(error, "ConditionalCheckFailedException")) throw error;
      }
    },
  };
}

function rowOf(item: Item): TakenRow {
  const lane = textOf(item["lane"]) ?? "";
  const attributes = item["attributes"];
  return {
    at: keyOf(lane, numberOf(item["seq"]) ?? 0),
    id: textOf(item["id"]) ?? "",
    lane,
    to: textOf(item["destination"]) ?? "",
    body: textOf(item["body"]) ?? "",
    key: textOf(item["key"]),
    attributes: Object.fromEntries(
      Object.entries(attributes && "M" in attributes ? attributes.M : {}).map(([name, value]) => [
        name,
        textOf(value) ?? "",
      ]),
    ),
    tries: numberOf(item["tries"]) ?? 1,
  };
}

function keyOf(lane: string, seq: number): Item {
  return { lane: { S: lane }, seq: { N: String(seq) } };
}

function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name;
}
