/**
 * The question of `detect` as SQL for Amazon Athena (Trino), over an export of a log group to S3. The table is Hive's DDL;
 * view and queries keep to what Trino and other engines have in common, so that they can be tried here.
 */

import { INVOCATIONS, LINES, lineSteps, NUMBERED, RUNS } from "./athena-runs.ts";
import { groupIn, literal, scalarAt } from "./athena-key.ts";
import type { Query } from "./insights.ts";
import { PLACED, runSteps, verdictSteps } from "./athena-verdicts.ts";
import type { Place } from "./place.ts";

export interface AthenaAsked {
  /** `undefined`: the message id. */
  readonly key: Place | undefined;
  readonly sinceMs: number | undefined;
  readonly untilMs: number | undefined;
}

export const ATHENA_TABLE = "lambda_logs";
export const ATHENA_VIEW = "lambda_deliveries";

export function athenaStatements(asked: AthenaAsked): readonly Query[] {
  return [
    {
      title: "The table: the lines of an export of one log group to S3, packed as they are",
      limits: [
        "Put in the bucket and prefix of the export (aws logs create-export-task). A table for each function: a key is one function's.",
      ],
      text: tableSql(),
    },
    {
      title: "The lines that matter, taken apart: the export is scanned once, here",
      limits: [
        `It reads logged SQS events (JSON.stringify(event), Powertools Logger's logEvent, Lambda's JSON format), what --key finds, and this project's telemetry. To ask again: DROP TABLE ${LINES}; DROP TABLE ${RUNS}.`,
      ],
      text: `CREATE TABLE ${LINES} AS\nWITH ${[linesSql(asked), ...lineSteps()].join(",\n")}\n${NUMBERED}`,
    },
    {
      title: "The deliveries, and how the run of each ended",
      limits: [
        "A message that was read both with its key and without is two keys here, and an error that no line with a request id tells of is not seen.",
      ],
      text: `CREATE TABLE ${RUNS} AS\nWITH ${[...deliveriesSql(asked.key), INVOCATIONS, ...runSteps()].join(",\n")}\n${PLACED}`,
    },
    {
      title: "The view: a row for each delivery, with its verdict",
      limits: [
        "It takes the export for complete. Where lines are missing a verdict may be wrong: effectively-once detect sees that, and says unknown instead.",
      ],
      text: `CREATE OR REPLACE VIEW ${ATHENA_VIEW} AS
WITH ${verdictSteps().join(",\n")}
SELECT key, logged_at, at_ms, request_id, message_id, receive_count, verdict, origin, ran, outcome, duration_ms
FROM judged`,
    },
    {
      title: "How many deliveries of each verdict",
      limits: [],
      text: `SELECT verdict, origin, ran, count(*) AS deliveries\nFROM ${ATHENA_VIEW}\nGROUP BY verdict, origin, ran\nORDER BY deliveries DESC`,
    },
    {
      title: "The deliveries of keys with harm: work that ran although it was running or done",
      limits: [],
      text: `SELECT *
FROM ${ATHENA_VIEW}
WHERE key IN (
  SELECT key FROM ${ATHENA_VIEW} WHERE ran AND verdict IN ('busy', 'duplicate')
)
ORDER BY key, at_ms
LIMIT 1000`,
    },
  ];
}

function tableSql(): string {
  return `CREATE EXTERNAL TABLE IF NOT EXISTS ${ATHENA_TABLE} (line string)
ROW FORMAT DELIMITED
STORED AS TEXTFILE
LOCATION 's3://YOUR-BUCKET/YOUR-PREFIX/'`;
}

