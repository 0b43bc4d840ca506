/** Whose turn it is: at most so many at once, in the order in which they came. */

export class Turns {
  #taken = 0;
  readonly #waiting: Set<() => void> = new Set();

  /** Answers a function that ends the turn; `undefined` when `giveUp` came before the turn did. */
  enter(size: number, giveUp?: Promise<unknown>): Promise<(() => void) | undefined> {
    if (this.#taken < size && this.#waiting.size === 0) {
      this.#taken += 1;
      return Promise.resolve(this.#end());
    }
    return new Promise((resolve) => {
      const go = () => resolve(this.#end());
      this.#waiting.add(go);
      void giveUp?.then(() => {
        if (this.#waiting.delete(go)) resolve(undefined);
      });
    });
  }

  #end(): () => void {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const [next] = this.#waiting;
      // The turn goes straight to the next in line, so that nobody overtakes.
      if (next === undefined) this.#taken -= 1;
      else {
        this.#waiting.delete(next);
        next();
      }
    };
  }
}
