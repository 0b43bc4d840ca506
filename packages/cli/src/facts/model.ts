/**
 * What the rules look at: functions, queues, and what delivers to what, whichever language said so. Readers fill it
 * with AWS's defaults applied where nothing is set (`from: "default"`), and with `unknown` where something is set that
 * they cannot know. References between facts are ids; an id of nothing here is an unknown of the reference, never a guess.
 */

import type { Place, Value } from "./value.ts";

export type Language =
  | "cloudformation"
  | "sam"
  | "cdk"
  | "terraform"
  | "terraform-plan"
  | "serverless"
  | "live";

/** Everything that is deployed together, or lives in one region of an account. */
export interface Facts {
  readonly language: Language;
  /** The file or folder that was asked for; of an account, `account/region`. */
  readonly file: string;
  readonly functions: readonly FunctionFact[];
  readonly queues: readonly QueueFact[];
  readonly streams: readonly StreamFact[];
  readonly mappings: readonly MappingFact[];
  readonly pipes: readonly PipeFact[];
  readonly deliveries: readonly DeliveryFact[];
  readonly tables: readonly TableFact[];
  readonly idempotency: readonly IdempotencyFact[];
  readonly signs: readonly CodeSign[];
  /** What a reader could not see, and had to leave out: an unknown macro, a nested stack that is not on disk, a call that was refused. */
  readonly gaps: readonly Gap[];
}

export interface Gap {
  readonly reason: string;
  readonly place?: Place;
  /** Ids of the facts that it may bear upon; without it, all. */
  readonly about?: readonly string[];
}

export interface Fact {
  /** Unique in its list. Logical id, Terraform address, name of a live thing; below a nested stack or module with its path: `Child/Queue`. */
  readonly id: string;
  /** Where it is defined; `undefined` live. */
  readonly place?: Place;
  /** Where a setting that is missing would have to be written: the pointer of the map of its properties, or of the block. */
  readonly settings?: Place;
  /** Whether it is deployed at all: a resource's condition, `count`. */
  readonly exists: Value<boolean>;
  /** Suppressions at the thing itself: `Metadata` of a template, tags of nothing else. */
  readonly ignores?: readonly { readonly rule: string; readonly reason?: string }[];
  /** Live: */
  readonly arn?: string;
  readonly account?: string;
  readonly region?: string;
}

export interface FunctionFact extends Fact {
  /** Its physical name, where it has one. */
  readonly name: Value<string | undefined>;
  /** Default 3; Serverless Framework 6. */
  readonly timeoutSeconds: Value<number>;
  /** `undefined`: none is reserved. */
  readonly reservedConcurrency: Value<number | undefined>;
  /** `DeadLetterConfig` / `DeadLetterQueue`: id of a queue here, else whatever names it. `undefined`: none. */
  readonly deadLetter: Value<string | undefined>;
  readonly async: {
    /** Whether an event invoke configuration is set at all. */
    readonly configured: Value<boolean>;
    /** Default 2. */
    readonly maximumRetryAttempts: Value<number>;
    /** Default 21,600. */
    readonly maximumEventAgeSeconds: Value<number>;
    /** `undefined`: none. */
    readonly onFailure: Value<string | undefined>;
  };
  readonly environment: ReadonlyMap<string, Value<string>>;
  /** Where its source can be read on this disk. */
  readonly code?: { readonly root: string; readonly handler: string };
  /** Live: the id of the function whose alias or version this is. They share its reserved concurrency. */
  readonly qualifierOf?: string;
  /** Live, over the time that was asked for; what is missing had no data. Of a qualified one: of that alias or version alone. */
  readonly observed?: {
    readonly maximumDurationMs?: number;
    /** The highest of a day. */
    readonly p99DurationMs?: number;
    readonly throttles?: number;
    /** Why some of these are not known that may have data. */
    readonly unmeasured?: string;
    readonly days: number;
  };
}

export interface QueueFact extends Fact {
  readonly name: Value<string | undefined>;
  /** Default 30. */
  readonly visibilityTimeoutSeconds: Value<number>;
  /** Default 345,600. */
  readonly retentionSeconds: Value<number>;
  /** Default 0. */
  readonly delaySeconds: Value<number>;
  readonly fifo: Value<boolean>;
  readonly contentBasedDeduplication: Value<boolean>;
  /** Id of a queue here, else the ARN or expression that names one elsewhere. `undefined`: none. */
  readonly deadLetterQueue: Value<string | undefined>;
  /** `undefined`: no redrive policy. */
  readonly maxReceiveCount: Value<number | undefined>;
  /** Made by another resource (SAM's `SqsSubscription: true`): its settings cannot be written down at it. */
  readonly generatedBy?: string;
  readonly observed?: {
    readonly received?: number;
    readonly deleted?: number;
    readonly oldestMessageSeconds?: number;
    /** Now, not over the days. */
    readonly visibleMessages?: number;
    /** At most, over the time that was asked for. */
    readonly mostVisibleMessages?: number;
    /** Why some of these are not known that may have data. */
    readonly unmeasured?: string;
    readonly days: number;
  };
}

export interface StreamFact extends Fact {
  readonly kind: "kinesis" | "dynamodb";
  /** Kinesis: 24 h unless set. DynamoDB: 24 h, always. */
  readonly retentionSeconds: Value<number>;
}

