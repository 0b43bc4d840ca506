/**
 * Rows that are grouped by a key of theirs, larger than memory: each goes by its key's hash into one of many parts, and a
 * part, which holds all rows of its keys, is small enough to be grouped in memory. Nothing is sorted as a whole.
 */

import { setImmediate } from "node:timers/promises";
import { type Piece, SpillFile } from "./spill-file.ts";
import type { Tidy } from "./tidy.ts";

/**
 * 10 GB of logs come to parts of about a megabyte: what was parsed of one is gone before V8 takes it for something that
 * stays. Larger ones pile up as garbage, of which V8 lets a gigabyte lie before it looks.
 */
const PARTS = 1_024;
/** Of a part, before it is written. */
const PIECE_BYTES = 8_192;
const MOST_BYTES_OF_A_CHARACTER = 3;
const COMMA = 44;

export interface SpoolOptions {
  /** Set once what is read grows large; from then on rows go to the disk. */
  readonly spills: () => boolean;
  readonly folder: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly tidy: Tidy;
  /** How much of a part is written at once. @default 8 KiB */
  readonly pieceBytes?: number | undefined;
}

/** Rows are plain data: what JSON gives back is what was put in. */
export class Spool<Row> {
  readonly #keyOf: (row: Row) => string;
  readonly #options: SpoolOptions;
  readonly #file: SpillFile;
  readonly #pieceBytes: number;
  #parts: Part<Row>[] = parts();

  constructor(keyOf: (row: Row) => string, options: SpoolOptions) {
    this.#keyOf = keyOf;
    this.#options = options;
    this.#file = new SpillFile(options.folder);
    this.#pieceBytes = options.pieceBytes ?? PIECE_BYTES;
  }

  get spilledBytes(): number {
    return this.#file.bytes;
  }

  add(row: Row): void {
    const part = this.#parts[partOf(this.#keyOf(row))] as Part<Row>;
    if (!this.#options.spills()) {
      part.rows.push(row);
      return;
    }
    for (const held of part.rows) this.#write(part, held);
    part.rows.length = 0;
    this.#write(part, row);
  }

  /**
   * Part after part: of each key all rows, in the order in which they came; keys in an order that depends on nothing but
   * themselves. May be asked again.
   */
  async *parts(): AsyncGenerator<readonly (readonly Row[])[], void, undefined> {
    const { signal, tidy } = this.#options;
    for (const part of this.#parts) {
      // A signal of the user's is heard between two parts.
      if (part.pieces.length > 0) {
        await setImmediate();
        tidy.check();
      }
      signal?.throwIfAborted();
      const groups = this.#grouped(part);
      if (groups.length > 0) yield groups;
    }
  }

  close(): void {
    this.#parts = parts();
    this.#file.close();
  }

  /** As bytes at once: what lives on as an object costs more than it takes to write it. */
  #write(part: Part<Row>, row: Row): void {
    const text = JSON.stringify(row);
    const most = text.length * MOST_BYTES_OF_A_CHARACTER + 1;
    if (part.used + most > this.#pieceBytes) this.#flush(part);
    if (most > this.#pieceBytes) {
      part.pieces.push(this.#file.append(Buffer.from(`${text},`)));
      return;
    }
    part.buffer ??= Buffer.allocUnsafeSlow(this.#pieceBytes);
    part.used += part.buffer.write(text, part.used, "utf8");
    part.buffer[part.used] = COMMA;
    part.used += 1;
  }

  #flush(part: Part<Row>): void {
    if (part.used === 0 || !part.buffer) return;
    part.pieces.push(this.#file.append(part.buffer.subarray(0, part.used)));
    part.used = 0;
  }

  #grouped(part: Part<Row>): readonly (readonly Row[])[] {
    const groups = new Map<string, Row[]>();
    const take = (rows: readonly Row[]): void => {
      for (const row of rows) {
        const key = this.#keyOf(row);
        const group = groups.get(key);
        if (group) group.push(row);
        else groups.set(key, [row]);
      }
    };
    for (const piece of part.pieces) take(parsed<Row>(this.#file.read(piece)));
    if (part.buffer && part.used > 0) take(parsed<Row>(part.buffer.subarray(0, part.used)));
    take(part.rows);
    return [...groups.keys()].sort().map((key) => groups.get(key) ?? []);
  }
}

interface Part<Row> {
  readonly rows: Row[];
  readonly pieces: Piece[];
  buffer: Buffer | undefined;
  used: number;
}

function parts<Row>(): Part<Row>[] {
  return Array.from({ length: PARTS }, () => ({ rows: [], pieces: [], buffer: undefined, used: 0 }));
}

/** A comma stands after each row. */
function parsed<Row>(bytes: Buffer): readonly Row[] {
  return JSON.parse(`[${bytes.toString("utf8", 0, bytes.length - 1)}]`) as readonly Row[];
}

/** FNV-1a. */
function partOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (PARTS - 1);
}
