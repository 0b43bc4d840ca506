/**
 * Metrics as GetMetricData is asked for them, and what its pages come to
 * (https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html).
 */

import type { MetricDataQuery, MetricDataResult } from "@aws-sdk/client-cloudwatch";

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

export const QUERIES_A_CALL = 500;

/** @param at its place among all that is wanted, by which {@link addResults} knows it */
export function metricQuery(
  { namespace, metric, dimensions, statistic }: Wanted,
  at: number,
  periodSeconds: number,
): MetricDataQuery {
  return {
    Id: `m${at}`,
    MetricStat: {
      Metric: {
        Namespace: namespace,
        MetricName: metric,
        Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: periodSeconds,
      Stat: statistic,
    },
    ReturnData: true,
  };
}

/** Adds what pages have answered to `measured`, which is ordered as `wanted` is. */
export function addResults(
  measured: Measured[],
  results: readonly MetricDataResult[],
  wanted: readonly Wanted[],
): void {
  for (const { Id, Values, StatusCode } of results) {
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
}

/** Of two points: their sum, or the higher one. */
function joined({ value, reason }: Measured, another: number, statistic: Wanted["statistic"]): Measured {
  if (reason !== undefined) return { reason };
  if (value === undefined) return { value: another };
  return { value: statistic === "Sum" ? value + another : Math.max(value, another) };
}
