/** Events as lines of the user's own logger: what to look at is a warning or an error, a duplicate is neither (F-15, F-16). */

import { printable } from "../core/key.ts";
import { isOnceError } from "../errors.ts";
import { checkNames } from "../options.ts";
import type { DeliveryEvent, OnceEvent } from "../types.ts";

/** Powertools Logger, console, pino and their like, typed by the part that is used. */
export interface LoggerLike {
  // Methods, so that each logger's own overloads fit.
  debug(first: never, second: never): void;
  info(first: never, second: never): void;
  warn(first: never, second: never): void;
  error(first: never, second: never): void;
}

export interface LoggerSinkOptions {
  /** Whether fields come before the text, as pino wants it. @default "text-first" */
  readonly style?: "text-first" | "fields-first";
  /**
   * Whether the sentences of errors are logged. They may hold what a handler, a schema or a driver has put there, a card
   * number for one; without, an error is its name and code.
   *
   * @default false
   */
  readonly errorMessages?: boolean;
}

type Level = keyof LoggerLike;

/** A duplicate that was recognised is what this library is for. */
const LEVELS: Readonly<Record<DeliveryEvent["ending"], Level>> = {
  completed: "debug",
  duplicate: "info",
  busy: "info",
  failed: "error",
  fenced: "warn",
  deadline: "warn",
  "store-error": "error",
  "in-doubt": "error",
  mismatch: "error",
  invalid: "error",
};
const MAX_TEXT = 1_000;

/**
 * @example
 * createOnce({ store, namespace: "orders", onEvent: loggerSink(new Logger()) });
 * createOnce({ store, namespace: "orders", onEvent: loggerSink(pino(), { style: "fields-first" }) });
 */
export function loggerSink(logger: LoggerLike, options: LoggerSinkOptions = {}): (event: OnceEvent) => void {
  checkNames("loggerSink", options, ["style", "errorMessages"]);
  const { style = "text-first", errorMessages = false } = options;
  const say = (level: Level, text: string, fields: object): void => {
    if (style === "fields-first") logger[level](fields as never, text as never);
    else logger[level](text as never, fields as never);
  };
  return (event) => {
    switch (event.kind) {
      case "delivery":
        say(LEVELS[event.ending], `message ${event.ending}`, deliveryFields(event, errorMessages));
        break;
      case "warning":
        say("warn", `effectively-once: ${event.error.code}`, {
          scope: event.scope,
          ...errorFields(event.error, true),
        });
        break;
      case "unguarded-effect":
        say("warn", "effect without a key", {
          scope: event.scope,
          key: event.key,
          correlation_id: event.correlationId,
          effect: event.effect,
        });
        break;
      case "invocation":
        break;
    }
  };
}

function deliveryFields(event: DeliveryEvent, messages: boolean): object {
  const fields: Readonly<Record<string, unknown>> = {
    scope: event.scope,
    key: event.key,
    message_id: event.messageId,
    correlation_id: event.correlationId,
    verdict: event.verdict,
    origin: event.origin,
    ending: event.ending,
    attempt: event.attempt,
    receive_count: event.receiveCount,
    duration_ms: Math.round(event.durationMs),
    acknowledged: event.acknowledged,
    ...errorFields(event.error, messages),
  };
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === "string" ? printable(value, MAX_TEXT) : value]),
  );
}

/** Never its stack or its cause: those hold sentences of others. */
function errorFields(error: unknown, messages: boolean): Readonly<Record<string, unknown>> {
  if (error === undefined) return {};
  const known = error instanceof Error ? error : undefined;
  return {
    error_name: known?.name ?? typeof error,
    error_code: isOnceError(error) ? error.code : undefined,
    ...(messages ? { error_message: printable(known?.message ?? String(error), MAX_TEXT) } : {}),
  };
}
