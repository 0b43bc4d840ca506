/**
 * Mutation testing of the core, the engine and what the stores decide, in a copy of the workspace.
 * `npm run mutate`, `npm run mutate -- --files "packages/runtime/src/core/*.ts" --no-write`. What an earlier run has
 * found for unchanged code is kept in `.stryker-tmp` and not run again. Exit code 1 below 95 %.
 */

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load, table, writeEvidence } from "./evidence.ts";
import { copyWorkspace, ROOT } from "./plants/copy.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    files: { type: "string", multiple: true },
    write: { type: "boolean", default: true },
    concurrency: { type: "string", default: "2" },
  },
});
const ENOUGH = 95;
const mutate = values.files ?? ["packages/runtime/src/core/*.ts", "packages/runtime/src/engine/*.ts"];
const kept = join(ROOT, ".stryker-tmp", "incremental.json");
const loadBefore = load();
const startedMs = performance.now();

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: { readonly line: number; readonly column: number } };
}
interface Report {
  readonly files: Readonly<Record<string, { readonly mutants: readonly Mutant[] }>>;
}

async function run(): Promise<Report> {
  const { folder, remove } = copyWorkspace();
  try {
    if (existsSync(kept)) copyFileSync(kept, join(folder, "incremental.json"));
    writeFileSync(
      join(folder, "stryker.config.json"),
      JSON.stringify({
        testRunner: "vitest",
        plugins: ["@stryker-mutator/vitest-runner"],
        vitest: { configFile: "proof/mutation/vitest.config.ts", related: false },
        mutate,
        // The copy is a sandbox already, and one in which the workspace's packages find each other.
        inPlace: true,
        checkers: [],
        reporters: ["json", "progress-append-only"],
        jsonReporter: { fileName: "mutation.json" },
        incremental: true,
        incrementalFile: "incremental.json",
        concurrency: Number(values.concurrency),
        coverageAnalysis: "perTest",
        timeoutMS: 15_000,
        ignoreStatic: true,
        disableTypeChecks: false,
        allowEmpty: true,
        cleanTempDir: "always",
      }),
    );
    const child = spawn(process.execPath, ["node_modules/@stryker-mutator/core/bin/stryker.js", "run"], {
      cwd: folder,
      stdio: ["ignore", "inherit", "inherit"],
    });
    const code = await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0) throw new Error(`Stryker ended with ${String(code)}.`);
    mkdirSync(join(ROOT, ".stryker-tmp"), { recursive: true });
    copyFileSync(join(folder, "incremental.json"), kept);
    return JSON.parse(readFileSync(join(folder, "mutation.json"), "utf8")) as Report;
  } finally {
    remove();
  }
}

const report = await run();
const KILLED = new Set(["Killed", "Timeout"]);
const ALIVE = new Set(["Survived", "NoCoverage"]);

const rows: string[][] = [];
const survivors: string[] = [];
let allKilled = 0;
let allValid = 0;
for (const [file, { mutants }] of Object.entries(report.files)) {
  const killed = mutants.filter(({ status }) => KILLED.has(status)).length;
  const alive = mutants.filter(({ status }) => ALIVE.has(status));
  if (killed + alive.length === 0) continue;
  allKilled += killed;
  allValid += killed + alive.length;
  rows.push([file, String(killed), String(alive.length), percent(killed, killed + alive.length)]);
  for (const { location, mutatorName, replacement, status } of alive)
    survivors.push(
      `${file}:${location.start.line}:${location.start.column} ${mutatorName} → ${(replacement ?? "").replaceAll(/\s+/g, " ").slice(0, 80)} (${status})`,
    );
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

const text = [
  `${allValid} mutants, ${allKilled} killed, ${survivors.length} alive: ${percent(allKilled, allValid)}; ${Math.round((performance.now() - startedMs) / 1_000)} s. ` +
    "Mutants of code that runs once at load are left out (Stryker's `ignoreStatic`).",
  table(["file", "killed", "alive", "score"], rows),
].join("\n\n");
process.stdout.write(`${text}\n\n${survivors.join("\n")}\n`);
if (values.write) writeEvidence({ section: "mutation", command: "npm run mutate", loadBefore, text });
process.exitCode = (100 * allKilled) / allValid >= ENOUGH ? 0 : 1;
