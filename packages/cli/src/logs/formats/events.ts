/** Events that a handler has logged: the messages in them, by AWS's own ids. No business key is guessed. */

import { instantOf } from "./instant.ts";

type Shape = Readonly<Record<string, unknown>>;

/** One message of an event; `record` is what a key is looked for in. */
export interface Message {
  readonly record: unknown;
  readonly messageId: string | undefined;
  readonly receiveCount?: number;
  readonly sentAtMs?: number;
  readonly firstReceivedAtMs?: number;
  readonly source?: string;
}

/** @returns `undefined`: it is no event that is known */
export function messagesIn(value: unknown): readonly Message[] | undefined {
  if (!isShape(value)) return undefined;
  const { Records: records } = value;
  if (Array.isArray(records)) {
    const found = records.map(messageOf);
    return found.length > 0 && found.every((one) => one !== undefined) ? found : undefined;
  }
  return typeof value["detail-type"] === "string" && typeof value["id"] === "string"
    ? [eventBridge(value)]
    : undefined;
}

/** An event where loggers put one: the whole of a record, its message or a member of it. */
export function eventWithin(
  values: readonly unknown[],
): { readonly event: unknown; readonly messages: readonly Message[] } | undefined {
  for (const value of values) {
    const whole = messagesIn(value);
    if (whole) return { event: value, messages: whole };
    if (!isShape(value)) continue;
    for (const member of Object.values(value)) {
      const messages = typeof member === "object" ? messagesIn(member) : undefined;
      if (messages) return { event: member, messages };
    }
  }
  return undefined;
}

function messageOf(record: unknown): Message | undefined {
  if (!isShape(record)) return undefined;
  switch (record["eventSource"] ?? record["EventSource"]) {
    case "aws:sqs":
      return sqs(record);
    case "aws:sns":
      return sns(record);
    case "aws:s3":
      return s3(record);
    case "aws:kinesis":
    case "aws:dynamodb":
      return { record, messageId: textOf(record["eventID"]), ...sourced(record["eventSourceARN"]) };
    default:
      return undefined;
  }
}

function sqs(record: Shape): Message {
  const attributes = isShape(record["attributes"]) ? record["attributes"] : {};
  const receives = Number(attributes["ApproximateReceiveCount"]);
  const sentAtMs = instantOf(attributes["SentTimestamp"]);
  const firstReceivedAtMs = instantOf(attributes["ApproximateFirstReceiveTimestamp"]);
  return {
    record,
    messageId: textOf(record["messageId"]),
    ...(receives >= 1 ? { receiveCount: receives } : {}),
    ...(sentAtMs === undefined ? {} : { sentAtMs }),
    ...(firstReceivedAtMs === undefined ? {} : { firstReceivedAtMs }),
    ...sourced(record["eventSourceARN"]),
  };
}

function sns(record: Shape): Message {
  const inner = isShape(record["Sns"]) ? record["Sns"] : {};
  const sentAtMs = instantOf(inner["Timestamp"]);
  return {
    record,
    messageId: textOf(inner["MessageId"]),
    ...(sentAtMs === undefined ? {} : { sentAtMs }),
    ...sourced(inner["TopicArn"]),
  };
}

/**
 * A notification has no id of its own: what happened to which version of the object is what two deliveries of one have in
 * common (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
 */
function s3(record: Shape): Message {
  const about = isShape(record["s3"]) ? record["s3"] : {};
  const bucket = isShape(about["bucket"]) ? about["bucket"] : {};
  const object = isShape(about["object"]) ? about["object"] : {};
  const sentAtMs = instantOf(record["eventTime"]);
  const parts = [
    bucket["name"],
    object["key"],
    object["versionId"] ?? object["eTag"],
    object["sequencer"],
    record["eventName"],
  ];
  const named = typeof bucket["name"] === "string" && typeof object["key"] === "string";
  return {
    record,
    messageId: named ? parts.map((part) => (typeof part === "string" ? part : "")).join("|") : undefined,
    ...(sentAtMs === undefined ? {} : { sentAtMs }),
    ...sourced(bucket["arn"]),
  };
}

function eventBridge(event: Shape): Message {
  const sentAtMs = instantOf(event["time"]);
  return {
    record: event,
    messageId: textOf(event["id"]),
    ...(sentAtMs === undefined ? {} : { sentAtMs }),
    ...sourced(event["source"]),
  };
}

function sourced(source: unknown): { readonly source?: string } {
  return typeof source === "string" && source !== "" ? { source } : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isShape(value: unknown): value is Shape {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
