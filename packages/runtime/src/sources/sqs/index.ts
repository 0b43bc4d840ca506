/** SQS: an event of records in, a full partial batch response out. */

import type { Key } from "../../core/key.ts";
import { type ErrorCode, OnceError, typeOf } from "../../errors.ts";
import { checkNames } from "../../options.ts";
import type { Arrival, Opened, Reading, Source, SourceHost } from "../../source.ts";
import type { Ending } from "../../types.ts";
import { readCorrelation } from "../../correlation.ts";
import { type Unwrapped, unwrapped } from "./body.ts";
import type { EnvelopeKind, EventBridgeEnvelope, SnsEnvelope } from "./envelope.ts";
import { SqsActions, type SqsClientLike, sqsTransport } from "./transport.ts";

/** The part of Lambda's SQS record that is used. */
export interface SqsRecordLike {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: {
    readonly ApproximateReceiveCount?: string | undefined;
    readonly SentTimestamp?: string | undefined;
    readonly MessageGroupId?: string | undefined;
    readonly AWSTraceHeader?: string | undefined;
  };
  readonly messageAttributes: {
    readonly [name: string]: { readonly stringValue?: string | undefined } | undefined;
  };
  readonly eventSourceARN: string;
  readonly eventSource?: string;
}
export interface SqsEventLike {
  readonly Records: readonly SqsRecordLike[];
}
export interface SqsReply {
  batchItemFailures: { itemIdentifier: string }[];
}

export interface SqsMessage<Body> {
  readonly body: Body;
  /** The queue's, or with `envelope` that of the service that made it, whose retries keep it. */
  readonly messageId: string;
  readonly record: SqsRecordLike;
  /** What the message came in, where `envelope` says that it came in one. */
  readonly envelope?: SnsEnvelope | EventBridgeEnvelope | undefined;
}

/** What a Standard Schema (zod, valibot, arktype …) has to offer. */
export interface SchemaLike<Output> {
  readonly "~standard": {
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly output: Output } | undefined;
  };
}
type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string;
        readonly path?: readonly unknown[] | undefined;
      }[];
    };

export interface SqsOptions<Body> {
  /** The business key; or `"message-id"`, which does not catch a producer's resends. */
  readonly key: "message-id" | ((message: SqsMessage<Body>) => Key);
  /**
   * Makes the body of a record: fetches what a pointer of the SQS extended client names, or unpacks gzip. What it
   * throws fails the delivery, which comes again; a `Permanent` makes it `invalid`.
   * @default JSON, plain or base64
   */
  readonly body?: (record: SqsRecordLike) => unknown;
  /**
   * What the message came through, outermost first: `"sns"` for a subscription without raw message delivery,
   * `"eventbridge"` for a rule's target without an input transformer, `["sns", "eventbridge"]` for a rule whose target is a
   * topic. `body` is then what the producer sent, and `messageId` the id that those give. With raw delivery there is only
   * the queue's own id: raw and wrapped deliveries of one publish have different ones.
   * @default none
   */
  readonly envelope?: EnvelopeKind | readonly EnvelopeKind[];
  /** Validates the body and gives it its type. Without one the body's type is an unchecked cast. */
  readonly schema?: SchemaLike<Body>;
  /** What must be equal in a resend. @default the parsed body */
  readonly fingerprint?: false | ((message: SqsMessage<Body>) => unknown);
  /** How many messages run at once. @default 10 */
  readonly concurrency?: number;
  /** Extend the messages' visibility while they run (needs sqs:ChangeMessageVisibility). @default true */
  readonly heartbeat?: boolean;
  /** How long a failed message stays invisible, by attempt. @default as the queue says */
  readonly backoff?: (attempt: number) => number;
  /** Durably takes a message that a person must look at, before it is acknowledged. */
  readonly hold?: (
    record: SqsRecordLike,
    why: { readonly ending: Ending; readonly reason: string },
  ) => Promise<void>;
  /** Nothing new is started, and handlers are told to stop, this long before the function is killed. @default 500 */
  readonly deadlineMarginMs?: number;
  /** The SQS client for visibility and early deletes. @default one made with @aws-sdk/client-sqs on first use */
  readonly client?: SqsClientLike;
}

