/**
 * What logs say, in a form that does not depend on how they were written. A reader turns bytes into entries; the fold
 * puts them together into invocations and deliveries; the classification, which is pure, gives each delivery its verdict.
 */

import type { Origin, Verdict } from "@effectively-once/runtime";

/** How an invocation ended. `unknown`: the log does not say, or its lines are missing. */
export type Outcome = "success" | "error" | "timeout" | "out-of-memory" | "crash" | "unknown";

/** One thing that one line says. Instants are epoch milliseconds; a line without one has that of the line before it in its stream. */
export type Entry =
  | InvocationStarted
  | InvocationEnded
  | InvocationFailed
  | DeliverySeen
  | DeliveryFailed
  | DeliveryTold;

interface At {
  readonly atMs: number;
  /** Log stream or file: what is in one was written by one execution environment. */
  readonly stream: string;
  /** Name of the function or of the log group, where it is known. */
  readonly function?: string;
  /** The line itself names no request: the entry's is the one that was running then, as far as the stream says. */
  readonly joined?: boolean;
}

/** `START RequestId: …`, `platform.start`. */
export interface InvocationStarted extends At {
  readonly kind: "started";
  readonly requestId: string;
  readonly version?: string;
}

/** `END`, `REPORT`, `platform.runtimeDone`, `platform.report`. An invocation has several; what is said by one is not taken back by another. */
export interface InvocationEnded extends At {
  readonly kind: "ended";
  readonly by: "end" | "report" | "runtimeDone";
  readonly requestId: string;
  /** `success` only where the line itself says so (`"status": "success"`): a REPORT line without a status says nothing. */
  readonly outcome: Outcome;
  readonly durationMs?: number;
  readonly initMs?: number;
  readonly memoryMb?: number;
  readonly maxMemoryMb?: number;
}

/** An error line of the runtime (`Invoke Error`, `Task timed out after …`, `Runtime.ExitError`), or an error that a logger has written for a request that then failed. */
export interface InvocationFailed extends At {
  readonly kind: "failed";
  readonly requestId: string;
  readonly outcome: Exclude<Outcome, "success" | "unknown">;
}

/** A message that reached the handler: in a logged event, or in a record that names its key. */
export interface DeliverySeen extends At {
  readonly kind: "delivery";
  readonly requestId?: string;
  /** The business key, where one was found or asked for. */
  readonly key?: string;
  readonly messageId?: string;
  readonly receiveCount?: number;
  readonly sentAtMs?: number;
  readonly firstReceivedAtMs?: number;
  /** ARN of the queue, topic, bucket, bus. */
  readonly source?: string;
}

/** An event of this project's runtime: the guard's own verdict stands before any that is worked out. */
export interface DeliveryTold extends Omit<DeliverySeen, "kind"> {
  readonly kind: "told";
  readonly verdict?: Verdict;
  readonly origin?: Origin;
  readonly ending: string;
  readonly attempt?: number;
  readonly durationMs?: number;
  readonly acknowledged: boolean;
}

/** One message of a batch failed: named in a logged partial batch response, or by an error record that carries its id or key. */
export interface DeliveryFailed extends At {
  readonly kind: "delivery-failed";
  readonly requestId?: string;
  readonly key?: string;
  readonly messageId?: string;
}

/** Counted while reading; never a reason to count deliveries wrong. */
export interface ReadCounts {
  bytes: number;
  lines: number;
  entries: number;
  /** Lines that are cut off, half JSON, not UTF-8, longer than the limit. */
  unreadable: number;
  /** Lines that were there twice: CloudWatch delivers at least once (same event id, or same stream, instant and text). */
  repeated: number;
  /** Records in which no key was found although one was asked for. */
  withoutKey: number;
  /** Sources that ended before their end: a truncated gzip. */
  truncated: number;
  /** Instants that went backwards within a stream by more than a second. */
  clockSteps: number;
}

