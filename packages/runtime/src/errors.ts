/** Every error of the runtime: one class, one stable `code` per cause. Switch on `code`, not on `instanceof`. */

export type ErrorCode =
  // how the library was called
  | "invalid-option"
  | "unknown-option"
  | "name-taken"
  | "guard-disabled"
  // events and messages
  | "unexpected-event"
  | "invalid-key"
  | "invalid-body"
  | "invalid-schema"
  // what became of a delivery
  | "busy"
  | "mismatch"
  | "in-doubt"
  | "fenced"
  | "deadline"
  | "shutdown"
  | "result-unavailable"
  | "permanent"
  | "hold-failed"
  | "not-acknowledged"
  // verbs
  | "name-invalid"
  | "name-reused"
  | "kind-changed"
  | "key-unused"
  | "verb-after-commit"
  | "verb-after-end"
  | "verb-in-transaction"
  | "verb-not-awaited"
  | "steps-not-visited"
  // edges
  | "edge-changed"
  | "edge-reordered"
  | "edge-outside-handler"
  | "commit-twice"
  | "commit-failed"
  | "own-transaction-control"
  | "swallowed-sql-error"
  | "unstorable-value"
  | "transaction-timeout"
  | "condition-failed"
  // stores
  | "store-error"
  | "store-unreachable"
  | "store-permission"
  | "table-missing"
  | "table-mismatch"
  | "store-closed"
  | "record-unreadable"
  | "client-missing"
  // warnings that `onEvent` carries
  | "message-id-key"
  | "scope-shared"
  | "visibility-permission"
  | "delete-permission"
  | "error-after-commit"
  | "result-dropped"
  | "plain-with-message-id"
  | "queue-unreachable"
  | "visibility-cap";

export interface OnceErrorOptions {
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/**
 * An error of this library.
 * `retryable` says whether the same call can succeed later without a change by a person.
 */
export class OnceError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  constructor(code: ErrorCode, message: string, options: OnceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "OnceError";
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** Whether `error` is an `OnceError` of any copy of this library, with one of `codes` when some are given. */
export function isOnceError(error: unknown, ...codes: readonly ErrorCode[]): error is OnceError {
  if (!(error instanceof Error) || error.name !== "OnceError" || !("code" in error)) return false;
  return codes.length === 0 || codes.includes(error.code as ErrorCode);
}

/**
 * Thrown by a handler: trying again cannot help. The message is held: not run again, left to the queue's
 * dead-letter queue or to the source's `hold` destination.
 *
 * @example
 * throw new Permanent("order 42 names a currency we do not trade");
 */
export class Permanent extends Error {
  readonly code = "permanent";
  readonly retryable = false;
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "Permanent";
  }
}

export function isPermanent(error: unknown): boolean {
  return error instanceof Error && error.name === "Permanent";
}

/** How a value looks in an error message: its type, never its content. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  const type = typeof value;
  return type === "undefined" ? "undefined" : type === "object" ? "an object" : `a ${type}`;
}