const OPTIONS = [
  "key",
  "body",
  "envelope",
  "schema",
  "fingerprint",
  "concurrency",
  "heartbeat",
  "backoff",
  "hold",
  "deadlineMarginMs",
  "client",
];

/**
 * Messages of an SQS queue, standard or FIFO (recognised by its ARN). The event source mapping must have
 * `FunctionResponseTypes: [ReportBatchItemFailures]`: without it Lambda deletes what this reports as failed
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 *
 * @example
 * once.handler(sqs<Order>({ key: (m) => m.body.orderId }), async (m, ctx) => { … });
 */
export function sqs<Body>(options: SqsOptions<Body>): Source<SqsEventLike, SqsMessage<Body>, SqsReply> {
  checkNames("sqs", options, OPTIONS);
  if (options.key !== "message-id" && typeof options.key !== "function")
    throw new OnceError(
      "invalid-option",
      `sqs needs a key: a function of the message, or "message-id"; got ${typeOf(options.key)}.`,
    );
  const envelopes = [options.envelope ?? []].flat();
  if (!envelopes.every((kind) => kind === "sns" || kind === "eventbridge"))
    throw new OnceError(
      "invalid-option",
      `sqs: \`envelope\` is "sns", "eventbridge" or a list of them, got ${JSON.stringify(options.envelope)}.`,
    );
  const { concurrency = 10, deadlineMarginMs = 500, backoff } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new OnceError(
      "invalid-option",
      `sqs: \`concurrency\` must be a whole number, 1 or more, got ${String(concurrency)}.`,
    );
  if (!Number.isFinite(deadlineMarginMs) || deadlineMarginMs < 0)
    throw new OnceError(
      "invalid-option",
      `sqs: \`deadlineMarginMs\` must be a number of milliseconds, 0 or more, got ${String(deadlineMarginMs)}.`,
    );
  const actions = new SqsActions(options.client);
  return {
    kind: "sqs",
    concurrency,
    deadlineMarginMs,
    messageIdKey: options.key === "message-id",
    backoff,
    open: (event, host) => open(options, envelopes, actions, event, host),
  };
}

async function open<Body>(
  options: SqsOptions<Body>,
  envelopes: readonly EnvelopeKind[],
  actions: SqsActions,
  event: SqsEventLike,
  host: SourceHost,
): Promise<Opened<SqsMessage<Body>, SqsReply>> {
  const records = recordsOf(event);
  const byRef = new Map(records.map((record) => [record.messageId, record]));
  const fifo = records[0]?.eventSourceARN.endsWith(".fifo") === true;
  const arrivals = await Promise.all(
    [...byRef.values()].map((record) => arrival(options, envelopes, record, fifo)),
  );
  const { hold } = options;
  return {
    shape: fifo ? "sqs-fifo" : "sqs-standard",
    arrivals,
    transport: sqsTransport(byRef, actions, host),
    heartbeat: options.heartbeat !== false,
    hold:
      hold &&
      ((ref: string, ending: Ending, reason: string) =>
        hold(byRef.get(ref) as SqsRecordLike, { ending, reason })),
    reply: (ends: readonly { readonly ref: string; readonly acknowledge: boolean }[]): SqsReply => ({
      batchItemFailures: ends.filter((end) => !end.acknowledge).map((end) => ({ itemIdentifier: end.ref })),
    }),
  };
}

