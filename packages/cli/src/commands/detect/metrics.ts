/** What CloudWatch has counted of the queues and functions that were named: beside logs, or without any. */

import type { Answer } from "../../command.ts";
import { CountsRefused, countsOf, type MetricCounts } from "../../metrics/counts.ts";
import { receivesWithoutDelete } from "../../metrics/words.ts";
import { metricsJson, prettyMetrics } from "../../logs/report/metrics.ts";
import type { ReadProblem } from "../../logs/report/report.ts";
import type { Call } from "../../options.ts";
import { Usage } from "../../usage.ts";
import { DEFAULT_SPAN_MS, type DetectSettings } from "./settings.ts";

/** What was counted, or why it cannot be known. */
export interface Counted {
  readonly metrics?: MetricCounts;
  readonly problem?: ReadProblem;
}

/** @param logs from where to where the logs go that stand beside, where there are any */
export async function counted(
  call: Call,
  { queues, functions, sinceMs, untilMs }: DetectSettings,
  logs?: { readonly fromMs: number; readonly toMs: number },
): Promise<Counted> {
  if (queues.length + functions.length === 0) return {};
  const nowMs = Date.now();
  const toMs = untilMs ?? logs?.toMs ?? nowMs;
  const fromMs = sinceMs ?? logs?.fromMs ?? toMs - DEFAULT_SPAN_MS;
  const asking = countsOf({
    queues,
    functions,
    fromMs,
    toMs,
    nowMs,
    settings: call.aws(),
    signal: call.interrupted,
  });
  try {
    return { metrics: await call.output.during("asking CloudWatch for its counts", asking) };
  } catch (error) {
    // What the logs have come to is not lost for it.
    if (!(error instanceof Usage) || logs === undefined) throw error;
    const denied = error instanceof CountsRefused;
    return { problem: { source: "CloudWatch metrics", reason: error.message, denied } };
  }
}

/** Counts alone prove no duplicate: they end with 0, unless what cannot be told is to fail. */
export async function metricsOnly(call: Call, settings: DetectSettings): Promise<Answer> {
  const { metrics } = await counted(call, settings);
  if (metrics === undefined) throw new Error("counts were asked for, and there are none");
  const open = metrics.queues.some((queue) => receivesWithoutDelete(queue) > 0);
  return {
    exitCode: settings.failOnUnknown && open ? 1 : 0,
    data: { summary: null, metrics: metricsJson(metrics) },
    text: prettyMetrics(metrics, {
      paint: (style, text) => call.output.paint(style, text),
      width: process.stdout.columns ?? 100,
    }),
  };
}
