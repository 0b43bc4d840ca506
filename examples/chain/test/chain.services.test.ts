/** The whole chain on this machine: sent twice, killed on the way; one row each in the end, one correlation id throughout. */

import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { CreateTopicCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import { type LocalLambda, localLambda, sqsEventSourceMapping } from "@effectively-once/testkit/lambda";
import { startFauxqs } from "fauxqs";
import pg from "pg";
import { expect, inject, it } from "vitest";

const ORDERS = 24;

it(
  "A-05 · B-08 · C-16 · producer → SQS → Lambda → SNS → SQS → Lambda → Postgres: one row and one correlation id for each order",
  { timeout: 200_000 },
  async () => {
    const closing: (() => Promise<unknown> | void)[] = [];
    try {
      const name = `once_chain_${randomBytes(6).toString("hex")}`;
      const admin = new pg.Pool({ connectionString: inject("postgresUrl"), max: 1 });
      closing.push(() => admin.end());
      await admin.query(`CREATE DATABASE ${name}`);
      closing.push(() => admin.query(`DROP DATABASE ${name} WITH (FORCE)`));
      const url = new URL(inject("postgresUrl"));
      url.pathname = `/${name}`;
      const pool = new pg.Pool({ connectionString: url.href, max: 2 });
      // `end()` does not wait until the server has let go; what it says of a connection then is said to the pool.
      pool.on("error", () => {});
      closing.push(() => pool.end());
      const store = postgresStore({ pool });
      await store.setup();
      await pool.query("CREATE TABLE shipments (order_id text NOT NULL)");

      const keys = new Map<string, Set<string>>();
      const lambdas: LocalLambda[] = [];
      const killed = new Set<number>();
      /** Kills a process of that function which is at work. */
      const strike = (which: number): void => {
        const pid = lambdas[which]?.running()[0];
        if (pid === undefined) return;
        process.kill(pid, "SIGKILL");
        killed.add(pid);
      };
      const payments = createServer((request, response) => {
        let text = "";
        request.on("data", (chunk: Buffer) => (text += chunk.toString()));
        request.on("end", () => {
          const { orderId } = JSON.parse(text) as { orderId: string };
          const known = keys.get(orderId);
          if (!known && Number(orderId.replace("order-", "")) % 4 === 0) strike(0);
          keys.set(orderId, (known ?? new Set()).add(String(request.headers["idempotency-key"])));
          response.writeHead(204).end();
        });
      });
      await new Promise<void>((resolve) => payments.listen(0, "127.0.0.1", resolve));
      closing.push(() => new Promise((resolve) => payments.close(resolve)));

      const emulator = await startFauxqs({ port: 0, logger: false });
      closing.push(() => emulator.stop());
      const endpoint = `http://127.0.0.1:${emulator.port}`;
      const config = {
        endpoint,
        region: "eu-west-1",
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      };
      const queues = new SQSClient(config);
      const topics = new SNSClient(config);
      closing.push(() => (queues.destroy(), topics.destroy()));
      const queue = async (QueueName: string): Promise<string> => {
        const Attributes = { VisibilityTimeout: "2" };
        return (await queues.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl ?? "";
      };
      const [orders, shipments] = [await queue(`${name}-orders`), await queue(`${name}-shipments`)];
      const arn = (of: string) => `arn:aws:sqs:eu-west-1:000000000000:${name}-${of}`;
      const { TopicArn } = await topics.send(new CreateTopicCommand({ Name: `${name}-charged` }));
      await topics.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint: arn("shipments") }));

      const lines: string[] = [];
      /** Which processes began to ship an order. */
      const began = new Map<string, number[]>();
      const struck = new Set<string>();
      const function_ = (file: string, QueueUrl: string, of: string): LocalLambda => {
        const lambda = localLambda({
          handler: `${join(import.meta.dirname, `../src/${file}.ts`)}#handler`,
          timeoutMs: 20_000,
          functionName: `${name}-${file}`,
          maxConcurrency: 4,
          onLog: ({ text, pid }) => {
            lines.push(`${file} ${text}`);
            const id = /^shipping (order-\d+)\b/.exec(text)?.[1];
            if (id) began.set(id, [...(began.get(id) ?? []), pid]);
            // Its own kills: at the first of some shipments.
            if (/^shipping order-\d*5\b/.test(text) && struck.size < 3 && !struck.has(text)) {
              struck.add(text);
              strike(1);
            }
          },
          env: {
            DATABASE_URL: url.href,
            PAYMENTS_URL: `http://127.0.0.1:${(payments.address() as AddressInfo).port}`,
            TOPIC_ARN: TopicArn ?? "",
            AWS_ENDPOINT_URL: endpoint,
            AWS_ACCESS_KEY_ID: "test",
            AWS_SECRET_ACCESS_KEY: "test",
            AWS_REGION: "eu-west-1",
          },
        });
        const mapping = sqsEventSourceMapping({
          sqs: queues,
          queueUrl: QueueUrl,
          queueArn: arn(of),
          lambda,
          batchSize: 4,
          maxConcurrency: 3,
        });
        closing.push(async () => {
          await mapping.stop();
          await lambda.shutdown();
        });
        return lambda;
      };
      lambdas.push(function_("payments", orders, "orders"), function_("shipping", shipments, "shipments"));

      const ids = Array.from({ length: ORDERS }, (_, index) => `order-${index + 1}`);
      const send = (orderId: string) =>
        queues.send(
          new SendMessageCommand({
            QueueUrl: orders,
            MessageBody: JSON.stringify({ orderId }),
            MessageAttributes: { correlationId: { DataType: "String", StringValue: `chain-of-${orderId}` } },
          }),
        );
      for (const id of ids) await send(id);
      // The producer, whose own answers were lost, sends a half of them again.
      for (const id of ids.filter((_id, index) => index % 2 === 0)) await send(id);
      const rows = async () =>
        Number((await pool.query("SELECT count(*)::int AS n FROM shipments")).rows[0].n);
      for (const endMs = performance.now() + 90_000; (await rows()) < ORDERS;) {
        if (performance.now() > endMs) throw new Error(`${await rows()} rows after 90 s`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      // What was cut off, and what was sent again, is on its way still: it must end too.
      const ended = async (): Promise<boolean> => {
        const states: string[] = [];
        for await (const { state } of store.list({})) states.push(state);
        return states.length === 2 * ORDERS && states.every((state) => state === "completed");
      };
      for (const endMs = performance.now() + 60_000; !(await ended());) {
        if (performance.now() > endMs) throw new Error("some records had not ended after 60 s");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await new Promise((resolve) => setTimeout(resolve, 2_500));

      const { rows: found } = await pool.query("SELECT order_id FROM shipments ORDER BY order_id");
      expect(found.map((row) => String(row["order_id"]))).toEqual(ids.toSorted());
      // Some orders' first charge has cost a process its life, with all that it had in hand.
      expect(killed.size).toBeGreaterThan(2);
      expect([...keys.values()].map((known) => known.size)).toEqual(ids.map(() => 1));
      const said = lines.filter((line) => /(charged|published|shipping|shipped) order-/.test(line));
      for (const line of said) {
        const id = /order-\d+/.exec(line)?.[0];
        expect(line).toMatch(new RegExp(`correlation_id'?"?: ?['"]chain-of-${id}['"]`));
      }
      const unsaid = (file: string, what: string): string[] =>
        ids.filter(
          (id) => !said.some((line) => line.startsWith(file) && new RegExp(`${what} ${id}\\b`).test(line)),
        );
      expect(unsaid("payments", "published")).toEqual([]);
      // A process killed between its COMMIT and the line after it has shipped and cannot say so; nobody else may be silent.
      for (const id of unsaid("shipping", "shipped"))
        expect(began.get(id)?.some((pid) => killed.has(pid))).toBe(true);
      for await (const record of store.list({})) {
        expect(record.correlationId).toBe(`chain-of-${record.label}`);
        expect(record.state).toBe("completed");
      }
    } finally {
      for (const close of closing.toReversed()) await close();
    }
  },
);
