/** Hashing of typed, length-prefixed parts: no two different lists of parts have the same bytes. */

import { hash } from "node:crypto";

/** Text to bytes without loss. UTF-8 would turn every lone surrogate into U+FFFD, so ill-formed text goes as UTF-16. */
function textBytes(text: string): { readonly tag: "s" | "u"; readonly bytes: Buffer } {
  return text.isWellFormed()
    ? { tag: "s", bytes: Buffer.from(text, "utf8") }
    : { tag: "u", bytes: Buffer.from(text, "utf16le") };
}

export class PartHash {
  readonly #parts: Buffer[] = [];
  #part(tag: string, bytes: Buffer): this {
    this.#parts.push(Buffer.from(`${tag}${bytes.length}:`), bytes);
    return this;
  }
  text(text: string): this {
    const { tag, bytes } = textBytes(text);
    return this.#part(tag, bytes);
  }
  number(value: number): this {
    return this.#part("n", Buffer.from(String(value === 0 ? 0 : value)));
  }
  bigint(value: bigint): this {
    return this.#part("i", Buffer.from(String(value)));
  }
  // At once: for keys, which are short, a hash that is fed in pieces takes twice as long.
  bytes(): Buffer {
    return hash("sha256", Buffer.concat(this.#parts), "buffer");
  }
  hex(): string {
    return hash("sha256", Buffer.concat(this.#parts), "hex");
  }
}
