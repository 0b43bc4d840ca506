/** What a vector works with: fresh keys, one-item operations, and records brought into a state. */

import { randomBytes } from "node:crypto";
import type {
  Checkpoint,
  Claim,
  ClaimRequest,
  Committed,
  Owner,
  Step,
  StepChange,
  Store,
  StoredRecord,
  TransactRequest,
  Won,
  Written,
} from "@effectively-once/runtime/store";
import { claimIs, writtenIs } from "./check.ts";
import type { Subject, TransactionHooks } from "./subject.ts";

export const LEASE_MS = 30_000;
export const RUN_MS = 900_000;
export const HOUR_MS = 3_600_000;
export const RETENTION_MS: number = 29 * 24 * HOUR_MS;

/** A claim that was won, with what its owner needs for every later write. */
export interface Attempt {
  readonly id: string;
  readonly request: ClaimRequest;
  readonly won: Won;
  readonly owner: Owner;
}

/** A state that a vector wants a record to be in. `lapsed`: claimed, and the lease is over. */
export type Stage = "claimed" | "lapsed" | "failed" | "released" | "completed";

export class VectorContext {
  readonly store: Store<unknown>;
  /** Another store over the same records where the subject can give one, else the same store. */
  readonly peer: Store<unknown>;
  /** Fresh per vector: on a shared table nobody else has records in it. */
  readonly scope: string = `conformance/${random(8)}`;
  readonly #subject: Subject<unknown>;

  constructor(subject: Subject<unknown>, store: Store<unknown>, peer: Store<unknown>) {
    this.#subject = subject;
    this.store = store;
    this.peer = peer;
  }

  id(): string {
    return random(32);
  }

  /** A text that no other vector uses, for a row of the caller's own. */
  row(): string {
    return `row-${random(16)}`;
  }

  /** A request for a fresh key by a fresh token, unless told otherwise. */
  request(changes: Partial<ClaimRequest> = {}): ClaimRequest {
    return {
      id: this.id(),
      scope: this.scope,
      label: "order-42",
      token: random(16),
      leaseMs: LEASE_MS,
      runMs: RUN_MS,
      retentionMs: RETENTION_MS,
      fingerprint: '{"h":"a"}',
      messageId: "message-1",
      correlationId: "chain-1",
      functionName: "orders",
      ...changes,
    };
  }

  requests(count: number): readonly ClaimRequest[] {
    return Array.from({ length: count }, () => this.request());
  }

  async claim(request: ClaimRequest, store: Store<unknown> = this.store): Promise<Claim> {
    return only(await store.claim([request]));
  }

  /** Claims, and must win. */
  async win(changes: Partial<ClaimRequest> = {}): Promise<Attempt> {
    const request = this.request(changes);
    const won = claimIs(await this.claim(request), "won", "a claim that is free to win");
    return {
      id: request.id,
      request,
      won,
      owner: { id: request.id, token: request.token, fence: won.fence },
    };
  }

  async complete(owner: Owner, result?: string, retentionMs: number = RETENTION_MS): Promise<Written> {
    return only(await this.store.complete([{ ...owner, retentionMs, result }]));
  }

  async fail(owner: Owner, change?: StepChange, retentionMs: number = RETENTION_MS): Promise<Written> {
    return only(await this.store.fail([{ ...owner, retentionMs, change }]));
  }

  async release(owner: { readonly id: string; readonly token: string }): Promise<Written> {
    return only(await this.store.release([{ id: owner.id, token: owner.token, retentionMs: RETENTION_MS }]));
  }

  async renew(
    owner: Owner,
    leaseMs: number = LEASE_MS,
    retentionMs: number = RETENTION_MS,
  ): Promise<Written> {
    return only(await this.store.renew([{ ...owner, leaseMs, retentionMs }]));
  }

  async checkpoint(owner: Owner, change: StepChange): Promise<Written> {
    const item: Checkpoint = { ...owner, retentionMs: RETENTION_MS, change };
    return only(await this.store.checkpoint([item]));
  }

  /** Checkpoints steps, which must be written. */
  async remember(owner: Owner, steps: Readonly<Record<string, Step>>): Promise<void> {
    writtenIs(await this.checkpoint(owner, { set: steps }), "written", "a checkpoint by the owner");
  }

  /** An attempt with an open plain intent, whose lease is over. */
  async doubtful(step = "charge", changes: Partial<ClaimRequest> = {}): Promise<Attempt> {
    const attempt = await this.win(changes);
    await this.remember(attempt.owner, { [step]: intent("plain") });
    await this.lapse(attempt.id);
    return attempt;
  }

  /** A record brought into a state by its own owner. */
  async staged(stage: Stage, changes: Partial<ClaimRequest> = {}): Promise<Attempt> {
    const attempt = await this.win(changes);
    const { owner } = attempt;
    if (stage === "lapsed") await this.lapse(attempt.id);
    if (stage === "failed") writtenIs(await this.fail(owner), "written", "the owner's fail");
    if (stage === "released") writtenIs(await this.release(owner), "written", "the owner's release");
    if (stage === "completed")
      writtenIs(await this.complete(owner, '"one"'), "written", "the owner's complete");
    return attempt;
  }

  /** Lets the lease run out, and nobody takes the record. */
  lapse(id: string): Promise<void> {
    return this.age(id, 2 * LEASE_MS);
  }

  async age(id: string, ms: number): Promise<void> {
    await this.#subject.age?.(this.store, id, ms);
  }

  async setVersion(id: string, version: number): Promise<void> {
    await this.#subject.setVersion?.(this.store, id, version);
  }

  /** The record, which must be there. */
  async read(id: string): Promise<StoredRecord> {
    const [record] = await this.store.read([id]);
    if (!record) throw new Error("the record is gone, or `read` does not find it");
    return record;
  }

  async transact<T>(
    owner: Owner,
    change: TransactRequest<T>["change"],
    body: (tx: unknown) => Promise<T>,
    changes: {
      readonly timeLimitMs?: number;
      readonly signal?: AbortSignal;
      readonly store?: Store<unknown>;
    } = {},
  ): Promise<Committed<T>> {
    const { timeLimitMs = 10_000, signal = new AbortController().signal, store = this.store } = changes;
    if (!store.transact)
      throw new Error("the subject has `transactions` hooks, but its store has no `transact`");
    return await store.transact<T>({ owner, retentionMs: RETENTION_MS, change, timeLimitMs, signal }, body);
  }

  get rows(): TransactionHooks<unknown> {
    if (!this.#subject.transactions) throw new Error("the subject has no `transactions` hooks");
    return this.#subject.transactions;
  }
}

/** About to happen; open where only a person can tell whether it did. */
export function intent(kind: Step["kind"] = "plain", open: boolean = kind === "plain"): Step {
  return { kind, state: "intent", atMs: 1_700_000_000_000, ...(open ? { open } : {}) };
}

export function done(value?: string, kind: Step["kind"] = "keyed"): Step {
  return { kind, state: "done", atMs: 1_700_000_001_000, ...(value === undefined ? {} : { value }) };
}

export function only<T>(answers: readonly T[]): T {
  const [answer] = answers;
  if (answers.length !== 1 || answer === undefined)
    throw new Error(`one item was asked and ${answers.length} answers came back`);
  return answer;
}

function random(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
