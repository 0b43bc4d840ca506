/** All of a fold judged and added up, key by key: what is held are counts, and the keys that are to be shown. */

import { type Aggregates, Aggregator } from "../aggregates.ts";
import { isRepeatedRun } from "../harm.ts";
import { judge } from "../judge.ts";
import type { Judged } from "../model.ts";
import type { Folded } from "./folded.ts";

export interface SummaryOptions {
  /** How many keys are given. @default 1,000 */
  readonly maxKeys?: number;
  /** Those with one delivery too. @default false */
  readonly all?: boolean;
  /** Told of every key, in no order: for what goes on writing as it comes. @default none */
  readonly onKey?: (judged: readonly Judged[]) => void;
}

export interface Summary extends Aggregates {
  /** Those that did harm first, then the earliest. */
  readonly shown: readonly (readonly Judged[])[];
  /** How many there would be. */
  readonly showable: number;
  readonly truncated: boolean;
}

export async function summarise(folded: Folded, options: SummaryOptions = {}): Promise<Summary> {
  const { maxKeys = 1_000, all = false, onKey } = options;
  const aggregator = new Aggregator();
  const shown = new Foremost(maxKeys);
  for await (const deliveries of folded.groups()) {
    const judged = judge(deliveries, folded.context);
    aggregator.add(judged);
    onKey?.(judged);
    if (all || judged.length > 1) shown.add(judged);
  }
  const { keys, seen } = shown.done();
  return { ...aggregator.done(), shown: keys, showable: seen, truncated: seen > keys.length };
}

interface Ranked {
  readonly judged: readonly Judged[];
  readonly harm: number;
  readonly atMs: number;
  readonly key: string;
}

/** The first so many of a stream, by one order: twice as many are held, and cut back. */
class Foremost {
  readonly #most: number;
  #held: Ranked[] = [];
  #seen = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(judged: readonly Judged[]): void {
    const [first] = judged;
    if (!first) return;
    this.#seen += 1;
    const { atMs, key } = first.delivery;
    this.#held.push({ judged, harm: judged.filter(isRepeatedRun).length, atMs, key });
    if (this.#held.length >= 2 * this.#most + 2) this.#cut();
  }

  done(): { readonly keys: readonly (readonly Judged[])[]; readonly seen: number } {
    this.#cut();
    return { keys: this.#held.map(({ judged }) => judged), seen: this.#seen };
  }

  #cut(): void {
    this.#held.sort(
      (left, right) => right.harm - left.harm || left.atMs - right.atMs || (left.key < right.key ? -1 : 1),
    );
    this.#held.length = Math.min(this.#held.length, this.#most);
  }
}
