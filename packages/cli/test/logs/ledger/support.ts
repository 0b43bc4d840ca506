/** Judged deliveries as they come out of the logs, and ledgers in a folder of their own. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { Columns } from "../../../src/logs/ledger/columns.ts";
import { LedgerJoin, type LedgerReport } from "../../../src/logs/ledger/join.ts";
import { BadRows, type LedgerRow, ledgerRows } from "../../../src/logs/ledger/rows.ts";
import { ledgerSourceOf } from "../../../src/logs/ledger/source.ts";
import type { Judged } from "../../../src/logs/model.ts";

export const AT = Date.parse("2026-09-01T08:00:00Z");

/** One delivery of `key`. */
export function judged(
  key: string,
  verdict: Judged["verdict"],
  more: Partial<Judged> & { messageId?: string } = {},
): Judged {
  const { messageId = `m-${key}`, ...rest } = more;
  return {
    delivery: {
      atMs: AT,
      key,
      messageId,
      receiveCount: 1,
      sentAtMs: undefined,
      firstReceivedAtMs: undefined,
      source: undefined,
      failed: false,
      invocation: undefined,
      told: undefined,
    },
    verdict,
    origin: undefined,
    ran: true,
    gapMs: undefined,
    cause: undefined,
    ...rest,
  };
}

/** A key whose second delivery ran although the first one was done. */
export function doubled(key: string): readonly Judged[] {
  return [judged(key, "first"), judged(key, "duplicate", { origin: "redelivery", gapMs: 30_000 })];
}

export function folder(): { write(name: string, content: string | Buffer): string } {
  const path = mkdtempSync(join(tmpdir(), "effectively-once-ledger-"));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    write(name, content) {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
  };
}

export async function rowsOf(
  ledger: string,
  columns: Partial<Columns> = {},
): Promise<{ readonly rows: readonly LedgerRow[]; readonly bad: BadRows }> {
  const bad = new BadRows();
  const rows: LedgerRow[] = [];
  const asked = { key: undefined, amount: undefined, currency: undefined, ...columns };
  const reading = { columns: asked, bad, signal: new AbortController().signal };
  for await (const batch of ledgerRows(ledgerSourceOf(ledger), reading)) rows.push(...batch);
  return { rows, bad };
}

export async function joined(
  histories: readonly (readonly Judged[])[],
  ledger: string,
  columns: Partial<Columns> = {},
): Promise<LedgerReport> {
  const join = new LedgerJoin();
  for (const history of histories) join.add(history);
  const { rows, bad } = await rowsOf(ledger, columns);
  for (const row of rows) join.book(row);
  return join.done(ledger, columns.amount !== undefined, bad);
}
