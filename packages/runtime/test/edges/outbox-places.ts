/** The three outboxes, each with the store whose transactions write it. */

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  type Outbox,
  dynamodbOutbox,
  postgresOutbox,
  sqliteOutbox,
} from "@effectively-once/runtime/edges/outbox";
import { dynamodbStore } from "@effectively-once/runtime/stores/dynamodb";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import type { Store } from "@effectively-once/runtime/store";
import pg from "pg";

export interface OutboxPlace {
  readonly store: Store<never>;
  readonly outbox: Outbox<never>;
  setup(): Promise<void>;
  close(): Promise<void>;
}

export type PlaceKind = "sqlite" | "postgres" | "dynamodb";

/** @param url the file, the server or the endpoint; `name` sets tables apart */
export function outboxPlace(kind: PlaceKind, url: string, name: string): OutboxPlace {
  const place = PLACES[kind](url, name);
  return {
    ...place,
    setup: async () => {
      await place.store.setup();
      await place.outbox.setup();
    },
  };
}

const PLACES: Readonly<Record<PlaceKind, (url: string, name: string) => Omit<OutboxPlace, "setup">>> = {
  sqlite(url) {
    const store = sqliteStore({ path: url });
    const outbox = sqliteOutbox({ path: url });
    const close = () => Promise.all([store.close(), outbox.close()]).then(() => {});
    return { store: store as never, outbox: outbox as never, close };
  },
  postgres(url, name) {
    const pool = new pg.Pool({ connectionString: url, max: 6 });
    pool.on("error", () => {});
    const store = postgresStore({ pool, table: `${name}_records` });
    return {
      store: store as never,
      outbox: postgresOutbox({ pool, table: `${name}_outbox` }) as never,
      close: () => pool.end(),
    };
  },
  dynamodb(url, name) {
    const client = new DynamoDBClient({
      endpoint: url,
      region: "eu-west-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    return {
      store: dynamodbStore({ tableName: `${name}_records`, client }) as never,
      outbox: dynamodbOutbox({ tableName: `${name}_outbox`, client }) as never,
      close: async () => client.destroy(),
    };
  },
};
