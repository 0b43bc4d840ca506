/** The shapes a user of the runtime sees: messages in, context and verbs, outcomes, events out. */

import type { OnceError } from "./errors.ts";

export type Verdict =
  | "first"
  | "retry"
  | "takeover"
  | "busy"
  | "duplicate"
  | "mismatch"
  | "in-doubt"
  | "invalid";
export type Origin = "redelivery" | "resend";

/** How an attempt, or a delivery without one, ended. */
export type Ending =
  | "completed"
  | "duplicate"
  | "busy"
  | "failed"
  | "fenced"
  | "deadline"
  | "store-error"
  | "in-doubt"
  | "mismatch"
  | "invalid";

/** What JSON makes of a `T`: what every attempt sees, the first one included. */
export type Stored<T> = T extends string | number | boolean | null | undefined
  ? T
  : T extends { toJSON(): infer J }
    ? Stored<J>
    : T extends bigint | symbol | ((...args: never[]) => unknown)
      ? never
      : T extends readonly unknown[]
        ? { [I in keyof T]: Stored<T[I]> }
        : T extends object
          ? {
              [K in keyof T as T[K] extends symbol | ((...args: never[]) => unknown) ? never : K]: Stored<
                T[K]
              >;
            }
          : unknown;

/** One arrival of a message. */
export interface Delivery {
  readonly source: string;
  readonly messageId: string | undefined;
  /** How often the queue has handed this message out, this time included. */
  readonly receiveCount: number | undefined;
  readonly sentAtMs: number | undefined;
}

export interface KeyedCall {
  /** The derived idempotency key: the same on every attempt. Hand it to the other side. */
  readonly key: string;
  readonly signal: AbortSignal;
}
export interface PlainCall {
  readonly signal: AbortSignal;
}

export interface KeyedOptions {
  /** How long the other side remembers a key. A first try older than that is `in-doubt`. Costs one more write. */
  readonly remoteMemoryMs?: number;
}
export interface PlainOptions {
  /** Says of an error that the effect certainly did not happen (a refused connection). @default never */
  readonly didNotHappen?: (error: unknown) => boolean;
}

/**
 * The verbs: how an effect is made. What each promises after a crash in the worst place is in `docs/guarantees.md`.
 * A name is used once per attempt and is what later attempts recognise the effect by.
 */
export interface Effects {
  /** An effect whose other side dedupes on `key`: once, while that side remembers the key. */
  keyed<T>(name: string, fn: (call: KeyedCall) => Promise<T>, options?: KeyedOptions): Promise<Stored<T>>;
  /** An effect that may be done again with the same outcome. */
  repeatable<T>(name: string, fn: (call: PlainCall) => Promise<T>): Promise<Stored<T>>;
  /** An effect that is neither: at most once; when in doubt the message is held for a person. */
  plain<T>(name: string, fn: (call: PlainCall) => Promise<T>, options?: PlainOptions): Promise<Stored<T>>;
}

/** What a store with transactions adds. */
export interface Transactions<Tx> {
  /** Your rows and the memory of this step commit together: once. */
  transact<T>(name: string, fn: (tx: Tx) => Promise<T>): Promise<Stored<T>>;
  /** Your rows and "this message is done" commit together: once. The last effect of a handler. */
  commit<T>(fn: (tx: Tx) => Promise<T>): Promise<T>;
}

export interface ContextBase {
  /** The idempotency key as text, for people. */
  readonly key: string;
  /** 1 for the first run of this key; an upper bound of the runs that began. */
  readonly attempt: number;
  readonly verdict: "first" | "retry" | "takeover";
  /** Aborts at the deadline and on a lost lease; its reason is an `OnceError` with the code `deadline` or `fenced`. */
  readonly signal: AbortSignal;
  readonly delivery: Delivery;
  readonly correlationId: string;
  /** The derived key that `keyed(name, …)` would hand out. */
  keyFor(name: string): string;
}

export type Context<Tx> = ContextBase & Effects & ([Tx] extends [never] ? unknown : Transactions<Tx>);

/** What `once.run` answers. */
export type Outcome<T> =
  | { readonly ran: true; readonly verdict: "first" | "retry" | "takeover"; readonly value: T }
  | {
      readonly ran: false;
      readonly verdict: "duplicate";
      readonly stored: boolean;
      readonly value: Stored<T> | undefined;
    }
  | { readonly ran: false; readonly verdict: "busy"; readonly retryAtMs: number }
  | { readonly ran: false; readonly verdict: "mismatch" | "in-doubt" | "invalid"; readonly reason: string };

export interface DeliveryEvent {
  readonly kind: "delivery";
  readonly scope: string;
  readonly key: string | undefined;
  readonly messageId: string | undefined;
  readonly receiveCount: number | undefined;
  readonly correlationId: string;
  /** `undefined` when the store could not be asked or the delivery was never started. */
  readonly verdict: Verdict | undefined;
  readonly origin: Origin | undefined;
  readonly ending: Ending;
  readonly attempt: number | undefined;
  readonly fence: number | undefined;
  readonly durationMs: number;
  /** Whether the source was told that this delivery is done. */
  readonly acknowledged: boolean;
  readonly error: unknown;
  /** Where it came from: a queue's ARN, or `run`. */
  readonly source: string;
  /** From the queue's first acceptance to now, on two clocks: about. */
  readonly ageMs: number | undefined;
  /** What was left of the lease when the attempt ended: below 0 it was over. `undefined`: nothing was begun. */
  readonly leaseLeftMs: number | undefined;
  /** What was left of the visibility that the heartbeat has set last. `undefined`: it has set none. */
  readonly visibilityLeftMs: number | undefined;
  /** What was left until the function is ended. `undefined`: outside Lambda. */
  readonly deadlineLeftMs: number | undefined;
  /** How often the lease of this attempt was renewed. */
  readonly renewals: number;
  /** The message's W3C trace context, as it came. */
  readonly traceparent: string | undefined;
}

/** What one operation of the store took in one invocation. */
export interface StoreTimes {
  readonly calls: number;
  readonly items: number;
  /** Calls that threw, and items that were answered with an error. */
  readonly errors: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

export type StoreOperation = "claim" | "complete" | "fail" | "release" | "renew" | "checkpoint";

/** One invocation of a handler, or one `run`: after the events of its deliveries. */
export interface InvocationEvent {
  readonly kind: "invocation";
  readonly scope: string;
  readonly requestId: string | undefined;
  readonly functionName: string | undefined;
  readonly deliveries: number;
  readonly durationMs: number;
  /** Writes that the store has refused because another attempt owns the record. */
  readonly fencedWrites: number;
  readonly store: Readonly<Partial<Record<StoreOperation, StoreTimes>>>;
}

export interface WarningEvent {
  readonly kind: "warning";
  readonly scope: string;
  readonly error: OnceError;
}

/** Of the development mode: a request that changes something, made outside any verb or edge. It may happen twice. */
export interface UnguardedEffectEvent {
  readonly kind: "unguarded-effect";
  readonly scope: string;
  readonly key: string;
  readonly messageId: string | undefined;
  readonly correlationId: string;
  /** For example `PutItem https://dynamodb.eu-west-1.amazonaws.com/`, or `POST https://payments.example/charges`. */
  readonly effect: string;
}

export type OnceEvent = DeliveryEvent | InvocationEvent | WarningEvent | UnguardedEffectEvent;

/** The part of Lambda's context that is used. */
export interface LambdaContextLike {
  readonly functionName?: string;
  readonly awsRequestId?: string;
  getRemainingTimeInMillis?(): number;
}
