/** What `dev` runs with: its own options before the template's values, and those before what AWS takes by itself. */

import type { Call } from "../../options.ts";
import { Usage } from "../../usage.ts";
import { type TemplateFunction, functionIn } from "./template.ts";

export interface DevSettings {
  /** `file#export` */
  readonly handler: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly env: Readonly<Record<string, string>>;
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  readonly maxConcurrency: number | undefined;
  readonly reportBatchItemFailures: boolean;
  readonly visibilityTimeoutSeconds: number;
  readonly maxReceiveCount: number | undefined;
  readonly fifo: boolean;
  /** What a person should know before the first message. */
  readonly notes: readonly string[];
}

/** With `--once`: AWS's own advice for a dead-letter queue, https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const ONCE_RECEIVES = 5;

export function devSettings(call: Call): DevSettings {
  const template = call.text("template");
  const found =
    template === undefined ? undefined : functionIn(template, call.text("function"), call.text("event"));
  for (const name of ["function", "event"])
    if (template === undefined && call.has(name)) throw new Usage(`--${name} is for --template.`);
  const handler = call.positionals[0] ?? found?.handler;
  if (handler === undefined)
    throw new Usage(
      "dev needs a handler, for example: effectively-once dev src/orders.ts#handler, or --template template.yaml. See effectively-once dev --help.",
    );
  const notes = [...(found?.notes ?? [])];
  const reports = call.flag("no-report-batch-item-failures")
    ? false
    : (found?.reportBatchItemFailures ?? true);
  if (!reports)
    notes.push(
      "the mapping does not have FunctionResponseTypes: [ReportBatchItemFailures], so Lambda deletes what a handler reports as failed",
    );
  return {
    handler,
    timeoutSeconds: call.whole("timeout", 1, 900) ?? found?.timeoutSeconds ?? 3,
    memoryMb: call.whole("memory", 128, 10_240) ?? found?.memoryMb ?? 128,
    env: { ...found?.env, ...variables(call.list("env")) },
    batchSize: call.whole("batch-size", 1, 10_000) ?? found?.batchSize ?? 10,
    batchingWindowSeconds: call.whole("batching-window", 0, 300) ?? found?.batchingWindowSeconds ?? 0,
    maxConcurrency: call.whole("max-concurrency", 2, 1_000) ?? found?.maxConcurrency,
    reportBatchItemFailures: reports,
    visibilityTimeoutSeconds:
      call.whole("visibility-timeout", 0, 43_200) ?? found?.visibilityTimeoutSeconds ?? 30,
    maxReceiveCount:
      call.whole("max-receive-count", 1, 1_000) ??
      found?.maxReceiveCount ??
      // A message that always fails would keep the queue from ever being empty.
      (call.flag("once") ? ONCE_RECEIVES : undefined),
    fifo: call.flag("fifo") || found?.fifo === true || call.text("queue-url")?.endsWith(".fifo") === true,
    notes: [...notes, ...warnings(found)],
  };
}

function warnings(found: TemplateFunction | undefined): readonly string[] {
  const { timeoutSeconds = 3, visibilityTimeoutSeconds } = found ?? {};
  if (visibilityTimeoutSeconds === undefined || visibilityTimeoutSeconds >= 6 * timeoutSeconds) return [];
  return [
    `the queue's visibility timeout is ${visibilityTimeoutSeconds} s and the function's timeout ${timeoutSeconds} s; AWS asks for at least six times as much (${6 * timeoutSeconds} s)`,
  ];
}

function variables(given: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((one) => {
      const at = one.indexOf("=");
      if (at <= 0) throw new Usage(`--env is NAME=value, got "${one}".`);
      return [one.slice(0, at), one.slice(at + 1)];
    }),
  );
}
