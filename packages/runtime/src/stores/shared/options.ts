/** Options that several stores check alike. */

import { OnceError, typeOf } from "../../errors.ts";

export const DEFAULT_TABLE = "effectively_once_records";

export function checkText(what: string, name: string, value: unknown): void {
  if (value === undefined || (typeof value === "string" && value !== "" && !value.includes("\u0000"))) return;
  throw new OnceError(
    "invalid-option",
    `${what}: \`${name}\` must be a non-empty string, got ${value === "" ? "an empty one" : typeOf(value)}.`,
  );
}

export function checkMs(what: string, name: string, value: unknown): void {
  if (value === undefined || (typeof value === "number" && Number.isFinite(value) && value > 0)) return;
  throw new OnceError(
    "invalid-option",
    `${what}: \`${name}\` must be a number of milliseconds above 0, got ${typeof value === "number" ? value : typeOf(value)}.`,
  );
}

/** A table or column name, safe in SQL whatever characters it has. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
