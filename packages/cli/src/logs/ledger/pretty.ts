/** What duplicates did, in sums. */

import { harmless, wrapped } from "../../cells.ts";
import type { Page } from "../report/pretty.ts";
import { counted, number } from "../words.ts";
import type { LedgerKey, LedgerReport } from "./join.ts";

const SHOWN = 5;

export function prettyLedger(ledger: LedgerReport | undefined, { paint, width }: Page): readonly string[] {
  if (ledger === undefined) return [];
  const { doubled, doubledByRetries, defended, missingCount, unexplained, bad, excess } = ledger;
  const lines = [
    paint("bold", "What it did"),
    `  ${harmless(ledger.source)}: ${counted(ledger.rows, "row")}${bad.count > 0 ? paint("yellow", `, and ${number(bad.count)} that could not be used`) : ""}`,
    ...bad.examples
      .slice(0, 3)
      .map(({ line, reason }) => paint("dim", `    line ${line}: ${harmless(reason)}`)),
    "",
    `  ${doubled.length > 0 ? paint("red", number(doubled.length)) : paint("green", "0")} ${doubled.length === 1 ? "key has" : "keys have"} two or more rows, made by duplicates`,
  ];
  if (doubledByRetries.length > 0)
    lines.push(
      `  ${paint("red", number(doubledByRetries.length))} ${doubledByRetries.length === 1 ? "key has" : "keys have"} two or more rows, made by attempts that had failed or were killed`,
    );
  for (const { currency, rows, amount } of excess)
    if (ledger.hasAmounts)
      lines.push(
        `      ${paint("bold", amount)} ${currency === "" ? "(no currency given)" : harmless(currency)} too much, in ${counted(rows, "row")}`,
      );
  if (ledger.unreadableAmounts > 0)
    lines.push(
      paint(
        "yellow",
        `      ${counted(ledger.unreadableAmounts, "amount")} could not be read as a decimal number, and ${ledger.unreadableAmounts === 1 ? "is" : "are"} in no sum`,
      ),
    );
  lines.push(
    `  ${number(defended)} ran again and ${defended === 1 ? "has" : "have"} one row: defended behind the handler`,
  );
  lines.push(`  ${number(missingCount)} ran again and ${missingCount === 1 ? "has" : "have"} no row`);
  if (unexplained === undefined) lines.push("  too many keys to tell which others have two rows");
  else if (unexplained > 0)
    lines.push(
      `  ${number(unexplained)} more ${unexplained === 1 ? "key has" : "keys have"} two or more rows, and ran once at most by these logs`,
    );
  if (doubled.length + doubledByRetries.length + defended === 0 && missingCount > 0)
    lines.push(
      ...wrapped(
        "None of them has a row: are the ledger's keys those of the logs? Name the column by --ledger-key, and what the logs call it by --key.",
        width - 2,
      ).map((line) => `  ${paint("yellow", line)}`),
    );
  const shown = [...doubled, ...doubledByRetries].slice(0, SHOWN);
  if (shown.length > 0) lines.push("", ...shown.map((one) => `  ${keyLine(one, ledger.hasAmounts)}`));
  const left = doubled.length + doubledByRetries.length - shown.length;
  if (left > 0) lines.push(`  … and ${counted(left, "key")} more: --compensation <file.csv> lists all`);
  return lines;
}

function keyLine({ key, rows, runs }: LedgerKey, hasAmounts: boolean): string {
  const said = rows
    .slice(0, 4)
    .map(
      ({ line, amount, currency }) =>
        `${hasAmounts ? `${amount ?? "?"} ${currency ?? ""}`.trim() : "row"} (line ${line})`,
    );
  const more = rows.length > said.length ? `, and ${rows.length - said.length} more` : "";
  return harmless(
    `${key.slice(0, 80)}: ${counted(runs, "run")}, ${counted(rows.length, "row")}: ${said.join(", ")}${more}`,
  );
}
