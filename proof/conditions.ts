/**
 * Every operator in the stores' conditions turned into its neighbour, one at a time, in a copy of the workspace, and the
 * store's tests run on the real engine: `npm run conditions`, `npm run conditions -- --store postgres --no-write`.
 * `--list` prints them and runs nothing. Exit code 1 when one survives that `conditions/equivalent.json` does not name
 * with a reason, when one that it names is caught or gone, or when a check is red without any.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ConditionMutant, mutantsOf } from "./conditions/mutants.ts";
import { CHECKS, REGIONS } from "./conditions/regions.ts";
import { load, table, writeEvidence } from "./evidence.ts";
import { inCopies, ROOT } from "./plants/copy.ts";
import { check } from "./plants/run.ts";
import { SERVICES } from "./services.ts";

interface Listed {
  readonly file: string;
  readonly near: string;
  readonly change: string;
  readonly nth?: number;
  readonly reason: string;
}

const { values } = parseArgs({
  allowNegative: true,
  options: {
    store: { type: "string", multiple: true },
    /** Only of lines that hold this text. */
    near: { type: "string" },
    list: { type: "boolean", default: false },
    write: { type: "boolean", default: true },
    parallel: { type: "string", default: "2" },
  },
});
const STORES = ["postgres", "dynamodb", "sqlite"] as const;
const stores = STORES.filter((store) => values.store?.includes(store) ?? true);
const file = join(import.meta.dirname, "conditions/equivalent.json");
const listed = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as readonly Listed[]) : [];
const all = REGIONS.filter(({ store }) => stores.includes(store))
  .flatMap((region) => mutantsOf(region, readFileSync(join(ROOT, region.file), "utf8")))
  .filter(({ near }) => near.includes(values.near ?? ""));
const told = ({ region, line, near, change }: ConditionMutant): string =>
  `${region.file}:${line}: ${change} in: ${near}`;
const isListed = (mutant: ConditionMutant, one: Listed): boolean =>
  one.file === mutant.region.file &&
  one.near === mutant.near &&
  one.change === mutant.change &&
  (one.nth ?? 0) === mutant.nth;
if (values.list) {
  process.stdout.write(`${all.map(told).join("\n")}\n${all.length} mutants\n`);
  process.exit(0);
}

const loadBefore = load();
const startedMs = performance.now();
const wrong: string[] = [];
const caught = new Map<ConditionMutant, string>();
const survived: ConditionMutant[] = [];
// One for all runs: each would start its own.
const dynamodb = stores.some((store) => store === "dynamodb")
  ? await SERVICES.dynamodb(process.env)
  : undefined;
const env = { ...process.env, ...(dynamodb ? { DYNAMODB_URL: dynamodb.url } : {}) };

async function greenBefore(folder: string): Promise<void> {
  for (const store of stores) {
    for (const { project, files } of CHECKS[store]) {
      const { passed, failed } = await check(folder, project, files, env, false);
      process.stderr.write(`${store}, ${project}: ${passed} checks green without any\n`);
      if (failed !== undefined || passed === 0) wrong.push(`${store} is red without any: ${failed}`);
    }
  }
}

async function tried(folder: string, mutant: ConditionMutant): Promise<void> {
  const path = join(folder, mutant.region.file);
  const before = readFileSync(path, "utf8");
  writeFileSync(path, mutant.mutated);
  try {
    for (const { project, files } of CHECKS[mutant.region.store]) {
      const { failed } = await check(folder, project, files, env, true);
      if (failed === undefined) continue;
      caught.set(mutant, failed);
      return;
    }
    survived.push(mutant);
    process.stderr.write(`SURVIVED ${told(mutant)}\n`);
  } catch (error) {
    wrong.push(`${told(mutant)}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    writeFileSync(path, before);
    const done = caught.size + survived.length;
    if (done % 10 === 0) process.stderr.write(`${done} of ${all.length}, ${survived.length} survived\n`);
  }
}

try {
  await inCopies(Number(values.parallel), all, tried, greenBefore);
} finally {
  await dynamodb?.stop();
}

const same = survived.filter((mutant) => listed.some((one) => isListed(mutant, one)));
const open = survived.filter((mutant) => !same.includes(mutant));
for (const mutant of open) wrong.push(`SURVIVED ${told(mutant)}`);
if (values.near === undefined)
  for (const one of listed.filter(({ file: name }) => all.some(({ region }) => region.file === name)))
    if (!same.some((mutant) => isListed(mutant, one)))
      wrong.push(`listed as equivalent, and caught or gone: ${one.file}: ${one.change} in: ${one.near}`);
const text = [
  `${all.length} conditions turned, ${caught.size} caught, ${same.length} that change nothing anybody could see (each with its reason in \`proof/conditions/equivalent.json\`), ${open.length} survived; ${Math.round((performance.now() - startedMs) / 1_000)} s.`,
  ...wrong.map((line) => `- ${line}`),
  table(
    ["store", "turned", "caught", "no difference", "survived"],
    stores.map((store) => {
      const of = (some: Iterable<ConditionMutant>): string =>
        String([...some].filter(({ region }) => region.store === store).length);
      return [store, of(all), of(caught.keys()), of(same), of(open)];
    }),
  ),
].join("\n\n");
process.stdout.write(`${text}\n`);
if (values.write && values.near === undefined && stores.length === STORES.length)
  writeEvidence({ section: "conditions", command: "npm run conditions", loadBefore, text });
process.exitCode = wrong.length > 0 ? 1 : 0;
