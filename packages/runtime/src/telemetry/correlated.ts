/** The id of the message in hand, in every line that a handler logs: asked for at each line, never kept in the logger (C-16). */

import { current } from "../engine/current.ts";

/** What every line of a message carries, under Powertools' names. */
export interface CorrelationFields {
  readonly correlation_id: string;
  readonly idempotency_key: string;
  readonly attempt: number;
}

/**
 * Of the message that is being handled here; `{}` outside of one. As pino's `mixin`, or for any logger that asks for fields.
 *
 * @example
 * const log = pino({ mixin: correlationFields });
 */
export function correlationFields(): CorrelationFields | Record<never, never> {
  const here = current();
  if (!here) return {};
  const { correlationId, key, attempt } = here.context;
  return { correlation_id: correlationId, idempotency_key: key, attempt };
}

const LINES: ReadonlySet<string> = new Set([
  "trace",
  "debug",
  "info",
  "log",
  "warn",
  "error",
  "critical",
  "fatal",
]);

/**
 * The same logger, whose lines carry the fields of the message in hand: Powertools Logger gets them as extra input, console
 * as a last argument, in JSON. (`logger.appendKeys` would give one message's id to another that runs beside it.)
 *
 * @example
 * const log = correlated(new Logger({ serviceName: "orders" }));
 */
export function correlated<Logger extends object>(logger: Logger): Logger {
  // Console breaks an object over several lines, each a log event of its own.
  const asText = "table" in logger && "dir" in logger;
  return new Proxy(logger, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (typeof name !== "string" || !LINES.has(name)) return value.bind(target);
      return (...args: readonly unknown[]): unknown => {
        const fields = correlationFields();
        if (!("correlation_id" in fields)) return value.apply(target, args);
        return value.apply(target, [...args, asText ? JSON.stringify(fields) : fields]);
      };
    },
  });
}
