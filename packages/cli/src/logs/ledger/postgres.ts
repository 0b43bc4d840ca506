/** A ledger in Postgres: one query in a read-only transaction, fetched by a cursor. */

import { driver } from "../../open-store.ts";
import { Usage } from "../../usage.ts";
import { type Places, placesOf } from "./columns.ts";
import { addRow } from "./files.ts";
import type { LedgerRow, Reading } from "./rows.ts";

const BATCH = 10_000;
/** Values as the server writes them: a number that is parsed would be rounded. */
const AS_TEXT = { getTypeParser: () => (value: unknown) => value };

export async function* postgresRows(
  {
    connectionString,
    query,
    shown,
  }: { readonly connectionString: string; readonly query: string; readonly shown: string },
  { columns, bad, signal }: Reading,
): AsyncGenerator<readonly LedgerRow[]> {
  const { default: pg } = await driver("pg", () => import("pg"));
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 10_000 });
  // A connection that breaks is said by the query that it breaks.
  client.on("error", () => {});
  const ask = async (
    text: string,
  ): Promise<{ readonly names: readonly string[]; readonly rows: readonly unknown[][] }> => {
    // The extended protocol takes one statement: a second one behind a semicolon cannot leave the transaction.
    const extended = { queryMode: "extended", rowMode: "array", types: AS_TEXT } as const;
    const result = await client.query({ text, ...extended } as unknown as { text: string; rowMode: "array" });
    return { names: result.fields.map(({ name }) => name), rows: result.rows as unknown[][] };
  };
  const stop = (): void => void client.end().catch(() => {});
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    await client.connect();
    await ask("BEGIN TRANSACTION READ ONLY");
    await ask(`DECLARE ledger NO SCROLL CURSOR FOR ${query}`);
    let places: Places | undefined;
    for (let line = 0; ;) {
      const { names, rows: fetched } = await ask(`FETCH ${BATCH} FROM ledger`);
      places ??= placesOf(columns, names, shown);
      const rows: LedgerRow[] = [];
      for (const row of fetched)
        addRow(rows, ++line, places, (at) => (row[at] as string | undefined) ?? undefined, bad);
      yield rows;
      if (fetched.length < BATCH) break;
      signal.throwIfAborted();
    }
    await ask("ROLLBACK");
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Usage) throw error;
    // Neither the driver's nor the server's sentences hold the password.
    throw new Usage(`--ledger ${shown} cannot be read: ${messageOf(error)}.`);
  } finally {
    signal.removeEventListener("abort", stop);
    await client.end().catch(() => {});
  }
}

function messageOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message === "" || message === undefined ? String(code ?? error) : message;
}
