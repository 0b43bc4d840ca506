/** The keys to list: those with the most harm, of however many, in bounded memory. */

import { isRepeatedRun, isSuppressed } from "../harm.ts";
import type { Judged } from "../model.ts";
import type { KeyHistory } from "./report.ts";

export interface WorstOptions {
  /** How many keys at most; `Infinity` for all. */
  readonly limit: number;
  /** Keys with a single delivery, too. */
  readonly all: boolean;
}

interface Ranked extends KeyHistory {
  readonly rank: readonly number[];
}

export class WorstKeys {
  readonly #limit: number;
  readonly #all: boolean;
  /** A heap whose root is the one to go first; sorted only in the end. */
  readonly #heap: Ranked[] = [];
  #offered = 0;

  constructor({ limit, all }: WorstOptions) {
    this.#limit = limit;
    this.#all = all;
  }

  /** @param judged all deliveries of one key, in their order */
  add(judged: readonly Judged[]): void {
    const [first] = judged;
    if (first === undefined || (judged.length === 1 && !this.#all)) return;
    this.#offered++;
    if (this.#limit === 0) return;
    const one = { key: first.delivery.key, judged, rank: rankOf(judged) };
    const heap = this.#heap;
    if (heap.length < this.#limit) {
      heap.push(one);
      this.#rise(heap.length - 1);
    } else if (compare(one, heap[0] as Ranked) < 0) {
      heap[0] = one;
      this.#sink();
    }
  }

  done(): { readonly keys: readonly KeyHistory[]; readonly leftOut: number } {
    const keys = this.#heap.toSorted(compare).map(({ key, judged }) => ({ key, judged }));
    return { keys, leftOut: this.#offered - keys.length };
  }

  #rise(from: number): void {
    const heap = this.#heap;
    for (let at = from; at > 0;) {
      const up = (at - 1) >> 1;
      if (compare(heap[up] as Ranked, heap[at] as Ranked) >= 0) return;
      [heap[up], heap[at]] = [heap[at] as Ranked, heap[up] as Ranked];
      at = up;
    }
  }

  #sink(): void {
    const heap = this.#heap;
    for (let at = 0; ;) {
      let last = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heap.length && compare(heap[child] as Ranked, heap[last] as Ranked) > 0) last = child;
      if (last === at) return;
      [heap[last], heap[at]] = [heap[at] as Ranked, heap[last] as Ranked];
      at = last;
    }
  }
}

const HELD: ReadonlySet<string> = new Set(["in-doubt", "mismatch", "invalid"]);

/** Harm done, what is held, what cannot be told, harm prevented, and how often it came at all. */
function rankOf(judged: readonly Judged[]): readonly number[] {
  const count = (is: (one: Judged) => boolean): number => judged.filter(is).length;
  return [
    count(isRepeatedRun),
    count(({ verdict }) => HELD.has(verdict)),
    count(({ verdict }) => verdict === "unknown"),
    count(isSuppressed),
    judged.length,
  ];
}

/** Negative: `left` is worse. The same logs give the same list, in whatever order the keys come. */
function compare(left: Ranked, right: Ranked): number {
  for (const [at, value] of left.rank.entries()) {
    const difference = (right.rank[at] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  const begun = (left.judged[0]?.delivery.atMs ?? 0) - (right.judged[0]?.delivery.atMs ?? 0);
  return begun !== 0 ? begun : left.key < right.key ? -1 : left.key > right.key ? 1 : 0;
}
