/**
 * Keeps the heap small while large logs pass through it. V8 lets garbage lie until it is a share of the machine's memory: on
 * a large one that is more than a gigabyte, of which 50 MB are in use.
 */

import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const ENOUGH_BYTES = 256 * 1024 * 1024;

export class Tidy {
  #limit = ENOUGH_BYTES;
  #collect: (() => void) | undefined;

  /** Cheap enough to be asked a thousand times a second. */
  check(): void {
    if (getHeapStatistics().used_heap_size < this.#limit) return;
    this.#collect ??= collector();
    this.#collect();
    // What stays is not to be looked through again and again.
    this.#limit = Math.max(ENOUGH_BYTES, 2 * getHeapStatistics().used_heap_size);
  }
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  return typeof collect === "function" ? (collect as () => void) : () => undefined;
}
