/**
 * Plants known faults in a copy of the code, one at a time, and names the check that catches each.
 * `npm run plants`, `npm run plants -- --only late-completion --no-write`, `npm run plants -- --project unit`.
 * Exit code 1 when one survives, or when a check is red without any.
 */

import { parseArgs } from "node:util";
import { load, table, writeEvidence } from "./evidence.ts";
import { copyWorkspace } from "./plants/copy.ts";
import { type Plant, PLANTS } from "./plants/plants.ts";
import { check, tryPlant } from "./plants/run.ts";
import { SERVICES } from "./services.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    only: { type: "string", multiple: true },
    project: { type: "string" },
    write: { type: "boolean", default: true },
    parallel: { type: "string", default: "2" },
  },
});
const chosen = PLANTS.filter(
  ({ id, project }) =>
    (values.only?.includes(id) ?? true) && (values.project === undefined || values.project === project),
);
const loadBefore = load();
const startedMs = performance.now();

/** One DynamoDB Local for all runs: each would start its own. */
const dynamodb = chosen.some(({ project }) => project === "services")
  ? await SERVICES.dynamodb(process.env)
  : undefined;
const env = { ...process.env, ...(dynamodb ? { DYNAMODB_URL: dynamodb.url } : {}) };

const caught = new Map<string, string>();
const survived: Plant[] = [];
const wrong: string[] = [];

/** What is red already catches nothing. */
async function greenBefore(folder: string, project: Plant["project"]): Promise<void> {
  const files = [...new Set(chosen.filter((one) => one.project === project).flatMap((one) => one.checks))];
  if (files.length === 0) return;
  const { failed, passed } = await check(folder, project, files, env, false);
  if (failed !== undefined) wrong.push(`red without any fault: ${failed}`);
  if (passed === 0) wrong.push(`no test ran in ${project}`);
  process.stderr.write(`${project}: ${passed} checks green before\n`);
}

const waiting = [...chosen];
async function lane(first: boolean): Promise<void> {
  const { folder, remove } = copyWorkspace();
  try {
    if (first) for (const project of ["unit", "services"] as const) await greenBefore(folder, project);
    for (let plant = waiting.shift(); plant; plant = waiting.shift()) {
      try {
        const { failed } = await tryPlant(folder, plant, env);
        if (failed === undefined) survived.push(plant);
        else caught.set(plant.id, failed);
        process.stderr.write(`${plant.id}: ${failed ?? "SURVIVED"}\n`);
      } catch (error) {
        wrong.push(`${plant.id}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    remove();
  }
}

try {
  await Promise.all(Array.from({ length: Number(values.parallel) }, (_, index) => lane(index === 0)));
} finally {
  await dynamodb?.stop();
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
const text = [
  `${chosen.length} planted, ${caught.size} caught, ${survived.length} survived, ${wrong.length} could not be tried; ${Math.round((performance.now() - startedMs) / 1_000)} s.`,
  ...wrong.map((line) => `- ${line}`),
  table(
    ["fault", "seen", "caught by"],
    chosen.map(({ id, says, seen }) => [cell(says), cell(seen), cell(caught.get(id) ?? "**SURVIVED**")]),
  ),
].join("\n\n");
process.stdout.write(`${text}\n`);
if (values.write) writeEvidence({ section: "plants", command: "npm run plants", loadBefore, text });
process.exitCode = survived.length + wrong.length === 0 ? 0 : 1;
