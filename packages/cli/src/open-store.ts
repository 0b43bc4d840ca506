/** A store of records from its URL. Its driver is loaded when it is opened, and named when it is not installed. */

import type { Store } from "@effectively-once/runtime/store";
import { type AwsSettings, clientConfig } from "./aws/settings.ts";
import type { DynamodbUrl, PostgresUrl, SqliteUrl, StoreUrl } from "./store-url.ts";
import { Usage } from "./usage.ts";

export interface OpenedStore {
  readonly store: Store<unknown>;
  /** Gives back the store and the client that was made for it. */
  close(): Promise<void>;
}

export async function openStore(url: StoreUrl, aws: AwsSettings): Promise<OpenedStore> {
  switch (url.kind) {
    case "sqlite":
      return sqlite(url);
    case "postgres":
      return postgres(url);
    case "dynamodb":
      return dynamodb(url, aws);
  }
}

/** @throws Usage with the line that installs it, when `name` is not there. */
export async function driver<T>(name: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code !== "ERR_MODULE_NOT_FOUND" || !(error as Error).message.includes(`'${name}'`)) throw error;
    throw new Usage(`this store needs ${name}, which is not installed. Run: npm install ${name}`);
  }
}

async function sqlite({ path, table }: SqliteUrl): Promise<OpenedStore> {
  const { sqliteStore } = await import("@effectively-once/runtime/stores/sqlite");
  const store = sqliteStore({ path, ...(table === undefined ? {} : { table }) });
  return { store: store as unknown as Store<unknown>, close: () => store.close() };
}

async function postgres({ connectionString, schema, table }: PostgresUrl): Promise<OpenedStore> {
  const { default: pg } = await driver("pg", () => import("pg"));
  const { postgresStore } = await import("@effectively-once/runtime/stores/postgres");
  const pool = new pg.Pool({ connectionString, max: 4, connectionTimeoutMillis: 10_000 });
  // A connection that breaks while idle: the next query says so.
  pool.on("error", () => {});
  const store = postgresStore({
    pool,
    ...(schema === undefined ? {} : { schema }),
    ...(table === undefined ? {} : { table }),
  });
  return {
    store: store as unknown as Store<unknown>,
    close: async () => {
      await store.close();
      await pool.end();
    },
  };
}

async function dynamodb(url: DynamodbUrl, aws: AwsSettings): Promise<OpenedStore> {
  const sdk = "@aws-sdk/client-dynamodb";
  const { DynamoDBClient } = await driver(sdk, () => import("@aws-sdk/client-dynamodb"));
  const { dynamodbStore } = await import("@effectively-once/runtime/stores/dynamodb");
  const client = new DynamoDBClient({
    ...clientConfig(withUrl(url, aws), "DYNAMODB"),
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000 },
  });
  const store = dynamodbStore({ tableName: url.table, client });
  return {
    store: store as unknown as Store<unknown>,
    close: async () => {
      await store.close();
      client.destroy();
    },
  };
}

/** What the URL says about itself stands before everything else. */
function withUrl({ region, endpoint }: DynamodbUrl, aws: AwsSettings): AwsSettings {
  return {
    ...aws,
    region: region ?? aws.region,
    endpointUrl: (service) => endpoint ?? aws.endpointUrl(service),
  };
}
