/** An export of a log group to S3, written from what the truth generator has played: constructed, in the form that AWS documents. */

import type { Arrived, Ran } from "../truth/definition.ts";
import type { Line } from "./engine.ts";

export type LogFormat = "text" | "json";

/** One object for each log stream, as `aws logs create-export-task` names them. */
export function exported(rans: readonly Ran[], format: LogFormat): readonly Line[] {
  const lines = rans.flatMap((ran) =>
    (format === "text" ? textLines(ran) : jsonLines(ran)).map(([atMs, message]) => ({
      path: `s3://logs/export/0a1b/${ran.stream.replaceAll(/[^\w-]/g, "-")}/000000.gz`,
      atMs,
      line: `${iso(atMs)} ${message}`,
    })),
  );
  return lines.toSorted((left, right) => left.atMs - right.atMs);
}

type Timed = readonly [atMs: number, message: string];

function textLines(ran: Ran): readonly Timed[] {
  const { requestId, startMs, endMs, outcome, version, arrivals } = ran;
  const console = (atMs: number, level: string, text: string): Timed => [
    atMs,
    `${iso(atMs)}\t${requestId}\t${level}\t${text}`,
  ];
  const status =
    outcome === "out-of-memory"
      ? "Status: error\tError Type: Runtime.OutOfMemory"
      : outcome === "crash"
        ? "Status: error\tError Type: Runtime.ExitError"
        : "";
  const failure: readonly Timed[] =
    outcome === "error"
      ? [
          console(
            endMs,
            "ERROR",
            'Invoke Error \t{"errorType":"Error","errorMessage":"no","stack":["Error: no"]}',
          ),
        ]
      : outcome === "timeout"
        ? [
            [
              endMs,
              `${iso(endMs)} ${requestId} Task timed out after ${((endMs - startMs) / 1_000).toFixed(2)} seconds`,
            ],
          ]
        : outcome === "crash"
          ? [[endMs, `RequestId: ${requestId} Error: Runtime exited with error: exit status 1`]]
          : [];
  return [
    [startMs, `START RequestId: ${requestId} Version: ${version}`],
    ...eventsOf(arrivals).map(([atMs, event]) => console(atMs, "INFO", JSON.stringify(event))),
    ...toldOf(arrivals).map(([atMs, fields]) => console(atMs, "INFO", JSON.stringify(fields))),
    ...failuresOf(ran).map(([atMs, answer]) => console(atMs, "INFO", JSON.stringify(answer))),
    ...failure,
    [endMs, `END RequestId: ${requestId}`],
    [
      endMs,
      `REPORT RequestId: ${requestId}\tDuration: ${endMs - startMs}.00 ms\tBilled Duration: ${endMs - startMs} ms\tMemory Size: 128 MB\tMax Memory Used: 90 MB\t${status}`,
    ],
  ];
}

/** Lambda's JSON format; the event is in the message, as an object or as text. */
function jsonLines(ran: Ran): readonly Timed[] {
  const { requestId, startMs, endMs, outcome, version, arrivals } = ran;
  const platform = (atMs: number, type: string, record: object): Timed => [
    atMs,
    JSON.stringify({ time: iso(atMs), type: `platform.${type}`, record: { requestId, ...record } }),
  ];
  const logged = (atMs: number, message: unknown): Timed => [
    atMs,
    JSON.stringify({ timestamp: iso(atMs), level: "INFO", requestId, message }),
  ];
  const ended =
    outcome === "success" || outcome === "timeout"
      ? { status: outcome }
      : { status: outcome === "error" ? "failure" : "error", errorType: ERRORS[outcome] };
  const metrics = { durationMs: endMs - startMs, memorySizeMB: 128, maxMemoryUsedMB: 90 };
  return [
    platform(startMs, "start", { version }),
    ...eventsOf(arrivals).map(([atMs, event], at) =>
      logged(atMs, at % 2 === 0 ? event : JSON.stringify(event)),
    ),
    ...toldOf(arrivals).map(([atMs, fields]) => logged(atMs, fields)),
    ...failuresOf(ran).map(([atMs, answer]) => logged(atMs, answer)),
    platform(endMs, "runtimeDone", ended),
    platform(endMs, "report", { ...ended, metrics }),
  ];
}

const ERRORS = { error: "Error", "out-of-memory": "Runtime.OutOfMemory", crash: "Runtime.ExitError" };

function eventsOf(arrivals: readonly Arrived[]): readonly (readonly [number, object])[] {
  const byInstant = new Map<number, Arrived[]>();
  for (const arrival of arrivals) {
    const some = byInstant.get(arrival.atMs);
    if (some) some.push(arrival);
    else byInstant.set(arrival.atMs, [arrival]);
  }
  return [...byInstant].map(([atMs, some]) => [atMs, { Records: some.map(recordOf) }]);
}

function recordOf({ key, messageId, receiveCount, sentAtMs, firstReceivedAtMs, source }: Arrived): object {
  return {
    messageId,
    receiptHandle: "AQEB",
    body: JSON.stringify({ orderId: key, note: 'a "quoted" {brace' }),
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(sentAtMs),
      SenderId: "AIDA",
      ApproximateFirstReceiveTimestamp: String(firstReceivedAtMs),
    },
    messageAttributes: {},
    md5OfBody: "0",
    eventSource: "aws:sqs",
    eventSourceARN: source,
    awsRegion: "eu-west-1",
  };
}

function toldOf(arrivals: readonly Arrived[]): readonly (readonly [number, object])[] {
  return arrivals.flatMap(({ told, key, messageId, receiveCount }) =>
    told
      ? [
          [
            told.atMs,
            {
              msg: `message ${told.ending}`,
              scope: "orders",
              key,
              message_id: messageId,
              verdict: told.verdict,
              origin: told.origin,
              ending: told.ending,
              attempt: told.attempt,
              receive_count: receiveCount,
              duration_ms: told.durationMs,
              acknowledged: told.acknowledged,
            },
          ] as const,
        ]
      : [],
  );
}

function failuresOf({ arrivals, endMs }: Ran): readonly (readonly [number, object])[] {
  const named = arrivals.filter((arrival) => arrival.named);
  if (named.length === 0) return [];
  return [[endMs - 1, { batchItemFailures: named.map(({ messageId }) => ({ itemIdentifier: messageId })) }]];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
