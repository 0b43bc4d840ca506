/** What CloudWatch saw of functions and queues, one number for each metric over all days. */

import type { GetMetricDataCommandOutput } from "@aws-sdk/client-cloudwatch";
import {
  addResults,
  type Measured,
  metricQuery,
  QUERIES_A_CALL,
  type Wanted,
} from "../../aws/metric-data.ts";
import type { Calls } from "./calls.ts";
import type { LiveClients } from "./clients.ts";

/**
 * One day, the longest period of a data point. It is a multiple of all that CloudWatch asks for: of 60 s for the last 15
 * days, of 300 s for the last 63, of 3,600 s before.
 */
const PERIOD_SECONDS = 86_400;
/** CloudWatch keeps no metric for longer. */
export const MAX_DAYS = 455;

/** From a midnight (UTC) on, as data points of a day begin there: `days` whole days, and the one that is not over. */
export function timeOf(days: number, nowMs: number): { readonly StartTime: Date; readonly EndTime: Date } {
  const dayMs = PERIOD_SECONDS * 1_000;
  return {
    StartTime: new Date((Math.floor(nowMs / dayMs) - days) * dayMs),
    EndTime: new Date(Math.ceil(nowMs / 60_000) * 60_000),
  };
}

/** @returns as `wanted` is ordered */
export async function measure(
  calls: Calls,
  { cloudwatch }: LiveClients,
  wanted: readonly Wanted[],
  time: ReturnType<typeof timeOf>,
  seen?: (done: number, of: number) => void,
): Promise<readonly Measured[]> {
  const measured: Measured[] = wanted.map(() => ({}));
  let done = 0;
  const batch = async (from: number): Promise<void> => {
    const some = wanted.slice(from, from + QUERIES_A_CALL);
    const MetricDataQueries = some.map((one, index) => metricQuery(one, from + index, PERIOD_SECONDS));
    const { items, reason } = await calls.list(
      "cloudwatch:GetMetricData",
      "all metrics",
      (NextToken, options) => cloudwatch.getMetricData({ MetricDataQueries, ...time, NextToken }, options),
      (page: GetMetricDataCommandOutput) => ({ items: page.MetricDataResults, next: page.NextToken }),
    );
    addResults(measured, items, wanted);
    // A part of a sum is no sum, and the highest of a part not the highest.
    if (reason !== undefined) measured.fill({ reason }, from, from + some.length);
    done += some.length;
    seen?.(done, wanted.length);
  };
  const starts = Array.from(
    { length: Math.ceil(wanted.length / QUERIES_A_CALL) },
    (_, n) => n * QUERIES_A_CALL,
  );
  await Promise.all(starts.map(batch));
  return measured;
}
