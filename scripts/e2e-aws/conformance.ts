/** Every conformance vector against the table on AWS, one after the other, until it is interrupted. */

import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from "@aws-sdk/client-dynamodb";
import { conformance } from "@effectively-once/testkit/conformance";
import { dynamodbSubject } from "../../packages/testkit/test/conformance/dynamodb-subject.ts";
import type { Names } from "./names.ts";

export interface Vectors {
  readonly passed: number;
  readonly failed: readonly { readonly name: string; readonly error: string }[];
  readonly skipped: readonly string[];
}

const READY_WITHIN_SECONDS = 120;

/** @param progress is told before each vector. */
export async function runVectors(
  client: DynamoDBClient,
  names: Names,
  signal: AbortSignal,
  progress: (text: string) => void,
): Promise<Vectors> {
  const { records, rows } = names.conformance;
  await client.send(
    new CreateTableCommand({
      TableName: rows,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: READY_WITHIN_SECONDS, minDelay: 1 }, { TableName: rows });
  const vectors: { readonly name: string; readonly run: () => Promise<void> }[] = [];
  const skipped: string[] = [];
  const test = Object.assign(
    (name: string, run: () => Promise<void>): void => void vectors.push({ name, run }),
    { skip: (name: string): void => void skipped.push(name) },
  );
  conformance({ test, subject: dynamodbSubject({ client, tableName: records, ownTable: rows }) });
  const failed: { name: string; error: string }[] = [];
  for (const [index, { name, run }] of vectors.entries()) {
    signal.throwIfAborted();
    progress(`vector ${index + 1} of ${vectors.length}: ${name}`);
    try {
      await run();
    } catch (error) {
      failed.push({ name, error: error instanceof Error ? error.message : String(error) });
    }
  }
  return { passed: vectors.length - failed.length, failed, skipped };
}
