/** For the tests of the mapping and of the scenarios: an emulator's queues, and functions in this process. */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { InvokeResult } from "../../src/lambda/index.ts";

export function sqsClient(endpoint: string, maxAttempts = 3): SQSClient {
  return new SQSClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts,
  });
}

export interface QueueOptions {
  readonly fifo?: boolean;
  /** @default 30 */
  readonly visibilitySeconds?: number;
  /** With a dead-letter queue behind it. */
  readonly maxReceiveCount?: number;
}

export interface TestQueue {
  readonly url: string;
  readonly arn: string;
  /** Empty where there is none. */
  readonly deadUrl: string;
}

export async function makeQueue(sqs: SQSClient, options: QueueOptions = {}): Promise<TestQueue> {
  const { fifo = false, visibilitySeconds = 30, maxReceiveCount } = options;
  const name = `q-${randomUUID().slice(0, 8)}`;
  const end = fifo ? ".fifo" : "";
  const kind = fifo ? { FifoQueue: "true", ContentBasedDeduplication: "true" } : {};
  const create = async (called: string, more: Record<string, string>): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName: called, Attributes: { ...kind, ...more } })))
      .QueueUrl ?? "";
  const deadUrl = maxReceiveCount === undefined ? "" : await create(`${name}-dead${end}`, {});
  const redrive: Record<string, string> = {};
  if (maxReceiveCount !== undefined)
    redrive["RedrivePolicy"] = JSON.stringify({
      deadLetterTargetArn: await arnOf(sqs, deadUrl),
      maxReceiveCount,
    });
  const url = await create(`${name}${end}`, { VisibilityTimeout: String(visibilitySeconds), ...redrive });
  return { url, arn: await arnOf(sqs, url), deadUrl };
}

export async function arnOf(sqs: SQSClient, QueueUrl: string): Promise<string> {
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["QueueArn"] }),
  );
  return Attributes?.QueueArn ?? "";
}

export async function sendAll(
  sqs: SQSClient,
  QueueUrl: string,
  bodies: readonly unknown[],
  group?: (body: unknown) => string,
): Promise<void> {
  for (let start = 0; start < bodies.length; start += 10) {
    const Entries = bodies.slice(start, start + 10).map((body, index): SendMessageBatchRequestEntry => ({
      Id: String(index),
      MessageBody: typeof body === "string" ? body : JSON.stringify(body),
      MessageGroupId: group?.(body),
    }));
    await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}

/** Messages in the queue, visible or not. */
export async function left(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  return (
    Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0) +
    Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"] ?? 0)
  );
}

/** Takes every visible message out of view and answers the bodies. */
export async function bodiesIn(sqs: SQSClient, QueueUrl: string): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body = "" }) => Body));
  }
}

export async function until(holds: () => boolean | Promise<boolean>, limitMs = 90_000): Promise<void> {
  const untilMs = performance.now() + limitMs;
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`it did not come to be within ${limitMs} ms`);
    await sleep(20);
  }
}

export interface RecordLike {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** A function in this process. What it throws is a function's error. */
export function inProcess(run: (records: readonly RecordLike[]) => unknown): {
  invoke(event: unknown): Promise<InvokeResult>;
} {
  return {
    async invoke(event) {
      try {
        const { Records } = event as { Records: readonly RecordLike[] };
        return { outcome: "success", reply: await run(Records) };
      } catch (error) {
        const { name, message } = error as Error;
        return { outcome: "error", error: { name, message, stack: "" } };
      }
    },
  };
}
