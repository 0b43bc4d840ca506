/** Reads the ledger behind the logs, whose repeated runs are known by then. */

import { excessOf, type LedgerJoin, type LedgerReport } from "../../logs/ledger/join.ts";
import { BadRows, ledgerRows } from "../../logs/ledger/rows.ts";
import { writeCompensation } from "../../logs/ledger/compensation.ts";
import { counted, number } from "../../logs/words.ts";
import type { Call } from "../../options.ts";
import type { LedgerSettings } from "./settings.ts";

export async function booked(
  call: Call,
  join: LedgerJoin,
  { source, columns, compensation }: LedgerSettings,
): Promise<LedgerReport> {
  const bad = new BadRows();
  let rows = 0;
  const read = async (): Promise<void> => {
    for await (const batch of ledgerRows(source, { columns, bad, signal: call.interrupted })) {
      for (const row of batch) join.book(row);
      rows += batch.length;
    }
  };
  await call.output.during(() => `reading ${source.shown}, ${number(rows)} rows`, read());
  const report = join.done(source.shown, columns.amount !== undefined, bad);
  if (compensation !== undefined) {
    await writeCompensation(compensation, report);
    const lines = [...report.doubled, ...report.doubledByRetries].reduce(
      (sum, one) => sum + excessOf(one).length,
      0,
    );
    call.output.note(
      `${counted(lines, "row")} that ${lines === 1 ? "is" : "are"} too much ${lines === 1 ? "is" : "are"} in ${compensation} now.`,
    );
  }
  return report;
}
