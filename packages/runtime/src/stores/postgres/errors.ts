/** What Postgres's and the network's errors mean, and what to do about them. */

import { isOnceError, OnceError } from "../../errors.ts";

export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** The transaction was rolled back because of another one: the same again may succeed. A body may have wrapped the error. */
export function isConflict(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth += 1)
    if (["40001", "40P01"].includes(sqlState(cause) ?? "")) return true;
  return false;
}

export function isLocked(error: unknown): boolean {
  return sqlState(error) === "55P03";
}

/** Something is wrong with a value or the size of the request: perhaps of one item only. */
export function isDataError(error: unknown): boolean {
  return /^(21|22|23|54)/.test(sqlState(error) ?? "");
}

const CUT = ["ECONNRESET", "EPIPE", "57P01", "57P02", "25P03", "57P05"];

/** The connection broke, so it is not known what the server has done. */
export function isLostConnection(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return CUT.includes(state) || state.startsWith("08");
  return error instanceof Error && /connection (terminated|ended|error)|not queryable/i.test(error.message);
}

const UNREACHABLE = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"];
const REFUSED = ["28P01", "28000", "3D000"];
const MISMATCH = ["42703", "42804", "42P10", "42883", "42809"];

export interface ErrorPlace {
  readonly table: string;
  /** Host, port and database of the pool, as far as it tells; never its password. */
  readonly target: string;
}

export function pgError(error: unknown, { table, target }: ErrorPlace): OnceError {
  if (isOnceError(error)) return error;
  const said = says(error);
  const never = { cause: error };
  const later = { cause: error, retryable: true };
  const state = sqlState(error) ?? "";
  if (state === "42P01" || state === "3F000") return tableMissing(table, error);
  if (state === "42501")
    return new OnceError(
      "store-permission",
      `Postgres refused (${said}). As its owner, run: GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO the role that connects, and GRANT USAGE ON its schema.`,
      never,
    );
  if (state === "25006")
    return new OnceError(
      "store-permission",
      `Postgres is read-only here (${said}). Give the pool the address of the writer, not of a replica.`,
      never,
    );
  if (MISMATCH.includes(state))
    return new OnceError(
      "table-mismatch",
      `${table} is not a table of this library's records (${said}). Give another name with the \`table\` option.`,
      never,
    );
  if (UNREACHABLE.includes(state) || /timeout exceeded when trying to connect/.test(said))
    return new OnceError(
      "store-unreachable",
      `Postgres at ${target} cannot be reached (${said}). Check host and port, and that this function's network and security group allow it.`,
      later,
    );
  if (REFUSED.includes(state))
    return new OnceError(
      "store-unreachable",
      `Postgres at ${target} does not let this user in (${said}). Check user, password and database name.`,
      never,
    );
  if (state.startsWith("53"))
    return new OnceError(
      "store-error",
      `Postgres at ${target} has no room (${said}). Too many connections: lower the pool's \`max\`, or put a proxy between.`,
      later,
    );
  const passes = !/^(0A|2[1-38]|42|54)/.test(state);
  return new OnceError("store-error", `Postgres at ${target} could not do it: ${said}.`, {
    cause: error,
    retryable: passes,
  });
}

export function tableMissing(table: string, cause?: unknown): OnceError {
  return new OnceError(
    "table-missing",
    `Postgres has no table ${table}. Run \`await store.setup()\` or \`npx effectively-once setup postgres://…\` once, before the first message.`,
    { cause },
  );
}

/** A host with several addresses fails with an AggregateError, whose own message is empty. */
function says(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== "") return error.message;
  if (error instanceof AggregateError && error.errors.length > 0) return says(error.errors[0]);
  return sqlState(error) ?? error.name;
}

/** Where a pool goes, for error messages. */
export function targetOf(pool: object): string {
  const options = "options" in pool ? pool.options : undefined;
  if (typeof options !== "object" || options === null) return "the pool's address";
  const { host, port, database, connectionString } = options as Readonly<Record<string, unknown>>;
  if (typeof connectionString === "string" && URL.canParse(connectionString)) {
    const url = new URL(connectionString);
    return `${url.host || "localhost"}${url.pathname}`;
  }
  const where = `${typeof host === "string" ? host : (process.env["PGHOST"] ?? "localhost")}:${String(port ?? process.env["PGPORT"] ?? 5432)}`;
  return typeof database === "string" ? `${where}/${database}` : where;
}
