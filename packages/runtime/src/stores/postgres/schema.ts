/** The table of records in Postgres: made, and looked at. */

import { OnceError } from "../../errors.ts";
import { DEFAULT_TABLE, quote } from "../shared/options.ts";
import { COLUMNS } from "../shared/row.ts";
import type { PgQueryable } from "./client.ts";
import { tableMissing } from "./errors.ts";

/** The store's own clock: the only one that decides leases. `now()` stands still while a transaction waits. */
export const NOW_MS = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

export interface TableName {
  readonly schema: string | undefined;
  readonly name: string;
  /** Quoted, with its schema when it has one. */
  readonly qualified: string;
}

export function tableName(schema: string | undefined, name: string): TableName {
  return {
    schema,
    name,
    qualified: schema === undefined ? quote(name) : `${quote(schema)}.${quote(name)}`,
  };
}

/** One number for all tables: set-ups are rare, and two that race must meet. */
const SETUP_LOCK = 7_318_204_551;

/** As one simple query: Postgres runs it in one transaction, and the lock goes with it. */
function createSql({ schema, name, qualified }: TableName, newSchema: boolean): string {
  const makeSchema =
    newSchema && schema !== undefined ? `\n  CREATE SCHEMA IF NOT EXISTS ${quote(schema)};` : "";
  return `BEGIN; SELECT pg_advisory_xact_lock(${SETUP_LOCK});${makeSchema}
  CREATE TABLE IF NOT EXISTS ${qualified} (
    id text COLLATE "C" PRIMARY KEY, version int NOT NULL, scope text NOT NULL, label text NOT NULL, state text NOT NULL,
    token text COLLATE "C" NOT NULL, fence bigint NOT NULL, attempts bigint NOT NULL, rev bigint NOT NULL,
    lease_until_ms bigint NOT NULL, run_until_ms bigint NOT NULL, expires_at_ms bigint, fingerprint text COLLATE "C",
    message_id text, function_name text, correlation_id text, generation int NOT NULL, verdict text NOT NULL,
    first_attempt_at_ms bigint NOT NULL, held_at_ms bigint, steps jsonb NOT NULL, open boolean NOT NULL, result text
  );
  CREATE INDEX IF NOT EXISTS ${quote(`${name}_expiry`)} ON ${qualified} (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
  COMMIT`;
}

/**
 * What `setup()` of a `postgresStore` with the same `schema` and `table` runs where nothing is there yet: for whoever
 * keeps their tables by migrations. It can be run again.
 */
export function postgresSetupSql({
  schema,
  table = DEFAULT_TABLE,
}: { readonly schema?: string; readonly table?: string } = {}): string {
  return `${createSql(tableName(schema, table), true)};\n`;
}

/** Creates only what is missing: even `IF NOT EXISTS` asks for the right to create. */
export async function setup(db: PgQueryable, table: TableName): Promise<void> {
  const { rows } = await db.query(
    "SELECT to_regclass($1) IS NULL AS no_table, to_regnamespace($2) IS NULL AS no_schema",
    [table.qualified, quote(table.schema ?? "public")],
  );
  if (rows[0]?.["no_table"] === true) await db.query(createSql(table, rows[0]["no_schema"] === true));
  else await checkColumns(db, table);
}

/** Finds what a first claim would stumble over, without writing anything. */
export async function check(db: PgQueryable, table: TableName): Promise<void> {
  await checkColumns(db, table);
  const { rows } = await db.query(
    `SELECT current_user AS role, current_setting('transaction_read_only') AS read_only,
      array(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p WHERE NOT has_table_privilege($1, p)) AS missing`,
    [table.qualified],
  );
  const { role, read_only, missing } = rows[0] ?? {};
  if (Array.isArray(missing) && missing.length > 0)
    throw new OnceError(
      "store-permission",
      `The role ${String(role)} may not ${missing.join(", ")} on ${table.qualified}. As its owner, run: GRANT SELECT, INSERT, UPDATE, DELETE ON ${table.qualified} TO ${quote(String(role))};`,
    );
  if (read_only === "on")
    throw new OnceError(
      "store-permission",
      "Postgres is read-only here. Give the pool the address of the writer, not of a replica, and do not set default_transaction_read_only.",
    );
}

async function checkColumns(db: PgQueryable, table: TableName): Promise<void> {
  const { rows } = await db.query(
    `SELECT to_regclass($1) IS NULL AS no_table,
      array(SELECT attname::text FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped) AS columns`,
    [table.qualified],
  );
  const { no_table, columns } = rows[0] ?? {};
  if (no_table === true) throw tableMissing(table.qualified);
  const missing = COLUMNS.filter((name) => !Array.isArray(columns) || !columns.includes(name));
  if (missing.length > 0)
    throw new OnceError(
      "table-mismatch",
      `${table.qualified} is not a table of this library's records: it has no ${missing.join(", ")}. Give another name with the \`table\` option.`,
    );
}
