/**
 * The real stores that proofs run on, each with a table of rows beside its records. A store joins the crash matrix and
 * the soak by one entry in `PLACES`.
 */

import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Store } from "@effectively-once/runtime/store";
import { dynamodbStore, type DynamoTx } from "@effectively-once/runtime/stores/dynamodb";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import pg from "pg";

/** Where a run has its tables: a service's address or a file, and a name that keeps runs apart. */
export interface PlaceAt {
  readonly url: string;
  readonly name: string;
}

/** Called when the server has answered and nobody has seen the answer; `what` is the request: a command or SQL text. */
export type Answered = (what: string) => void;

export interface Place {
  readonly store: Store<unknown>;
  /** Makes the table of records and the table of rows. */
  setup(): Promise<void>;
  /** One more row for `id`, in the transaction `tx`. Nothing in the table refuses a second one. */
  addRow(tx: unknown, id: string): Promise<void>;
  /** How many rows each id has. */
  rows(): Promise<ReadonlyMap<string, number>>;
  /** The lease of a record is over: what waiting would do, without the wait. */
  age(recordId: string): Promise<void>;
  /** Every instant of a record that does not stay open moves back: as if so much time had gone by. */
  shift(recordId: string, backMs: number): Promise<void>;
  /** Where one writer keeps out all others: whether one does now. */
  readonly held?: () => boolean;
  close(): Promise<void>;
  /** Everything that `setup` made, and nothing else. */
  remove(): Promise<void>;
}

export interface PlaceOptions {
  readonly answered?: Answered | undefined;
  /** Connections at once, where there are any. @default 4 */
  readonly connections?: number | undefined;
}

export type Open = (at: PlaceAt, options?: PlaceOptions) => Place;

export const PLACES = { sqlite, postgres, dynamodb } as const satisfies Record<string, Open>;
export type PlaceName = keyof typeof PLACES;
export const PLACE_NAMES = Object.keys(PLACES) as readonly PlaceName[];

const SQLITE_BUSY = 5;
const INSTANTS = ["lease_until_ms", "run_until_ms", "expires_at_ms", "first_attempt_at_ms"] as const;
const back = (by: string): string => INSTANTS.map((name) => `${name} = ${name} - ${by}`).join(", ");

const counted = (ids: readonly string[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
};

function sqlite({ url: path }: PlaceAt, { answered }: PlaceOptions = {}): Place {
  if (answered) watchCommits(answered);
  const store = sqliteStore({ path });
  const own = <T>(work: (db: DatabaseSync) => T, timeout = 10_000): T => {
    const db = new DatabaseSync(path, { timeout });
    try {
      return work(db);
    } finally {
      db.close();
    }
  };
  return {
    store: store as unknown as Store<unknown>,
    async setup() {
      await store.setup();
      own((db) => db.exec("CREATE TABLE rows (id TEXT)"));
    },
    addRow: async (tx, id) => void (tx as DatabaseSync).prepare("INSERT INTO rows (id) VALUES (?)").run(id),
    rows: async () =>
      counted(
        own((db) =>
          db
            .prepare("SELECT id FROM rows")
            .all()
            .map((row) => String(row["id"])),
        ),
      ),
    age: async (id) =>
      own(
        (db) =>
          void db.prepare("UPDATE effectively_once_records SET lease_until_ms = 0 WHERE id = ?").run(id),
      ),
    shift: async (id, backMs) =>
      own(
        (db) =>
          void db.prepare(`UPDATE effectively_once_records SET ${back("?1")} WHERE id = ?2`).run(backMs, id),
      ),
    held() {
      try {
        own((db) => db.exec("BEGIN IMMEDIATE; ROLLBACK"), 0);
        return false;
      } catch (error) {
        if ((error as { readonly errcode?: number }).errcode === SQLITE_BUSY) return true;
        throw error;
      }
    },
    close: () => store.close(),
    remove: async () => {
      for (const end of ["", "-wal", "-shm"]) rmSync(path + end, { force: true });
    },
  };
}

/** SQLite answers within the process: its COMMIT has been done in the file, and no line of ours has run since. */
function watchCommits(answered: Answered): void {
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql: string) {
    exec.call(this, sql);
    // A BEGIN has written nothing yet.
    if (sql === "COMMIT") answered(sql);
  };
}

type Query = (...values: unknown[]) => Promise<unknown>;

/** Lets `answered` know of every answer before its asker does. */
function watchQueries(client: object, answered: Answered): void {
  const watched = client as { query: Query };
  const query = watched.query.bind(client);
  watched.query = async (...values) => {
    const answer = await query(...values);
    answered(String(values[0]));
    return answer;
  };
}

