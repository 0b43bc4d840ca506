/** Which columns of the ledger are asked for, and where they stand. */

import { didYouMean } from "../../nearest.ts";
import { Usage } from "../../usage.ts";

/** By name; `key` is the first column where none was named. */
export interface Columns {
  readonly key: string | undefined;
  readonly amount: string | undefined;
  readonly currency: string | undefined;
}

export interface Places {
  readonly key: number;
  readonly amount: number | undefined;
  readonly currency: number | undefined;
}

/** @throws Usage for a name that is not among the ledger's */
export function placesOf(columns: Columns, names: readonly string[], shown: string): Places {
  const place = (option: string, name: string): number => {
    const exact = names.indexOf(name);
    const at = exact >= 0 ? exact : names.findIndex((one) => one.trim().toLowerCase() === name.toLowerCase());
    if (at >= 0) return at;
    throw new Usage(
      `--${option}: ${shown} has no column "${name}".${didYouMean(name, names)} It has: ${names.slice(0, 20).join(", ")}.`,
    );
  };
  if (names.length === 0) throw new Usage(`--ledger ${shown} has no columns.`);
  return {
    key: columns.key === undefined ? 0 : place("ledger-key", columns.key),
    amount: columns.amount === undefined ? undefined : place("ledger-amount", columns.amount),
    currency: columns.currency === undefined ? undefined : place("ledger-currency", columns.currency),
  };
}
