/** What SQLite's errors mean, and what to do about them. */

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { isOnceError, OnceError } from "../../errors.ts";

const PERM = 3;
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const TOOBIG = 18;
const NOTADB = 26;

/** SQLite's primary result code: the extended one carries it in its low byte. */
function codeOf(error: unknown): number | undefined {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number"
    ? error.errcode & 0xff
    : undefined;
}

export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code === BUSY || code === LOCKED;
}

export function sqliteError(error: unknown, path: string): OnceError {
  if (isOnceError(error)) return error;
  const said = error instanceof Error ? error.message : String(error);
  const never = { cause: error };
  const later = { cause: error, retryable: true };
  if (/no such table/.test(said)) return tableMissing(path, error);
  if (/no such column|has no column|no column named/.test(said))
    return new OnceError(
      "table-mismatch",
      `The table in ${path} is not one of this library's records (${said}). Give another name with the \`table\` option.`,
      never,
    );
  switch (codeOf(error)) {
    case BUSY:
    case LOCKED:
      return new OnceError(
        "store-error",
        `Another process held the write lock of ${path} for too long. Keep transaction bodies short, or raise \`busyRetryMs\`.`,
        later,
      );
    case READONLY:
    case PERM:
      return new OnceError(
        "store-permission",
        `${path} cannot be written (${said}). Give this process write access to the file and to its folder.`,
        never,
      );
    case CANTOPEN:
      return existsSync(dirname(path))
        ? new OnceError(
            "store-permission",
            `${path} cannot be opened (${said}). It must be a file, and this process needs write access to it and to its folder.`,
            never,
          )
        : new OnceError(
            "store-unreachable",
            `${path} cannot be opened: its folder does not exist. Create it, or give another \`path\`.`,
            never,
          );
    case CORRUPT:
    case NOTADB:
      return new OnceError(
        "store-error",
        `${path} is damaged or not an SQLite database (${said}). Restore it from a copy, or give another \`path\`.`,
        never,
      );
    case FULL:
      return new OnceError(
        "store-error",
        `There is no room left for ${path} (${said}). Nothing of this was written; free space on the disk.`,
        later,
      );
    case TOOBIG:
      return new OnceError("store-error", `A value is too large for SQLite (${said}). Store less.`, never);
    default:
      return new OnceError("store-error", `SQLite could not do it at ${path}: ${said}.`, later);
  }
}

export function tableMissing(path: string, cause?: unknown): OnceError {
  return new OnceError(
    "table-missing",
    `${path} has no table of records yet. Run \`await store.setup()\` or \`npx effectively-once setup sqlite:${path}\` once, before the first message.`,
    { cause },
  );
}
