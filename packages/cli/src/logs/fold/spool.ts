/**
 * Rows that are grouped by a key of theirs, larger than memory: each goes by its key's hash into one of many parts, and a
 * part, which holds all rows of its keys, is small enough to be grouped in memory. Nothing is sorted as a whole.
 */

import { setImmediate } from "node:timers/promises";
import { type Piece, SpillFile } from "./spill-file.ts";

/** 10 GB of logs come to parts of about 20 MB. */
const PARTS = 256;
/** Of a part, before they are written. */
const PART_ROWS = 256;

export interface SpoolOptions {
  /** Set once what is read grows large; from then on rows go to the disk. */
  readonly spills: () => boolean;
  readonly folder: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** How many rows of a part are written at once. @default 256 */
  readonly partRows?: number | undefined;
}

/** Rows are plain data: what JSON gives back is what was put in. */
export class Spool<Row> {
  readonly #keyOf: (row: Row) => string;
  readonly #options: SpoolOptions;
  readonly #file: SpillFile;
  #parts: Part<Row>[] = parts();
  #rows = 0;

  constructor(keyOf: (row: Row) => string, options: SpoolOptions) {
    this.#keyOf = keyOf;
    this.#options = options;
    this.#file = new SpillFile(options.folder);
  }

  get rows(): number {
    return this.#rows;
  }

  get spilledBytes(): number {
    return this.#file.bytes;
  }

  add(row: Row): void {
    const part = this.#parts[partOf(this.#keyOf(row))] as Part<Row>;
    part.rows.push(row);
    this.#rows += 1;
    if (part.rows.length >= (this.#options.partRows ?? PART_ROWS) && this.#options.spills()) {
      part.pieces.push(this.#file.append(JSON.stringify(part.rows)));
      part.rows = [];
    }
  }

  /** Of each key all rows, in the order in which they came; keys in an order that depends on nothing but themselves. May be asked again. */
  async *groups(): AsyncGenerator<readonly Row[], void, undefined> {
    const { signal } = this.#options;
    for (const part of this.#parts) {
      // A signal of the user's is heard between two parts.
      if (part.pieces.length > 0) await setImmediate();
      signal?.throwIfAborted();
      const groups = this.#grouped(part);
      for (const key of [...groups.keys()].sort()) yield groups.get(key) as readonly Row[];
    }
  }

  close(): void {
    this.#parts = parts();
    this.#rows = 0;
    this.#file.close();
  }

  #grouped({ pieces, rows }: Part<Row>): Map<string, Row[]> {
    const groups = new Map<string, Row[]>();
    const take = (some: readonly Row[]): void => {
      for (const row of some) {
        const key = this.#keyOf(row);
        const group = groups.get(key);
        if (group) group.push(row);
        else groups.set(key, [row]);
      }
    };
    for (const piece of pieces) take(JSON.parse(this.#file.read(piece)) as readonly Row[]);
    take(rows);
    return groups;
  }
}

interface Part<Row> {
  rows: Row[];
  readonly pieces: Piece[];
}

function parts<Row>(): Part<Row>[] {
  return Array.from({ length: PARTS }, () => ({ rows: [], pieces: [] }));
}

/** FNV-1a. */
function partOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & (PARTS - 1);
}
