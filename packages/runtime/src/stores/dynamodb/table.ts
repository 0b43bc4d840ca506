/** The table of records in DynamoDB: made, and looked at. */

import { OnceError } from "../../errors.ts";
import { sleep, Stopwatch } from "../../ports.ts";
import { nameOf, says, tableMissing } from "./errors.ts";
import { dynamodbSchema } from "./schema.ts";
import { ask, type Connection } from "./send.ts";

const { keyAttribute, keyType, ttlAttribute, billingMode, actions } = dynamodbSchema;

const POLL_MS = 500;
const CREATED_WITHIN_MS = 120_000;

interface TableDescription {
  readonly TableStatus?: string;
  readonly KeySchema?: readonly { readonly AttributeName?: string; readonly KeyType?: string }[];
  readonly AttributeDefinitions?: readonly {
    readonly AttributeName?: string;
    readonly AttributeType?: string;
  }[];
  readonly Replicas?: readonly { readonly RegionName?: string }[];
}
interface TimeToLive {
  readonly TimeToLiveStatus?: string;
  readonly AttributeName?: string;
}

/** Creates what is missing. Several that set up at once meet each other's table. */
export async function setup(connection: Connection): Promise<void> {
  const { table } = connection.place;
  if (!(await describe(connection))) {
    await unless("ResourceInUseException", () =>
      ask(connection, "CreateTable", {
        TableName: table,
        BillingMode: billingMode,
        KeySchema: [{ AttributeName: keyAttribute, KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: keyAttribute, AttributeType: keyType }],
      }),
    );
  }
  checkShape(connection, await active(connection));
  const found = await timeToLive(connection);
  const { TimeToLiveStatus: status } = found;
  if (status === "ENABLED" || status === "ENABLING") return checkTimeToLive(connection, found);
  // Somebody else's set-up may have enabled it since.
  await unless("ValidationException", () =>
    ask(connection, "UpdateTimeToLive", {
      TableName: table,
      TimeToLiveSpecification: { Enabled: true, AttributeName: ttlAttribute },
    }),
  );
  checkTimeToLive(connection, await timeToLive(connection));
}

async function unless(name: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (nameOf(error instanceof Error ? error.cause : undefined) !== name) throw error;
  }
}

async function active(connection: Connection): Promise<TableDescription> {
  const watch = new Stopwatch(connection.clock);
  for (;;) {
    const found = await describe(connection);
    if (found?.TableStatus === "ACTIVE" || found?.TableStatus === "UPDATING") return found;
    if (watch.elapsedMs() > CREATED_WITHIN_MS)
      throw new OnceError(
        "store-error",
        `The table "${connection.place.table}" is still ${found?.TableStatus ?? "missing"} after two minutes. Look at it in the console, and run the set-up again.`,
        { retryable: true },
      );
    await sleep(connection.clock, POLL_MS);
  }
}

/** Finds what a first claim would stumble over, without writing anything. */
export async function check(connection: Connection): Promise<void> {
  const found = await describe(connection);
  if (!found) throw tableMissing(connection.place);
  if (found.TableStatus !== "ACTIVE" && found.TableStatus !== "UPDATING")
    throw new OnceError(
      "table-missing",
      `The table "${connection.place.table}" is ${found.TableStatus}. Wait until it is ACTIVE.`,
      { retryable: true },
    );
  checkShape(connection, found);
  checkTimeToLive(connection, await timeToLive(connection));
  await probe(connection);
}

function checkShape({ place: { table } }: Connection, found: TableDescription): void {
  const keys = found.KeySchema ?? [];
  const type = found.AttributeDefinitions?.find(
    ({ AttributeName: name }) => name === keyAttribute,
  )?.AttributeType;
  if (keys.length !== 1 || keys[0]?.AttributeName !== keyAttribute || type !== keyType)
    throw new OnceError(
      "table-mismatch",
      `The table "${table}" is not one for this library's records: its key is ${keys.map((key) => `"${key.AttributeName}"`).join(" and ")}, ` +
        `and must be "${keyAttribute}", a string, without a sort key. Give the name of another table as \`tableName\`, and run \`setup()\`.`,
    );
  const replicas = (found.Replicas ?? []).map(({ RegionName: name }) => name);
  if (replicas.length > 0)
    throw new OnceError(
      "table-mismatch",
      `The table "${table}" is a global table (${replicas.join(", ")}). Two regions that claim the same key at the same time would both win, ` +
        "because a write reaches the other regions after it was answered. Use a table of one region, written by one region.",
    );
}

