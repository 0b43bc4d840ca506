/** What was worked out already, and what is being worked out: a name that needs itself is a reference loop. */

import { type Datum, unseen } from "./datum.ts";
import type { Worlds } from "./worlds.ts";

export class Memory {
  readonly #worlds: Worlds;
  readonly #forever = new Map<string, unknown>();
  #here = new Map<string, unknown>();
  #run: object;
  readonly #open: string[] = [];
  #loops = 0;

  constructor(worlds: Worlds) {
    this.#worlds = worlds;
    this.#run = worlds.run;
  }

  /** @param loop what it is when it needs itself; of a datum, unknown with the way around */
  of<T = Datum>(key: string, work: () => T, loop?: T): T {
    if (this.#forever.has(key)) return this.#forever.get(key) as T;
    if (this.#run !== this.#worlds.run) {
      this.#run = this.#worlds.run;
      this.#here = new Map();
    }
    if (this.#here.has(key)) return this.#here.get(key) as T;
    const at = this.#open.indexOf(key);
    if (at !== -1) {
      this.#loops += 1;
      return loop ?? (this.#loop(at) as T);
    }
    const loops = this.#loops;
    const { asked } = this.#worlds;
    this.#open.push(key);
    try {
      const value = work();
      // What depends on no choice is the same in all worlds; within a loop it depends on where it was entered.
      if (this.#loops > loops) return value;
      (this.#worlds.asked === asked ? this.#forever : this.#here).set(key, value);
      return value;
    } finally {
      this.#open.pop();
    }
  }

  forever<T>(key: string, work: () => T): T {
    const name = `forever ${key}`;
    if (!this.#forever.has(name)) this.#forever.set(name, work());
    return this.#forever.get(name) as T;
  }

  #loop(at: number): Datum {
    const way = [...this.#open.slice(at), this.#open[at]].join(" → ");
    return unseen(`it refers to itself (${way})`);
  }
}
