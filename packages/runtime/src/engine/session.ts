/** One invocation: its deadline, the attempts it holds, and its conversation with the store. */

import { Stopwatch } from "../ports.ts";
import type { Checkpoint, Claim, ClaimRequest, Release, Renewal, StepChange, Written } from "../store.ts";
import type { LambdaContextLike } from "../types.ts";
import { ask } from "./ask.ts";
import { Attempt, fencedError } from "./attempt.ts";
import type { Scope, Settings, Warnings } from "./settings.ts";
import { StoreCalls } from "./store-calls.ts";
import { Writer } from "./writer.ts";

/** Lambda's longest run. Outside Lambda nobody ends a run, so this much is always left. */
const LONGEST_RUN_MS = 900_000;
const AFTER_DEADLINE_MS = 1_000;
const STEPS_LINGER_MS = 2;

export interface ClaimAnswer {
  readonly claim: Claim;
  /** Present when the claim was won. */
  readonly attempt: Attempt | undefined;
}

export interface SessionOptions {
  readonly settings: Settings<unknown>;
  readonly scope: Scope;
  readonly warnings: Warnings;
  readonly context: LambdaContextLike | undefined;
  /** Nothing new is started this long before the deadline. */
  readonly marginMs: number;
  /** A redriven message has a new id: with this key it would be taken for a new one. */
  readonly messageIdKey?: boolean;
}

export class Session {
  readonly settings: Settings<unknown>;
  readonly scope: Scope;
  readonly warnings: Warnings;
  readonly functionName: string | undefined;
  readonly writer: Writer;
  /** Attempts whose claim is held: waiting or running. */
  readonly held: Set<Attempt> = new Set();
  /** How many handlers are executing user code now. */
  executing = 0;
  readonly messageIdKey: boolean;
  readonly marginMs: number;
  readonly requestId: string | undefined;
  readonly calls: StoreCalls;
  /** Set by the heartbeat: how long every message was made invisible for, and since when. */
  visibility: { readonly watch: Stopwatch; readonly forMs: number } | undefined;
  readonly #watch: Stopwatch;
  readonly #lifeMs: number | undefined;
  #checkpoints: { item: Checkpoint; resolve: (written: Written) => void }[] = [];

  constructor({ settings, scope, warnings, context, marginMs, messageIdKey = false }: SessionOptions) {
    this.settings = settings;
    this.scope = scope;
    this.warnings = warnings;
    this.messageIdKey = messageIdKey;
    this.functionName = context?.functionName ?? process.env["AWS_LAMBDA_FUNCTION_NAME"];
    this.requestId = context?.awsRequestId;
    this.calls = new StoreCalls(settings.clock);
    this.#watch = new Stopwatch(settings.clock);
    const remainingMs = context?.getRemainingTimeInMillis?.();
    this.#lifeMs = remainingMs;
    this.marginMs = remainingMs === undefined ? 0 : Math.min(marginMs, remainingMs / 2);
    this.writer = new Writer(this);
  }

  /** Until the function is killed. */
  leftMs(): number {
    return this.#lifeMs === undefined ? LONGEST_RUN_MS : this.#lifeMs - this.#watch.elapsedMs();
  }
  get hasDeadline(): boolean {
    return this.#lifeMs !== undefined;
  }
  /** Until nothing new is started and running handlers are told to stop. */
  workLeftMs(): number {
    return this.leftMs() - this.marginMs;
  }
  visibilityLeftMs(): number | undefined {
    return this.visibility && this.visibility.forMs - this.visibility.watch.elapsedMs();
  }
  /** After the events of its deliveries, in the same turn. */
  tell(deliveries: number): void {
    this.settings.emit({
      kind: "invocation",
      scope: this.scope.text,
      requestId: this.requestId,
      functionName: this.functionName,
      deliveries,
      durationMs: this.#watch.elapsedMs(),
      fencedWrites: this.calls.fenced,
      store: this.calls.times,
    });
  }
  /** A lease need not outlive the function that holds it. */
  leaseMs(atLeastMs = 0): number {
    const wanted = Math.max(this.settings.leaseMs, atLeastMs);
    return Math.max(1, Math.min(wanted, Math.ceil(this.leftMs()) + AFTER_DEADLINE_MS));
  }

