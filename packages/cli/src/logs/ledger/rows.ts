/** The rows of a ledger, from wherever it is: read only, in batches, larger than memory. */

import type { Columns } from "./columns.ts";
import { csvRows, jsonRows } from "./files.ts";
import type { LedgerSource } from "./source.ts";

export interface LedgerRow {
  /** In the file, or the number of the row in the query's answer. */
  readonly line: number;
  readonly key: string;
  /** As it is written there. */
  readonly amount: string | undefined;
  readonly currency: string | undefined;
}

/** Rows that could not be used: counted, and a few of them named. */
export class BadRows {
  static readonly MAX_EXAMPLES = 5;
  count = 0;
  readonly examples: { readonly line: number; readonly reason: string }[] = [];

  add(line: number, reason: string): void {
    this.count++;
    if (this.examples.length < BadRows.MAX_EXAMPLES) this.examples.push({ line, reason });
  }
}

export interface Reading {
  readonly columns: Columns;
  readonly bad: BadRows;
  readonly signal: AbortSignal;
}

/** @throws Usage for what cannot be read at all */
export async function* ledgerRows(
  source: LedgerSource,
  reading: Reading,
): AsyncGenerator<readonly LedgerRow[]> {
  switch (source.kind) {
    case "csv":
      return yield* csvRows(source, reading);
    case "json-lines":
      return yield* jsonRows(source, reading);
    case "sqlite":
      return yield* (await import("./sqlite.ts")).sqliteRows(source, reading);
    case "postgres":
      return yield* (await import("./postgres.ts")).postgresRows(source, reading);
  }
}
