/** What the tests of the DynamoDB store share: clients, tables, and a proxy that counts, cuts and changes answers. */

import { randomBytes, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  CreateTableCommand,
  type DynamoDBClientConfig,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import type { Clock } from "../../src/ports.ts";
import type { Claim, ClaimRequest, Owner, Store, TransactRequest } from "../../src/store.ts";
import { dynamodbStore, type DynamoTx } from "../../src/stores/dynamodb/index.ts";

export const retentionMs = 3_600_000;

export function clientOf(endpoint: string, more: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    ...more,
  });
}

export function freshTable(): string {
  return `once-${randomUUID().slice(0, 12)}`;
}

export function freshId(): string {
  return randomBytes(32).toString("hex");
}

export function ask(id: string, more: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    id,
    scope: "s",
    label: id.slice(0, 8),
    token: randomUUID(),
    leaseMs: 30_000,
    runMs: 60_000,
    retentionMs,
    fingerprint: '{"h":"a"}',
    messageId: "m1",
    functionName: "orders",
    ...more,
  };
}

export function requests(count: number): readonly ClaimRequest[] {
  return Array.from({ length: count }, () => ask(freshId()));
}

export async function win<Tx>(store: Store<Tx>, request: ClaimRequest = ask(freshId())): Promise<Owner> {
  const [claim] = await store.claim([request]);
  if (claim?.kind !== "won") throw new Error(`not won: ${kindOf(claim)}`);
  return { id: request.id, token: request.token, fence: claim.fence };
}

export function kindOf(claim: Claim | undefined): string {
  if (claim?.kind === "won") return `won ${claim.verdict}`;
  return claim?.kind === "error" ? `error ${claim.error.code}` : String(claim?.kind);
}

export function commitOf(
  owner: Owner,
  more: Partial<TransactRequest<unknown>> = {},
): TransactRequest<unknown> {
  return {
    owner,
    retentionMs,
    change: () => ({ complete: {} }),
    timeLimitMs: 10_000,
    signal: new AbortController().signal,
    ...more,
  };
}

/** A table of the caller's own, with a key "pk". */
export async function ownTable(client: DynamoDBClient): Promise<string> {
  const name = `rows-${randomUUID().slice(0, 12)}`;
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    }),
  );
  return name;
}

type RawItem = Record<string, { S?: string; N?: string; NULL?: boolean; [type: string]: unknown }>;

export async function rawItem(
  client: DynamoDBClient,
  table: string,
  key: Record<string, string>,
): Promise<RawItem | undefined> {
  const Key = Object.fromEntries(Object.entries(key).map(([name, S]) => [name, { S }]));
  const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
  return Item as RawItem | undefined;
}

/** Sets one attribute, behind the store's back. */
export async function setAttribute(
  client: DynamoDBClient,
  table: string,
  id: string,
  name: string,
  value: { S: string } | { N: string } | { NULL: true },
): Promise<void> {
  await client.send(
    new UpdateItemCommand({
      TableName: table,
      Key: { id: { S: id } },
      UpdateExpression: "SET #name = :value",
      ExpressionAttributeNames: { "#name": name },
      ExpressionAttributeValues: { ":value": value },
    }),
  );
}

/** The lease of the record's owner is over, margin included. */
export async function lapse(client: DynamoDBClient, table: string, id: string): Promise<void> {
  await setAttribute(client, table, id, "lease_until_ms", { N: String(Date.now() - 60_000) });
}

/** Real timers, and a wall clock that is wrong by as much as a test says. */
export function skewedClock(offsetMs = 0): Clock & { offsetMs: number } {
  return {
    offsetMs,
    wallMs() {
      return Date.now() + this.offsetMs;
    },
    monotonicMs: () => performance.now(),
    after(ms, fn) {
      const timer = setTimeout(fn, Math.max(0, ms));
      return () => clearTimeout(timer);
    },
  };
}

/** Waits of a second and more are ten times as long: on a loaded machine the store must not give up before the test does. */
export function patientClock(): Clock {
  const clock = skewedClock();
  return { ...clock, after: (ms, fn) => clock.after(ms < 1_000 ? ms : 10 * ms, fn) };
}

export interface Asked {
  /** "BatchExecuteStatement" and so on. */
  readonly operation: string;
  readonly input: {
    readonly Statements?: readonly { readonly Statement: string }[];
    readonly [name: string]: unknown;
  };
  /** How many requests of this operation came before. */
  readonly index: number;
}

