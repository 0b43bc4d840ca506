/** What was worked out already, and what is being worked out: a name that needs itself is a reference loop. */

import { type Datum, unseen } from "./datum.ts";
import type { Worlds } from "./worlds.ts";

interface Entry {
  readonly value: unknown;
  /** The choices that it looked at, as they stood. */
  readonly choices: readonly (readonly [label: string, taken: string | undefined])[];
}

export class Memory {
  readonly #worlds: Worlds;
  readonly #entries = new Map<string, Entry[]>();
  readonly #forever = new Map<string, unknown>();
  readonly #open: string[] = [];
  #loops = 0;

  constructor(worlds: Worlds) {
    this.#worlds = worlds;
  }

  /** @param loop what it is when it needs itself; of a datum, unknown with the way around */
  of<T = Datum>(key: string, work: () => T, loop?: T): T {
    const before = this.#entries.get(key)?.find(({ choices }) => this.#holds(choices));
    if (before) {
      for (const [label] of before.choices) this.#worlds.look(label);
      return before.value as T;
    }
    const at = this.#open.indexOf(key);
    if (at !== -1) {
      this.#loops += 1;
      return loop ?? (this.#loop(at) as T);
    }
    const loops = this.#loops;
    this.#open.push(key);
    try {
      const { value, looked } = this.#worlds.watched(work);
      // Within a loop it depends on where the loop was entered.
      if (this.#loops === loops) {
        const choices = [...looked].map((label) => [label, this.#worlds.state(label)] as const);
        this.#entries.set(key, [...(this.#entries.get(key) ?? []), { value, choices }]);
      }
      return value;
    } finally {
      this.#open.pop();
    }
  }

  /** What depends on nothing. */
  forever<T>(key: string, work: () => T): T {
    if (!this.#forever.has(key)) this.#forever.set(key, work());
    return this.#forever.get(key) as T;
  }

  #holds(choices: Entry["choices"]): boolean {
    return choices.every(([label, taken]) => this.#worlds.state(label) === taken);
  }

  #loop(at: number): Datum {
    const way = [...this.#open.slice(at), this.#open[at]].join(" → ");
    return unseen(`it refers to itself (${way})`);
  }
}
