/** Counts and times through Powertools Metrics, beside the user's own. */

import type { OnceEvent } from "../types.ts";
import { valuesOf } from "./values.ts";

/** `Metrics` of @aws-lambda-powertools/metrics, typed by the part that is used. */
export interface PowertoolsMetricsLike {
  addMetric(name: string, unit: never, value: number): void;
}

/**
 * Adds to the user's own `Metrics`, with its namespace and dimensions. When they are published is the user's: by
 * `logMetrics`, or `publishStoredMetrics()` at the end of each invocation.
 *
 * @example
 * const metrics = new Metrics({ namespace: "orders" });
 * createOnce({ store, namespace: "orders", onEvent: powertoolsMetricsSink(metrics) });
 */
export function powertoolsMetricsSink(metrics: PowertoolsMetricsLike): (event: OnceEvent) => void {
  return (event) => {
    for (const { name, unit, value } of valuesOf(event)) metrics.addMetric(name, unit as never, value);
  };
}
