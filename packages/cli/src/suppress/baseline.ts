/** The baseline: what was there when the doctor came into a project, and is not to fail its builds. */

import { fingerprintsOf, portable } from "../report/fingerprint.ts";
import { byText, isFinding, SEVERITIES } from "../report/report.ts";
import type { Judged } from "../report/subject.ts";
import type { Checked } from "../rules/check-all.ts";
import type { Severity } from "../rules/rule.ts";
import { Usage } from "../usage.ts";

export interface BaselineEntry {
  readonly fingerprint: string;
  readonly rule: string;
  readonly status: Judged["status"];
  readonly severity: Severity;
  readonly file: string;
  readonly function?: string;
  readonly queue?: string;
  readonly mapping?: string;
  readonly other?: string;
}

export interface Baseline {
  /** Where it was read. */
  readonly file: string;
  readonly entries: readonly BaselineEntry[];
}

/** For `--write-baseline`: all that is found now, findings and open questions, one entry a line. */
export function writtenBaseline(checked: Checked, base?: string): string {
  const outcomes: readonly Judged[] = [...checked.findings, ...checked.unknown];
  const entries = [...fingerprintsOf(outcomes, base)].map(([outcome, fingerprint]): BaselineEntry => {
    const { rule, status, severity, subject, place, facts } = outcome;
    const file = portable(place?.file ?? facts.file, base);
    return { fingerprint, rule: rule.id, status, severity, file, ...subject };
  });
  const sorted = entries.toSorted(
    (left, right) =>
      byText(left.file, right.file) ||
      byText(left.rule, right.rule) ||
      byText(left.fingerprint, right.fingerprint),
  );
  const lines = sorted.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n");
  return `{\n  "schemaVersion": 1,\n  "findings": [${lines === "" ? "" : `\n${lines}\n  `}]\n}\n`;
}

/** @throws Usage for what `--write-baseline` did not write */
export function readBaseline(text: string, file: string): Baseline {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new Usage(`The baseline ${file} is not JSON: ${(error as Error).message}. ${AGAIN}`);
  }
  const { schemaVersion, findings } = (value ?? {}) as { schemaVersion?: unknown; findings?: unknown };
  if (schemaVersion !== 1 || !Array.isArray(findings))
    throw new Usage(
      `The baseline ${file} is not one that this version can read ("schemaVersion": 1 and "findings"). ${AGAIN}`,
    );
  for (const [index, entry] of findings.entries())
    if (!isEntry(entry))
      throw new Usage(`The baseline ${file}: findings[${index}] is no entry of a baseline. ${AGAIN}`);
  return { file, entries: findings as readonly BaselineEntry[] };
}

/** What it hides: the same thing, unless it has become worse since. */
export function hides(entry: BaselineEntry, outcome: Judged): boolean {
  return !isFinding(outcome) || SEVERITIES.indexOf(outcome.severity) <= SEVERITIES.indexOf(entry.severity);
}

const AGAIN = "Write it again with --write-baseline.";

function isEntry(entry: unknown): entry is BaselineEntry {
  if (typeof entry !== "object" || entry === null) return false;
  const { fingerprint, rule, file, severity } = entry as Record<string, unknown>;
  return (
    typeof fingerprint === "string" &&
    typeof rule === "string" &&
    typeof file === "string" &&
    SEVERITIES.some((one) => one === severity)
  );
}
