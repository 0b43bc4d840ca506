/** How long a transaction may take, from the first wait to COMMIT: its time limit, or the signal of its attempt. */

import { OnceError } from "../../errors.ts";
import { type Clock, Stopwatch } from "../../ports.ts";

export class Limit {
  /** Resolves when the time is over or the signal aborts. Never rejects. */
  readonly reached: Promise<void>;
  readonly #clock: Clock;
  readonly #watch: Stopwatch;
  readonly #limitMs: number;
  readonly #end: () => void;
  #reason: { readonly error: unknown } | undefined;

  constructor(clock: Clock, limitMs: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#watch = new Stopwatch(clock);
    this.#limitMs = limitMs;
    let resolve = () => {};
    this.reached = new Promise((done) => {
      resolve = done;
    });
    const stop = (error: unknown) => {
      this.#reason ??= { error };
      resolve();
    };
    const onAbort = () => stop(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    const cancel = clock.after(limitMs, () => stop(this.timeout()));
    this.#end = () => {
      cancel();
      signal.removeEventListener("abort", onAbort);
    };
    if (signal.aborted) onAbort();
  }

  get over(): boolean {
    return this.#reason !== undefined;
  }
  /** Why it is over: the error of the time limit, or the signal's reason. */
  get error(): unknown {
    return this.#reason ? this.#reason.error : this.timeout();
  }
  leftMs(): number {
    return this.#limitMs - this.#watch.elapsedMs();
  }
  /** Pauses, no longer than the limit. */
  async pause(ms: number): Promise<void> {
    let cancel = () => {};
    const paused = new Promise<void>((resolve) => {
      cancel = this.#clock.after(ms, resolve);
    });
    await Promise.race([paused, this.reached]);
    cancel();
  }
  /** Must be called once nothing waits for it any more. */
  end(): void {
    this.#end();
  }

  timeout(cause?: unknown): OnceError {
    return new OnceError(
      "transaction-timeout",
      `The transaction did not end within ${Math.round(this.#limitMs)} ms and was not committed. Do slow calls outside of its body, or raise transactionMs.`,
      { retryable: true, cause },
    );
  }
}

/** Thrown inside a transaction to roll it back with an error of ours, which is told apart from what the body throws. */
export class Stop {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

export function ownTransactionControl(cause: unknown): OnceError {
  return new OnceError(
    "own-transaction-control",
    "The transaction body ran its own COMMIT or ROLLBACK, so what it wrote before is no longer tied to the record. " +
      "Remove it: return to commit, throw to roll back.",
    { cause },
  );
}

export function swallowedSqlError(cause: unknown): OnceError {
  return new OnceError(
    "swallowed-sql-error",
    "A statement in the transaction body failed and the error was swallowed, but the database has rolled everything back. " +
      "Let the error through, or put a SAVEPOINT before the statement and ROLLBACK TO it when it fails.",
    { cause },
  );
}
