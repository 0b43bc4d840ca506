/** A ledger in an SQLite database: opened read-only. */

import { DatabaseSync, type StatementSync } from "node:sqlite";
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
    let names = columnsOf(statement);
    let places = names && placesOf(columns, names, shown);
    let rows: LedgerRow[] = [];
    let line = 0;
    for (const row of statement.iterate() as Iterable<Record<string, unknown>>) {
      line++;
      names ??= Object.keys(row);
      places ??= placesOf(columns, names, shown);
      const values = names.map((name) => text(row[name]));
      addRow(rows, line, places, (at) => values[at], bad);
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

/** Known before there is a row, from Node 22.16 on. */
function columnsOf(statement: StatementSync): readonly string[] | undefined {
  return typeof statement.columns === "function" ? statement.columns().map(({ name }) => name) : undefined;
}

function text(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return value instanceof Uint8Array ? Buffer.from(value).toString("utf8") : String(value);
}
