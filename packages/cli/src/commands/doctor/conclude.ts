/** The end of a call: each format that was asked for, the baseline, the exit code. */

import { writeFileSync } from "node:fs";
import type { Answer } from "../../command.ts";
import type { Call } from "../../options.ts";
import { onlyAscii } from "../../cells.ts";
import { type Asked, render } from "../../report/formats.ts";
import { jsonReport } from "../../report/json.ts";
import type { Report } from "../../report/report.ts";
import { warningsOf } from "../../report/warnings.ts";
import { writtenBaseline } from "../../suppress/baseline.ts";
import { Usage } from "../../usage.ts";
import type { Audit } from "./audit.ts";
import type { DoctorSettings } from "./settings.ts";

const WIDTH = 100;

/** Prints what was found, in each format that was asked for, and says how the call ends. */
export function conclude(
  call: Call,
  settings: DoctorSettings,
  formats: readonly Asked[],
  { report, fresh, said = [], more = {}, cannotSee = false }: Audit,
): Answer {
  const baseline = call.text("write-baseline");
  if (baseline !== undefined) {
    write(baseline, writtenBaseline(fresh));
    call.output.note(`${fresh.findings.length + fresh.unknown.length} findings are in ${baseline} now.`);
  }
  for (const warning of warningsOf({ ...report, problems: [] })) call.output.warn(warning);
  let text = "";
  for (const { format, path } of formats) {
    // Printed from the data.
    if (path === undefined && call.output.json) continue;
    const toFile = path !== undefined;
    const paint = (style: Parameters<Call["output"]["paint"]>[0], part: string): string =>
      toFile ? part : call.output.paint(style, part);
    const width = toFile ? WIDTH : (process.stdout.columns ?? WIDTH);
    const rendered = render(format, report, { paint, width, ascii: !toFile && onlyAscii(process.env) });
    if (path === undefined) text = [...said, rendered].join("");
    else write(path, rendered);
  }
  for (const { file, message } of report.problems)
    call.output.note(
      `${call.output.paint("red", "error")}: ${message.includes(file) ? message : `${file}: ${message}`}`,
    );
  return {
    exitCode: report.problems.length > 0 || cannotSee ? 2 : fails(report, settings) ? 1 : 0,
    ...(call.output.json ? { data: { ...jsonReport(report), ...more } } : { text }),
  };
}

function fails({ checked, facts }: Report, { failOn, failOnUnknown }: DoctorSettings): boolean {
  const counted = {
    error: ["error"],
    warning: ["error", "warning"],
    info: ["error", "warning", "info"],
    none: [],
  };
  const counts: readonly string[] = counted[failOn];
  return (
    checked.findings.some(({ severity }) => counts.includes(severity)) ||
    (failOnUnknown && (checked.unknown.length > 0 || facts.some(({ gaps }) => gaps.length > 0)))
  );
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new Usage(`${path} cannot be written: ${(error as Error).message}.`);
  }
}
