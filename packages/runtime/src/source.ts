/** The contract between the engine and an event source: event in, deliveries out; endings in, reply out. */

import type { Carrier } from "./correlation.ts";
import type { ErrorCode, OnceError } from "./errors.ts";
import type { Delivery, Ending, LambdaContextLike } from "./types.ts";

/** What a delivery turned out to be when it was read. */
export type Reading<Message> =
  | { readonly ok: true; readonly message: Message; readonly key: unknown; readonly fingerprint: unknown }
  | {
      readonly ok: false;
      readonly code: ErrorCode;
      readonly reason: string;
      /** It may be read the next time: the delivery has failed, and is not held for a person. */
      readonly retryable?: boolean;
      readonly cause?: unknown;
    };

export interface Arrival<Message> {
  /** Names this delivery within the event, and in the reply. */
  readonly ref: string;
  readonly delivery: Delivery;
  readonly correlationId: string | undefined;
  /** Trace context and baggage that came with it, to be carried on. */
  readonly carrier?: Carrier | undefined;
  /** Deliveries of one lane run one after another, in order. `undefined`: in no order. */
  readonly lane: string | undefined;
  readonly reading: Reading<Message>;
}

/** One row of the dispositions is looked up by this. */
export type SourceShape = "sqs-standard" | "sqs-fifo";

/** How a delivery ended, and what the source is to do with it. */
export interface End {
  readonly ref: string;
  readonly ending: Ending;
  readonly acknowledge: boolean;
  readonly result?: unknown;
}

/** The source's own side channel. Each call answers whether it worked; none throws. */
export interface Transport {
  /** Makes the messages invisible for this long from now. Answers the refs whose handle is no longer good. */
  visibility(
    entries: readonly { readonly ref: string; readonly ms: number }[],
  ): Promise<{ readonly lost: readonly string[] }>;
  /** Deletes messages ahead of the reply. */
  acknowledge(refs: readonly string[]): Promise<void>;
}

export interface SourceHost {
  readonly context: LambdaContextLike | undefined;
  warn(error: OnceError): void;
}

export interface Opened<Message, Reply> {
  readonly shape: SourceShape;
  readonly arrivals: readonly Arrival<Message>[];
  readonly transport: Transport | undefined;
  /** Whether the transport's visibility is moved on while handlers run. */
  readonly heartbeat: boolean;
  reply(ends: readonly End[]): Reply;
  /** Durably takes the original delivery, or throws. */
  readonly hold: ((ref: string, ending: Ending, reason: string) => Promise<void>) | undefined;
}

/** An event source. `Result` is what the handler must return. */
export interface Source<Event, Message, Reply, Result = unknown> {
  readonly kind: string;
  readonly concurrency: number;
  readonly deadlineMarginMs: number;
  /** Set when the key is the message id: producer resends are not caught. */
  readonly messageIdKey: boolean;
  readonly backoff: ((attempt: number) => number) | undefined;
  open(event: Event, host: SourceHost): Promise<Opened<Message, Reply>>;
  /** Only for inference. */
  readonly result?: Result;
}
