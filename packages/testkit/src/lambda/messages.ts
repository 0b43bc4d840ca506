/** What the local Lambda and its execution environments say to each other. Events and replies travel as JSON text, as in Lambda. */

export interface ToEnvironment {
  readonly requestId: string;
  readonly deadlineAtMs: number;
  readonly invokedFunctionArn: string;
  readonly event: string;
}

/** An error as Lambda tells it to who invoked the function: its `errorType`, `errorMessage` and stack. */
export interface HandlerError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export type FromEnvironment =
  | { readonly kind: "ready" }
  | { readonly kind: "init-error"; readonly error: HandlerError }
  /** The handler is about to be called. An environment that ends by itself before that has not run the event. */
  | { readonly kind: "begun"; readonly requestId: string }
  | { readonly kind: "reply"; readonly requestId: string; readonly reply: string }
  | { readonly kind: "error"; readonly requestId: string; readonly error: HandlerError }
  /** An uncaught exception or an unhandled rejection: the environment ends after it has said so. */
  | { readonly kind: "fatal"; readonly error: HandlerError };

const KINDS: ReadonlySet<unknown> = new Set<FromEnvironment["kind"]>([
  "ready",
  "init-error",
  "begun",
  "reply",
  "error",
  "fatal",
]);

/** A handler may use the same channel for words of its own. */
export function isFromEnvironment(message: unknown): message is FromEnvironment {
  return typeof message === "object" && message !== null && "kind" in message && KINDS.has(message.kind);
}

/** With a log format written on stdout and stderr at an invocation's end, as a line: no line of a handler's ends like it. */
export function markOf(requestId: string): string {
  return `\u0000${requestId}\u0000`;
}
