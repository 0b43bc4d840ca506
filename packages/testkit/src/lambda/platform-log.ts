/**
 * The platform's own lines where a function's log format is JSON, as CloudWatch Logs gets them at the system log level INFO
 * (https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html,
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html).
 */

import type { InvokeResult } from "./results.ts";

export interface Reported {
  readonly requestId: string;
  readonly result: InvokeResult;
  readonly endMs: number;
  readonly durationMs: number;
  /** How long the environment took to load, in the report of its first invocation. */
  readonly initMs: number | undefined;
  readonly memoryMb: number;
}

export function initStartLine(atMs: number, functionName: string): string {
  return line("platform.initStart", atMs, {
    initializationType: "on-demand",
    phase: "init",
    functionName,
    functionVersion: "$LATEST",
  });
}

export function startLine(atMs: number, requestId: string): string {
  return line("platform.start", atMs, { requestId, version: "$LATEST" });
}

/** Without the memory that was used at most: what a process on this machine takes is not what it would take in Lambda. */
export function reportLine({ requestId, result, endMs, durationMs, initMs, memoryMb }: Reported): string {
  return line("platform.report", endMs, {
    requestId,
    metrics: {
      durationMs: rounded(durationMs),
      billedDurationMs: Math.ceil(durationMs),
      memorySizeMB: memoryMb,
      ...(initMs === undefined ? {} : { initDurationMs: rounded(initMs) }),
    },
    ...statusOf(result),
  });
}

/** As a REPORT line says it: whatever has ended the runtime, it is `Runtime.ExitError` to the platform. */
function statusOf(result: InvokeResult): { readonly status: string; readonly errorType?: string } {
  switch (result.outcome) {
    case "success":
    case "timeout":
      return { status: result.outcome };
    case "crash":
      return { status: "error", errorType: "Runtime.ExitError" };
    default:
      return { status: "error", errorType: result.error.name };
  }
}

function line(type: string, atMs: number, record: object): string {
  return JSON.stringify({ time: new Date(atMs).toISOString(), type, record });
}

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
