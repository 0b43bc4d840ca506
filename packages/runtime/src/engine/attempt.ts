/** One run of a handler for a key: who it is, until when it may write, and why it may not any more. */

import { OnceError } from "../errors.ts";
import { Stopwatch } from "../ports.ts";
import type { ClaimRequest, Owner, Step, StepChange, Won } from "../store.ts";
import type { Session } from "./session.ts";

export class Attempt {
  readonly session: Session;
  readonly request: ClaimRequest;
  readonly won: Won;
  readonly owner: Owner;
  /** Aborts when this attempt may begin nothing more: at the deadline, and on a lost lease. */
  readonly cut: AbortController = new AbortController();
  /** What the handler sees: `cut`, and the end of the process, at which it may still finish what it has begun. */
  readonly told: AbortController = new AbortController();
  /** Names used in this attempt. */
  readonly names: Map<string, "pending" | "done"> = new Map();
  readonly pending: Set<Promise<unknown>> = new Set();
  /** Step changes that could not be confirmed: they go with the next write. */
  unconfirmed: { set: Record<string, Step>; clear: string[] } = { set: {}, clear: [] };
  commit: "none" | "pending" | "done" | "failed" = "none";
  /** The first verb that was refused; the attempt cannot complete, whatever the handler does with the error. */
  refused: OnceError | undefined;
  /** Transactions of this record in flight: no fail and no renew of its key meanwhile. */
  transactions = 0;
  /** How often its lease was renewed. */
  renewals = 0;
  begun = false;
  ended = false;
  readonly #claimed: Stopwatch;
  #lease: { watch: Stopwatch; forMs: number };

  constructor(session: Session, request: ClaimRequest, won: Won, asked: Stopwatch) {
    this.session = session;
    this.request = request;
    this.won = won;
    this.owner = { id: request.id, token: request.token, fence: won.fence };
    this.#claimed = new Stopwatch(session.settings.clock);
    // Counted from before the request was sent: a slow answer makes the lease shorter, never longer (D-07).
    this.#lease = { watch: asked, forMs: request.leaseMs };
  }

  leaseLeftMs(): number {
    return this.#lease.forMs - this.#lease.watch.elapsedMs();
  }

  leased(watch: Stopwatch, forMs: number): void {
    this.#lease = { watch, forMs };
  }

  /** The store's clock, as far as this process can tell. */
  storeNowMs(): number {
    return this.won.nowMs + this.#claimed.elapsedMs();
  }

  /** Another attempt may own the record: the handler is told to stop, and nothing more is written. */
  lose(reason: OnceError): void {
    this.refused ??= reason;
    this.stop(reason);
  }

  stop(reason: OnceError): void {
    this.cut.abort(reason);
    this.told.abort(reason);
  }

  refuse(reason: OnceError): OnceError {
    this.refused ??= reason;
    return reason;
  }

  remember(change: StepChange): void {
    Object.assign(this.unconfirmed.set, change.set);
    this.unconfirmed.clear.push(...(change.clear ?? []));
  }

  /** What a failing attempt leaves behind, besides the failure. */
  leftovers(extra?: StepChange): StepChange | undefined {
    const set = { ...this.unconfirmed.set, ...extra?.set };
    const clear = [...this.unconfirmed.clear, ...(extra?.clear ?? [])];
    return clear.length > 0 || Object.keys(set).length > 0 ? { set, clear } : undefined;
  }
}

export function fencedError(label: string): OnceError {
  return new OnceError(
    "fenced",
    `Another attempt has taken over "${label}", or its record is gone: this attempt may write nothing more. ` +
      "Make the lease (leaseMs) longer than the longest pause of the handler, or stop when `signal` aborts.",
    { retryable: true },
  );
}

export function deadlineError(label: string): OnceError {
  return new OnceError(
    "deadline",
    `The function's deadline came before "${label}" was done. Raise the function's timeout, or lower the batch size.`,
    { retryable: true },
  );
}