export type Fault =
  /** The connection breaks, and the server never sees the request. */
  | "cut-before"
  /** The server does what was asked, and the connection breaks before its answer. */
  | "cut-after"
  /** Another answer instead, and the server never sees the request. */
  | { readonly status: number; readonly body: object }
  /** The server's answer, changed. */
  | { readonly change: (output: Record<string, unknown>) => Record<string, unknown> }
  /** The server does what was asked, and this is answered instead. */
  | { readonly instead: { readonly status: number; readonly body: object } }
  /** The server is asked this instead. */
  | { readonly rewrite: (input: Record<string, unknown>) => object }
  /** The server sees the request only after this. */
  | { readonly after: Promise<unknown> }
  /** Called when the server has answered; its answer goes on only after what this answers. */
  | { readonly answered: () => Promise<unknown> };

export interface Proxy {
  readonly url: string;
  /** Operations in the order in which they came. */
  readonly asked: Asked[];
  /** What happens to a request; nothing when it answers `undefined`. */
  fault: ((asked: Asked) => Fault | undefined) | undefined;
  counts(): Record<string, number>;
  /** Resolves when every request that came has been dealt with. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function awsError(
  name: string,
  message: string = name,
  status = 400,
): { readonly status: number; readonly body: object } {
  return { status, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message } };
}

export async function startProxy(target: string): Promise<Proxy> {
  const asked: Asked[] = [];
  const handling = new Set<Promise<void>>();
  const server: Server = createServer((request, response) => {
    const work = handle(request, response)
      .catch(() => void response.destroy())
      .finally(() => handling.delete(work));
    handling.add(work);
  });

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const operation = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const seen: Asked = {
      operation,
      input: JSON.parse(body.toString()) as Asked["input"],
      index: asked.filter((before) => before.operation === operation).length,
    };
    asked.push(seen);
    const fault = proxy.fault?.(seen);
    if (fault === "cut-before") return void response.destroy();
    const end = (status: number, text: string, date?: string | null) => {
      response.writeHead(status, {
        "content-type": "application/x-amz-json-1.0",
        date: date ?? new Date().toUTCString(),
      });
      response.end(text);
    };
    if (typeof fault === "object" && "status" in fault) return end(fault.status, JSON.stringify(fault.body));
    if (typeof fault === "object" && "after" in fault) await fault.after;
    const sent =
      typeof fault === "object" && "rewrite" in fault
        ? JSON.stringify(fault.rewrite({ ...seen.input }))
        : body;
    const headers = { ...request.headers } as Record<string, string>;
    delete headers["host"];
    delete headers["content-length"];
    delete headers["connection"];
    const answer = await fetch(target, { method: "POST", headers, body: sent });
    let text = await answer.text();
    if (fault === "cut-after") return void response.destroy();
    if (typeof fault === "object" && "instead" in fault)
      return end(fault.instead.status, JSON.stringify(fault.instead.body));
    if (typeof fault === "object" && "answered" in fault) await fault.answered();
    if (typeof fault === "object" && "change" in fault)
      text = JSON.stringify(fault.change(JSON.parse(text) as Record<string, unknown>));
    end(answer.status, text, answer.headers.get("date"));
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const proxy: Proxy = {
    url: `http://127.0.0.1:${port}`,
    asked,
    fault: undefined,
    counts() {
      const counts: Record<string, number> = {};
      for (const { operation } of asked) counts[operation] = (counts[operation] ?? 0) + 1;
      return counts;
    },
    async idle() {
      await Promise.all(handling);
    },
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
  return proxy;
}

export interface Bench {
  readonly table: string;
  /** Straight to the server. */
  readonly client: DynamoDBClient;
  readonly store: Store<DynamoTx>;
  readonly proxy: Proxy;
  /** Its requests pass the proxy, and its client does not retry by itself. */
  readonly watched: Store<DynamoTx>;
  /** Another store through the proxy, or with another clock. */
  through(more?: { readonly clock?: Clock; readonly maxAttempts?: number }): Store<DynamoTx>;
  close(): Promise<void>;
}

export async function startBench(endpoint: string, standard?: Clock): Promise<Bench> {
  const table = freshTable();
  const client = clientOf(endpoint);
  const store = dynamodbStore({ tableName: table, client, ...(standard ? { clock: standard } : {}) });
  await store.setup();
  const proxy = await startProxy(endpoint);
  const clients: DynamoDBClient[] = [client];
  const through: Bench["through"] = ({ clock = standard, maxAttempts = 1 } = {}) => {
    const made = clientOf(proxy.url, { maxAttempts });
    clients.push(made);
    return dynamodbStore({ tableName: table, client: made, ...(clock ? { clock } : {}) });
  };
  return {
    table,
    client,
    store,
    proxy,
    watched: through(),
    through,
    async close() {
      for (const made of clients) made.destroy();
      await proxy.close();
    },
  };
}
