/** What CloudWatch saw of functions and queues, one number for each metric over all days. */

import type { GetMetricDataCommandOutput, MetricDataQuery } from "@aws-sdk/client-cloudwatch";
import type { Calls } from "./calls.ts";
import type { LiveClients } from "./clients.ts";

export interface Wanted {
  readonly namespace: "AWS/Lambda" | "AWS/SQS";
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: "Maximum" | "Sum" | "p99";
}

/** Neither: there was no data. */
export interface Measured {
  readonly value?: number;
  /** Why it is not known. */
  readonly reason?: string;
}

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html */
const QUERIES_A_CALL = 500;
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
    const MetricDataQueries = some.map((one, index) => query(one, from + index));
    const { items, reason } = await calls.list(
      "cloudwatch:GetMetricData",
      "all metrics",
      (NextToken, options) => cloudwatch.getMetricData({ MetricDataQueries, ...time, NextToken }, options),
      (page: GetMetricDataCommandOutput) => ({ items: page.MetricDataResults, next: page.NextToken }),
    );
    for (const { Id, Values, StatusCode } of items) {
      const at = Number(Id?.slice(1));
      const one = wanted[at];
      if (one === undefined) continue;
      measured[at] =
        StatusCode === "Forbidden" || StatusCode === "InternalError"
          ? { reason: `CloudWatch answered ${StatusCode}` }
          : (Values ?? []).reduce<Measured>(
              (before, value) => joined(before, value, one.statistic),
              measured[at] ?? {},
            );
    }
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

/** Of two days: their sum, or the higher one. */
function joined({ value, reason }: Measured, another: number, statistic: Wanted["statistic"]): Measured {
  if (reason !== undefined) return { reason };
  if (value === undefined) return { value: another };
  return { value: statistic === "Sum" ? value + another : Math.max(value, another) };
}

function query({ namespace, metric, dimensions, statistic }: Wanted, index: number): MetricDataQuery {
  return {
    Id: `m${index}`,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: PERIOD_SECONDS,
      Stat: statistic,
    },
    ReturnData: true,
  };
}
