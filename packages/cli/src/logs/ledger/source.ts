/** `--ledger`: where the business table is, in one text. */

import { parseStoreUrl } from "../../store-url.ts";
import { Usage } from "../../usage.ts";

export type LedgerSource =
  | { readonly kind: "csv" | "json-lines"; readonly path: string; readonly shown: string }
  | { readonly kind: "sqlite"; readonly path: string; readonly query: string; readonly shown: string }
  | {
      readonly kind: "postgres";
      /** May hold a password: for `pg` only. */
      readonly connectionString: string;
      readonly query: string;
      readonly shown: string;
    };

const FORMS =
  "a file that ends in .csv, .tsv, .jsonl or .ndjson (also .gz), sqlite:<file>#SELECT …, or postgres://…#SELECT …";

/** @throws Usage, whose sentence never holds what may carry a password */
export function ledgerSourceOf(text: string): LedgerSource {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(text)?.[1]?.toLowerCase();
  // A drive of Windows is one letter.
  if (scheme !== undefined) return database(scheme, text);
  if (/\.(csv|tsv)(\.gz|\.zst)?$/i.test(text)) return { kind: "csv", path: text, shown: text };
  if (/\.(jsonl|ndjson|json)(\.gz|\.zst)?$/i.test(text))
    return { kind: "json-lines", path: text, shown: text };
  throw new Usage(`--ledger is ${FORMS}; got "${text}".`);
}

function database(scheme: string, text: string): LedgerSource {
  if (!["sqlite", "postgres", "postgresql"].includes(scheme))
    throw new Usage(`--ledger is ${FORMS}; got "${scheme}:…".`);
  const at = text.indexOf("#");
  const query =
    at < 0
      ? ""
      : text
          .slice(at + 1)
          .trim()
          .replace(/;\s*$/, "");
  if (!/^(select|with|values|table)\b/i.test(query))
    throw new Usage(
      `--ledger ${scheme}:… needs its query behind a "#": "${scheme}:…#SELECT order_id, amount, currency FROM payments". A "#" in a password is written %23.`,
    );
  const url = parseStoreUrl(text.slice(0, at));
  if (url.kind === "sqlite") return { kind: "sqlite", path: url.path, query, shown: url.shown };
  if (url.kind === "postgres")
    return { kind: "postgres", connectionString: url.connectionString, query, shown: url.shown };
  throw new Usage(`--ledger is ${FORMS}; got "${scheme}:…".`);
}