/** One run of a function, from all its lines. A request that Lambda has retried by itself is one for each start. */
export interface Invocation {
  readonly id: string;
  readonly requestId: string;
  readonly stream: string;
  readonly function: string | undefined;
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly durationMs: number | undefined;
  readonly outcome: Outcome;
  /** Whether a line said the outcome, or it is only that none says otherwise. */
  readonly outcomeSaid: boolean;
  /** How many messages it was given, as far as they were seen. */
  readonly deliveries: number;
  /** Version of the function, where it is said. */
  readonly version?: string | undefined;
  /** How many starts of the same request came before: above 0, Lambda itself has retried an asynchronous invocation. */
  readonly retry: number;
}

/** What the classification gets: all deliveries of one key, by the time at which they reached a handler. */
export interface Delivery {
  readonly atMs: number;
  readonly key: string;
  readonly messageId: string | undefined;
  readonly receiveCount: number | undefined;
  readonly sentAtMs: number | undefined;
  readonly firstReceivedAtMs: number | undefined;
  readonly source: string | undefined;
  /** Whether a line says that this message failed in an invocation that may have succeeded as a whole. */
  readonly failed: boolean;
  /** `undefined`: the log does not say in which it ran. */
  readonly invocation: Invocation | undefined;
  readonly told: Told | undefined;
  /** Nothing says when it came: at `atMs` it had failed. */
  readonly undated?: boolean;
}

/** What the guard itself said of a delivery, and when it said so: at its end. */
export interface Told extends Pick<
  DeliveryTold,
  "verdict" | "origin" | "ending" | "attempt" | "acknowledged" | "durationMs"
> {
  readonly endMs: number;
}

/** What is known of the logs as a whole. */
export interface Context {
  /** Whether lines are missing, as far as can be seen: a REPORT without its START within a stream that goes on before it, invocations without a delivery where others have one. */
  readonly complete: boolean;
  readonly fromMs: number;
  readonly toMs: number;
  /** Where it was given, or found out (`--visibility-timeout`, a template). */
  readonly visibilityTimeoutSeconds: number | undefined;
  /** Where it is known. Without, what has waited before its run cannot be told from what was throttled. */
  readonly batchingWindowSeconds?: number | undefined;
  /** By the name of the function, "" where none is known. One that is not there has none of them, as far as is known. */
  readonly functions?: ReadonlyMap<string, FunctionTraits> | undefined;
}

/** What the logs as a whole, or whoever knows it, say of one function. */
export interface FunctionTraits {
  /** Some of its deliveries were told of by a guard: of one that none tells of, nothing says that it ran. */
  readonly guarded: boolean;
  /** `true`: some invocation of it has succeeded, of which a message was reported as failed. `false` only where somebody knows it: no message can fail alone. */
  readonly partialResponses: boolean | undefined;
  /** From the first to the last run that was killed and names no message. */
  readonly killedSilently?: { readonly fromMs: number; readonly toMs: number } | undefined;
  /** When its versions were first seen, but for the first one. */
  readonly deployedAtMs: readonly number[];
}

export interface Judged {
  readonly delivery: Delivery;
  /** `unknown` with the reason: what a guard would have said cannot be told from what the logs hold. */
  readonly verdict: Verdict | "unknown";
  readonly reason?: string;
  readonly origin: Origin | undefined;
  /** Whether the handler's code ran for it, so that its effects may have been made. */
  readonly ran: boolean | "unknown";
  /** The verdict is unknown, yet for certain busy or duplicate: it began beside another run of its key. */
  readonly beside?: true;
  /** Since the previous delivery of the key. */
  readonly gapMs: number | undefined;
  readonly cause: Cause | undefined;
}

/** Why a message came again. */
export type Cause =
  | "visibility-expired"
  | "batching-window"
  | "throttling"
  | "partial-responses-off"
  | "producer-retry"
  | "redrive"
  | "async-retry"
  /** The queue gave the same receive twice: what "at least once" allows. */
  | "queue-duplicate"
  | "failure-retry"
  | "killed"
  | "deployment"
  | "unknown";
