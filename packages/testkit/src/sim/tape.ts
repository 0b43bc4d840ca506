/** Every choice of a schedule, in order: drawn from a seed, or read back from an earlier run. */

/** A small seeded generator (xorshift32 over a mixed seed): fast, and good enough to choose faults by. */
export function generator(seed: number): () => number {
  let state = Math.imul((seed >>> 0) ^ 0x9e3779b9, 0x85ebca6b) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

/**
 * Zero is always the dull answer: no fault, the first of several. So a tape with more zeros, or a shorter one, is a
 * simpler schedule, which is what the shrinker goes by.
 */
export class Tape {
  /** What was chosen, so far. */
  readonly taken: number[] = [];
  /** Out of how many, for each choice: what exhaustive search counts through. */
  readonly widths: number[] = [];
  readonly #given: readonly number[];
  readonly #random: (() => number) | undefined;

  /** @param given answers the first choices; after them `random` does, or zero. */
  constructor(given: readonly number[], random?: () => number) {
    this.#given = given;
    this.#random = random;
  }

  static ofSeed(seed: number): Tape {
    return new Tape([], generator(seed));
  }

  /** One of `width`, evenly. */
  pick(width: number): number {
    return this.#take(width, () => Math.floor((this.#random?.() ?? 0) * width));
  }

  /** Mostly zero; with `probability` one of the others, evenly. */
  rarely(probability: number, width: number): number {
    return this.#take(width, () => {
      const drawn = this.#random?.() ?? 1;
      return drawn >= probability ? 0 : 1 + Math.floor((drawn / probability) * (width - 1));
    });
  }

  #take(width: number, drawn: () => number): number {
    const given = this.#given[this.taken.length];
    const value = given === undefined ? drawn() : Math.min(given, width - 1);
    this.taken.push(value);
    this.widths.push(width);
    return value;
  }
}
