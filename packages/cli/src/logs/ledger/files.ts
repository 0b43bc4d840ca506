/** Ledgers in files: CSV with a header line, and JSON lines. */

import { Usage } from "../../usage.ts";
import { type Places, placesOf } from "./columns.ts";
import { type CsvRecord, CsvParser, delimiterOf } from "./csv.ts";
import type { LedgerRow, Reading } from "./rows.ts";
import { textsOf } from "./texts.ts";

interface File {
  readonly path: string;
  readonly shown: string;
}

export async function* csvRows(
  { path, shown }: File,
  { columns, bad, signal }: Reading,
): AsyncGenerator<readonly LedgerRow[]> {
  let parser: CsvParser | undefined;
  let places: Places | undefined;
  let width = 0;
  let head = "";
  const rowsOf = (records: readonly CsvRecord[]): readonly LedgerRow[] => {
    const rows: LedgerRow[] = [];
    for (const { line, fields, flaw } of records) {
      if (places === undefined) {
        width = fields.length;
        places = placesOf(columns, fields, shown);
        continue;
      }
      const reason =
        flaw ??
        (fields.length === width ? undefined : `${fields.length} fields, and the header has ${width}`);
      if (reason === undefined) addRow(rows, line, places, (at) => fields[at], bad);
      else bad.add(line, reason);
    }
    return rows;
  };
  const parse = (act: () => readonly CsvRecord[]): readonly LedgerRow[] => {
    try {
      return rowsOf(act());
    } catch (error) {
      if (error instanceof Usage && !error.message.startsWith("--"))
        throw new Usage(`--ledger ${shown}: ${error.message}`);
      throw error;
    }
  };
  for await (const text of textsOf(path, signal)) {
    let piece = text;
    if (parser === undefined) {
      // The delimiter is told by the whole header line.
      head += text;
      if (!head.includes("\n")) continue;
      parser = new CsvParser(delimiterOf(head.slice(0, head.indexOf("\n"))));
      piece = head;
    }
    yield parse(() => (parser as CsvParser).push(piece));
  }
  const last = parser ?? new CsvParser(delimiterOf(head));
  if (parser === undefined) yield parse(() => last.push(head));
  yield parse(() => last.end());
  if (places === undefined) throw new Usage(`--ledger ${shown} is empty. It is CSV with a header line.`);
}

export async function* jsonRows(
  { path, shown }: File,
  { columns, bad, signal }: Reading,
): AsyncGenerator<readonly LedgerRow[]> {
  let keyColumn = columns.key;
  let line = 0;
  let rest = "";
  let used = 0;
  const take = (texts: readonly string[]): readonly LedgerRow[] => {
    const rows: LedgerRow[] = [];
    for (const text of texts) {
      line++;
      if (text.trim() === "") continue;
      const record = parsed(text);
      if (record === undefined) {
        bad.add(line, "it is no JSON object");
        continue;
      }
      keyColumn ??= Object.keys(record)[0];
      const names = [keyColumn ?? "", columns.amount, columns.currency];
      const places = { key: 0, amount: 1, currency: 2 };
      addRow(rows, line, places, (at) => valueOf(record, names[at]), bad);
    }
    used += rows.length;
    return rows;
  };
  for await (const text of textsOf(path, signal)) {
    const texts = (rest + text).split("\n");
    rest = texts.pop() ?? "";
    yield take(texts);
  }
  yield take(rest === "" ? [] : [rest]);
  if (used === 0 && bad.count > 0)
    throw new Usage(
      `--ledger ${shown}: no row could be used; line ${bad.examples[0]?.line}: ${bad.examples[0]?.reason}. Each line is a JSON object${keyColumn === undefined ? "" : ` with "${keyColumn}"`}.`,
    );
  if (used === 0) throw new Usage(`--ledger ${shown} is empty. Each line is a JSON object.`);
}

/** One row of what a file or a query gave; without its key it is none. */
export function addRow(
  rows: LedgerRow[],
  line: number,
  places: Places,
  field: (at: number) => string | undefined,
  bad: Reading["bad"],
): void {
  const key = field(places.key)?.trim();
  if (key === undefined || key === "") {
    bad.add(line, "its key is empty");
    return;
  }
  rows.push({
    line,
    key,
    amount: places.amount === undefined ? undefined : field(places.amount),
    currency: places.currency === undefined ? undefined : field(places.currency)?.trim(),
  });
}

/** Numbers are kept as they are written: a float would round them. */
function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text, numbersAsWritten);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** https://github.com/tc39/proposal-json-parse-with-source, which every Node from 22 on has. */
function numbersAsWritten(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === "number" ? (context?.source ?? String(value)) : value;
}

function valueOf(record: Readonly<Record<string, unknown>>, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const value = Object.hasOwn(record, name) ? record[name] : name.split(".").reduce<unknown>(member, record);
  return typeof value === "string" ? value : typeof value === "boolean" ? String(value) : undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}
