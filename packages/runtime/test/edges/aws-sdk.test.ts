/** `protect`: what a call is known by from one attempt to the next, and what is refused (B-08, B-09). */

import { DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { DynamoDBDocumentClient, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { protect, type ProtectOptions } from "@effectively-once/runtime/edges/aws-sdk";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type OnceError, sqs } from "../../src/index.ts";
import { bench, event, failures, lambda, type Order, record } from "../engine/support.ts";
import { type AwsEndpoint, awsEndpoint } from "./aws-endpoint.ts";
import { type AttemptFn, attempts, dies } from "./support.ts";

let endpoint: AwsEndpoint;
beforeEach(async () => {
  endpoint = await awsEndpoint();
});
afterEach(() => endpoint.close());

const config = () => ({
  endpoint: endpoint.url,
  region: "eu-west-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
  maxAttempts: 1,
});
const queueClient = (options: ProtectOptions = {}) =>
  protect(new SQSClient({ ...config(), md5: false }), options);
const send = (client: SQSClient, MessageBody: string, name = "out.fifo") =>
  client.send(
    new SendMessageCommand({ QueueUrl: `${endpoint.url}/0/${name}`, MessageGroupId: "g", MessageBody }),
  );
/** Of each request the body that was sent and its token. */
const sent = () =>
  endpoint.sent.map(({ body }) => {
    const { MessageBody, MessageDeduplicationId } = JSON.parse(body) as Record<string, string>;
    return [MessageBody, MessageDeduplicationId] as const;
  });

describe("what a call is known by", () => {
  it("B-08 · by its occurrence: two calls that say the same have a token each, and keep it", async () => {
    const client = queueClient();
    const both: AttemptFn = async () => {
      await send(client, "a");
      await send(client, "a");
    };
    const { replies } = await attempts([() => both({} as never).then(dies), both]);

    expect(replies).toEqual([1, 0]);
    const tokens = sent().map(([, token]) => token);
    expect(tokens).toEqual([tokens[0], tokens[1], tokens[0], tokens[1]]);
    expect(tokens[0]).not.toBe(tokens[1]);
    expect(tokens[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("B-08 · a call that failed and is made again in the same attempt is the same call", async () => {
    const client = queueClient();
    let fail = true;
    endpoint.answer = () => {
      const now = fail;
      fail = false;
      return now ? { status: 500, body: '{"__type":"InternalError"}' } : undefined;
    };
    await attempts([
      async () => {
        await send(client, "a").catch(() => send(client, "a"));
        await send(client, "a");
      },
    ]);

    const [first, again, other] = sent().map(([, token]) => token);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it("B-09 · other calls in the place of the remembered ones are refused with the differing field, and nothing is sent", async () => {
    const client = queueClient();
    const { b, replies } = await attempts([() => send(client, "a").then(dies), () => send(client, "b")]);

    expect(replies).toEqual([1, 1]);
    expect(sent().map(([body]) => body)).toEqual(["a"]);
    const [, second] = b.events.filter((said) => said.kind === "delivery");
    expect(second?.error).toMatchObject({ code: "edge-changed" });
    expect(String(second?.error)).toContain("differing in: MessageBody");
    expect(String(second?.error)).not.toContain("a".repeat(2));
  });

  it("B-09 · a handler that swallows the refusal is not completed without its call", async () => {
    const client = queueClient();
    const { replies } = await attempts([
      () => send(client, "a").then(dies),
      () => send(client, "b").catch(() => {}),
    ]);

    expect(replies).toEqual([1, 1]);
  });

  it("B-09 · the same calls in another order are the same calls, and that is said", async () => {
    const client = queueClient();
    const { b, replies } = await attempts([
      async () => {
        await send(client, "a");
        await send(client, "b");
        dies();
      },
      async () => {
        await send(client, "b");
        await send(client, "a");
      },
    ]);

    expect(replies).toEqual([1, 0]);
    const [a, bee, beeAgain, aAgain] = sent().map(([, token]) => token);
    expect([aAgain, beeAgain]).toEqual([a, bee]);
    expect(b.warnings()).toContain("edge-reordered");
  });

  it("B-09 · a call that is left out is reported", async () => {
    const client = queueClient();
    const { b } = await attempts([() => send(client, "a").then(dies), async () => {}]);

    expect(b.warnings()).toEqual(["steps-not-visited"]);
  });

  it("B-09 · a name of its own: other calls may come and go before it; `fingerprint` says what may differ", async () => {
    const client = queueClient({
      name: ({ input }) => (String(input["MessageBody"]).startsWith("audit") ? "audit" : undefined),
      fingerprint: ({ input }) => String(input["MessageBody"]).split(" ")[0],
    });
    const { replies } = await attempts([
      () => send(client, "audit 09:00").then(dies),
      async () => {
        await send(client, "new");
        await send(client, "audit 09:05");
      },
    ]);

    expect(replies).toEqual([1, 0]);
    const [first, other, again] = sent();
    expect(again?.[1]).toBe(first?.[1]);
    expect(other?.[1]).not.toBe(first?.[1]);
  });

  it("B-09 · one name for two calls of an attempt is refused", async () => {
    const client = queueClient({ name: () => "only" });
    const { b } = await attempts([
      async () => {
        await send(client, "a");
        await send(client, "b");
      },
    ]);

    expect(sent().length).toBe(1);
    expect(b.events[0]).toMatchObject({ error: { code: "name-reused" } });
  });

  it("B-08 · within keyed it uses the verb's key and is counted there: a verb that is remembered is not missed", async () => {
    const client = queueClient();
    const { b, replies } = await attempts([
      async (ctx) => {
        await ctx.keyed("first", () => send(client, "a").then(() => 1));
        await send(client, "b");
        dies();
      },
      async (ctx) => {
        await ctx.keyed("first", () => send(client, "a").then(() => 1));
        await send(client, "b");
      },
    ]);

    expect(replies).toEqual([1, 0]);
    expect(sent().map(([body]) => body)).toEqual(["a", "b", "b"]);
    expect(new Set(sent().map(([, token]) => token)).size).toBe(2);
    expect(b.warnings()).toEqual([]);
  });
});

describe("what is sent", () => {
  it("nothing, when the store does not confirm what is about to be sent", async () => {
    const b = bench();
    b.faults.before = (operation) => {
      if (operation === "checkpoint") throw new Error("the store is away");
    };
    const client = queueClient();
    const { replies } = await attempts([() => send(client, "a")], b);

    expect(replies).toEqual([1]);
    expect(endpoint.sent).toEqual([]);
    expect(b.endings()).toEqual(["store-error"]);
  });

  it("a token of the user's own is left alone, and costs no write", async () => {
    const client = queueClient();
    const { b } = await attempts([
      () =>
        client.send(
          new SendMessageCommand({
            QueueUrl: `${endpoint.url}/0/out.fifo`,
            MessageBody: "a",
            MessageDeduplicationId: "mine",
          }),
        ),
    ]);

    expect(sent()).toEqual([["a", "mine"]]);
    expect(b.calls).not.toContain("checkpoint");
  });

  it("to a standard queue no id, only the correlation id; with ten attributes of the user's own not even that", async () => {
    const client = queueClient();
    const attributes = (count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`a${index}`, { DataType: "String", StringValue: "x" }]),
      );
    const put = (count: number) =>
      client.send(
        new SendMessageCommand({
          QueueUrl: `${endpoint.url}/0/out`,
          MessageBody: "a",
          MessageAttributes: attributes(count),
        }),
      );
    await attempts([
      async () => {
        await put(9);
        await put(10);
      },
    ]);

    const bodies = endpoint.sent.map(({ body }) => JSON.parse(body) as { MessageAttributes: object });
    expect(bodies.map((body) => Object.keys(body.MessageAttributes).length)).toEqual([10, 10]);
    expect(bodies.map((body) => "correlationId" in body.MessageAttributes)).toEqual([true, false]);
    expect(endpoint.sent[0]?.body).not.toContain("MessageDeduplicationId");
  });

  it("every try of one call by the SDK itself has the same token", async () => {
    const client = protect(new SQSClient({ ...config(), md5: false, maxAttempts: 3 }));
    let tries = 0;
    endpoint.answer = () =>
      (tries += 1) < 3 ? { status: 503, body: '{"__type":"ServiceUnavailable"}' } : undefined;
    await attempts([() => send(client, "a")]);

    expect(sent().length).toBe(3);
    expect(new Set(sent().map(([, token]) => token)).size).toBe(1);
  });

  it("EventBridge: the correlation id in the detail, where it is an object that has none", async () => {
    const client = protect(new EventBridgeClient(config()));
    await attempts([
      () =>
        client.send(
          new PutEventsCommand({
            Entries: [
              { Source: "s", DetailType: "t", Detail: '{"a":1}' },
              { Source: "s", DetailType: "t", Detail: '{"correlationId":"own"}' },
              { Source: "s", DetailType: "t", Detail: "[1]" },
            ],
          }),
        ),
    ]);

    const { Entries } = JSON.parse(endpoint.sent[0]?.body ?? "") as { Entries: { Detail: string }[] };
    expect(Entries.map(({ Detail }) => JSON.parse(Detail) as unknown)).toEqual([
      { a: 1, correlationId: expect.stringMatching(/^[0-9a-f]{32}$/) as string },
      { correlationId: "own" },
      [1],
    ]);
  });

  it("Step Functions: an execution of the same name that has ended already is the one that was started", async () => {
    const client = protect(new SFNClient(config()));
    endpoint.answer = () => ({ status: 400, body: '{"__type":"ExecutionAlreadyExists"}' });
    let arn: string | undefined;
    const { replies } = await attempts([
      async () => {
        const stateMachineArn = "arn:aws:states:eu-west-1:1:stateMachine:ship";
        ({ executionArn: arn } = await client.send(new StartExecutionCommand({ stateMachineArn })));
      },
    ]);

    expect(replies).toEqual([0]);
    const { name } = JSON.parse(endpoint.sent[0]?.body ?? "") as { name: string };
    expect(arn).toBe(`arn:aws:states:eu-west-1:1:execution:ship:${name}`);
  });

  it("a document client is protected too", async () => {
    const client = DynamoDBDocumentClient.from(protect(new DynamoDBClient(config())));
    const put: AttemptFn = () =>
      client.send(
        new TransactWriteCommand({ TransactItems: [{ Put: { TableName: "t", Item: { id: "1", at: 2 } } }] }),
      );
    const { replies } = await attempts([(ctx) => put(ctx).then(dies), put]);

    expect(replies).toEqual([1, 0]);
    const tokens = endpoint.sent.map(
      ({ body }) => (JSON.parse(body) as { ClientRequestToken: string }).ClientRequestToken,
    );
    expect(tokens[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(tokens[1]).toBe(tokens[0]);
  });

  it("C-16 · records that run beside each other have each their own tokens", async () => {
    const b = bench();
    const client = queueClient();
    const handler = b
      .once()
      .handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), (m) =>
        send(client, m.body.orderId),
      );
    const batch = () => event(...["o1", "o2", "o3"].map((orderId) => record(`m-${orderId}`, { orderId })));
    await handler(batch(), lambda());
    const other = bench();
    const again = other
      .once()
      .handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), (m) =>
        send(client, m.body.orderId),
      );
    await again(batch(), lambda());

    const pairs = sent();
    expect(pairs.length).toBe(6);
    expect(new Set(pairs.map(([body, token]) => `${body} ${token}`)).size).toBe(3);
    expect(new Set(pairs.map(([, token]) => token)).size).toBe(3);
  });
});

describe("outside a handler", () => {
  it("does nothing, and says so once", async () => {
    const said: OnceError[] = [];
    const client = queueClient({ warn: (error) => said.push(error) });
    await send(client, "a");
    await send(client, "b");

    expect(sent()).toEqual([
      ["a", undefined],
      ["b", undefined],
    ]);
    expect(said.map((error) => error.code)).toEqual(["edge-outside-handler"]);
  });

  it("A-05 · a producer's key: its retries are one message, its other messages others", async () => {
    const options: ProtectOptions = { key: ({ input }) => String(input["MessageBody"]) };
    await send(queueClient(options), "a");
    await send(queueClient(options), "a");
    await send(queueClient(options), "b");
    await queueClient(options).send(
      new SendMessageBatchCommand({
        QueueUrl: `${endpoint.url}/0/out.fifo`,
        Entries: ["a", "b"].map((MessageBody) => ({ Id: MessageBody, MessageGroupId: "g", MessageBody })),
      }),
    );

    const [a, again, b] = sent().map(([, token]) => token);
    const { Entries } = JSON.parse(endpoint.sent[3]?.body ?? "") as {
      Entries: { MessageDeduplicationId: string }[];
    };
    expect(again).toBe(a);
    expect(b).not.toBe(a);
    expect(new Set(Entries.map((entry) => entry.MessageDeduplicationId)).size).toBe(2);
  });

  it("a text as key stands for one piece of work, whose calls are counted", async () => {
    const work = async () => {
      const client = queueClient({ key: "import 2026-11" });
      await send(client, "a");
      await send(client, "a");
    };
    await work();
    await work();

    const tokens = sent().map(([, token]) => token);
    expect(tokens).toEqual([tokens[0], tokens[1], tokens[0], tokens[1]]);
    expect(tokens[0]).not.toBe(tokens[1]);
  });

  it("F-01 · a key that is missing sends nothing", async () => {
    const client = queueClient({ key: () => undefined });

    await expect(send(client, "a")).rejects.toMatchObject({ code: "invalid-key" });
    expect(endpoint.sent).toEqual([]);
  });
});

describe("development", () => {
  it("an effect outside any verb or edge is told, with its operation and without its payload; reading, verbs and edges are not", async () => {
    const b = bench();
    const tables = new DynamoDBClient(config());
    const client = queueClient();
    const handler = b
      .once({ development: true })
      .handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), async (_m, ctx) => {
        await tables.send(new PutItemCommand({ TableName: "t", Item: { id: { S: "secret" } } }));
        await fetch(`${endpoint.url}/charges?token=secret`, { method: "POST", body: "secret" });
        await fetch(`${endpoint.url}/charges`);
        await ctx.repeatable("table", () =>
          tables.send(new PutItemCommand({ TableName: "t", Item: { id: { S: "1" } } })).then(() => null),
        );
        await tables.send(new TransactWriteItemsCommand({ TransactItems: [] }));
        await send(client, "guarded");
        await send(client, "a standard queue deduplicates nothing", "out");
      });
    const reply = await handler(event(record("m", { orderId: "o" })), lambda());
    // After the message there is nothing to protect.
    await fetch(`${endpoint.url}/later`, { method: "POST" });

    expect(failures(reply)).toEqual([]);
    const told = b.events.flatMap((said) => (said.kind === "unguarded-effect" ? [said.effect] : []));
    expect(told).toEqual([
      `PutItem ${endpoint.url}/`,
      `POST ${endpoint.url}/charges`,
      `TransactWriteItems ${endpoint.url}/`,
      `SendMessage ${endpoint.url}/`,
    ]);
    expect(JSON.stringify(b.events)).not.toContain("secret");
  });
});

it("what is not a client is refused, with what to do", () => {
  expect(() => protect({} as never)).toThrow(/needs a client of the AWS SDK/);
  expect(() => protect(new SQSClient({}), { keys: 1 } as never)).toThrow(/no option "keys"/);
});
