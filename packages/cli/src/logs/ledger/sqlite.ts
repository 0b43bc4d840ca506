/** A ledger in an SQLite database: opened read-only. */

import { DatabaseSync } from "node:sqlite";
import { Usage } from "../../usage.ts";
import { placesOf } from "./columns.ts";
import { addRow } from "./files.ts";
import type { LedgerRow, Reading } from "./rows.ts";

const BATCH = 10_000;

export async function* sqliteRows(
  { path, query, shown }: { readonly path: string; readonly query: string; readonly shown: string },
  { columns, bad, signal }: Reading,
): AsyncGenerator<readonly LedgerRow[]> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true });
    const statement = database.prepare(query);
    statement.setReadBigInts(true);
    const names = statement.columns().map(({ name }) => name);
    const places = placesOf(columns, names, shown);
    let rows: LedgerRow[] = [];
    let line = 0;
    for (const row of statement.iterate() as Iterable<Record<string, unknown>>) {
      line++;
      addRow(rows, line, places, (at) => text(row[names[at] ?? ""]), bad);
      if (rows.length < BATCH) continue;
      yield rows;
      rows = [];
      signal.throwIfAborted();
    }
    yield rows;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_SQLITE_ERROR") throw error;
    throw new Usage(`--ledger ${shown} cannot be read: ${(error as Error).message}.`);
  } finally {
    database?.close();
  }
}

function text(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
}
