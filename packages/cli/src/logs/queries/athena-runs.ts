/** Invocations in SQL: which lines are of which run, and how each run ended. */

/** The lines that matter, taken apart. */
export const LINES = "lambda_lines";
/** A row for each delivery, with how its run ended. */
export const RUNS = "lambda_runs";

const ID = "[0-9A-Za-z][0-9A-Za-z-]{7,63}";

function group(pattern: string, text = "message"): string {
  return `nullif(regexp_extract(${text}, '${pattern}', 1), '')`;
}

/** Lines, and what each says of its run. */
export function lineSteps(): readonly string[] {
  return [
    `told_lines AS (
  SELECT stream, logged_at, at_ms, message, doc,
    json_extract_scalar(doc, '$.type') AS type,
    coalesce(
      ${group(`^(?:START |END |REPORT )?RequestId: (${ID})`)},
      ${group(`(${ID}) Task timed out after`)},
      ${group(`^[^\\t]*\\t(${ID})\\t[A-Z]+\\t`)},
      json_extract_scalar(doc, '$.record.requestId'),
      json_extract_scalar(doc, '$.requestId'),
      json_extract_scalar(doc, '$.function_request_id'),
      json_extract_scalar(doc, '$.awsRequestId')
    ) AS named_request,
    coalesce(${group("Status: ([a-z]+)")}, json_extract_scalar(doc, '$.record.status')) AS status,
    coalesce(${group("Error Type: (\\S+)")}, json_extract_scalar(doc, '$.record.errorType')) AS error_type,
    coalesce(
      try_cast(${group("Memory Size: (\\d+) MB")} AS double),
      try_cast(json_extract_scalar(doc, '$.record.metrics.memorySizeMB') AS double)
    ) AS memory_mb,
    coalesce(
      try_cast(${group("Max Memory Used: (\\d+) MB")} AS double),
      try_cast(json_extract_scalar(doc, '$.record.metrics.maxMemoryUsedMB') AS double)
    ) AS max_memory_mb,
    coalesce(
      try_cast(${group("\\tDuration: ([0-9.]+) ms")} AS double),
      try_cast(json_extract_scalar(doc, '$.record.metrics.durationMs') AS double)
    ) AS took_ms
  FROM lines
)`,
    `kinds AS (
  SELECT stream, logged_at, at_ms, message, doc, named_request, status, error_type, memory_mb, max_memory_mb, took_ms,
    CASE
      WHEN message LIKE 'START RequestId: %' OR type = 'platform.start' THEN 'start'
      WHEN message LIKE 'END RequestId: %' OR message LIKE 'REPORT RequestId: %'
        OR type IN ('platform.end', 'platform.report', 'platform.runtimeDone') THEN 'end'
      WHEN message LIKE '%Task timed out after%' OR message LIKE 'RequestId: % Error: %'
        OR message LIKE 'RequestId: % Process exited before completing request%' OR type = 'platform.fault'
        OR message LIKE '%' || chr(9) || 'ERROR' || chr(9) || 'Invoke Error%'
        OR message LIKE '%' || chr(9) || 'ERROR' || chr(9) || 'Uncaught Exception%'
        OR message LIKE '%' || chr(9) || 'ERROR' || chr(9) || 'Unhandled Promise Rejection%' THEN 'failed'
      ELSE 'other'
    END AS kind
  FROM told_lines
)`,
    // What one line says of the outcome; of several the highest counts.
    `ranked AS (
  SELECT stream, logged_at, at_ms, message, doc, kind, took_ms,
    CASE kind WHEN 'start' THEN 0 WHEN 'other' THEN 1 WHEN 'failed' THEN 2 ELSE 3 END AS place,
    CASE
      WHEN kind = 'failed' AND message LIKE '%Task timed out after%' THEN 4
      WHEN kind = 'failed' AND message LIKE '%Invoke Error%' THEN 2
      WHEN kind = 'failed' THEN CASE WHEN message LIKE '%Runtime.OutOfMemory%' THEN 5 ELSE 3 END
      WHEN kind <> 'end' OR status IS NULL THEN 0
      WHEN status = 'success' THEN 1
      WHEN status = 'timeout' THEN 4
      WHEN error_type = 'Runtime.OutOfMemory' THEN 5
      WHEN error_type IN ('Runtime.ExitError', 'Runtime.ExtensionError', 'Extension.Crash')
        THEN CASE WHEN max_memory_mb >= memory_mb THEN 5 ELSE 3 END
      WHEN status = 'failure' AND error_type IS NULL THEN 3
      ELSE 2
    END AS outcome_rank,
    coalesce(
      named_request,
      substr(max(CASE WHEN kind = 'start' THEN CAST(at_ms AS varchar) || ' ' || named_request END) OVER (
        PARTITION BY stream
        ORDER BY at_ms, CASE kind WHEN 'end' THEN 0 WHEN 'start' THEN 1 ELSE 2 END
        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
      ), 15)
    ) AS request_id
  FROM kinds
)`,
  ];
}

/** What of them is kept; a request that Lambda has retried has a run for each of its starts. Read once from the export, and from here on. */
export const NUMBERED: string = `SELECT stream, logged_at, at_ms, message, doc, kind, took_ms, outcome_rank, request_id,
  greatest(1, sum(CASE WHEN kind = 'start' THEN 1 ELSE 0 END) OVER (
    PARTITION BY request_id
    ORDER BY at_ms, place
    ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  )) AS run
FROM ranked
WHERE request_id IS NOT NULL`;

export const INVOCATIONS: string = `invocations AS (
  SELECT request_id, run,
    coalesce(
      min(CASE WHEN kind = 'end' THEN at_ms END),
      min(CASE WHEN kind = 'failed' AND outcome_rank >= 3 THEN at_ms END)
    ) AS end_ms,
    max(took_ms) AS duration_ms,
    CASE max(outcome_rank)
      WHEN 5 THEN 'out-of-memory'
      WHEN 4 THEN 'timeout'
      WHEN 3 THEN 'crash'
      WHEN 2 THEN 'error'
      WHEN 1 THEN 'success'
      ELSE CASE WHEN max(CASE WHEN kind = 'end' THEN 1 ELSE 0 END) = 1 THEN 'success' ELSE 'unknown' END
    END AS outcome
  FROM ${LINES}
  GROUP BY request_id, run
)`;
