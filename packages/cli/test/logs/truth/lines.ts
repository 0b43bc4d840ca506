/**
 * The lines of an invocation, as a function's log has them: constructed after AWS's pages on Lambda's log formats, with the
 * event logged by its handler. Each invocation is one document of a subscription filter, which names group and stream.
 */

import { inspect } from "node:util";
import type { Arrived, Ran, ToldLine } from "./definition.ts";

export type Format = "text" | "platform-json" | "powertools" | "pino";
export const FORMATS: readonly Format[] = ["text", "platform-json", "powertools", "pino"];

/** One log event. */
export interface LogLine {
  readonly timestamp: number;
  readonly message: string;
}

/** A subscription filter's document, on one line. */
export function documentOf(ran: Ran, lines: readonly LogLine[]): string {
  return JSON.stringify({
    messageType: "DATA_MESSAGE",
    owner: "123456789012",
    logGroup: `/aws/lambda/${ran.function}`,
    logStream: ran.stream,
    subscriptionFilters: ["all"],
    logEvents: lines.map((line, at) => ({ id: `${ran.requestId}-${ran.startMs}-${at}`, ...line })),
  });
}

/** In the order of their instants. */
export function linesOf(ran: Ran, format: Format): readonly LogLine[] {
  const writer = WRITERS[format];
  const { startMs, endMs, arrivals } = ran;
  const atMs = arrivals[0]?.atMs ?? startMs;
  // An asynchronous event has no batch response: its invocation fails.
  const failures = arrivals
    .filter(({ named, messageId }) => named && messageId !== undefined)
    .map(({ messageId }) => ({ itemIdentifier: messageId }));
  const lines: LogLine[] = [
    { timestamp: startMs, message: writer.start(ran) },
    {
      timestamp: atMs,
      message: writer.record(ran, atMs, "event", { event: { Records: arrivals.map(recordOf) } }),
    },
    ...arrivals.flatMap(({ told, ...arrival }) =>
      told ? [{ timestamp: told.atMs, message: writer.told(ran, told, toldFields(arrival, told)) }] : [],
    ),
  ];
  if (failures.length > 0)
    lines.push({
      timestamp: endMs - 1,
      message: writer.record(ran, endMs - 1, "answer", { batchItemFailures: failures }),
    });
  for (const message of writer.end(ran)) lines.push({ timestamp: endMs, message });
  return lines.toSorted((left, right) => left.timestamp - right.timestamp);
}

function recordOf({
  key,
  messageId,
  receiveCount,
  sentAtMs,
  firstReceivedAtMs,
  source,
  atMs,
}: Arrived): object {
  if (messageId === undefined)
    return {
      eventVersion: "2.1",
      eventSource: "aws:s3",
      eventTime: iso(atMs),
      eventName: "ObjectCreated:Put",
      s3: {
        s3SchemaVersion: "1.0",
        bucket: { name: "pictures", arn: source },
        object: {
          key: `${key}.jpg`,
          size: 1024,
          eTag: "d41d8cd98f00b204e9800998ecf8427e",
          sequencer: "0A1B2C3D4E5F678901",
        },
      },
    };
  return {
    messageId,
    receiptHandle: "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a",
    body: JSON.stringify({ orderId: key }),
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(sentAtMs),
      SenderId: "AIDAIENQZJOLO23YVJ4VO",
      ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs),
    },
    messageAttributes: {},
    md5OfBody: "098f6bcd4621d373cade4e832627b4f6",
    eventSource: "aws:sqs",
    eventSourceARN: source,
    awsRegion: "eu-west-1",
  };
}

/** As the runtime's `loggerSink` writes them. */
function toldFields({ key, messageId, receiveCount }: Omit<Arrived, "told">, told: ToldLine): object {
  return {
    scope: "shop/orders",
    key,
    message_id: messageId,
    correlation_id: key,
    verdict: told.verdict,
    ...(told.origin === undefined ? {} : { origin: told.origin }),
    ending: told.ending,
    ...(told.attempt === undefined ? {} : { attempt: told.attempt }),
    receive_count: receiveCount,
    duration_ms: told.durationMs,
    acknowledged: told.acknowledged,
  };
}

interface Writer {
  start(ran: Ran): string;
  record(ran: Ran, atMs: number, text: string, fields: object): string;
  told(ran: Ran, told: ToldLine, fields: object): string;
  end(ran: Ran): readonly string[];
}

const TEXT: Pick<Writer, "start" | "end"> = {
  start: ({ requestId, version }) => `START RequestId: ${requestId} Version: ${version}\n`,
  end: (ran) => [...failureLines(ran), `END RequestId: ${ran.requestId}\n`, reportLine(ran)],
};

