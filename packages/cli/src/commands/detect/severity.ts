/** From what was found to the exit code. A retry is no finding: it is what a queue is for. */

import type { DetectReport } from "../../logs/report/report.ts";
import type { DetectSettings } from "./settings.ts";

const LEVELS = ["info", "warning", "error"] as const;

/** The worst of it; `undefined`: nothing. */
export function severityOf({ aggregates, ledger }: DetectReport): (typeof LEVELS)[number] | undefined {
  const { repeatedRuns, suppressed, verdicts } = aggregates;
  if (repeatedRuns > 0 || (ledger && ledger.doubled.length + ledger.doubledByRetries.length > 0))
    return "error";
  if (verdicts["in-doubt"] + verdicts.mismatch + verdicts.invalid > 0) return "warning";
  return suppressed > 0 ? "info" : undefined;
}

export function exitCodeOf(
  report: DetectReport,
  { failOn, failOnUnknown }: Pick<DetectSettings, "failOn" | "failOnUnknown">,
): 0 | 1 | 2 {
  const { read, aggregates } = report;
  // The rest is answered, but not all of what was asked.
  if (read.problems.some(({ denied }) => !denied)) return 2;
  if (failOnUnknown && (aggregates.verdicts.unknown > 0 || read.problems.length > 0)) return 1;
  const found = severityOf(report);
  return found !== undefined && failOn !== "none" && LEVELS.indexOf(found) >= LEVELS.indexOf(failOn) ? 1 : 0;
}
