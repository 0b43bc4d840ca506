/**
 * The contract between the engine and a store of records.
 *
 * A store knows records and nothing else: keys are already hashed, tokens already made, policy already decided.
 * Every operation takes a batch and answers each item by itself, in the order asked, so that one bad item never
 * hides what became of the others. A store throws only when it could not be asked at all; the engine then asks
 * again with the same tokens, and every operation here is written so that asking twice is harmless.
 *
 * What each operation must do, with its races, is `docs/protocol.md`; that a store does it is shown by
 * `@effectively-once/testkit/conformance`.
 */

import type { OnceError } from "./errors.ts";

/** The version of the record's layout that this release writes. A newer one is an error, never a duplicate. */
export const RECORD_VERSION = 1;

export type State = "claimed" | "failed" | "released" | "completed";
export type WonVerdict = "first" | "retry" | "takeover";

/** Which verb a remembered step belongs to. `handler` is the handler's own code (held by `Permanent` or `onTakeover: "hold"`), `edge`: a call through `protect` and its like. */
export type StepKind = "keyed" | "repeatable" | "plain" | "transact" | "handler" | "edge";

/** What a record remembers of one verb. Stored as JSON, so its names are short-lived in no one's API but this one's. */
export interface Step {
  readonly kind: StepKind;
  /** `intent`: about to happen, may have happened. `done`: happened, `value` is its result. */
  readonly state: "intent" | "done";
  readonly atMs: number;
  /** True on an intent that forbids another run until a person has resolved it. */
  readonly open?: boolean;
  /** JSON text of the result; absent where the verb returned `undefined` or the memo was dropped. Of an `edge`: what was asked, as a fingerprint. */
  readonly value?: string;
}

export type Steps = Readonly<Record<string, Step>>;

/** A change of one record's steps. A step only moves forward: an intent over a done step changes nothing. */
export interface StepChange {
  readonly set?: Steps;
  /** Names of intents that turned out not to have happened. A done step is never cleared. */
  readonly clear?: readonly string[];
}

/** The record as a store returns it. All instants are milliseconds since 1970 on the store's clock. */
export interface StoredRecord {
  readonly id: string;
  readonly version: number;
  readonly scope: string;
  /** The key as people wrote it, truncated and stripped of control characters. */
  readonly label: string;
  readonly state: State;
  readonly token: string;
  readonly fence: number;
  readonly attempts: number;
  readonly rev: number;
  readonly leaseUntilMs: number;
  /** When the owner's function will have been killed for certain. */
  readonly runUntilMs: number;
  /** `undefined` while a step is open: such a record never expires. */
  readonly expiresAtMs: number | undefined;
  readonly fingerprint: string | undefined;
  readonly messageId: string | undefined;
  readonly functionName: string | undefined;
  /** Of the message that the current (or last) claim was made for: what a chain of queues is followed by. */
  readonly correlationId: string | undefined;
  readonly generation: number;
  /** The verdict the current (or last) claim was won with. */
  readonly verdict: WonVerdict;
  readonly firstAttemptAtMs: number;
  readonly heldAtMs: number | undefined;
  readonly steps: Steps;
  /** JSON text of the stored result, or `undefined` when none was stored. */
  readonly result: string | undefined;
}

export interface StoreTraits {
  /** Whose clock decides who owns a lease. */
  readonly clock: "store" | "client";
  /** Whether `transact` exists: the caller's own writes commit together with the record. */
  readonly transactions: boolean;
  /** How many items one call may carry. */
  readonly maxBatch: number;
  /** The largest result or step value, in bytes of JSON text, that is worth sending. */
  readonly maxResultBytes: number;
  /** What survives: this process only, this machine's disk, or a replicated service. */
  readonly durability: "process" | "disk" | "service";
  /** Whether `claim` looks at what another library remembers (`ClaimRequest.former`). @default false */
  readonly formerRecords?: boolean;
}

