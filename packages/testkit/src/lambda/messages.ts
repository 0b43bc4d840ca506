/** What the local Lambda and its execution environments say to each other. */

export interface ToEnvironment {
  readonly requestId: string;
  readonly deadlineAtMs: number;
  readonly event: unknown;
}

export interface HandlerError {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

export type FromEnvironment =
  | { readonly kind: "ready" }
  | { readonly kind: "init-error"; readonly error: HandlerError }
  | { readonly kind: "reply"; readonly requestId: string; readonly reply: unknown }
  | { readonly kind: "error"; readonly requestId: string; readonly error: HandlerError };