function recordsOf(event: unknown): readonly SqsRecordLike[] {
  const records =
    typeof event === "object" && event !== null && "Records" in event ? event.Records : undefined;
  if (!Array.isArray(records))
    throw unexpected(
      `an event ${typeOf(event) === "an object" ? "without Records" : `that is ${typeOf(event)}`}`,
    );
  for (const record of records) {
    const service: unknown = record?.eventSource ?? record?.EventSource;
    if (service !== undefined && service !== "aws:sqs") throw unexpected(`a record of "${String(service)}"`);
    if (typeof record?.messageId !== "string" || record.messageId === "" || typeof record.body !== "string")
      throw unexpected("a record without messageId and body");
  }
  return records;
}

function unexpected(got: string): OnceError {
  return new OnceError(
    "unexpected-event",
    `sqs handles events of an SQS event source mapping, and got ${got}. Check what invokes this function, or use that service's own source.`,
  );
}

async function arrival<Body>(
  options: SqsOptions<Body>,
  envelopes: readonly EnvelopeKind[],
  record: SqsRecordLike,
  fifo: boolean,
): Promise<Arrival<SqsMessage<Body>>> {
  const {
    ApproximateReceiveCount: count,
    SentTimestamp: sent,
    MessageGroupId: group,
    AWSTraceHeader: trace,
  } = record.attributes ?? {};
  const inner = await unwrapped(record, envelopes, options.body);
  const { id: correlationId, carrier } = readCorrelation({
    attributes: inner.attributes,
    detail: inner.body.ok ? inner.body.value : undefined,
    traceHeader: trace,
  });
  return {
    ref: record.messageId,
    delivery: {
      source: record.eventSourceARN,
      messageId: inner.id?.[1] ?? record.messageId,
      receiveCount: count === undefined ? undefined : Number(count),
      sentAtMs: sent === undefined ? undefined : Number(sent),
    },
    correlationId,
    carrier,
    lane: fifo ? (group ?? "") : undefined,
    reading: await read(options, record, inner),
  };
}

async function read<Body>(
  options: SqsOptions<Body>,
  record: SqsRecordLike,
  { body: parsed, id, envelope }: Unwrapped,
): Promise<Reading<SqsMessage<Body>>> {
  if (!parsed.ok) return parsed;
  let body = parsed.value;
  if (options.schema) {
    const result = await validated(options.schema, body);
    if (result instanceof Error)
      return {
        ok: false,
        code: "invalid-schema",
        retryable: true,
        cause: result,
        reason: `The schema threw: ${result.message}.`,
      };
    if (result.issues) {
      const issue = result.issues[0];
      const where = issue?.path
        ?.map((part) =>
          typeof part === "object" && part !== null && "key" in part ? String(part.key) : String(part),
        )
        .join(".");
      return bad(
        "invalid-schema",
        `The body does not fit its schema${where ? ` at ${where}` : ""}: ${issue?.message ?? "refused"} (${result.issues.length} issue(s)).`,
      );
    }
    body = result.value;
  }
  const message: SqsMessage<Body> = {
    body: body as Body,
    messageId: id?.[1] ?? record.messageId,
    record,
    envelope,
  };
  try {
    const key: unknown =
      options.key === "message-id" ? (id ?? [record.eventSourceARN, record.messageId]) : options.key(message);
    const fingerprint =
      options.fingerprint === false
        ? false
        : options.fingerprint
          ? options.fingerprint(message)
          : parsed.value;
    return { ok: true, message, key, fingerprint };
  } catch (error) {
    return bad(
      "invalid-key",
      `The key or fingerprint function threw: ${error instanceof Error ? error.message : String(error)}. It must answer for every body the queue can hold.`,
    );
  }
}

/** A schema may ask elsewhere; one that throws has not said that the body is wrong. */
async function validated<Output>(
  schema: SchemaLike<Output>,
  body: unknown,
): Promise<SchemaResult<Output> | Error> {
  try {
    return await schema["~standard"].validate(body);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function bad(code: ErrorCode, reason: string): Reading<never> {
  return { ok: false, code, reason };
}
