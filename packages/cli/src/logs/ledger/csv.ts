/** CSV as RFC 4180 has it, read piece by piece: quoted fields with delimiters, quotes and line ends in them, CRLF or LF. */

import { Usage } from "../../usage.ts";

export interface CsvRecord {
  /** Of its first character. */
  readonly line: number;
  readonly fields: readonly string[];
  /** What is wrong with its quotes. */
  readonly flaw?: string;
}

/** A field that is longer than this is no field: somewhere before, a quote was not closed. */
const MAX_FIELD = 1_000_000;
const [QUOTE, RETURN, NEWLINE] = [34, 13, 10];

export class CsvParser {
  readonly #delimiter: number;
  #fields: string[] = [];
  /** What earlier pieces have brought of the field. */
  #field = "";
  #state: "start" | "plain" | "quoted" | "after-quote" = "start";
  #line = 1;
  #recordLine = 1;
  #flaw: string | undefined;

  constructor(delimiter: string) {
    this.#delimiter = delimiter.charCodeAt(0);
  }

  /** @throws Usage when a quote is not closed within a million characters: what follows could not be told from text */
  push(text: string): readonly CsvRecord[] {
    const records: CsvRecord[] = [];
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === NEWLINE) this.#line++;
      if (this.#state === "quoted") {
        if (code !== QUOTE) continue;
        this.#take(text, from, at);
        this.#state = "after-quote";
        from = at + 1;
        continue;
      }
      if (code === QUOTE && this.#state === "after-quote") {
        // Two quotes are one within the field: the second begins what follows.
        this.#state = "quoted";
        from = at;
        continue;
      }
      if (code === QUOTE && this.#state === "start") {
        this.#state = "quoted";
        from = at + 1;
        continue;
      }
      if (code === this.#delimiter || code === NEWLINE) {
        this.#take(text, from, at);
        // CRLF: outside of quotes, the CR belongs to the line end.
        if (code === NEWLINE && this.#state === "plain" && this.#field.endsWith("\r"))
          this.#field = this.#field.slice(0, -1);
        this.#endField();
        if (code === NEWLINE) this.#endRecord(records);
        from = at + 1;
        continue;
      }
      if (this.#state === "after-quote" && code !== RETURN && code !== 32)
        this.#flaw ??= "text behind a closing quote";
      if (this.#state === "start") this.#state = "plain";
    }
    this.#take(text, from, text.length);
    if (this.#field.length > MAX_FIELD)
      throw new Usage(`a quote is not closed in the record that begins in line ${this.#recordLine}.`);
    return records;
  }

  /** What a last line without a line end holds. */
  end(): readonly CsvRecord[] {
    if (this.#state === "quoted") this.#flaw ??= "a quote that is not closed";
    if (this.#fields.length === 0 && this.#field === "" && this.#state === "start") return [];
    const records: CsvRecord[] = [];
    this.#endField();
    this.#endRecord(records);
    return records;
  }

  /** What stands between a closing quote and the delimiter is nobody's. */
  #take(text: string, from: number, to: number): void {
    if (to > from && this.#state !== "after-quote") this.#field += text.slice(from, to);
  }

  #endField(): void {
    this.#fields.push(this.#field);
    this.#field = "";
    this.#state = "start";
  }

  #endRecord(records: CsvRecord[]): void {
    const empty = this.#fields.length === 1 && this.#fields[0] === "" && this.#flaw === undefined;
    if (!empty)
      records.push({
        line: this.#recordLine,
        fields: this.#fields,
        ...(this.#flaw === undefined ? {} : { flaw: this.#flaw }),
      });
    this.#fields = [];
    this.#flaw = undefined;
    this.#recordLine = this.#line;
  }
}

/** What separates fields, by the header line: a comma, a semicolon (spreadsheets in much of Europe) or a tab. */
export function delimiterOf(header: string): string {
  const plain = header.replaceAll(/"[^"]*"/g, "");
  const counts = [",", ";", "\t"].map((one) => [one, plain.split(one).length] as const);
  return counts.reduce((best, one) => (one[1] > best[1] ? one : best))[0];
}

/** One field, quoted where it has to be. */
export function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
