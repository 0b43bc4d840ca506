/** The part of `pg` that is used, and what its errors mean. */

import { OnceError } from "../../errors.ts";

export interface PgResult {
  readonly rows: readonly Record<string, unknown>[];
  readonly command?: string | undefined;
  readonly rowCount?: number | null | undefined;
}
export interface PgQueryable {
  query(sql: string, values?: unknown[]): Promise<PgResult>;
}
/** A client as `pool.connect()` gives it. */
export interface PgPoolClient extends PgQueryable {
  release(error?: Error | boolean): void;
}
export interface PgPool extends PgQueryable {
  connect(): Promise<PgPoolClient>;
  readonly options?: { readonly max?: number | undefined } | undefined;
}

/** The client type of a user's pool: what a transaction body gets. */
export type PgClient<P> = P extends {
  connect: { (): Promise<infer C>; (callback: never): void };
}
  ? C
  : P extends { connect(): Promise<infer C> }
    ? C
    : never;

export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The statement was rolled back as a whole because of another transaction: the same again may succeed. */
export function isConflict(error: unknown): boolean {
  return ["40001", "40P01"].includes(sqlState(error) ?? "");
}
export function isLocked(error: unknown): boolean {
  return sqlState(error) === "55P03";
}

/** Whether the connection itself is gone, so that it is not known what the server has done. */
export function isLostConnection(error: unknown): boolean {
  const state = sqlState(error);
  if (state === undefined) return error instanceof Error && /terminat|closed|timeout/i.test(error.message);
  return state.startsWith("08") || state.startsWith("57P") || state.startsWith("E");
}

export function pgError(error: unknown, table: string): OnceError {
  if (error instanceof OnceError) return error;
  const said = error instanceof Error ? error.message : String(error);
  const cause = { cause: error };
  const state = sqlState(error) ?? "";
  if (state === "42P01" || state === "3F000")
    return new OnceError(
      "table-missing",
      `Postgres has no table ${table}. Run \`await store.setup()\` once, before the first message.`,
      cause,
    );
  if (state === "42501")
    return new OnceError(
      "store-permission",
      `Postgres refused (${said}). GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} to the function's user.`,
      cause,
    );
  if (state === "42703" || state === "42804" || state === "42P10")
    return new OnceError(
      "table-mismatch",
      `${table} is not a table of this library's records (${said}). Name another with the \`table\` option.`,
      cause,
    );
  if (["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "28P01", "28000", "3D000"].includes(state))
    return new OnceError(
      "store-unreachable",
      `Postgres cannot be reached (${said}). Check host, port, database, user and the function's network.`,
      {
        ...cause,
        retryable: true,
      },
    );
  return new OnceError("store-error", `Postgres did not do it: ${said}.`, { ...cause, retryable: true });
}
