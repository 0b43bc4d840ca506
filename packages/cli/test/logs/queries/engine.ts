/**
 * Runs the SQL that is meant for Athena in DuckDB. What Trino calls by other names, or has by itself, is defined here; the
 * rest of the SQL is what both have in common.
 */

import { DuckDBInstance } from "@duckdb/node-api";
import { ATHENA_TABLE } from "../../../src/logs/queries/athena.ts";

/** https://trino.io/docs/current/functions/json.html and array.html, each by what it is documented to give. */
const TRINO = [
  // Null for what is no JSON, as for a path that leads nowhere, and for what is no scalar.
  `CREATE MACRO json_extract_scalar(json, path) AS
     CASE WHEN NOT coalesce(json_valid(json::VARCHAR), false) THEN NULL
       WHEN json_type(json::JSON, path) IN ('OBJECT', 'ARRAY', 'NULL') THEN NULL
       ELSE json_extract_string(json::JSON, path) END`,
  "CREATE MACRO json_array_get(json, n) AS json_extract(json::JSON, n::BIGINT)",
  // Downwards where it ends before it begins.
  "CREATE MACRO sequence(a, b) AS CASE WHEN b < a THEN [a, b] ELSE generate_series(a::BIGINT, b::BIGINT) END",
];

export interface Line {
  readonly path: string;
  readonly line: string;
}

/** @param statements run one after the other; the rows of the last one are given */
export async function asked(
  lines: readonly Line[],
  statements: readonly string[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
  const connection = await instance.connect();
  try {
    for (const macro of TRINO) await connection.run(macro);
    await connection.run(`CREATE TABLE ${ATHENA_TABLE} (line VARCHAR, "$path" VARCHAR)`);
    const appender = await connection.createAppender(ATHENA_TABLE);
    for (const { line, path } of lines) {
      appender.appendVarchar(line);
      appender.appendVarchar(path);
      appender.endRow();
    }
    appender.closeSync();
    for (const statement of statements.slice(0, -1)) await connection.run(statement);
    const reader = await connection.runAndReadAll(statements.at(-1) ?? "SELECT 1");
    return reader.getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
