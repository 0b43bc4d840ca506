/** The report for people: what is wrong, how bad it is, why, and where to look. */

import { ascii as toAscii, harmless, wrapped } from "../../report/cells.ts";
import type { Paint } from "../../report/pretty.ts";
import { prettyLedger } from "../ledger/pretty.ts";
import { prettyKeys } from "./pretty-keys.ts";
import { readLines } from "./pretty-read.ts";
import type { DetectReport } from "./report.ts";
import { summaryLines } from "./pretty-summary.ts";

export interface PrettyOptions {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width: number;
  readonly ascii: boolean;
}

/** What every part is given. */
export interface Page {
  readonly paint: Paint;
  readonly width: number;
}

export function prettyReport(report: DetectReport, options: PrettyOptions): string {
  const page = { paint: options.paint, width: Math.max(60, Math.min(options.width, 120)) };
  const parts = [
    readLines(report.read, page),
    summaryLines(report.aggregates, page),
    diagnosisLines(report, page),
    prettyLedger(report.ledger, page),
    prettyKeys(report, page),
  ];
  const text = parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
  return options.ascii ? toAscii(text) : text;
}

function diagnosisLines({ diagnosis }: DetectReport, { paint, width }: Page): readonly string[] {
  if (diagnosis.length === 0) return [];
  const lines = [paint("bold", "Why")];
  for (const [at, { cause, evidence, advice }] of diagnosis.entries()) {
    lines.push(`  ${at + 1}. ${paint("bold", harmless(cause))}`);
    lines.push(...evidence.flatMap((one) => bullet("•", one, width)));
    lines.push(...advice.flatMap((one) => bullet(paint("green", "→"), one, width)));
  }
  return lines;
}

function bullet(mark: string, text: string, width: number): readonly string[] {
  return wrapped(text, width - 7).map((line, at) => (at === 0 ? `     ${mark} ${line}` : `       ${line}`));
}
