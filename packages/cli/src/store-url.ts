/** `--store-url`: where records are, in one line. */

import { didYouMean } from "./nearest.ts";
import { Usage } from "./usage.ts";

interface Shown {
  /** For people: the same without its password. */
  readonly shown: string;
}
export interface SqliteUrl extends Shown {
  readonly kind: "sqlite";
  /** As it was written: relative to the working directory. */
  readonly path: string;
  readonly table: string | undefined;
}
export interface PostgresUrl extends Shown {
  readonly kind: "postgres";
  /** For `pg`: without what is ours. May hold a password. */
  readonly connectionString: string;
  readonly schema: string | undefined;
  readonly table: string | undefined;
}
export interface DynamodbUrl extends Shown {
  readonly kind: "dynamodb";
  readonly table: string;
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
}
export type StoreUrl = SqliteUrl | PostgresUrl | DynamodbUrl;

export const STORE_URLS = `sqlite:<file>[?table=…]
postgres://user:password@host:port/database[?schema=…&table=…]
dynamodb://<table>[?region=…&endpoint=…]`;

const FORMS = "sqlite:<file>, postgres://… or dynamodb://<table>?region=…";
const LATER = ["mysql", "mariadb", "redis", "rediss", "valkey"];
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const TABLE_NAME = /^[A-Za-z0-9_.-]{3,255}$/;

/** @throws Usage for what cannot be read; its sentence never holds what was given, which may carry a password. */
export function parseStoreUrl(text: string): StoreUrl {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(text)?.[1]?.toLowerCase();
  if (scheme === "sqlite") return sqlite(text.slice("sqlite:".length));
  if (scheme === "postgres" || scheme === "postgresql") return postgres(text);
  if (scheme === "dynamodb") return dynamodb(text);
  if (scheme !== undefined && LATER.includes(scheme))
    throw new Usage(`this release has no store for ${scheme}:// yet. Use ${FORMS}.`);
  const got = scheme === undefined ? "no scheme" : `"${scheme}:…"`;
  throw new Usage(
    `a store URL is ${FORMS}; got ${got}.${didYouMean(scheme ?? "", ["sqlite", "postgres", "dynamodb"])}`,
  );
}

function sqlite(rest: string): SqliteUrl {
  const at = rest.search(/\?table=[^?]*$/);
  const given = at < 0 ? rest : rest.slice(0, at);
  // sqlite:///var/x.db and sqlite://x.db are written as well.
  const path = given.startsWith("//") ? given.slice(2) : given;
  if (path === "")
    throw new Usage("the store URL sqlite: names no file. Write for example sqlite:./records.db.");
  if (path === ":memory:")
    throw new Usage("an SQLite database in memory ends with this command. Name a file: sqlite:./records.db.");
  const table = at < 0 ? undefined : named("table", new URLSearchParams(rest.slice(at)).get("table"));
  return { kind: "sqlite", path, table, shown: `sqlite:${rest}` };
}

function postgres(text: string): PostgresUrl {
  if (!URL.canParse(text))
    throw new Usage(
      "the store URL is not a URL that can be read. Write postgres://user:password@host:port/database, with special characters percent-encoded.",
    );
  const url = new URL(text);
  const schema = taken(url, "schema");
  const table = taken(url, "table");
  const user = url.username === "" ? "" : `${url.username}@`;
  const ours = new URLSearchParams({ ...(schema && { schema }), ...(table && { table }) }).toString();
  const shown = `${url.protocol}//${user}${url.host}${url.pathname}${ours === "" ? "" : `?${ours}`}`;
  return { kind: "postgres", connectionString: url.href, schema, table, shown };
}

function dynamodb(text: string): DynamodbUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const table = url?.hostname ?? "";
  if (!url || !TABLE_NAME.test(table) || (url.pathname !== "" && url.pathname !== "/"))
    throw new Usage(
      "a DynamoDB store URL is dynamodb://<table>?region=…; the table's name has 3 to 255 letters, digits, _, - and dots.",
    );
  const region = taken(url, "region");
  const endpoint = taken(url, "endpoint");
  const [unknown] = url.searchParams.keys();
  if (unknown !== undefined)
    throw new Usage(
      `a DynamoDB store URL has no "${unknown}".${didYouMean(unknown, ["region", "endpoint"])} It takes region and endpoint.`,
    );
  if (endpoint !== undefined && !/^https?:\/\//.test(endpoint))
    throw new Usage("the store URL's endpoint is a URL such as http://127.0.0.1:8000.");
  return { kind: "dynamodb", table, region, endpoint, shown: text };
}

/** A parameter of ours, out of the URL: `pg` would hand it to the server. */
function taken(url: URL, name: string): string | undefined {
  const value = url.searchParams.get(name);
  if (value === null) return undefined;
  url.searchParams.delete(name);
  return named(name, value);
}

function named(name: string, value: string | null): string {
  if (value !== null && value !== "" && !value.includes("\u0000")) return value;
  throw new Usage(`the store URL's ${name} is empty. Leave it out, or name one.`);
}