  #asking(maxTries: number, limitMs: number) {
    const { clock, random, store } = this.settings;
    return { clock, random, maxTries, limitMs: Math.max(1, limitMs), maxBatch: store.traits.maxBatch };
  }

  request(
    fields: Pick<
      ClaimRequest,
      "id" | "label" | "fingerprint" | "messageId" | "correlationId" | "noTakeover" | "former"
    >,
  ): ClaimRequest {
    return {
      ...fields,
      scope: this.scope.text,
      token: this.settings.random.token(),
      leaseMs: this.leaseMs(),
      runMs: Math.ceil(Math.max(0, this.leftMs())) + AFTER_DEADLINE_MS,
      retentionMs: this.settings.retentionMs,
      functionName: this.functionName,
    };
  }

  /** Claims; a claim whose answer never came is released best-effort, because nobody else could before its lease ends. */
  async claim(requests: readonly ClaimRequest[]): Promise<readonly ClaimAnswer[]> {
    const asked = new Stopwatch(this.settings.clock);
    const limitMs = Math.min(this.workLeftMs(), this.settings.leaseMs);
    const answers = await ask(
      requests,
      (items) => this.calls.measured("claim", items, (part) => this.settings.store.claim(part)),
      this.#asking(4, limitMs),
    );
    const lost: Release[] = [];
    const claims = requests.map((request, index) => {
      const claim = answers[index] as Claim;
      if (claim.kind === "error" && claim.error.retryable) lost.push(release(request));
      const attempt = claim.kind === "won" ? new Attempt(this, request, claim, asked) : undefined;
      if (attempt) this.held.add(attempt);
      return { claim, attempt };
    });
    await this.#release(lost, 1);
    return claims;
  }

  async claimOne(request: ClaimRequest): Promise<ClaimAnswer> {
    const [answer] = await this.claim([request]);
    return answer as ClaimAnswer;
  }

  /** Gives back claims whose run never began. */
  async release(attempts: readonly Attempt[]): Promise<void> {
    for (const attempt of attempts) this.letGo(attempt);
    await this.#release(
      attempts.map((attempt) => release(attempt.request)),
      2,
    );
  }

  /** From now on this attempt is not renewed, and no verb of it starts. */
  letGo(attempt: Attempt): void {
    attempt.ended = true;
    this.held.delete(attempt);
  }

  #release(items: readonly Release[], tries: number): Promise<unknown> {
    return ask(
      items,
      (items) => this.calls.measured("release", items, (part) => this.settings.store.release(part)),
      this.#asking(tries, Math.min(1_000, this.leftMs() - 50)),
    );
  }

  /** Renews; an attempt that is refused loses its lease. Answers those that could not be asked. */
  async renew(attempts: readonly Attempt[], atLeastMs = 0, tries = 1): Promise<readonly Attempt[]> {
    const mine = attempts.filter((attempt) => !attempt.ended && attempt.transactions === 0);
    const watch = new Stopwatch(this.settings.clock);
    const leaseMs = this.leaseMs(atLeastMs);
    const items: Renewal[] = mine.map(({ owner }) => ({
      ...owner,
      leaseMs,
      retentionMs: this.settings.retentionMs,
    }));
    const limitMs = Math.min(this.leftMs(), this.settings.leaseMs / 3);
    const answers = await ask(
      items,
      (part) => this.calls.measured("renew", part, (those) => this.settings.store.renew(those)),
      this.#asking(tries, limitMs),
    );
    const unasked: Attempt[] = [];
    for (const [index, attempt] of mine.entries()) {
      const answer = answers[index];
      if (answer?.kind === "written") {
        attempt.leased(watch, leaseMs);
        attempt.renewals += 1;
      } else if (answer?.kind === "fenced" && !attempt.ended)
        attempt.lose(fencedError(attempt.request.label));
      else unasked.push(attempt);
    }
    return unasked;
  }

  /** Steps of several messages that are due together go together. */
  checkpoint(attempt: Attempt, change: StepChange): Promise<Written> {
    return new Promise((resolve) => {
      const item: Checkpoint = { ...attempt.owner, retentionMs: this.settings.retentionMs, change };
      this.#checkpoints.push({ item, resolve });
      if (this.#checkpoints.length > 1) return;
      const wait = this.executing > 1 ? STEPS_LINGER_MS : 0;
      this.settings.clock.after(wait, () => void this.#flushCheckpoints());
    });
  }

  async #flushCheckpoints(): Promise<void> {
    const due = this.#checkpoints;
    this.#checkpoints = [];
    // One request never holds a key twice: siblings of one attempt become one item.
    const byKey = new Map<string, { item: Checkpoint; resolves: ((written: Written) => void)[] }>();
    for (const { item, resolve } of due) {
      const key = `${item.id}/${item.token}`;
      const known = byKey.get(key);
      byKey.set(key, {
        item: known ? { ...item, change: merge(known.item.change, item.change) } : item,
        resolves: [...(known?.resolves ?? []), resolve],
      });
    }
    const entries = [...byKey.values()];
    const limitMs = Math.min(this.leftMs(), this.settings.leaseMs);
    const answers = await ask(
      entries.map(({ item }) => item),
      (items) => this.calls.measured("checkpoint", items, (part) => this.settings.store.checkpoint(part)),
      this.#asking(3, limitMs),
    );
    for (const [index, { resolves }] of entries.entries())
      for (const resolve of resolves) resolve(answers[index] as Written);
  }

  /** For endings: asked again for as long as the function lives. */
  write<Item>(
    operation: "complete" | "fail",
    items: readonly Item[],
    call: (items: readonly Item[]) => Promise<readonly Written[]>,
  ): Promise<readonly Written[]> {
    const limitMs = Math.min(this.leftMs() - Math.min(100, this.marginMs / 4), this.settings.leaseMs);
    return ask(items, (part) => this.calls.measured(operation, part, call), this.#asking(30, limitMs));
  }
}

function release(request: ClaimRequest): Release {
  return { id: request.id, token: request.token, retentionMs: request.retentionMs };
}

function merge(one: StepChange, other: StepChange): StepChange {
  return { set: { ...one.set, ...other.set }, clear: [...(one.clear ?? []), ...(other.clear ?? [])] };
}
