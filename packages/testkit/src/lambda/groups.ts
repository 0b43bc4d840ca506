/** FIFO message groups that a batch is running for: of one group never two batches at once. */

export class Groups {
  readonly #taken = new Set<string>();
  /** In the order in which they came. */
  #waiting: (() => void)[] = [];

  /**
   * Waits until none of `names` is taken, then takes all of them at once (a batch that waits holds none, so two never
   * wait for each other). Answers what gives them back, or `undefined` when `signal` aborted while it waited.
   */
  async take(names: ReadonlySet<string>, signal: AbortSignal): Promise<(() => void) | undefined> {
    while ([...names].some((name) => this.#taken.has(name))) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      if (signal.aborted) return undefined;
    }
    for (const name of names) this.#taken.add(name);
    return () => {
      for (const name of names) this.#taken.delete(name);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const wake of waiting) wake();
    };
  }
}
