/**
 * `console` inside an execution environment whose log format is JSON: each call is one line that names its instant, its level
 * and its request (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html).
 */

import { format } from "node:util";
import type { HandlerError } from "./messages.ts";

const LEVELS = {
  trace: "TRACE",
  debug: "DEBUG",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
  fatal: "FATAL",
} as const;

export interface JsonConsole {
  /** Whose lines come from now on; what an earlier request has left running writes under it, too, as in Lambda. */
  requestId: string | undefined;
  /** As the runtime writes of an error that ended an invocation. */
  failed(error: HandlerError): void;
}

/** Takes the place of `console` for good. `write` is given whole lines. */
export function jsonConsole(write: (line: string) => void): JsonConsole {
  const own: JsonConsole = {
    requestId: undefined,
    failed: ({ name, message, stack }) =>
      write(
        lineOf(own.requestId, "ERROR", [
          { errorType: name, errorMessage: message, stackTrace: stack === "" ? [] : stack.split("\n") },
        ]),
      ),
  };
  for (const [name, level] of Object.entries(LEVELS))
    Object.assign(console, {
      [name]: (...said: readonly unknown[]) => write(lineOf(own.requestId, level, said)),
    });
  return own;
}

function lineOf(requestId: string | undefined, level: string, said: readonly unknown[]): string {
  const heading = { timestamp: new Date().toISOString(), level, requestId };
  const error = said.find((one) => one instanceof Error);
  const only = said.length === 1 && !error ? said[0] : undefined;
  // One value that JSON can hold stands as it is; several are a sentence.
  if (only !== undefined)
    try {
      return `${JSON.stringify({ ...heading, message: only })}\n`;
    } catch {
      // A circle, a bigint: as text.
    }
  const inError = error && {
    errorType: error.name,
    errorMessage: error.message,
    stackTrace: (error.stack ?? "").split("\n"),
  };
  return `${JSON.stringify({ ...heading, message: format(...said), ...inError })}\n`;
}
