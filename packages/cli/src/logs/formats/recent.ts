/** Whether something was there before, within a bounded window: CloudWatch delivers each log event at least once. */

import { hash } from "node:crypto";

const LONG = 512;

/** The last so many of what was asked about, and up to as many more. */
export class Recent {
  readonly #size: number;
  #young = new Set<string | number>();
  #old = new Set<string | number>();

  constructor(size = 50_000) {
    this.#size = size;
  }

  /** Remembers it for the next time. */
  has(what: string): boolean {
    const mark =
      what.length <= 64 ? ` ${what}`.slice(1) : what.length <= LONG ? mixed(what) : hash("sha1", what);
    if (this.#young.has(mark)) return true;
    if (this.#young.size >= this.#size) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(mark);
    return this.#old.has(mark);
  }
}

/** 53 bits of a text: among 100,000 two different ones meet once in two million times. */
function mixed(text: string): number {
  let left = 0xdeadbeef;
  let right = 0x41c6ce57;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    left = Math.imul(left ^ code, 2_654_435_761);
    right = Math.imul(right ^ code, 1_597_334_677);
  }
  left = Math.imul(left ^ (left >>> 16), 2_246_822_507) ^ Math.imul(right ^ (right >>> 13), 3_266_489_909);
  right = Math.imul(right ^ (right >>> 16), 2_246_822_507) ^ Math.imul(left ^ (left >>> 13), 3_266_489_909);
  return 4_294_967_296 * (2_097_151 & right) + (left >>> 0);
}
