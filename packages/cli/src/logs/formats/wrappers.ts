/** What log events come wrapped in: the AWS CLI's and Logs Insights' output, subscription filters' documents. */

import { gunzipSync } from "node:zlib";
import { instantAt, instantOf } from "./instant.ts";

type Shape = Readonly<Record<string, unknown>>;

/** A log event, out of what it came in. */
export interface Unwrapped {
  readonly message: unknown;
  readonly atMs: number | undefined;
  readonly eventId: string | undefined;
  readonly logStream: string | undefined;
  readonly logGroup: string | undefined;
  /** Rows of a query may be sorted in any way. */
  readonly unordered?: true;
}

/** @returns `undefined`: it is wrapped in nothing that is known; `[]`: there is no event in it */
export function unwrap(value: unknown): readonly Unwrapped[] | undefined {
  if (Array.isArray(value)) return insightsRow(value);
  if (!isShape(value)) return undefined;
  if (value["messageType"] === "CONTROL_MESSAGE") return [];
  if (Array.isArray(value["logEvents"])) return subscription(value, value["logEvents"]);
  if (isShape(value["awslogs"])) return packed(value["awslogs"]["data"]);
  if (typeof value["@message"] === "string" || isShape(value["@message"])) return [insights(value)];
  return cloudWatchEvent(value) ?? telemetry(value);
}

/** A function's line as the Telemetry API gives it to extensions: `{ "time": "…", "type": "function", "record": "…" }`. */
function telemetry({ time, type, record }: Shape): readonly Unwrapped[] | undefined {
  if (type !== "function" || (typeof record !== "string" && !isShape(record))) return undefined;
  return [
    { message: record, atMs: instantOf(time), eventId: undefined, logStream: undefined, logGroup: undefined },
  ];
}

/** `FilterLogEvents`, `GetLogEvents`, an element of a subscription filter's list. */
function cloudWatchEvent(value: Shape): readonly Unwrapped[] | undefined {
  const { message, timestamp, eventId, id, logStreamName, ingestionTime } = value;
  if (typeof message !== "string") return undefined;
  const fromApi =
    typeof eventId === "string" || typeof logStreamName === "string" || ingestionTime !== undefined;
  // With nothing else in it: loggers write more than a time and a message.
  const bare =
    typeof timestamp === "number" &&
    Object.keys(value).length <= 3 &&
    (id === undefined || typeof id === "string");
  if (!fromApi && !bare) return undefined;
  return [
    {
      message,
      atMs: instantOf(timestamp),
      eventId: textOf(eventId) ?? textOf(id),
      logStream: textOf(logStreamName),
      logGroup: undefined,
    },
  ];
}

function subscription(document: Shape, events: readonly unknown[]): readonly Unwrapped[] {
  return events.flatMap((event) => {
    if (!isShape(event) || typeof event["message"] !== "string") return [];
    return [
      {
        message: event["message"],
        atMs: instantOf(event["timestamp"]),
        eventId: textOf(event["id"]),
        logStream: textOf(document["logStream"]),
        logGroup: textOf(document["logGroup"]),
      },
    ];
  });
}

/** As Lambda is given it: `{ "awslogs": { "data": "…" } }`, gzip in base64. */
function packed(data: unknown): readonly Unwrapped[] | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const text = gunzipSync(Buffer.from(data, "base64"), { maxOutputLength: 64 * 1024 * 1024 }).toString(
      "utf8",
    );
    return unwrap(JSON.parse(text)) ?? [];
  } catch {
    return undefined;
  }
}

/** `[{ "field": "@message", "value": "…" }, …]` */
function insightsRow(row: readonly unknown[]): readonly Unwrapped[] | undefined {
  const fields: Record<string, unknown> = {};
  for (const cell of row) {
    if (!isShape(cell) || typeof cell["field"] !== "string") return undefined;
    fields[cell["field"]] = cell["value"];
  }
  return typeof fields["@message"] === "string" ? [insights(fields)] : [];
}

function insights(fields: Shape): Unwrapped {
  const log = textOf(fields["@log"]);
  const at = fields["@timestamp"];
  return {
    message: fields["@message"],
    atMs: typeof at === "string" ? (instantAt(at)?.atMs ?? instantOf(at)) : instantOf(at),
    // Points at the log event: the same one in two results has the same.
    eventId: textOf(fields["@ptr"]),
    logStream: textOf(fields["@logStream"]),
    logGroup: log?.slice(log.indexOf(":") + 1),
    unordered: true,
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isShape(value: unknown): value is Shape {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
