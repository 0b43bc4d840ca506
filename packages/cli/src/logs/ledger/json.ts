/** The ledger's part of `detect`'s JSON. */

import { excessOf, type LedgerKey, type LedgerReport } from "./join.ts";

/** More of them are in `--compensation`. */
const MAX_KEYS = 100;

export function ledgerJson(ledger: LedgerReport): object {
  const { doubled, doubledByRetries, missing, missingCount, bad } = ledger;
  return {
    source: ledger.source,
    rows: ledger.rows,
    badRows: bad,
    unreadableAmounts: ledger.unreadableAmounts,
    summary: {
      doubled: doubled.length,
      doubledByRetries: doubledByRetries.length,
      defended: ledger.defended,
      missing: missingCount,
      unexplained: ledger.unexplained ?? null,
    },
    excess: ledger.excess,
    doubled: doubled.slice(0, MAX_KEYS).map(keyJson),
    doubledByRetries: doubledByRetries.slice(0, MAX_KEYS).map(keyJson),
    missing: missing.slice(0, MAX_KEYS).map(({ key }) => key),
    truncated: Math.max(doubled.length, doubledByRetries.length, missingCount) > MAX_KEYS,
  };
}

function keyJson(one: LedgerKey): object {
  const { key, bookedAs, runs, repeatedRuns, rows, messageIds, requestIds } = one;
  return {
    key,
    ...(bookedAs === key ? {} : { bookedAs }),
    runs,
    repeatedRuns,
    rows,
    excess: excessOf(one).length,
    messageIds,
    requestIds,
  };
}
