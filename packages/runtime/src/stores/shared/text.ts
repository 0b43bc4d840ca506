/** Text on its way into a database that has no U+0000 (Postgres refuses it, `node:sqlite` reads up to it) and no lone surrogates. */

const MARK = "json:";

/** `text` itself where any database can hold it, else its JSON form behind a mark: what comes back is what went in. */
export function encodeText(text: string): string {
  const plain = text.isWellFormed() && !text.includes("\u0000") && !text.startsWith(MARK);
  return plain ? text : MARK + JSON.stringify(text);
}

export function decodeText(text: string): string {
  return text.startsWith(MARK) ? String(JSON.parse(text.slice(MARK.length))) : text;
}