/** Lines of which something can be told. A line of several has its instant in the first. */
function linesSql({ key, sinceMs, untilMs }: AthenaAsked): string {
  const instant = (ms: number): string => literal(new Date(ms).toISOString().slice(0, 23));
  const range = [
    ...(sinceMs === undefined ? [] : [`    AND substr(line, 1, 23) >= ${instant(sinceMs)}`]),
    ...(untilMs === undefined ? [] : [`    AND substr(line, 1, 23) < ${instant(untilMs)}`]),
  ];
  const marks = [
    "%RequestId: %",
    "%platform.%",
    "%Records%",
    "%batchItemFailures%",
    "%Task timed out after%",
    "%Invoke Error%",
    "%Uncaught Exception%",
    "%Unhandled Promise Rejection%",
    "%acknowledged%",
  ].map((mark) => `line LIKE ${literal(mark)}`);
  if (key?.kind === "text") marks.push(`${groupIn("line", key)} IS NOT NULL`);
  // Any member's name stands in the line as it is.
  else if (key?.kind === "line") marks.push(`line LIKE ${literal(`%${String(key.steps.at(-1)?.name)}%`)}`);
  return `lines AS (
  SELECT DISTINCT
    regexp_replace("$path", '/[^/]*$', '') AS stream,
    substr(line, 1, 24) AS logged_at,
    date_diff('millisecond', TIMESTAMP '1970-01-01 00:00:00', try_cast(replace(substr(line, 1, 23), 'T', ' ') AS timestamp)) AS at_ms,
    substr(line, 26) AS message,
    nullif(regexp_extract(line, '\\{.*\\}'), '') AS doc
  FROM ${ATHENA_TABLE}
  WHERE line LIKE '____-__-__T__:__:__.___Z %'
${[...range, `    AND (${marks.join("\n      OR ")})`].join("\n")}
)`;
}

function deliveriesSql(key: Place | undefined): readonly string[] {
  const asked = key?.kind === "record" && key.list ? [`$.${key.list.join(".")}`] : [];
  const paths = new Set([...asked, "$.Records", "$.event.Records", "$.message.Records"]);
  const records = [...paths].map((path) => `try(json_extract(doc, ${literal(path)}))`);
  records.push(
    `try(json_extract(json_extract_scalar(doc, '$.message'), '$.Records'))`,
    `try(json_extract(json_extract_scalar(doc, '$.event'), '$.Records'))`,
  );
  const inRecord =
    key?.kind === "record" ? `coalesce(${scalarAt("record", key.steps)}, message_id)` : "message_id";
  const inLine =
    key?.kind === "line"
      ? scalarAt("doc", key.steps)
      : key?.kind === "text"
        ? groupIn("message", key)
        : undefined;
  return [
    `events AS (
  SELECT logged_at, at_ms, request_id, run, coalesce(
    ${records.join(",\n    ")}
  ) AS records
  FROM ${LINES}
  WHERE message LIKE '%Records%'
)`,
    `messages AS (
  SELECT logged_at, at_ms, request_id, run, record,
    json_extract_scalar(record, '$.messageId') AS message_id
  FROM (
    SELECT logged_at, at_ms, request_id, run, json_array_get(records, n) AS record
    FROM events
    CROSS JOIN UNNEST(sequence(0, json_array_length(records) - 1)) AS numbers (n)
  ) AS unnested
)`,
    `seen AS (
  SELECT ${inRecord} AS key, message_id, request_id, run, logged_at, at_ms,
    try_cast(json_extract_scalar(record, '$.attributes.ApproximateReceiveCount') AS bigint) AS receive_count,
    try_cast(json_extract_scalar(record, '$.attributes.ApproximateFirstReceiveTimestamp') AS bigint) AS first_received_ms
  FROM messages
  WHERE message_id IS NOT NULL${
    inLine === undefined
      ? ""
      : `
  UNION ALL
  SELECT ${inLine} AS key, CAST(NULL AS varchar) AS message_id, request_id, run, logged_at, at_ms,
    CAST(NULL AS bigint) AS receive_count, CAST(NULL AS bigint) AS first_received_ms
  FROM ${LINES}
  WHERE ${inLine} IS NOT NULL`
  }
)`,
  ];
}