/** A record that another library may have left of the same work, by the name of its table, key and attributes. */
export interface FormerRecord {
  readonly tableName: string;
  readonly key: Readonly<Record<string, string>>;
  readonly attributes: {
    readonly status: string;
    /** Epoch seconds. */
    readonly expiry: string;
    /** Epoch milliseconds. */
    readonly inProgressExpiry: string;
    readonly data: string;
    readonly validation: string;
  };
  /** What the record's validation hash must be; `undefined`: it is not compared. */
  readonly validation: string | undefined;
}

export interface ClaimRequest {
  readonly id: string;
  readonly scope: string;
  readonly label: string;
  /** Made once per request from a CSPRNG, and the same over all retries of it. */
  readonly token: string;
  readonly leaseMs: number;
  /** How long from now until the asking function will have been killed. */
  readonly runMs: number;
  readonly retentionMs: number;
  readonly fingerprint?: string | undefined;
  readonly messageId?: string | undefined;
  readonly functionName?: string | undefined;
  readonly correlationId?: string | undefined;
  /** Ask for anything but a takeover: a lapsed claim answers `lapsed` and nothing is written. */
  readonly noTakeover?: boolean | undefined;
  /**
   * Only for a store with `traits.formerRecords`: a claim that would be won is `duplicate` where this record says that
   * the work is done, `busy` where it says that it is going on, and an error where it cannot be read.
   */
  readonly former?: FormerRecord | undefined;
}

export interface Won {
  readonly kind: "won";
  readonly verdict: WonVerdict;
  readonly fence: number;
  readonly attempts: number;
  readonly generation: number;
  readonly firstAttemptAtMs: number;
  /** The store's (or the corrected client's) clock when it decided. */
  readonly nowMs: number;
  readonly leaseUntilMs: number;
  readonly steps: Steps;
}

export type Claim =
  | Won
  | {
      readonly kind: "duplicate";
      readonly messageId: string | undefined;
      readonly functionName: string | undefined;
      readonly result: string | undefined;
    }
  | {
      readonly kind: "busy";
      readonly messageId: string | undefined;
      readonly nowMs: number;
      readonly leaseUntilMs: number;
      readonly runUntilMs: number;
    }
  | {
      readonly kind: "mismatch";
      readonly messageId: string | undefined;
      readonly fingerprint: string | undefined;
    }
  | {
      readonly kind: "in-doubt";
      readonly messageId: string | undefined;
      readonly steps: readonly string[];
      readonly heldAtMs: number;
    }
  /** An earlier claim's lease ran out unconfirmed, and the request said `noTakeover`. Nothing was written. */
  | { readonly kind: "lapsed"; readonly attempts: number }
  /** The request's token has ended already (a late copy of an old claim). It never claims again. */
  | { readonly kind: "refused" }
  | { readonly kind: "error"; readonly error: OnceError };

/** Who may write: the token and the fence that the claim was answered with. */
export interface Owner {
  readonly id: string;
  readonly token: string;
  readonly fence: number;
}

export interface Completion extends Owner {
  readonly retentionMs: number;
  readonly result?: string | undefined;
}

export interface Failure extends Owner {
  readonly retentionMs: number;
  /** An open step to leave behind, so that the next claim is `in-doubt` (`Permanent`, a memory that is too old). */
  readonly change?: StepChange | undefined;
}

/** Goes by the token alone: a claim whose answer never came knows no fence. */
export interface Release {
  readonly id: string;
  readonly token: string;
  readonly retentionMs: number;
}

export interface Renewal extends Owner {
  readonly leaseMs: number;
  readonly retentionMs: number;
}

export interface Checkpoint extends Owner {
  readonly retentionMs: number;
  readonly change: StepChange;
}

export type Written =
  /** Done, or found done already by this same owner (a lost answer). */
  | { readonly kind: "written" }
  /** Someone else owns the record, or it is gone: this attempt must write nothing more. */
  | { readonly kind: "fenced" }
  | { readonly kind: "error"; readonly error: OnceError };

