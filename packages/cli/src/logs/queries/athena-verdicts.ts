/**
 * Verdicts in SQL, as the judge gives them of complete logs: each delivery is compared with those of its key that began
 * before it. What a guard has said stands as it is.
 */

import { LINES, RUNS } from "./athena-runs.ts";

export function runSteps(): readonly string[] {
  return [
    `failures AS (
  SELECT request_id, run, json_extract_scalar(json_array_get(list, n), '$.itemIdentifier') AS message_id
  FROM (
    SELECT request_id, run, coalesce(
      try(json_extract(doc, '$.batchItemFailures')),
      try(json_extract(doc, '$.message.batchItemFailures')),
      try(json_extract(json_extract_scalar(doc, '$.message'), '$.batchItemFailures'))
    ) AS list
    FROM ${LINES}
    WHERE message LIKE '%batchItemFailures%'
  ) AS lists
  CROSS JOIN UNNEST(sequence(0, json_array_length(list) - 1)) AS numbers (n)
)`,
    `told AS (
  SELECT logged_at, at_ms, request_id, run,
    coalesce(json_extract_scalar(doc, '$.message_id'), json_extract_scalar(doc, '$.message.message_id')) AS message_id,
    coalesce(
      json_extract_scalar(doc, '$.key'), json_extract_scalar(doc, '$.message.key'),
      json_extract_scalar(doc, '$.message_id'), json_extract_scalar(doc, '$.message.message_id')
    ) AS key,
    coalesce(json_extract_scalar(doc, '$.verdict'), json_extract_scalar(doc, '$.message.verdict'), 'unknown') AS verdict,
    coalesce(json_extract_scalar(doc, '$.origin'), json_extract_scalar(doc, '$.message.origin')) AS origin,
    coalesce(json_extract_scalar(doc, '$.ending'), json_extract_scalar(doc, '$.message.ending')) AS ending,
    try_cast(coalesce(json_extract_scalar(doc, '$.receive_count'), json_extract_scalar(doc, '$.message.receive_count')) AS bigint) AS receive_count,
    try_cast(coalesce(json_extract_scalar(doc, '$.duration_ms'), json_extract_scalar(doc, '$.message.duration_ms')) AS double) AS duration_ms
  FROM ${LINES}
  WHERE message LIKE '%acknowledged%'
    AND coalesce(json_extract_scalar(doc, '$.scope'), json_extract_scalar(doc, '$.message.scope')) IS NOT NULL
    AND coalesce(json_extract_scalar(doc, '$.ending'), json_extract_scalar(doc, '$.message.ending')) IS NOT NULL
)`,
    // A line that tells of a delivery again is of the same one.
    `deliveries AS (
  SELECT seen.key, seen.message_id, seen.request_id, seen.run,
    min(seen.logged_at) AS logged_at, min(seen.at_ms) AS at_ms,
    max(seen.receive_count) AS receive_count, min(seen.first_received_ms) AS first_received_ms
  FROM seen
  LEFT JOIN (SELECT DISTINCT request_id, run, message_id FROM told) AS by_message
    ON by_message.request_id = seen.request_id AND by_message.run = seen.run
    AND by_message.message_id = seen.message_id
  LEFT JOIN (SELECT DISTINCT request_id, run, key FROM told) AS by_key
    ON by_key.request_id = seen.request_id AND by_key.run = seen.run AND by_key.key = seen.key
  WHERE by_message.request_id IS NULL AND by_key.request_id IS NULL
  GROUP BY seen.key, seen.message_id, seen.request_id, seen.run
)`,
    // Where a guard was and has not told of a delivery, nothing says what became of it.
    `ended AS (
  SELECT d.key, d.message_id, d.request_id, d.run, d.logged_at, d.at_ms, d.receive_count, d.first_received_ms,
    CASE WHEN (SELECT count(*) FROM told) = 0 THEN i.end_ms END AS end_ms,
    i.outcome, i.duration_ms,
    CASE
      WHEN f.message_id IS NOT NULL THEN 'failed'
      WHEN i.outcome = 'success' THEN 'completed'
      WHEN i.outcome = 'error' THEN 'failed'
      WHEN i.outcome IN ('timeout', 'out-of-memory', 'crash') THEN 'killed'
      ELSE 'unknown'
    END AS state,
    (SELECT count(*) FROM told) = 0 AS ran
  FROM deliveries AS d
  LEFT JOIN invocations AS i ON i.request_id = d.request_id AND i.run = d.run
  LEFT JOIN (SELECT DISTINCT request_id, run, message_id FROM failures) AS f
    ON f.request_id = d.request_id AND f.run = d.run AND f.message_id = d.message_id
)`,
    `runs AS (
  SELECT key, message_id, request_id, run, logged_at, at_ms, receive_count, first_received_ms, end_ms, outcome,
    duration_ms, state, ran, message_id AS holder,
    CASE WHEN end_ms IS NULL THEN at_ms WHEN state = 'unknown' THEN greatest(at_ms, end_ms) END AS doubt_ms,
    CAST(NULL AS varchar) AS told_verdict, CAST(NULL AS varchar) AS told_origin
  FROM ended
  UNION ALL
  SELECT key, message_id, request_id, run, logged_at, at_ms - coalesce(duration_ms, 0) AS at_ms, receive_count,
    CAST(NULL AS bigint) AS first_received_ms,
    CASE WHEN verdict IN ('first', 'retry', 'takeover', 'duplicate') THEN at_ms END AS end_ms,
    ending AS outcome, duration_ms,
    CASE
      WHEN verdict = 'duplicate' THEN 'completed'
      WHEN verdict IN ('first', 'retry', 'takeover') AND ending IN ('completed', 'failed') THEN ending
      ELSE 'unknown'
    END AS state,
    verdict IN ('first', 'retry', 'takeover') AS ran,
    CASE WHEN verdict <> 'duplicate' THEN message_id END AS holder,
    CASE
      WHEN verdict = 'in-doubt' THEN at_ms
      WHEN verdict IN ('first', 'retry', 'takeover') AND ending NOT IN ('completed', 'failed') THEN at_ms
    END AS doubt_ms,
    verdict AS told_verdict, origin AS told_origin
  FROM told
)`,
    `ordered AS (
  SELECT runs.*,
    row_number() OVER (PARTITION BY key ORDER BY at_ms, request_id, run, message_id) AS seq,
    row_number() OVER (PARTITION BY key, message_id ORDER BY at_ms, request_id, run) AS receive_seq,
    max(CASE WHEN told_verdict = 'first' THEN at_ms END) OVER (PARTITION BY key) AS first_ms
  FROM runs
)`,
  ];
}