function postgres({ url, name }: PlaceAt, { answered, connections = 4 }: PlaceOptions = {}): Place {
  const pool = new pg.Pool({ connectionString: url, max: connections, connectionTimeoutMillis: 5_000 });
  pool.on("error", () => {});
  if (answered) {
    pool.on("connect", (client) => watchQueries(client, answered));
    // `pool.query` asks its client with a callback, which has no answer to wait for.
    Object.assign(pool, {
      query: async (...values: Parameters<Query>) => {
        const client = await pool.connect();
        try {
          return await (client.query as Query)(...values);
        } finally {
          client.release();
        }
      },
    });
  }
  const store = postgresStore({ pool, schema: name });
  return {
    store: store as unknown as Store<unknown>,
    async setup() {
      await store.setup();
      await pool.query(`CREATE TABLE "${name}".rows (id text)`);
    },
    addRow: async (tx, id) =>
      void (await (tx as pg.PoolClient).query(`INSERT INTO "${name}".rows (id) VALUES ($1)`, [id])),
    rows: async () =>
      counted((await pool.query<{ id: string }>(`SELECT id FROM "${name}".rows`)).rows.map((row) => row.id)),
    age: async (id) =>
      void (await pool.query(
        `UPDATE "${name}".effectively_once_records SET lease_until_ms = 0 WHERE id = $1`,
        [id],
      )),
    shift: async (id, backMs) =>
      void (await pool.query(
        `UPDATE "${name}".effectively_once_records SET ${back("$1::bigint")} WHERE id = $2`,
        [backMs, id],
      )),
    close: () => pool.end(),
    remove: async () => void (await pool.query(`DROP SCHEMA IF EXISTS "${name}" CASCADE`)),
  };
}

function dynamodb({ url, name }: PlaceAt, { answered }: PlaceOptions = {}): Place {
  const client = new DynamoDBClient({
    endpoint: url,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  if (answered) {
    const send = client.send.bind(client) as (command: unknown, options?: unknown) => Promise<unknown>;
    Object.assign(client, {
      async send(command: { readonly constructor: { readonly name: string } }, options?: unknown) {
        const answer = await send(command, options);
        answered(command.constructor.name === "TransactWriteItemsCommand" ? "COMMIT" : "other");
        return answer;
      },
    });
  }
  const store = dynamodbStore({ tableName: name, client });
  const rows = `${name}-rows`;
  return {
    store: store as unknown as Store<unknown>,
    async setup() {
      await store.setup();
      await client.send(
        new CreateTableCommand({
          TableName: rows,
          BillingMode: "PAY_PER_REQUEST",
          KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        }),
      );
    },
    // No condition on the row: a second commit would count twice.
    addRow: async (tx, id) =>
      (tx as DynamoTx).update({
        TableName: rows,
        Key: { pk: id },
        UpdateExpression: "ADD #n :one",
        ExpressionAttributeNames: { "#n": "n" },
        ExpressionAttributeValues: { ":one": 1 },
      }),
    async rows() {
      const counts = new Map<string, number>();
      let start: Record<string, never> | undefined;
      do {
        const page = await client.send(
          new ScanCommand({ TableName: rows, ConsistentRead: true, ExclusiveStartKey: start }),
        );
        for (const item of page.Items ?? []) counts.set(item["pk"]?.S ?? "", Number(item["n"]?.N));
        start = page.LastEvaluatedKey as Record<string, never> | undefined;
      } while (start);
      return counts;
    },
    age: async (id) => {
      await client
        .send(
          new UpdateItemCommand({
            TableName: name,
            Key: { id: { S: id } },
            ConditionExpression: "attribute_exists(id)",
            UpdateExpression: "SET lease_until_ms = :past",
            // The store trusts no clock nearer than five seconds.
            ExpressionAttributeValues: { ":past": { N: String(Date.now() - 60_000) } },
          }),
        )
        .catch((error: unknown) => {
          if (!(error instanceof Error) || error.name !== "ConditionalCheckFailedException") throw error;
        });
    },
    shift: async (id, backMs) =>
      void (await client.send(
        new UpdateItemCommand({
          TableName: name,
          Key: { id: { S: id } },
          UpdateExpression: `SET ${back(":by")}`,
          ExpressionAttributeValues: { ":by": { N: String(backMs) } },
        }),
      )),
    close: async () => client.destroy(),
    remove: async () => {
      for (const TableName of [name, rows]) await client.send(new DeleteTableCommand({ TableName }));
    },
  };
}
