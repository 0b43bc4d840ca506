/** One side of the demo: its queue, its function in processes of its own, its event source mapping, its ledger. */

import { extname, join } from "node:path";
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import { localLambda, sqsEventSourceMapping } from "@effectively-once/testkit/lambda";
import { Deliveries, type SeenDelivery } from "./deliveries.ts";
import { type Fault, inject } from "./faults.ts";
import type { Ledger } from "./ledger.ts";
import { SideLog } from "./log.ts";
import type { DemoQueues } from "./queues.ts";
import { toldIn, type ToldDelivery } from "./told.ts";
import type { Order } from "./traffic.ts";

export const SIDES = ["naive", "naiveKeyed", "guarded"] as const;
export type SideName = (typeof SIDES)[number];

/** The story's 30 seconds of visibility and 60 of handling, scaled down. */
export const VISIBILITY_SECONDS = 2;
export const FUNCTION_TIMEOUT_SECONDS = 8;
const CONCURRENCY = 6;

/** What a side's tables and queue are called. */
export function sideName(run: string, side: SideName): string {
  return `once_demo_${run}_${side.toLowerCase()}`;
}

export interface SideOptions {
  readonly side: SideName;
  readonly name: string;
  readonly ledger: Ledger;
  readonly orders: readonly Order[];
  readonly queues: DemoQueues;
  readonly paymentsUrl: string;
  readonly faults: readonly Fault[];
  /** Whether its functions write logs. */
  readonly logs: boolean;
  /** Gets what ends each thing started here, as soon as it is started. */
  readonly onClose: (close: () => Promise<unknown> | void) => void;
}

export interface Side {
  readonly side: SideName;
  readonly ledger: Ledger;
  /** Polling and the faults begin. */
  start(): void;
  deliveries(): number;
  /** Each of them, in the order in which they reached the function. */
  seen(): readonly SeenDelivery[];
  /** What its guard has told of them. */
  told(): readonly ToldDelivery[];
  readonly log: SideLog | undefined;
  /** Messages in the queue, visible or not. */
  left(): Promise<number>;
  /** Deliveries whose invocation has not ended: of a message that another one has deleted, too. */
  running(): number;
}

/** Brings everything up to where messages can be handed out: a queue that is full, and environments that are warm. */
export async function prepareSide(options: SideOptions): Promise<Side> {
  const { side, name, ledger, queues, onClose } = options;
  const { sqs } = queues;
  const queueUrl = await makeQueue(sqs, queues.prefix + name);
  onClose(() => queues.dropped(queueUrl));
  await send(sqs, queueUrl, options.orders);
  const told: ToldDelivery[] = [];
  const log = options.logs ? new SideLog() : undefined;
  const lambda = localLambda({
    handler: `${join(import.meta.dirname, `consumers${extname(import.meta.filename)}`)}#${side}`,
    timeoutMs: FUNCTION_TIMEOUT_SECONDS * 1_000,
    functionName: name,
    maxConcurrency: 8,
    onMessage: (message) => {
      const one = toldIn(message);
      if (one) told.push(one);
    },
    ...(log ? { logFormat: "json", onLog: (line) => log.hear(line) } : {}),
    env: {
      DEMO_SIDE: side,
      DEMO_STORE: ledger.url,
      DEMO_NAME: name,
      DEMO_PAYMENTS: options.paymentsUrl,
      ...(log ? { DEMO_LOGS: "yes" } : {}),
      ...queues.env,
    },
  });
  onClose(() => lambda.shutdown());
  // On a busy machine a process takes its time to start; faults that hit nothing but starts would show nothing.
  await Promise.all(Array.from({ length: CONCURRENCY }, () => lambda.invoke({ Records: [] })));
  const deliveries = new Deliveries();
  return {
    side,
    ledger,
    log,
    start: () => {
      log?.begin();
      const mapping = sqsEventSourceMapping({
        sqs,
        queueUrl,
        lambda,
        batchSize: 5,
        maxConcurrency: CONCURRENCY,
        onDelivery: (message) => deliveries.began(message),
        onBatch: (batch) => deliveries.ended(batch),
      });
      onClose(() => mapping.stop());
      // One that is killed before its first line leaves no message in its log, and no one could count it there.
      const pids = (): readonly number[] => lambda.running().filter((pid) => log?.hasSpoken(pid) ?? true);
      onClose(inject(options.faults, pids));
    },
    deliveries: () => deliveries.count,
    seen: () => deliveries.all(),
    told: () => told,
    running: () => deliveries.running,
    left: () => messagesIn(sqs, queueUrl),
  };
}

async function makeQueue(sqs: SQSClient, name: string): Promise<string> {
  const Attributes = { VisibilityTimeout: String(VISIBILITY_SECONDS) };
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  if (!QueueUrl) throw new Error("SQS answered no URL for the queue that was made");
  return QueueUrl;
}

async function send(sqs: SQSClient, QueueUrl: string, orders: readonly Order[]): Promise<void> {
  for (let start = 0; start < orders.length; start += 10) {
    const part = orders.slice(start, start + 10);
    const Entries = part.map((order, index) => ({ Id: String(index), MessageBody: JSON.stringify(order) }));
    const { Failed } = await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    if (Failed?.length) throw new Error(`SQS refused ${Failed.length} messages`);
  }
}

async function messagesIn(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ["All"] }));
  return (
    Number(Attributes?.["ApproximateNumberOfMessages"] ?? 0) +
    Number(Attributes?.["ApproximateNumberOfMessagesNotVisible"] ?? 0)
  );
}