export interface TransactRequest<T> {
  readonly owner: Owner;
  readonly retentionMs: number;
  /**
   * Called with the body's value before COMMIT; what it throws rolls the transaction back. A change that does not
   * complete sets at least one step: by it a commit is known again whose answer was lost.
   */
  readonly change: (value: T) => { readonly complete: { readonly result?: string | undefined } } | StepChange;
  /** BEGIN to COMMIT takes no longer than this; the connection is destroyed then. */
  readonly timeLimitMs: number;
  /** Aborted at the deadline: the connection is destroyed, nothing is committed. */
  readonly signal: AbortSignal;
}

export type Committed<T> =
  | { readonly kind: "committed"; readonly value: T }
  /** Rolled back: another attempt owns the record. */
  | { readonly kind: "fenced" }
  /** Rolled back; `error` is what the body threw, or what was wrong with the body. */
  | { readonly kind: "rolled-back"; readonly error: unknown }
  /** Whether it committed could not be found out. */
  | { readonly kind: "unsettled"; readonly error: OnceError };

export interface RecordQuery {
  readonly scope?: string | undefined;
  readonly state?: State | undefined;
  /** Only records with an open step that somebody met (`heldAtMs` is set). */
  readonly held?: boolean | undefined;
  readonly limit?: number | undefined;
}

export interface Resolution {
  readonly id: string;
  readonly step: string;
  /** `done`: it happened, with this JSON text as its value. `not-done`: it did not, run it again. */
  readonly as: { readonly done: true; readonly value?: string | undefined } | { readonly done: false };
  /** Overrides the wait for the owner's `runUntil`; a frozen owner may still thaw and run the effect. */
  readonly force?: boolean | undefined;
}

export type Resolved =
  | { readonly kind: "resolved" }
  | { readonly kind: "not-found" }
  | { readonly kind: "not-held" }
  /** The owner's function may still be alive until then. */
  | { readonly kind: "too-early"; readonly runUntilMs: number };

/** One backend. `Tx` is what a transaction body gets; `never` for a store without transactions. */
export interface Store<Tx = never> {
  readonly traits: StoreTraits;
  claim(requests: readonly ClaimRequest[]): Promise<readonly Claim[]>;
  complete(items: readonly Completion[]): Promise<readonly Written[]>;
  /** Ends an attempt without completing it. The record and its attempt count stay. */
  fail(items: readonly Failure[]): Promise<readonly Written[]>;
  /** Undoes a claim whose run never began: one attempt less, the fence kept. Never deletes. */
  release(items: readonly Release[]): Promise<readonly Written[]>;
  /** Moves lease and expiry. A record that this owner has already ended answers `written`. */
  renew(items: readonly Renewal[]): Promise<readonly Written[]>;
  checkpoint(items: readonly Checkpoint[]): Promise<readonly Written[]>;
  /** Present if and only if `traits.transactions`. */
  transact?<T>(request: TransactRequest<T>, body: (tx: Tx) => Promise<T>): Promise<Committed<T>>;

  /** Creates what is missing (table, indexes); harmless when it is there. */
  setup(): Promise<void>;
  /** Throws one `OnceError` that names the fix when a first claim would fail. */
  check(): Promise<void>;
  /** Gives back what the store itself opened, never a client it was given. */
  close(): Promise<void>;

  /** The operator's, never the engine's. */
  read(ids: readonly string[]): Promise<readonly (StoredRecord | undefined)[]>;
  list(query: RecordQuery): AsyncIterable<StoredRecord>;
  resolve(resolution: Resolution): Promise<Resolved>;
  /** Completed records only: run again, with new derived keys (`generation` + 1). */
  rerun(ids: readonly string[]): Promise<readonly boolean[]>;
  forget(ids: readonly string[]): Promise<void>;
}
