/** How long the store took, for whoever counts: measured around each call, tries included one by one. */

import type { Clock } from "../ports.ts";
import type { StoreOperation, StoreTimes } from "../types.ts";

export class StoreCalls {
  readonly times: Partial<Record<StoreOperation, StoreTimes>> = {};
  fenced = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async measured<Item, Answer extends { readonly kind: string }>(
    operation: StoreOperation,
    items: readonly Item[],
    call: (items: readonly Item[]) => Promise<readonly Answer[]>,
  ): Promise<readonly Answer[]> {
    const startedMs = this.#clock.monotonicMs();
    let errors = 1;
    try {
      const answers = await call(items);
      errors = answers.reduce((sum, { kind }) => sum + Number(kind === "error"), 0);
      for (const { kind } of answers) this.fenced += Number(kind === "fenced");
      return answers;
    } finally {
      const ms = this.#clock.monotonicMs() - startedMs;
      const before = this.times[operation];
      this.times[operation] = {
        calls: (before?.calls ?? 0) + 1,
        items: (before?.items ?? 0) + items.length,
        errors: (before?.errors ?? 0) + errors,
        totalMs: (before?.totalMs ?? 0) + ms,
        longestMs: Math.max(before?.longestMs ?? 0, ms),
      };
    }
  }
}
