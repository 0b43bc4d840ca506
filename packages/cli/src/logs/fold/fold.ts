/**
 * Puts together what readers have read, in whatever order it came: lines become runs of functions, what was said of
 * messages becomes deliveries, and deliveries are given key by key. Small logs stay in memory; large ones go through
 * temporary files, so that memory does not grow with them.
 */

import type { Context, Entry } from "../model.ts";
import { Assembly } from "./assembly.ts";
import { Folded } from "./folded.ts";
import { join, spanOf, type Span } from "./loose.ts";
import { Names } from "./names.ts";
import { type PackedEntry, packEntry, unpackEntry } from "./packed-entry.ts";
import { type MessageLine, runsOf } from "./runs.ts";
import { isComplete } from "./signs.ts";
import { Spool, type SpoolOptions } from "./spool.ts";
import { Streams } from "./streams.ts";
import { Tidy } from "./tidy.ts";

export interface FoldOptions {
  /** @default none: it is not known */
  readonly visibilityTimeoutSeconds?: number | undefined;
  /** @default none: it is not known */
  readonly batchingWindowSeconds?: number | undefined;
  /** How many entries stay in memory. @default 200,000 */
  readonly memoryEntries?: number;
  /** How much is written to a temporary file at once. @default 8 KiB */
  readonly pieceBytes?: number;
  /** Where temporary files are made. @default the system's */
  readonly folder?: string | undefined;
  /** Ends `end` and what is asked of its answer. @default none */
  readonly signal?: AbortSignal | undefined;
}

const MEMORY_ENTRIES = 200_000;
const TIDY_ENTRIES = 5_000;

/** Lines that name no request, and the runs that they may be of. */
type InStream = { readonly stream: number } & ({ readonly line: PackedEntry } | { readonly span: Span });

export class Fold implements Disposable {
  readonly #streams = new Streams();
  readonly #names = new Names();
  readonly #tidy = new Tidy();
  readonly #most: number;
  readonly #requests: Spool<PackedEntry>;
  readonly #loose: Spool<InStream>;
  readonly #options: FoldOptions;
  readonly #spool: SpoolOptions;
  #entries = 0;
  #byIdOnly = 0;
  #byKey = 0;
  #looseLines = 0;
  #looseJoined = 0;

  constructor(options: FoldOptions = {}) {
    this.#options = options;
    const { folder, signal, pieceBytes } = options;
    this.#most = options.memoryEntries ?? MEMORY_ENTRIES;
    const spills = (): boolean => this.#entries > this.#most;
    this.#spool = { spills, folder, signal, pieceBytes, tidy: this.#tidy };
    this.#requests = new Spool(([requestId]) => requestId ?? "", this.#spool);
    this.#loose = new Spool(({ stream }) => String(stream), this.#spool);
  }

  /** Entries of any file, in any order; one that is there twice counts once. */
  add(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.#entries += 1;
      if (this.#entries % TIDY_ENTRIES === 0 && this.#entries > this.#most) this.#tidy.check();
      this.#streams.add(entry);
      if (entry.kind === "told" || entry.kind === "delivery" || entry.kind === "delivery-failed") {
        if (entry.key !== undefined) this.#byKey += 1;
        else if (entry.messageId !== undefined) this.#byIdOnly += 1;
      }
      if (entry.requestId !== undefined) {
        this.#requests.add(packEntry(entry, this.#names));
      } else {
        this.#looseLines += 1;
        this.#loose.add({ stream: this.#names.numberOf(entry.stream), line: packEntry(entry, this.#names) });
      }
    }
  }

  /** After the last entry. What it gives is to be closed; this fold is empty then. */
  async end(): Promise<Folded> {
    const streams = this.#streams;
    streams.close();
    const assembly = new Assembly(streams, this.#names, this.#byKey > 0 && this.#byIdOnly > 0, this.#spool);
    try {
      await this.#joinLoose(assembly);
      for await (const requests of this.#requests.parts())
        for (const packed of requests) assembly.addRequest(this.#unpacked(packed));
      const spilledBytes = this.#requests.spilledBytes + this.#loose.spilledBytes;
      this.#requests.close();
      const { deliveries, signs, traits, counts } = await assembly.done();
      const { visibilityTimeoutSeconds, batchingWindowSeconds } = this.#options;
      const any = this.#entries > 0;
      const context: Context = {
        complete: isComplete(signs),
        fromMs: any ? streams.fromMs : 0,
        toMs: any ? streams.toMs : 0,
        visibilityTimeoutSeconds,
        batchingWindowSeconds,
        functions: traits,
      };
      return new Folded({
        context,
        signs,
        streams,
        names: this.#names,
        deliveries,
        counts: {
          ...counts,
          entries: this.#entries,
          streams: streams.size,
          joinedByTime: this.#looseJoined,
          withoutInvocation: this.#looseLines - this.#looseJoined,
          spilledBytes: spilledBytes + deliveries.spilledBytes,
        },
      });
    } catch (error) {
      assembly.close();
      throw error;
    } finally {
      this[Symbol.dispose]();
    }
  }

  /** Gives back what temporary files hold, where `end` is not reached. */
  [Symbol.dispose](): void {
    this.#requests.close();
    this.#loose.close();
  }

  /** By stream and time: the runs have to be known first, and are put together once more with what has found to them. */
  async #joinLoose(assembly: Assembly): Promise<void> {
    if (this.#looseLines === 0) return;
    const names = this.#names;
    const wanted = new Set<number>();
    for await (const part of this.#loose.parts()) for (const [row] of part) if (row) wanted.add(row.stream);
    for await (const requests of this.#requests.parts()) {
      for (const packed of requests) {
        for (const lines of runsOf(this.#unpacked(packed))) {
          for (const name of lines.run.streams) {
            const stream = names.numberOf(name);
            if (wanted.has(stream)) this.#loose.add({ stream, span: spanOf(packed[0]?.[0] ?? "", lines) });
          }
        }
      }
    }
    for await (const part of this.#loose.parts()) for (const rows of part) this.#joinStream(rows, assembly);
  }

  #joinStream(rows: readonly InStream[], assembly: Assembly): void {
    const spans = rows.flatMap((row) => ("span" in row ? [row.span] : []));
    const lines = this.#unpacked(rows.flatMap((row) => ("line" in row ? [row.line] : [])));
    for (const { line, requestId } of join(spans, lines as readonly MessageLine[])) {
      if (requestId === undefined) assembly.addLoose(line);
      else {
        this.#looseJoined += 1;
        this.#requests.add(packEntry({ ...line, requestId, joined: true }, this.#names));
      }
    }
  }

  #unpacked(packed: readonly PackedEntry[]): readonly Entry[] {
    return packed.map((one) => unpackEntry(one, this.#names));
  }
}
