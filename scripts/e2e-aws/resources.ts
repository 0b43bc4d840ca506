/** Deletes what a run has made, whatever of it there is. */

import {
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import { DeleteQueueCommand, GetQueueUrlCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Names } from "./names.ts";

export interface Clients {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
}

/** A table that is being made can't be deleted yet. */
const TRIES = 60;
const AGAIN_MS = 1_000;
const GONE_WITHIN_SECONDS = 300;

export interface Left {
  readonly name: string;
  readonly error: string;
  /** Deletes it by hand. */
  readonly command: string;
}

/** Every name is tried, also after one that could not be deleted. */
export async function deleteAll(clients: Clients, names: Names): Promise<readonly Left[]> {
  const left: Left[] = [];
  const attempt = async (name: string, command: string, work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      left.push({ name, error: String(error), command });
    }
  };
  await Promise.all([
    ...names.tables.map((name) =>
      attempt(name, `aws dynamodb delete-table --table-name ${name}`, deleteTable(clients.dynamodb, name)),
    ),
    ...names.queues.map((name) =>
      attempt(
        name,
        `aws sqs delete-queue --queue-url "$(aws sqs get-queue-url --queue-name ${name} --query QueueUrl --output text)"`,
        deleteQueue(clients.sqs, name),
      ),
    ),
  ]);
  return left;
}

async function deleteTable(client: DynamoDBClient, TableName: string): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await client.send(new DeleteTableCommand({ TableName }));
      break;
    } catch (error) {
      const name = error instanceof Error ? error.name : "";
      if (name === "ResourceNotFoundException") return;
      if (name !== "ResourceInUseException" || tries === TRIES) throw error;
      if (await isGoing(client, TableName)) break;
      await sleep(AGAIN_MS);
    }
  }
  await waitUntilTableNotExists({ client, maxWaitTime: GONE_WITHIN_SECONDS, minDelay: 1 }, { TableName });
}

async function isGoing(client: DynamoDBClient, TableName: string): Promise<boolean> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    return Table?.TableStatus === "DELETING";
  } catch {
    return false;
  }
}

async function deleteQueue(sqs: SQSClient, QueueName: string): Promise<void> {
  try {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
  } catch (error) {
    if (error instanceof Error && /NonExistentQueue|QueueDoesNotExist/.test(error.name)) return;
    throw error;
  }
}
