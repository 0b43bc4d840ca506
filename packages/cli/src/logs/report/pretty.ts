/** The report for people: what is wrong, how bad it is, why, and where to look. */

import { ascii as toAscii, wrapped } from "../../cells.ts";
import type { Paint } from "../../report/pretty.ts";
import type { Cause } from "../model.ts";
import { prettyLedger } from "../ledger/pretty.ts";
import { metricsLines } from "./metrics.ts";
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

const TITLES: Readonly<Record<Cause, string>> = {
  "visibility-expired": "The visibility timeout was over before the run was",
  "batching-window": "The visibility timeout was over: the message had waited for its batch to fill",
  throttling: "Receives reached no handler: the function was throttled",
  "partial-responses-off": "Whole batches came again for one message that had failed",
  "producer-retry": "A producer has sent the same work again",
  redrive: "A dead-letter queue has given messages back",
  "async-retry": "Lambda has tried an asynchronous invocation again",
  "queue-duplicate": "The queue has given the same receive twice",
  "failure-retry": "The run before had failed",
  killed: "The run before was killed",
  deployment: "A deployment has cut off the run before",
  unknown: "Nothing in these logs says why",
};

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
    report.metrics ? metricsLines(report.metrics, report.aggregates.deliveries, page) : [],
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
  for (const [at, { cause, evidence, advice, help }] of diagnosis.entries()) {
    lines.push(`  ${at + 1}. ${paint("bold", TITLES[cause])} ${paint("dim", `(${cause})`)}`);
    lines.push(...evidence.flatMap((one) => bullet("•", one, width)));
    lines.push(...advice.flatMap((one) => bullet(paint("green", "→"), one, width)));
    if (help.length > 0) lines.push(`       ${paint("dim", `help ${help.join(", ")}`)}`);
  }
  return lines;
}

function bullet(mark: string, text: string, width: number): readonly string[] {
  return wrapped(text, width - 7).map((line, at) => (at === 0 ? `     ${mark} ${line}` : `       ${line}`));
}
