export type { Key, KeyPart } from "./core/key.ts";
export type { PowertoolsRecords } from "./core/powertools.ts";
export { type ErrorCode, isOnceError, OnceError, Permanent } from "./errors.ts";
export { createOnce, type HandlerOptions, type Once, type OnceOptions, type RunOptions } from "./once.ts";
export type { Clock, Random } from "./ports.ts";
export type { Source } from "./source.ts";
export type { EnvelopeKind, EventBridgeEnvelope, SnsEnvelope } from "./sources/sqs/envelope.ts";
export {
  type SqsEventLike,
  type SqsMessage,
  type SqsOptions,
  type SqsRecordLike,
  type SqsReply,
  sqs,
} from "./sources/sqs/index.ts";
export { memoryStore } from "./stores/memory/index.ts";
export type {
  Context,
  ContextBase,
  Delivery,
  DeliveryEvent,
  Effects,
  Ending,
  InvocationEvent,
  LambdaContextLike,
  OnceEvent,
  Origin,
  Outcome,
  Stored,
  StoreOperation,
  StoreTimes,
  Transactions,
  UnguardedEffectEvent,
  Verdict,
  WarningEvent,
} from "./types.ts";