/** Received before the export begins: what became of it then is not in it. A guard remembers. */
export const PLACED: string = `SELECT ordered.*,
  CASE WHEN told_verdict IS NULL AND receive_seq = 1 AND receive_count > 1
    AND coalesce(first_received_ms, 0) < (SELECT min(at_ms) FROM ${LINES}) THEN 1 ELSE 0 END AS hidden
FROM ordered`;

export function verdictSteps(): readonly string[] {
  return [
    `standing AS (
  SELECT d.key, d.seq,
    count(e.end_ms) AS earlier,
    max(CASE WHEN e.state = 'completed' AND e.end_ms <= d.at_ms THEN 1 ELSE 0 END) AS is_completed,
    min_by(e.holder, e.end_ms * 100000 + e.seq) FILTER (WHERE e.state = 'completed' AND e.end_ms <= d.at_ms) AS completed_by,
    max(CASE WHEN e.doubt_ms <= d.at_ms OR e.hidden = 1 THEN 1 ELSE 0 END) AS is_doubtful,
    min_by(e.holder, e.seq) FILTER (WHERE e.end_ms > d.at_ms) AS held_by,
    min_by(e.state, e.seq) FILTER (WHERE e.end_ms > d.at_ms) AS held_state,
    min_by(e.request_id, e.seq) FILTER (WHERE e.end_ms > d.at_ms) AS held_request,
    min_by(e.run, e.seq) FILTER (WHERE e.end_ms > d.at_ms) AS held_run,
    max_by(e.state, e.end_ms * 100000 + e.seq) FILTER (WHERE e.end_ms <= d.at_ms) AS last_state
  FROM ${RUNS} AS d
  LEFT JOIN ${RUNS} AS e ON e.key = d.key AND e.seq < d.seq
  GROUP BY d.key, d.seq
)`,
    `verdicts AS (
  SELECT d.key, d.logged_at, d.at_ms, d.request_id, d.message_id, d.receive_count, d.outcome, d.duration_ms, d.ran,
    d.told_verdict, d.told_origin,
    CASE WHEN s.is_completed = 1 THEN s.completed_by ELSE s.held_by END AS holder,
    CASE
      WHEN d.told_verdict IS NOT NULL THEN d.told_verdict
      WHEN s.is_completed = 1 THEN 'duplicate'
      WHEN s.is_doubtful = 1 OR d.hidden = 1 OR d.at_ms < d.first_ms THEN 'unknown'
      WHEN s.held_state IS NOT NULL AND s.held_request = d.request_id AND s.held_run = d.run
        THEN CASE s.held_state WHEN 'completed' THEN 'duplicate' WHEN 'unknown' THEN 'unknown' ELSE 'busy' END
      WHEN s.held_state IS NOT NULL THEN 'busy'
      WHEN s.earlier = 0 THEN 'first'
      WHEN s.last_state = 'killed' THEN 'takeover'
      ELSE 'retry'
    END AS verdict
  FROM ${RUNS} AS d
  JOIN standing AS s ON s.key = d.key AND s.seq = d.seq
)`,
    `judged AS (
  SELECT key, logged_at, at_ms, request_id, message_id, receive_count, verdict,
    CASE
      WHEN told_verdict IS NOT NULL THEN told_origin
      WHEN verdict NOT IN ('busy', 'duplicate') THEN NULL
      WHEN message_id = holder THEN 'redelivery'
      WHEN message_id <> holder THEN 'resend'
    END AS origin,
    CASE WHEN told_verdict IS NOT NULL OR ran THEN ran END AS ran,
    outcome, duration_ms
  FROM verdicts
)`,
  ];
}
