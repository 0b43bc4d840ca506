/** From inputs to a report: what is read, what the rules say of it, what is suppressed. */

import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import { withConfigured } from "../../facts/code/configured.ts";
import { disk, type Files, InputProblem } from "../../facts/files.ts";
import type { Facts } from "../../facts/model.ts";
import type { Call } from "../../options.ts";
import type { Report } from "../../report/report.ts";
import { RULES } from "../../rules/catalogue.ts";
import { type Checked, checkAll } from "../../rules/check-all.ts";
import { type Baseline, readBaseline } from "../../suppress/baseline.ts";
import { ignoreComments } from "../../suppress/comments.ts";
import { suppress } from "../../suppress/suppress.ts";
import { Usage } from "../../usage.ts";
import { find } from "./find.ts";
import { type Problem, readAll, readText } from "./read.ts";
import type { DoctorSettings } from "./settings.ts";

export interface Inputs {
  readonly facts: readonly Facts[];
  readonly problems: readonly Problem[];
}

export interface Audit {
  readonly report: Report;
  /** Without what a baseline hides: what a new one would hold. */
  readonly fresh: Checked;
  /** For people, before the report. */
  readonly said?: readonly string[];
  /** For programs, beside the report. */
  readonly more?: object;
  /** Nothing could be seen: not one call to AWS was allowed. */
  readonly cannotSee?: boolean;
}

const STDIN = "-";

/** @throws Usage when nothing was found that could be audited */
export async function readInputs(
  call: Call,
  { idempotency }: DoctorSettings,
  files: Files = disk,
): Promise<Inputs> {
  const paths = call.positionals.filter((path) => path !== STDIN);
  const facts: Facts[] = [];
  const problems: Problem[] = [];
  if (call.positionals.includes(STDIN)) {
    const text = await call.untilInterrupted(stdin());
    try {
      facts.push(...readText("stdin", text, files, true));
    } catch (error) {
      if (!(error instanceof InputProblem)) throw error;
      problems.push({ file: "stdin", message: error.message });
    }
  }
  if (paths.length > 0 || call.positionals.length === 0) {
    const scan = await scanned(paths, files);
    const { interrupted } = call;
    const read = await readAll(scan.found, {
      files,
      interrupted,
      pause: () => setImmediate(undefined),
    });
    facts.push(...read.facts);
    problems.push(...read.problems);
    if (facts.length === 0 && problems.length === 0)
      throw new Usage(
        `no template was found in ${scan.searched.join(", ")}: no CloudFormation, SAM or CDK template, Terraform folder or plan, Serverless Framework file. Name one, for example: effectively-once doctor template.yaml.`,
      );
  }
  return { facts: facts.map((one) => withConfigured(one, idempotency)), problems };
}

export function audited(inputs: Inputs, settings: DoctorSettings, call: Call, files: Files = disk): Audit {
  const { profile, rules, severities, ignores } = settings;
  const { facts, problems } = inputs;
  const all = checkAll(rules, facts, profile, severities);
  const named = [...new Set(facts.flatMap(filesOf))];
  const baseline = baselineOf(call, files);
  const given = {
    comments: named.flatMap((file) => ignoreComments(file, readable(file, files))),
    config: ignores,
    facts,
    rules: RULES,
    files: named,
  };
  const { checked, suppressed, unused } = suppress(all, { ...given, ...(baseline ? { baseline } : {}) });
  const report = {
    version: (createRequire(import.meta.url)("../../../package.json") as { version: string }).version,
    profile,
    facts,
    checked,
    suppressed,
    unusedSuppressions: unused,
    problems,
    rules,
  };
  return { report, fresh: baseline ? suppress(all, given).checked : checked };
}

/** Every file that a fact stands in: those of nested stacks and modules too. */
function filesOf(facts: Facts): readonly string[] {
  if (facts.language === "live") return [];
  const all = [
    ...facts.functions,
    ...facts.queues,
    ...facts.streams,
    ...facts.mappings,
    ...facts.pipes,
    ...facts.deliveries,
    ...facts.tables,
  ];
  return [...new Set([facts.file, ...all.flatMap(({ place }) => (place ? [place.file] : []))])];
}

function readable(file: string, files: Files): string {
  try {
    return files.text(file) ?? "";
  } catch {
    return "";
  }
}

function baselineOf(call: Call, files: Files): Baseline | undefined {
  const path = call.text("baseline");
  if (path === undefined) return undefined;
  const text = files.text(path);
  if (text === undefined)
    throw new Usage(`--baseline ${path} is not there. Write one with --write-baseline ${path}.`);
  return readBaseline(text, path);
}

async function scanned(paths: readonly string[], files: Files): ReturnType<typeof find> {
  try {
    return await find(paths, files);
  } catch (error) {
    throw error instanceof InputProblem ? new Usage(error.message) : error;
  }
}

async function stdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks)
    .toString("utf8")
    .replace(/^\uFEFF/, "");
}
