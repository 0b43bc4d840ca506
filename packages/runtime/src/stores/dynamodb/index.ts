/** Records in a DynamoDB table, through the user's own AWS SDK client. */

import { OnceError, typeOf } from "../../errors.ts";
import { type Clock, type Random, systemClock, systemRandom } from "../../ports.ts";
import type { Claim, Store, Written } from "../../store.ts";
import { checkNames } from "../../options.ts";
import { claim } from "./claim.ts";
import { ServerClock } from "./clock.ts";
import { dynamoError } from "./errors.ts";
import { Known } from "./known.ts";
import { forget, list, readRecords, rerun, resolve } from "./operate.ts";
import { checkpoint, complete, fail, release, renew } from "./owned.ts";
import { type DynamoClientLike, isClient, sdkTransport } from "./sdk.ts";
import { check, setup } from "./table.ts";
import { transact } from "./transact.ts";
import type { DynamoTx } from "./tx.ts";
import type { Records } from "./write.ts";

export { CLOCK_MARGIN_MS } from "./clock.ts";
export type { DynamoClientLike } from "./sdk.ts";
export type { DynamoCheck, DynamoCondition, DynamoDelete, DynamoPut, DynamoTx, DynamoUpdate } from "./tx.ts";

export interface DynamodbStoreOptions {
  /** The table of records; `setup()` creates it. Its own key is "id", a string. */
  readonly tableName: string;
  /**
   * Your `DynamoDBClient`, `DynamoDB` or `DynamoDBDocumentClient`, or a function that makes it at the first use. Your
   * own retries, timeouts and endpoint are kept.
   * @default a `DynamoDBClient` in the environment's region, with timeouts of a second to connect and five to answer
   */
  readonly client?: DynamoClientLike | (() => DynamoClientLike | Promise<DynamoClientLike>);
  /** Corrected by the `Date` of DynamoDB's answers, since leases are compared by it. @default the system's */
  readonly clock?: Clock;
  /** For the jitter between tries, and for ClientRequestTokens. @default the system's */
  readonly random?: Random;
}

const OPTIONS: readonly string[] = ["tableName", "client", "clock", "random"];

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/**
 * A store in a DynamoDB table. `commit` and `transact` collect up to 99 actions on your own tables and write them with
 * the record in one TransactWriteItems.
 *
 * DynamoDB has no clock of its own that a condition could use. Leases are compared by this process's clock, corrected
 * by the `Date` of each answer, and another's lease counts as over `CLOCK_MARGIN_MS` after its end. One region must
 * write the table: `check()` refuses a global table.
 *
 * @example
 * const store = dynamodbStore({ tableName: "once-records", client: new DynamoDBClient({}) });
 * await store.setup();
 * const once = createOnce({ store, namespace: "orders" });
 */
export function dynamodbStore(options: DynamodbStoreOptions): Store<DynamoTx> {
  checkNames("dynamodbStore", options, OPTIONS);
  const { tableName, client, clock = systemClock, random = systemRandom } = options;
  checkTableName(tableName);
  if (client !== undefined && typeof client !== "function" && !isClient(client))
    throw new OnceError(
      "invalid-option",
      `dynamodbStore: \`client\` must be a client of @aws-sdk/client-dynamodb or a function that gives one, got ${typeOf(client)}.`,
    );
  const now = new ServerClock(clock);
  const known = new Known();
  let opened: Promise<Records> | undefined;
  let closed = false;

  /** Opened at the first use; what failed to open is tried again at the next. */
  function open(): Promise<Records> {
    if (closed)
      return Promise.reject(
        new OnceError("store-closed", "This store was closed. Make a new one, or close it later."),
      );
    opened ??= sdkTransport(client, clock, (...dates) => now.observe(...dates)).then(
      (transport) => ({
        transport,
        place: { table: tableName, target: transport.target },
        clock,
        random,
        now,
        known,
      }),
      (error: unknown) => {
        opened = undefined;
        throw error;
      },
    );
    return opened;
  }
  const explain = (error: unknown): OnceError =>
    dynamoError(error, { table: tableName, target: "the client's region" });

  async function each<Request, Answer extends Claim | Written>(
    requests: readonly Request[],
    work: (records: Records, requests: readonly Request[]) => Promise<readonly Answer[]>,
  ): Promise<readonly Answer[]> {
    if (requests.length === 0) return [];
    try {
      return await work(await open(), requests);
    } catch (error) {
      const failed = { kind: "error", error: explain(error) } as Answer;
      return requests.map(() => failed);
    }
  }

  /** For what an operator asks: an error is thrown, explained. */
  async function asked<T>(work: (records: Records) => Promise<T>): Promise<T> {
    try {
      return await work(await open());
    } catch (error) {
      throw explain(error);
    }
  }

  return {
    traits: {
      clock: "client",
      transactions: true,
      maxBatch: 25,
      maxResultBytes: 360_000,
      durability: "service",
      formerRecords: true,
    },
    claim: (requests) => each(requests, claim),
    complete: (items) => each(items, complete),
    fail: (items) => each(items, fail),
    release: (items) => each(items, release),
    renew: (items) => each(items, renew),
    checkpoint: (items) => each(items, checkpoint),
    transact: async (request, body) => {
      let records: Records;
      try {
        records = await open();
      } catch (error) {
        return { kind: "rolled-back", error: explain(error) };
      }
      return await transact(records, request, body);
    },
    setup: () => asked(setup),
    check: () => asked(check),
    close: async () => {
      closed = true;
      const records = await opened?.catch(() => undefined);
      records?.transport.close();
    },
    read: (ids) => (ids.length === 0 ? Promise.resolve([]) : asked((records) => readRecords(records, ids))),
    async *list(query) {
      yield* list(await asked((records) => Promise.resolve(records)), query);
    },
    resolve: (resolution) => asked((records) => resolve(records, resolution)),
    rerun: (ids) => asked((records) => rerun(records, ids)),
    forget: (ids) => (ids.length === 0 ? Promise.resolve() : asked((records) => forget(records, ids))),
  };
}

/** It goes into the text of statements, so nothing else may be in it. */
function checkTableName(name: unknown): void {
  if (typeof name === "string" && TABLE_NAME.test(name)) return;
  throw new OnceError(
    "invalid-option",
    `dynamodbStore: \`tableName\` must be a table's name, 3 to 255 letters, digits, "_", "-" or ".", got ${typeof name === "string" ? JSON.stringify(name.slice(0, 80)) : typeOf(name)}. ` +
      "An ARN is not a name: give the name, and a client of the table's region.",
  );
}
