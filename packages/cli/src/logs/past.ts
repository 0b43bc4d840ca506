/** How a key stands at an instant: completed, held by a run, or ended by a failure; or that nobody can tell. */

import type { Delivery } from "./model.ts";
import { type End, SLACK_MS, type Trace } from "./trace.ts";

interface Run {
  readonly atMs: number;
  readonly endMs: number;
  readonly end: End;
  readonly told: boolean;
  readonly messageId: string | undefined;
  readonly invocationId: string | undefined;
}

/** Who has completed it, or holds it. */
export interface Holder {
  /** `undefined`: not known. */
  readonly messageId: string | undefined;
  readonly invocationId?: string | undefined;
  /** When its run began. */
  readonly atMs?: number;
  /** Whether a guard has said so: then there is no other. */
  readonly told: boolean;
  /** How it will end. */
  readonly end?: End;
}

export interface Standing {
  readonly completed: Holder | undefined;
  readonly held: Holder | undefined;
  /** A run that a guard has let in and that it will complete. */
  readonly heldForCertain: Holder | undefined;
  readonly doubt: string | undefined;
  /** How the last run ended that has. */
  readonly last: End | undefined;
  /** By the run's own lines, whatever is missing beside them. */
  readonly beside: boolean;
}

/** Goes through the deliveries of one key once, in their order: what is asked for never lies before what was added. */
export class Past {
  /** In the order in which they began; those in front have not ended. */
  readonly #active: Run[] = [];
  #front = 0;
  #lastEnded: Run | undefined;
  #completion: { readonly atMs: number; readonly holder: Holder } | undefined;
  #doubt: { readonly fromMs: number; readonly doubt: string } | undefined;
  #certain: Run | undefined;
  #besideUntilMs = Number.NEGATIVE_INFINITY;

  at(atMs: number): Standing {
    this.#end(atMs);
    const held = this.#active[this.#front];
    return {
      completed: this.#completion && this.#completion.atMs <= atMs ? this.#completion.holder : undefined,
      held,
      heldForCertain: this.#certain && atMs < this.#certain.endMs ? this.#certain : undefined,
      doubt: this.#doubt && this.#doubt.fromMs <= atMs ? this.#doubt.doubt : undefined,
      last: this.#lastEnded?.end,
      beside: atMs < this.#besideUntilMs,
    };
  }

  add(delivery: Delivery, trace: Trace): void {
    const { atMs, messageId, invocation } = delivery;
    switch (trace.kind) {
      case "none":
        break;
      case "was-completed":
        this.#complete(trace.endMs, { messageId: undefined, told: true });
        break;
      case "was-held":
        this.#end(atMs);
        if (this.#active[this.#front] === undefined)
          this.doubt(atMs, "a guard knew of another run, which is not in these logs");
        break;
      case "doubt":
        this.doubt(atMs, trace.doubt);
        break;
      case "run":
        this.#run(atMs, { ...trace, atMs, messageId, invocationId: invocation?.id });
        this.#beside(delivery);
        break;
    }
  }

  /** From an instant on nobody can tell how it stands, unless it is completed. */
  doubt(fromMs: number, doubt: string): void {
    if (!this.#doubt || fromMs < this.#doubt.fromMs) this.#doubt = { fromMs, doubt };
  }

  #run(atMs: number, run: Run): void {
    this.#active.push(run);
    if (typeof run.end === "object") this.doubt(Math.max(atMs, run.endMs), run.end.doubt);
    if (run.end !== "completed") return;
    this.#complete(run.endMs, run);
    if (run.told && (!this.#certain || run.endMs > this.#certain.endMs)) this.#certain = run;
  }

  /** The first completion is the one that counts. */
  #complete(atMs: number, holder: Holder): void {
    if (!this.#completion || atMs < this.#completion.atMs) this.#completion = { atMs, holder };
  }

  /** An invocation whose end and duration are known was running between; two runs of one request may look like one. */
  #beside({ atMs, invocation, told }: Delivery): void {
    if (told || invocation?.endMs === undefined || invocation.durationMs === undefined) return;
    if (invocation.endMs - invocation.durationMs <= atMs)
      this.#besideUntilMs = Math.max(this.#besideUntilMs, invocation.endMs - SLACK_MS);
  }

  #end(atMs: number): void {
    for (;;) {
      const run = this.#active[this.#front];
      if (!run || atMs < run.endMs) break;
      if (!this.#lastEnded || run.endMs >= this.#lastEnded.endMs) this.#lastEnded = run;
      this.#front++;
    }
    if (this.#front < 1_000) return;
    this.#active.splice(0, this.#front);
    this.#front = 0;
  }
}
