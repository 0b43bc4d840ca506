/** How one key stands in truth, kept up to date by what happens to it: nothing here looks back. */

import type { Origin, Verdict } from "@effectively-once/runtime";

export interface KeyRun {
  readonly messageId: string | undefined;
  readonly requestId: string;
  readonly startMs: number;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly origin: Origin | undefined;
  /** The run in the same batch that it waits for: its verdict is known when that ends. */
  readonly leader?: KeyRun;
}

/** Without a guard. */
export class KeyTruth {
  readonly #running: KeyRun[] = [];
  #completed: KeyRun | undefined;
  #last: "failed" | "killed" | undefined;
  /** Some failure of it stands in no line. */
  hidden = false;

  arrive(run: KeyRun): Answer {
    const answer = this.#answer(run);
    this.#running.push(run);
    return answer;
  }

  end(run: KeyRun, end: "completed" | "failed" | "killed"): void {
    this.#running.splice(this.#running.indexOf(run), 1);
    if (end === "completed") this.#completed ??= run;
    else this.#last = end;
  }

  #answer(run: KeyRun): Answer {
    if (this.#completed) return { verdict: "duplicate", origin: originOf(run, this.#completed) };
    const holder = this.#running[0];
    if (holder)
      return {
        verdict: "busy",
        origin: originOf(run, holder),
        ...(holder.requestId === run.requestId && holder.startMs === run.startMs ? { leader: holder } : {}),
      };
    const verdict = this.#last === undefined ? "first" : this.#last === "killed" ? "takeover" : "retry";
    return { verdict, origin: undefined };
  }
}

/** With one: a record, as the protocol has it. */
export class KeyRecord {
  #state: "absent" | "claimed" | "failed" | "completed" = "absent";
  #owner: KeyRun | undefined;
  #leaseUntilMs = 0;
  attempts = 0;

  claim(run: KeyRun, nowMs: number): Answer {
    const owner = this.#owner;
    if (owner && this.#state === "completed") return { verdict: "duplicate", origin: originOf(run, owner) };
    if (owner && this.#state === "claimed" && nowMs < this.#leaseUntilMs)
      return {
        verdict: "busy",
        origin: originOf(run, owner),
        ...(owner.requestId === run.requestId ? { leader: owner } : {}),
      };
    const verdict = this.#state === "absent" ? "first" : this.#state === "failed" ? "retry" : "takeover";
    this.#state = "claimed";
    this.#owner = run;
    this.#leaseUntilMs = Number.POSITIVE_INFINITY;
    this.attempts++;
    return { verdict, origin: undefined };
  }

  end(run: KeyRun, state: "failed" | "completed"): void {
    if (this.#owner === run) this.#state = state;
  }

  /** Nobody renews the lease any more. */
  abandon(run: KeyRun, leaseUntilMs: number): void {
    if (this.#owner === run && this.#state === "claimed") this.#leaseUntilMs = leaseUntilMs;
  }
}

function originOf(run: KeyRun, holder: KeyRun): Origin | undefined {
  if (run.messageId === undefined || holder.messageId === undefined) return undefined;
  return run.messageId === holder.messageId ? "redelivery" : "resend";
}
