/**
 * What Logs Insights finds of a log group: the lines that say anything about deliveries, and not the others. A query answers
 * 10,000 rows at most (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html): what is
 * left is asked for from the last row's second on, in spans that hold about as many.
 */

import type { ResultField } from "@aws-sdk/client-cloudwatch-logs";
import { pause } from "../../aws/pace.ts";
import { instantAt } from "../formats/instant.ts";
import { ask, GroupProblem } from "./ask.ts";
import { type GroupReading, identified, type Page } from "./reading.ts";

export const MOST_ROWS = 10_000;

/** As many rows as can be had, oldest first, with what tells where each one comes from. */
export function queryOf(marks: string | undefined): string {
  return [
    "fields @timestamp, @message, @logStream, @log",
    ...(marks === undefined ? [] : [`| filter @message like /${marks}/`]),
    "| sort @timestamp asc",
    `| limit ${MOST_ROWS}`,
  ].join("\n");
}

const SECOND_MS = 1_000;
const RUNNING: ReadonlySet<string> = new Set(["Scheduled", "Running", "Unknown"]);
/** So that a span which is a little fuller than the last one is asked for once too. */
const CAUTION = 0.8;

export async function* insightsOf(reading: GroupReading): AsyncGenerator<Page> {
  const { group, fromMs, toMs, say } = reading;
  let from = Math.floor(fromMs / SECOND_MS);
  const last = Math.floor(toMs / SECOND_MS);
  let span = last - from;
  /** Of the last second that was read: the next query begins with it, and answers its rows again. */
  let seen = new Set<string>();
  while (from <= last) {
    const to = Math.min(last, from + span);
    const rows = await rowsOf(reading, from, to);
    const full = rows.length >= MOST_ROWS;
    const lastMs = timeOf(rows.at(-1));
    const lastSecond = lastMs === undefined ? to : Math.floor(lastMs / SECOND_MS);
    const fresh = rows.filter((row) => !seen.has(pointerOf(row)) && within(row, fromMs, toMs));
    yield { texts: fresh.map((row) => JSON.stringify(row)), atMs: lastMs };
    if (!full) {
      seen = new Set();
      from = to + 1;
      span = Math.max(1, span * 2);
      continue;
    }
    if (lastSecond <= from) {
      say(
        `${group}: Logs Insights answers ${MOST_ROWS} rows at most, and there are more in the second from ${new Date(from * SECOND_MS).toISOString()} on. Read it without --insights.`,
      );
      seen = new Set();
      from += 1;
      continue;
    }
    span = Math.max(1, Math.floor((lastSecond - from) * CAUTION));
    from = lastSecond;
    seen = new Set(rows.filter((row) => Math.floor((timeOf(row) ?? 0) / SECOND_MS) === from).map(pointerOf));
  }
}

async function rowsOf(
  reading: GroupReading,
  startTime: number,
  endTime: number,
): Promise<readonly (readonly ResultField[])[]> {
  const { group, marks, client, signal, pollMs } = reading;
  const named = identified(group);
  const groups =
    "logGroupName" in named
      ? { logGroupNames: [named.logGroupName] }
      : { logGroupIdentifiers: [named.logGroupIdentifier] };
  const { queryId } = await ask(
    "logs:StartQuery",
    group,
    (options) => client.startQuery({ ...groups, startTime, endTime, queryString: queryOf(marks) }, options),
    reading,
  );
  let over = false;
  try {
    for (;;) {
      const { status = "Unknown", results = [] } = await ask(
        "logs:GetQueryResults",
        group,
        (options) => client.getQueryResults({ queryId: queryId ?? "" }, options),
        reading,
      );
      if (!RUNNING.has(status)) over = true;
      if (status === "Complete") return results;
      if (over)
        throw new GroupProblem(
          `${group} cannot be read: the query of Logs Insights ended as ${status}. Ask for less with --since and --until.`,
          undefined,
        );
      await pause(pollMs, signal);
    }
  } finally {
    // One that nobody waits for is charged all the same.
    if (!over && queryId !== undefined) await client.stopQuery({ queryId }).catch(() => {});
  }
}

function timeOf(row: readonly ResultField[] | undefined): number | undefined {
  const text = row?.find(({ field }) => field === "@timestamp")?.value;
  return text === undefined ? undefined : instantAt(text)?.atMs;
}

function pointerOf(row: readonly ResultField[]): string {
  return row.find(({ field }) => field === "@ptr")?.value ?? JSON.stringify(row);
}

/** Queries know whole seconds only. */
function within(row: readonly ResultField[], fromMs: number, toMs: number): boolean {
  const atMs = timeOf(row);
  return atMs === undefined || (atMs >= fromMs && atMs <= toMs);
}
