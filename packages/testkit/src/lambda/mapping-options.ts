/** What an event source mapping is told, and what it tells. */

import type { Message, SQSClient } from "@aws-sdk/client-sqs";
import type { HandlerError } from "./messages.ts";
import type { HandlerRun, InvokeResult } from "./results.ts";

export interface EventSourceMappingOptions {
  /** Of any SQS endpoint. Needs ReceiveMessage, DeleteMessage and GetQueueAttributes, as Lambda's own pollers do. */
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  /** What the records carry as `eventSourceARN`; one that ends in `.fifo` is a FIFO queue's. @default asked of the queue */
  readonly queueArn?: string;
  /** A `localLambda`, or a function in this process. */
  readonly lambda: { invoke(event: unknown): Promise<InvokeResult> };
  /** 1 to 10; up to 10,000 for a standard queue with a batching window of a second or more. @default 10 */
  readonly batchSize?: number;
  /** How long a poller gathers messages, up to 300,000; spent inside their visibility timeout. Not for FIFO. @default 0 */
  readonly batchingWindowMs?: number;
  /**
   * How many batches are in flight at most, 2 to 1,000. Above 5 the pollers grow to it by five a second while all are
   * busy, as Lambda's do. @default 5, what Lambda starts with
   */
  readonly maxConcurrency?: number;
  /** `FunctionResponseTypes: [ReportBatchItemFailures]`. Off: the answer is ignored and all of a batch is deleted. @default true */
  readonly reportBatchItemFailures?: boolean;
  /** Called with every message when it is handed to the function. */
  readonly onDelivery?: (message: Message) => void;
  /** Called with every batch when it has ended and its deletes are done. */
  readonly onBatch?: (batch: BatchReport) => void;
  /** Gets what polling ran into; it is tried again all the same. @default console.warn, once until it works again */
  readonly onError?: (error: unknown) => void;
}

/** What became of one message that was handed to the function. */
export interface DeliveryReport {
  readonly message: Message;
  readonly messageId: string;
  /** How often the queue has handed this message out, this time included. */
  readonly receiveCount: number;
  readonly groupId: string | undefined;
  /**
   * - `deleted`: the function is done with it.
   * - `reported`: the function named it as failed; it comes again.
   * - `kept`: the invocation failed as a whole, or its answer could not be read; it comes again.
   * - `delete-failed`: done, but SQS did not delete it; it comes again. `reason` is SQS's.
   */
  readonly outcome: "deleted" | "reported" | "kept" | "delete-failed";
  readonly reason: string | undefined;
  /** The function named it as failed, and partial batch responses are off: it was deleted all the same, and is lost (E-10). */
  readonly lost: boolean;
}

export interface BatchReport {
  /** Of the invocation. `not-started`: the visibility timeout ran out while another batch of the same group was running. */
  readonly outcome: InvokeResult["outcome"] | "not-started";
  readonly error: HandlerError | undefined;
  /** `undefined`: the handler was not called, or the function does not tell. */
  readonly ran: HandlerRun | undefined;
  /** From the first message's receive to the last delete. */
  readonly durationMs: number;
  readonly deliveries: readonly DeliveryReport[];
}

export interface MappingSettings {
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly maxConcurrency: number;
  readonly reports: boolean;
  readonly fifo: boolean;
}

const OPTIONS = [
  "sqs",
  "queueUrl",
  "queueArn",
  "lambda",
  "batchSize",
  "batchingWindowMs",
  "maxConcurrency",
  "reportBatchItemFailures",
  "onDelivery",
  "onBatch",
  "onError",
];

/** Refuses what CreateEventSourceMapping refuses (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html). */
export function mappingSettings(options: EventSourceMappingOptions): MappingSettings {
  for (const name of Object.keys(options))
    if (!OPTIONS.includes(name))
      throw new TypeError(`sqsEventSourceMapping has no option "${name}". It has: ${OPTIONS.join(", ")}.`);
  if (typeof options.sqs?.send !== "function")
    throw new TypeError("sqsEventSourceMapping needs sqs, an SQSClient of @aws-sdk/client-sqs.");
  if (typeof options.lambda?.invoke !== "function")
    throw new TypeError(
      "sqsEventSourceMapping needs lambda, for example localLambda({ handler, timeoutMs }).",
    );
  if (!URL.canParse(options.queueUrl))
    throw new TypeError(`queueUrl is the URL of a queue, got ${JSON.stringify(options.queueUrl)}.`);
  const fifo = (options.queueArn ?? options.queueUrl).endsWith(".fifo");
  const batchingWindowMs = within("batchingWindowMs", options.batchingWindowMs ?? 0, 0, 300_000);
  if (fifo && batchingWindowMs > 0)
    throw new RangeError("A FIFO queue has no batching window. Leave batchingWindowMs out.");
  const batchSize = within("batchSize", options.batchSize ?? 10, 1, fifo ? 10 : 10_000);
  if (batchSize > 10 && batchingWindowMs < 1_000)
    throw new RangeError(
      `batchSize ${batchSize} needs a batching window of at least a second. Set batchingWindowMs to 1000 or more, or batchSize to 10 or less.`,
    );
  return {
    batchSize,
    batchingWindowMs,
    maxConcurrency: within("maxConcurrency", options.maxConcurrency ?? 5, 2, 1_000),
    reports: options.reportBatchItemFailures ?? true,
    fifo,
  };
}

function within(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RangeError(`${name} is a whole number from ${min} to ${max}, got ${String(value)}.`);
}