const WRITERS: Readonly<Record<Format, Writer>> = {
  text: {
    ...TEXT,
    record: ({ requestId }, atMs, _text, fields) =>
      `${iso(atMs)}\t${requestId}\tINFO\t${JSON.stringify("event" in fields ? fields.event : fields)}\n`,
    // Node's console shows an object, over several lines.
    told: ({ requestId }, { atMs, ending }, fields) =>
      `${iso(atMs)}\t${requestId}\tINFO\tmessage ${ending} ${inspect(fields)}\n`,
  },
  "platform-json": {
    start: ({ requestId, version, startMs }) =>
      JSON.stringify({ time: iso(startMs), type: "platform.start", record: { requestId, version } }),
    record: ({ requestId }, atMs, _text, fields) =>
      JSON.stringify({
        timestamp: iso(atMs),
        level: "INFO",
        requestId,
        message: "event" in fields ? fields.event : fields,
      }),
    told: ({ requestId }, { atMs, ending }, fields) =>
      JSON.stringify({
        timestamp: iso(atMs),
        level: "INFO",
        requestId,
        message: `message ${ending}`,
        ...fields,
      }),
    end: (ran) => [platformEnd(ran, "platform.runtimeDone"), platformEnd(ran, "platform.report")],
  },
  powertools: {
    ...TEXT,
    record: (ran, atMs, text, fields) => JSON.stringify({ ...powertools(ran, atMs, text), ...fields }),
    told: (ran, { atMs, ending }, fields) =>
      JSON.stringify({ ...powertools(ran, atMs, `message ${ending}`), ...fields }),
  },
  // Nothing in it names the request: it is told by stream and time.
  pino: {
    ...TEXT,
    record: (_ran, atMs, text, fields) =>
      JSON.stringify({ level: 30, time: atMs, pid: 8, hostname: "169.254.1.1", ...fields, msg: text }),
    told: (_ran, { atMs, ending }, fields) =>
      JSON.stringify({
        level: 30,
        time: atMs,
        pid: 8,
        hostname: "169.254.1.1",
        ...fields,
        msg: `message ${ending}`,
      }),
  },
};

function powertools({ function: name, requestId }: Ran, atMs: number, message: string): object {
  return {
    level: "INFO",
    message,
    timestamp: iso(atMs),
    service: "shop",
    cold_start: false,
    function_arn: `arn:aws:lambda:eu-west-1:123456789012:function:${name}`,
    function_memory_size: "128",
    function_name: name,
    function_request_id: requestId,
    sampling_rate: 0,
  };
}

function failureLines({ requestId, outcome, startMs, endMs }: Ran): readonly string[] {
  const head = `${iso(endMs)}\t${requestId}\tERROR\t`;
  switch (outcome) {
    case "success":
      return [];
    case "error":
      return [
        `${head}Invoke Error \t${JSON.stringify({ errorType: "Error", errorMessage: "no", stack: ["Error: no"] })}\n`,
      ];
    case "timeout":
      return [
        `${iso(endMs)} ${requestId} Task timed out after ${((endMs - startMs) / 1_000).toFixed(2)} seconds\n\n`,
      ];
    case "out-of-memory":
      return [
        `RequestId: ${requestId} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n`,
      ];
    case "crash":
      return [`RequestId: ${requestId} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n`];
  }
}

const STATUS: Readonly<Record<Ran["outcome"], readonly [status: string, errorType?: string]>> = {
  success: ["success"],
  error: ["error", "Error"],
  timeout: ["timeout"],
  "out-of-memory": ["error", "Runtime.OutOfMemory"],
  crash: ["error", "Runtime.ExitError"],
};

function reportLine({ requestId, startMs, endMs, outcome }: Ran): string {
  const [status, errorType] = STATUS[outcome];
  const said =
    outcome === "success"
      ? ""
      : `\tStatus: ${status}${errorType === undefined ? "" : `\tError Type: ${errorType}`}`;
  const most = outcome === "out-of-memory" ? 128 : 90;
  return `REPORT RequestId: ${requestId}\tDuration: ${endMs - startMs}.00 ms\tBilled Duration: ${endMs - startMs} ms\tMemory Size: 128 MB\tMax Memory Used: ${most} MB${said}\t\n`;
}

function platformEnd({ requestId, startMs, endMs, outcome }: Ran, type: string): string {
  const [status, errorType] = STATUS[outcome];
  const report = type === "platform.report";
  return JSON.stringify({
    time: iso(endMs),
    type,
    record: {
      requestId,
      status,
      ...(errorType === undefined ? {} : { errorType }),
      metrics: {
        durationMs: endMs - startMs,
        ...(report
          ? {
              billedDurationMs: endMs - startMs,
              memorySizeMB: 128,
              maxMemoryUsedMB: outcome === "out-of-memory" ? 128 : 90,
            }
          : {}),
      },
    },
  });
}

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}