export type MappingKind = "sqs" | "kinesis" | "dynamodb" | "kafka" | "mq" | "documentdb" | "unknown";

/** An event source mapping. `id`: its logical id, or `Function.Events.Name` in SAM. */
export interface MappingFact extends Fact {
  readonly kind: MappingKind;
  /** Id of a function here. */
  readonly function: Value<string>;
  /** Id of a queue or stream here. */
  readonly source: Value<string>;
  /** As the definition names it, for people: `Orders`, `arn:aws:sqs:…`. */
  readonly sourceName: string;
  /** Default 10, of streams 100. */
  readonly batchSize: Value<number>;
  /** Default 0. */
  readonly batchingWindowSeconds: Value<number>;
  readonly reportBatchItemFailures: Value<boolean>;
  readonly enabled: Value<boolean>;
  /** `ScalingConfig.MaximumConcurrency`. */
  readonly maximumConcurrency: Value<number | undefined>;
  readonly onFailure: Value<Destination | undefined>;
  readonly filters: Value<boolean>;
  /** Streams: -1 is infinite, the default. */
  readonly maximumRetryAttempts: Value<number>;
  /** Streams: -1 is infinite, the default. */
  readonly maximumRecordAgeSeconds: Value<number>;
  readonly bisectBatchOnFunctionError: Value<boolean>;
  /** Live: `Enabled`, `Disabled`, …; and what Lambda said last. */
  readonly observed?: { readonly state?: string; readonly lastProcessingResult?: string };
}

export interface Destination {
  readonly kind: "sqs" | "sns" | "s3" | "kafka" | "lambda" | "eventbridge" | "other";
  /** Id of a queue here, else what names it. */
  readonly to: string;
}

/** An EventBridge pipe, whatever its source. */
export interface PipeFact extends Fact {
  readonly kind: MappingKind;
  readonly source: Value<string>;
  readonly sourceName: string;
  /** Ids of functions here. `undefined`: it has none, or it is no function. */
  readonly enrichment: Value<string | undefined>;
  readonly target: Value<string | undefined>;
  readonly batchSize: Value<number>;
  readonly batchingWindowSeconds: Value<number>;
  /** Of a stream source: how often it retries, how old a record may be (-1 is infinite, the default of both), and where it leaves what it gives up. */
  readonly retry?: {
    readonly maximumRetryAttempts: Value<number>;
    readonly maximumRecordAgeSeconds: Value<number>;
    /** `DeadLetterConfig` of its source's parameters. `undefined`: none. */
    readonly onFailure: Value<Destination | undefined>;
  };
}

export type DeliveryKind =
  | "s3"
  | "sns"
  | "eventbridge"
  | "scheduler"
  | "iot"
  | "logs"
  | "ses"
  | "cognito"
  | "apigateway"
  | "function"
  | "other";

/** Something that sends to a function or to a queue, and does not poll: a rule's target, a subscription, a notification. */
export interface DeliveryFact extends Fact {
  readonly kind: DeliveryKind;
  /** Whether a function it calls is called asynchronously (S3, SNS, EventBridge, Scheduler, IoT, logs). */
  readonly asynchronous: boolean;
  readonly target: Value<{ readonly kind: "function" | "queue" | "other"; readonly id: string }>;
  /** Bus, topic, bucket: an id here, else what names it. */
  readonly source: Value<string>;
  /**
   * What it lets through, in one comparable text; equal texts let the same through. EventBridge: the pattern as JSON with its
   * keys sorted, else the schedule's expression. SNS: empty without a filter, else its scope, a space, and the policy as JSON
   * with its keys sorted. S3: the names of the events, and the filter. Else what its own filter says.
   */
  readonly selection: Value<string>;
  /** S3: of the object keys. */
  readonly prefix?: Value<string>;
  readonly suffix?: Value<string>;
  /** Its own dead-letter configuration (a target's, a subscription's). `undefined`: none. */
  readonly deadLetter: Value<string | undefined>;
  /** EventBridge 86,400; Scheduler 86,400; SNS to AWS endpoints 23 days; `undefined`: it has none of its own. */
  readonly maximumEventAgeSeconds: Value<number | undefined>;
  /** To a FIFO queue: whether it gives a deduplication id. `undefined`: that kind cannot. */
  readonly deduplicationId: Value<boolean | undefined>;
}

export interface TableFact extends Fact {
  readonly name: Value<string | undefined>;
  readonly partitionKey: Value<string | undefined>;
  readonly sortKey: Value<string | undefined>;
  /** `undefined`: none, or it is not enabled. */
  readonly ttlAttribute: Value<string | undefined>;
}

/** How a function remembers what it has done, as far as its code, its environment or the doctor's configuration say. */
export interface IdempotencyFact extends Fact {
  readonly function: string;
  readonly library: "effectively-once" | "powertools" | "unknown";
  readonly recordsLastSeconds: Value<number>;
  /** Id of a table here, or its name. */
  readonly table: Value<string | undefined>;
  /** Of the table, when it is not the library's own: Powertools' `expiryAttr`. */
  readonly expiryAttribute?: Value<string>;
}

/** What handler code was seen to do; only ever "possible". */
export interface CodeSign {
  readonly function: string;
  readonly sign: "partial-batch-response";
  readonly place: Place;
}
