/** What CloudWatch has counted, as JSON and as text. */

import { wrapped } from "../../cells.ts";
import type { MetricCounts } from "../../metrics/counts.ts";
import { conclusions, functionSentence, queueSentence, receivesPerDelete } from "../../metrics/words.ts";
import { instant } from "../words.ts";
import type { Page } from "./pretty.ts";

export function metricsJson({ fromMs, toMs, queues, functions }: MetricCounts): object {
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    queues: queues.map((one) => ({
      queue: one.queue,
      sent: one.sent ?? null,
      deduplicated: one.deduplicated ?? null,
      received: one.received ?? null,
      deleted: one.deleted ?? null,
      receivesPerDelete: receivesPerDelete(one) ?? null,
    })),
    functions: functions.map((one) => ({
      function: one.function,
      invocations: one.invocations ?? null,
      errors: one.errors ?? null,
      throttles: one.throttles ?? null,
    })),
  };
}

/** @param deliveries in the logs beside, where there are any */
export function metricsLines(
  metrics: MetricCounts,
  deliveries: number | undefined,
  { paint, width }: Page,
): readonly string[] {
  const { fromMs, toMs, queues, functions } = metrics;
  const sentences = [
    ...queues.map(queueSentence),
    ...functions.map(functionSentence),
    ...conclusions(metrics, deliveries),
  ];
  return [
    paint("bold", "What CloudWatch has counted"),
    ...[`From ${instant(fromMs)} to ${instant(toMs)} (UTC).`, ...sentences].flatMap((one) =>
      wrapped(one, width - 4).map((line, at) => (at === 0 ? `  ${line}` : `    ${line}`)),
    ),
  ];
}

/** Without logs: what to do next. */
export function prettyMetrics(metrics: MetricCounts, page: Page): string {
  const next =
    "Which of them were duplicates, and why, the logs tell: effectively-once detect --log-group /aws/lambda/<function>.";
  return `${[...metricsLines(metrics, undefined, page), ...wrapped(next, page.width - 2).map((line) => `  ${line}`)].join("\n")}\n`;
}
