/** How an invocation ends, with the names that Lambda gives to what went wrong. */

import type { HandlerError } from "./messages.ts";

/** When a handler ran, as the log of its function says it. Epoch milliseconds. */
export interface HandlerRun {
  /** The `awsRequestId` that the handler was given. */
  readonly requestId: string;
  /** When it was given the event: the environment was loaded then. */
  readonly fromMs: number;
  readonly toMs: number;
}

export type InvokeResult = (
  | { readonly outcome: "success"; readonly reply: unknown }
  | {
      /**
       * - `error`: the handler threw, or its reply could not be sent.
       * - `init-error`: the handler's file could not be loaded. The next invocation tries again.
       * - `timeout`: killed at the function's timeout.
       * - `crash`: the process ended by itself or by somebody's hand.
       * - `throttled`: all environments are busy; nothing ran.
       * - `too-large`: the event is larger than an invocation may be; nothing ran.
       */
      readonly outcome: "error" | "init-error" | "timeout" | "crash" | "throttled" | "too-large";
      readonly error: HandlerError;
    }
) & {
  /** Left out when the handler was not called, and where it is not known. */
  readonly ran?: HandlerRun;
};

/** 6 MB each way for a synchronous invocation (https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html). */
export const MAX_EVENT_BYTES = 6_291_456;
/** The limit that Lambda's own error message names for a reply. */
export const MAX_REPLY_BYTES = 6_291_556;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the environment said before it ended, or why it could not be started. */
  readonly said: HandlerError | undefined;
}

/** An error without a stack of its own. */
export function named(name: string, message: string): HandlerError {
  return { name, message, stack: "" };
}

export function exitError({ code, signal, said }: Exit): HandlerError {
  if (said) return said;
  if (signal) return named("Runtime.ExitError", `Runtime exited with error: signal: ${words(signal)}`);
  if (code) return named("Runtime.ExitError", `Runtime exited with error: exit status ${code}`);
  return named("Runtime.ExitError", "Runtime exited without providing a reason");
}

/** As Lambda's log calls the signals that end a runtime: SIGABRT is how V8 ends when its heap is full. */
function words(signal: NodeJS.Signals): string {
  if (signal === "SIGKILL") return "killed";
  if (signal === "SIGABRT") return "aborted";
  if (signal === "SIGTERM") return "terminated";
  if (signal === "SIGSEGV") return "segmentation fault";
  return signal;
}

export function timeoutError(timeoutMs: number): HandlerError {
  return named("Sandbox.Timedout", `Task timed out after ${(timeoutMs / 1_000).toFixed(2)} seconds`);
}

export function throttledError(maxConcurrency: number): HandlerError {
  return named(
    "TooManyRequestsException",
    `Rate exceeded: all ${maxConcurrency} environments are busy. Raise maxConcurrency, or invoke less at once.`,
  );
}

export function eventTooLarge(bytes: number): HandlerError {
  return named(
    "RequestEntityTooLargeException",
    `The event has ${bytes} bytes as JSON, and an invocation takes ${MAX_EVENT_BYTES}. Send less, or a pointer to it.`,
  );
}
