/** How many transactions are open at once: one connection is always left for claims, renewals and completions. */

export class Slots {
  readonly #max: () => Promise<number>;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  constructor(max: () => Promise<number>) {
    this.#max = max;
  }
  /** Answers when a slot is free; what it answers gives the slot back. */
  async enter(): Promise<() => void> {
    const max = await this.#max();
    if (this.#taken >= max) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#taken += 1;
    return () => {
      // The slot goes straight to the next in line, so nobody overtakes.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#taken -= 1;
    };
  }
}
