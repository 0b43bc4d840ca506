/** One call of the doctor, from what was named to what is printed. */

import { createRequire } from "node:module";
import { writeFileSync } from "node:fs";
import type { Answer } from "../../command.ts";
import type { Call } from "../../options.ts";
import { type Asked, parseFormats, render } from "../../report/formats.ts";
import { onlyAscii } from "../../report/cells.ts";
import { jsonReport } from "../../report/json.ts";
import type { Report } from "../../report/report.ts";
import { warningsOf } from "../../report/warnings.ts";
import { writtenBaseline } from "../../suppress/baseline.ts";
import { Usage } from "../../usage.ts";
import { type Audit, audited, readInputs } from "./audit.ts";
import { type DoctorSettings, doctorSettings } from "./settings.ts";

const WIDTH = 100;

export async function run(call: Call): Promise<Answer> {
  if (call.flag("policy")) return await policy();
  const settings = doctorSettings(call);
  checkOptions(call);
  const formats = parseFormats(call.list("format"), call.flag("json"));
  if (call.flag("live")) return await (await import("./live.ts")).runLive(call, settings, formats);
  if (call.flag("fix")) return await (await import("./mend.ts")).mend(call, settings, formats);
  const inputs = await call.output.during("reading", readInputs(call, settings));
  const audit = audited(inputs, settings, call);
  return conclude(call, settings, formats, audit);
}

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
  const counted = { error: ["error"], warning: ["error", "warning"], info: ["error", "warning", "info"], none: [] };
  const counts: readonly string[] = counted[failOn];
  return (
    checked.findings.some(({ severity }) => counts.includes(severity)) ||
    (failOnUnknown && (checked.unknown.length > 0 || facts.some(({ gaps }) => gaps.length > 0)))
  );
}

function checkOptions(call: Call): void {
  const without = (name: string, needed: string): void => {
    if (call.flag(name) && !call.flag(needed)) throw new Usage(`--${name} is for --${needed}.`);
  };
  without("dry-run", "fix");
  if (call.flag("fix") && call.flag("live"))
    throw new Usage("--fix edits files, and --live reads an account: mend the template, and deploy it.");
  if (call.flag("fix") && call.positionals.includes("-"))
    throw new Usage("--fix edits files in place, and stdin is none. Name the file.");
  if (call.text("days") !== undefined && !call.flag("live")) throw new Usage("--days is for --live.");
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new Usage(`${path} cannot be written: ${(error as Error).message}.`);
  }
}

async function policy(): Promise<Answer> {
  const { LIVE_POLICY, livePolicy } = await import("../../facts/live/policy.ts");
  const text = livePolicy();
  return { exitCode: 0, data: { policy: LIVE_POLICY }, text: text.endsWith("\n") ? text : `${text}\n` };
}

export function version(): string {
  return (createRequire(import.meta.url)("../../../package.json") as { version: string }).version;
}

