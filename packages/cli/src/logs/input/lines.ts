/** Bytes to lines: many at once, and none that is not what was written. */

import { isAscii, isUtf8 } from "node:buffer";
import type { ReadCounts } from "../model.ts";

const NEWLINE = 10;
const RETURN = 13;
const BOM = "\uFEFF";

/** A line that is longer is cut off: it is counted and not given. CloudWatch itself takes events up to 1 MB. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;

/** Counts what it cannot give: lines that are too long, and lines that are not UTF-8 (two keys could look like one). */
export class LineSplitter {
  readonly #counts: ReadCounts;
  readonly #maxBytes: number;
  /** The beginning of a line whose end has not come yet. */
  #open: Buffer[] = [];
  #openBytes = 0;
  /** The rest of a line that was too long. */
  #skipping = false;
  #begun = false;

  constructor(counts: ReadCounts, maxBytes: number = MAX_LINE_BYTES) {
    this.#counts = counts;
    this.#maxBytes = maxBytes;
  }

  /** The lines that have ended. `chunk` may be used for others afterwards. */
  push(chunk: Buffer): string[] {
    const last = chunk.lastIndexOf(NEWLINE);
    if (last < 0) {
      this.#keep(chunk);
      return [];
    }
    let from = 0;
    const lines: string[] = [];
    if (this.#skipping || this.#openBytes > 0) {
      from = chunk.indexOf(NEWLINE) + 1;
      this.#keep(chunk.subarray(0, from - 1));
      this.#close(lines);
    }
    if (from <= last) this.#block(chunk.subarray(from, last), lines);
    this.#keep(chunk.subarray(last + 1));
    return lines;
  }

  /** What stands after the last newline. */
  end(): string[] {
    const lines: string[] = [];
    if (this.#skipping || this.#openBytes > 0) this.#close(lines);
    return lines;
  }

  #keep(part: Buffer): void {
    if (this.#skipping || part.length === 0) return;
    this.#openBytes += part.length;
    if (this.#openBytes <= this.#maxBytes) {
      this.#open.push(Buffer.from(part));
      return;
    }
    this.#open = [];
    this.#skipping = true;
  }

  #close(lines: string[]): void {
    if (this.#skipping) {
      this.#counts.lines += 1;
      this.#counts.unreadable += 1;
    } else this.#block(Buffer.concat(this.#open), lines);
    this.#open = [];
    this.#openBytes = 0;
    this.#skipping = false;
  }

  /** One line or many, without the last one's newline. */
  #block(block: Buffer, lines: string[]): void {
    let found: string[];
    if (isAscii(block)) found = block.toString("latin1").split("\n");
    else if (isUtf8(block)) found = block.toString("utf8").split("\n");
    else found = this.#readable(block);
    this.#counts.lines += found.length;
    if (!this.#begun) {
      this.#begun = true;
      if (found[0]?.startsWith(BOM)) found[0] = found[0].slice(BOM.length);
    }
    const returns = block.includes(RETURN);
    for (const line of found) {
      const text = returns && line.charCodeAt(line.length - 1) === RETURN ? line.slice(0, -1) : line;
      if (text.length > this.#maxBytes) this.#counts.unreadable += 1;
      else if (text !== "") lines.push(text);
    }
  }

  #readable(block: Buffer): string[] {
    const found: string[] = [];
    for (let from = 0; from <= block.length;) {
      const newline = block.indexOf(NEWLINE, from);
      const to = newline < 0 ? block.length : newline;
      const line = block.subarray(from, to);
      if (isUtf8(line)) found.push(line.toString("utf8"));
      else {
        this.#counts.lines += 1;
        this.#counts.unreadable += 1;
      }
      from = to + 1;
    }
    return found;
  }
}
