/** Whether something was there before, within a bounded window: CloudWatch delivers each log event at least once. */

/** The last so many of what was asked about, and up to as many more. */
export class Recent {
  readonly #size: number;
  #young = new Set<string>();
  #old = new Set<string>();

  constructor(size: number) {
    this.#size = size;
  }

  /** Remembers it for the next time. */
  has(what: string): boolean {
    if (this.#young.has(what)) return true;
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(what);
    return this.#old.has(what);
  }
}
