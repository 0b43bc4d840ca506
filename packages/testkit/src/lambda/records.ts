/** SQS messages as the records of a Lambda event (https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html). */

import type { Message, MessageAttributeValue } from "@aws-sdk/client-sqs";
import { MAX_EVENT_BYTES } from "./results.ts";

interface AttributeRecord {
  readonly stringValue?: string;
  /** Base64. */
  readonly binaryValue?: string;
  readonly stringListValues: readonly string[];
  readonly binaryListValues: readonly string[];
  readonly dataType: string | undefined;
}

export interface SqsRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly messageAttributes: Readonly<Record<string, AttributeRecord>>;
  readonly md5OfBody: string | undefined;
  readonly md5OfMessageAttributes?: string;
  readonly eventSource: "aws:sqs";
  readonly eventSourceARN: string;
  readonly awsRegion: string;
}

export function recordOf(message: Message, queueArn: string): SqsRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {});
  return {
    messageId: message.MessageId ?? "",
    receiptHandle: message.ReceiptHandle ?? "",
    body: message.Body ?? "",
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(attributes.map(([name, value]) => [name, attributeOf(value)])),
    md5OfBody: message.MD5OfBody,
    ...(message.MD5OfMessageAttributes === undefined
      ? {}
      : { md5OfMessageAttributes: message.MD5OfMessageAttributes }),
    eventSource: "aws:sqs",
    eventSourceARN: queueArn,
    awsRegion: queueArn.split(":")[3] ?? "",
  };
}

function attributeOf(value: MessageAttributeValue): AttributeRecord {
  return {
    ...(value.StringValue === undefined ? {} : { stringValue: value.StringValue }),
    ...(value.BinaryValue === undefined
      ? {}
      : { binaryValue: Buffer.from(value.BinaryValue).toString("base64") }),
    stringListValues: [],
    binaryListValues: [],
    dataType: value.DataType,
  };
}

const ENVELOPE_BYTES = Buffer.byteLength('{"Records":[]}');

/** What a message adds to the event's JSON text, its comma included. */
export function eventBytes(message: Message, queueArn: string): number {
  return Buffer.byteLength(JSON.stringify(recordOf(message, queueArn))) + 1;
}

/** In order, as few batches as the 6 MB of an invocation allow. A message that is too large by itself gets its own. */
export function splitByBytes(messages: readonly Message[], queueArn: string): Message[][] {
  const batches: Message[][] = [];
  let bytes = 0;
  for (const message of messages) {
    const added = eventBytes(message, queueArn);
    const last = batches.at(-1);
    if (last && bytes + added <= MAX_EVENT_BYTES) {
      last.push(message);
      bytes += added;
    } else {
      batches.push([message]);
      bytes = ENVELOPE_BYTES + added;
    }
  }
  return batches;
}
