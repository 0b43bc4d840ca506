/**
 * Plants known faults in a copy of the code, one at a time, and names the check that catches each.
 * `npm run plants`, `npm run plants -- --only late-completion --no-write`, `npm run plants -- --project unit`.
 * Exit code 1 when one survives, or when a check is red without any.
 */

import { parseArgs } from "node:util";
import { load, table, writeEvidence } from "./evidence.ts";
import { inCopies } from "./plants/copy.ts";
import type { Plant } from "./plants/plant.ts";
import { PLANTS } from "./plants/plants.ts";
import { check, tryPlant } from "./plants/run.ts";
import { SERVICES } from "./services.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    only: { type: "string", multiple: true },
    project: { type: "string" },
    /** Whether the checks are run without any fault first. */
    before: { type: "boolean", default: true },
    write: { type: "boolean", default: true },
    parallel: { type: "string", default: "2" },
  },
});
const PROJECTS = ["unit", "services"] as const;
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");

/** @returns whether every fault was caught, by checks that are green without it. */
async function plantIn(project: Plant["project"], env: NodeJS.ProcessEnv): Promise<boolean> {
  const chosen = PLANTS.filter((one) => one.project === project && (values.only?.includes(one.id) ?? true));
  if (chosen.length === 0) return true;
  const loadBefore = load();
  const startedMs = performance.now();
  const caught = new Map<string, string>();
  const survived = new Set<string>();
  const wrong: string[] = [];
  let green = "without running the checks green before";

  /** What is red already catches nothing. */
  async function greenBefore(folder: string): Promise<void> {
    const files = [...new Set(chosen.flatMap((one) => one.checks))];
    const { failed, passed } = await check(folder, project, files, env, false);
    if (failed !== undefined) wrong.push(`red without any fault: ${failed}`);
    if (passed === 0) wrong.push("no test ran");
    green = `${passed} checks green before`;
    process.stderr.write(`${project}: ${green}\n`);
  }

  async function plant(folder: string, one: Plant): Promise<void> {
    try {
      const { failed } = await tryPlant(folder, one, env);
      if (failed === undefined) survived.add(one.id);
      else caught.set(one.id, failed);
      process.stderr.write(`${one.id}: ${failed ?? "SURVIVED"}\n`);
    } catch (error) {
      wrong.push(`${one.id}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  await inCopies(Number(values.parallel), chosen, plant, async (folder) => {
    if (values.before) await greenBefore(folder);
  });
  const said = (id: string): string =>
    caught.get(id) ?? (survived.has(id) ? "**SURVIVED**" : "**NOT TRIED**");
  const text = [
    `${chosen.length} planted, ${caught.size} caught, ${survived.size} survived, ${chosen.length - caught.size - survived.size} not tried; ${green}; ${Math.round((performance.now() - startedMs) / 1_000)} s.`,
    ...wrong.map((line) => `- ${line}`),
    table(
      ["fault", "seen", "caught by"],
      chosen.map(({ id, says, seen }) => [cell(says), cell(seen), cell(said(id))]),
    ),
  ].join("\n\n");
  process.stdout.write(`${text}\n`);
  const command = `npm run plants -- --project ${project}${values.before ? "" : " --no-before"}`;
  if (values.write && !values.only)
    writeEvidence({ section: `plants-${project}`, command, loadBefore, text });
  return caught.size === chosen.length && wrong.length === 0;
}

const projects = PROJECTS.filter((name) => values.project === undefined || values.project === name);
/** One DynamoDB Local for all runs: each would start its own. */
const dynamodb = projects.includes("services") ? await SERVICES.dynamodb(process.env) : undefined;
try {
  for (const project of projects)
    if (!(await plantIn(project, { ...process.env, ...(dynamodb ? { DYNAMODB_URL: dynamodb.url } : {}) })))
      process.exitCode = 1;
} finally {
  await dynamodb?.stop();
}