function checkTimeToLive({ place: { table } }: Connection, found: TimeToLive): void {
  const { TimeToLiveStatus: status, AttributeName: name } = found;
  if ((status === "ENABLED" || status === "ENABLING") && name === ttlAttribute) return;
  throw new OnceError(
    "table-mismatch",
    `Time to live of the table "${table}" is ${name === undefined || name === ttlAttribute ? "off" : `on the attribute "${name}"`}, so its records would never be removed. ` +
      `Switch it on for the attribute "${ttlAttribute}": run \`setup()\`, or do it in the console.`,
  );
}

/**
 * What a handler's role needs, tried out: two transactions that cannot commit, since each updates a record that does
 * not exist, and a read of it.
 */
async function probe(connection: Connection): Promise<void> {
  const { place } = connection;
  const absent = { S: "effectively-once-check" };
  const never = { N: "-1" };
  await ask(connection, "BatchGetItem", {
    RequestItems: { [place.table]: { Keys: [{ [keyAttribute]: absent }], ConsistentRead: true } },
  });
  await cancelled(connection, "ExecuteTransaction", {
    TransactStatements: [
      {
        Statement: `INSERT INTO "${place.table}" VALUE {'${keyAttribute}': ?}`,
        Parameters: [{ S: "effectively-once-check-insert" }],
      },
      {
        Statement: `UPDATE "${place.table}" SET "rev" = ? WHERE "${keyAttribute}" = ? AND "rev" = ?`,
        Parameters: [never, absent, never],
      },
    ],
  });
  await cancelled(connection, "TransactWriteItems", {
    TransactItems: [
      {
        Update: {
          TableName: place.table,
          Key: { [keyAttribute]: absent },
          UpdateExpression: "SET #rev = :never",
          ConditionExpression: "#rev = :never",
          ExpressionAttributeNames: { "#rev": "rev" },
          ExpressionAttributeValues: { ":never": never },
        },
      },
    ],
  });
}

async function cancelled(
  connection: Connection,
  operation: "ExecuteTransaction" | "TransactWriteItems",
  input: object,
): Promise<void> {
  try {
    await ask(connection, operation, input);
  } catch (error) {
    if (nameOf(error instanceof Error ? error.cause : undefined) === "TransactionCanceledException") return;
    throw error;
  }
  throw new OnceError(
    "store-error",
    `${operation} committed although its condition cannot hold. What answers at this endpoint is not DynamoDB.`,
  );
}

async function describe(connection: Connection): Promise<TableDescription | undefined> {
  try {
    const output = await ask(connection, "DescribeTable", { TableName: connection.place.table });
    return output["Table"] as TableDescription | undefined;
  } catch (error) {
    if (nameOf(error instanceof Error ? error.cause : undefined) === "ResourceNotFoundException")
      return undefined;
    throw mayNotLook(error, connection);
  }
}

async function timeToLive(connection: Connection): Promise<TimeToLive> {
  try {
    const output = await ask(connection, "DescribeTimeToLive", { TableName: connection.place.table });
    return (output["TimeToLiveDescription"] ?? {}) as TimeToLive;
  } catch (error) {
    throw mayNotLook(error, connection);
  }
}

/** A handler's role need not be allowed to look at the table; who checks it must be. */
function mayNotLook(error: unknown, { place: { table } }: Connection): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  if (nameOf(cause) !== "AccessDeniedException") return error;
  return new OnceError(
    "store-permission",
    `DynamoDB refused (${says(cause)}). To check or set up the table "${table}", allow ${[...new Set([...actions.check, ...actions.setup])].join(", ")} on it; ` +
      `a handler itself needs ${actions.handler.join(", ")} only, and ${actions.transactions.join(", ")} for transact and commit.`,
    { cause },
  );
}
