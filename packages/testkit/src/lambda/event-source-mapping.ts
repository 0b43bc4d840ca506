/** The SQS event source mapping: polls a queue, invokes a function, deletes what the answer says is done. */

import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from "@aws-sdk/client-sqs";
import type { InvokeResult } from "./local-lambda.ts";

export interface EventSourceMappingOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly lambda: { invoke(event: unknown): Promise<InvokeResult> };
  /** 1 to 10. @default 10 */
  readonly batchSize?: number;
  /** How long a poller gathers messages; spent inside their visibility timeout. @default 0 */
  readonly batchingWindowMs?: number;
  /** How many batches are in flight at most. @default 5 */
  readonly maxConcurrency?: number;
  /** `FunctionResponseTypes: [ReportBatchItemFailures]`. Off: the answer is ignored and all of a batch is deleted. @default true */
  readonly reportBatchItemFailures?: boolean;
  /** Called with every message that is handed to the function. */
  readonly onDelivery?: (message: Message) => void;
}

export interface EventSourceMapping {
  /** Ends after the batches in flight. */
  stop(): Promise<void>;
}

const EMPTY_WAIT_SECONDS = 1;

/**
 * Starts polling at once. Deletes and failures follow
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function sqsEventSourceMapping(options: EventSourceMappingOptions): EventSourceMapping {
  const { sqs, queueUrl, lambda, batchSize = 10, batchingWindowMs = 0, maxConcurrency = 5 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10)
    throw new RangeError(`batchSize is a whole number from 1 to 10, got ${batchSize}.`);
  const stopping = new AbortController();

  async function receive(): Promise<Message[]> {
    const messages: Message[] = [];
    let untilMs: number | undefined;
    do {
      const answer = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: batchSize - messages.length,
          WaitTimeSeconds: EMPTY_WAIT_SECONDS,
          MessageSystemAttributeNames: ["All"],
          MessageAttributeNames: ["All"],
        }),
        { abortSignal: stopping.signal },
      );
      messages.push(...(answer.Messages ?? []));
      if (messages.length > 0) untilMs ??= Date.now() + batchingWindowMs;
    } while (messages.length > 0 && messages.length < batchSize && Date.now() < (untilMs ?? 0));
    return messages;
  }

  async function poll(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        const messages = await receive();
        if (messages.length === 0) continue;
        for (const message of messages) options.onDelivery?.(message);
        const result = await lambda.invoke({
          Records: messages.map((message) => record(message, options.queueArn)),
        });
        const done = finished(messages, result, options.reportBatchItemFailures ?? true);
        if (done.length > 0) await remove(done);
      } catch (error) {
        // A queue that cannot be asked now is asked again; what was received and not deleted comes again by itself.
        if (!stopping.signal.aborted) await new Promise((resolve) => setTimeout(resolve, 200));
        else if ((error as Error).name !== "AbortError") throw error;
      }
    }
  }

  async function remove(messages: readonly Message[]): Promise<void> {
    const Entries = messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries }));
  }

  const pollers = Array.from({ length: maxConcurrency }, poll);
  return {
    async stop() {
      stopping.abort();
      await Promise.all(pollers);
    },
  };
}

/** What of a batch is deleted: all but the reported; nothing when the invocation failed or the answer names a stranger. */
export function finished(
  messages: readonly Message[],
  result: InvokeResult,
  reports: boolean,
): readonly Message[] {
  if (result.outcome !== "success") return [];
  if (!reports) return messages;
  const failures = (result.reply as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  // An answer without failures, even an empty or missing one, is complete success to Lambda: a silent loss where a handler swallowed an error.
  if (failures === undefined || failures === null) return messages;
  if (!Array.isArray(failures)) return [];
  const ids = failures.map((failure: { itemIdentifier?: unknown } | null) => failure?.itemIdentifier);
  if (ids.some((id) => !messages.some(({ MessageId }) => MessageId === id))) return [];
  return messages.filter(({ MessageId }) => !ids.includes(MessageId));
}

function record(message: Message, queueArn: string): object {
  const attributes = Object.entries(message.MessageAttributes ?? {}).map(([name, value]) => [
    name,
    { stringValue: value.StringValue, dataType: value.DataType, stringListValues: [], binaryListValues: [] },
  ]);
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body ?? "",
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes),
    md5OfBody: message.MD5OfBody,
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3],
  };
}
