/** Lambda's own lines of text: START, END, REPORT, and how a run that failed is told of. */

import type { Outcome } from "../model.ts";
import type { Said } from "./line.ts";
import { own } from "./own.ts";

const ID = "([0-9A-Za-z][0-9A-Za-z-]{7,63})";
const START = new RegExp(`^START\\s+RequestId:\\s*${ID}(?:\\s+Version:\\s*(\\S+))?`);
const END = new RegExp(`^END\\s+RequestId:\\s*${ID}`);
const REPORT = new RegExp(`^REPORT\\s+RequestId:\\s*${ID}`);
const TIMED_OUT = new RegExp(`^(?:RequestId:\\s*)?${ID}\\s+Task timed out after [\\d.]+ seconds`);
/** `Error: Runtime exited with error: signal: killed`, `Error: fork/exec …`, and of old `Process exited before completing request`. */
const EXITED = new RegExp(`^RequestId:\\s*${ID}\\s+(?:Error:|Process exited before completing request)`);
const MEMORY = /Memory Size:\s*(\d+) MB\s+Max Memory Used:\s*(\d+) MB/;
const DURATION = /[\t ]Duration:\s*([\d.]+) ms/;
const INIT = /Init Duration:\s*([\d.]+) ms/;
const STATUS = /Status:\s*([a-z]+)(?:\s+Error Type:\s*(\S+))?/;

/** What Node's and Ruby's runtimes write of an error that the handler has thrown. */
const INVOKE_ERROR = /^(?:Invoke Error\b|Error raised from handler method)/;
/** What ended Node's process: nothing that the handler would still have done was done. */
const PROCESS_ERROR = /^(?:Uncaught Exception|Unhandled Promise Rejection)\b/;
/** Python's runtime; its logger writes a tab there. */
const PYTHON_ERROR = /^\[ERROR\] [A-Za-z_]\w*(?:\.\w+)*(?::|[\r\n]|$)/;

/**
 * Of a line of the platform, without its instant.
 *
 * @returns `undefined`: it is none
 */
export function platformText(text: string): Said | undefined {
  switch (text.charCodeAt(0)) {
    case 83: {
      const [, requestId, version] = START.exec(text) ?? [];
      return requestId === undefined
        ? undefined
        : { kind: "started", requestId: own(requestId), ...(version ? { version: own(version) } : {}) };
    }
    case 69: {
      const [, requestId] = END.exec(text) ?? [];
      return requestId === undefined
        ? undefined
        : { kind: "ended", by: "end", requestId: own(requestId), outcome: "unknown" };
    }
    case 82: {
      const [, reported] = REPORT.exec(text) ?? [];
      if (reported !== undefined) return report(text, own(reported));
      const [, exited] = EXITED.exec(text) ?? [];
      if (exited !== undefined) return { kind: "failed", requestId: own(exited), outcome: exitOf(text) };
      break;
    }
  }
  const [, late] = text.includes("Task timed out after") ? (TIMED_OUT.exec(text) ?? []) : [];
  return late === undefined ? undefined : { kind: "failed", requestId: own(late), outcome: "timeout" };
}

/** How the runtime tells of an error in a line of a request: `undefined` where it does not. */
export function runtimeError(text: string): "error" | "crash" | undefined {
  if (INVOKE_ERROR.test(text) || PYTHON_ERROR.test(text)) return "error";
  return PROCESS_ERROR.test(text) ? "crash" : undefined;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, failures during the invoke phase. */
export function outcomeOf(
  status: string | undefined,
  errorType: string | undefined,
  memoryMb?: number,
  maxMemoryMb?: number,
): Outcome {
  switch (status) {
    case "success":
      return "success";
    case "timeout":
      return "timeout";
    case "failure":
    case "error":
      if (errorType === "Runtime.OutOfMemory") return "out-of-memory";
      if (
        errorType === "Runtime.ExitError" ||
        errorType === "Runtime.ExtensionError" ||
        errorType === "Extension.Crash"
      )
        return memoryMb !== undefined && maxMemoryMb !== undefined && maxMemoryMb >= memoryMb
          ? "out-of-memory"
          : "crash";
      // The process is gone, whatever it was that ended it.
      return status === "failure" && errorType === undefined ? "crash" : "error";
    default:
      return "unknown";
  }
}

function report(text: string, requestId: string): Said {
  const [, memory, most] = MEMORY.exec(text) ?? [];
  const [, status, errorType] = STATUS.exec(text) ?? [];
  const memoryMb = numberOf(memory);
  const maxMemoryMb = numberOf(most);
  const durationMs = numberOf(DURATION.exec(text)?.[1]);
  const initMs = numberOf(INIT.exec(text)?.[1]);
  return {
    kind: "ended",
    by: "report",
    requestId,
    outcome: outcomeOf(status, errorType, memoryMb, maxMemoryMb),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(initMs === undefined ? {} : { initMs }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(maxMemoryMb === undefined ? {} : { maxMemoryMb }),
  };
}

function exitOf(text: string): "crash" | "out-of-memory" {
  return text.includes("Runtime.OutOfMemory") ? "out-of-memory" : "crash";
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
