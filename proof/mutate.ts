/**
 * Mutation testing of the core and the engine, in a copy of the workspace.
 * `npm run mutate`, `npm run mutate -- --room core --file record.ts --minutes 5 --no-write`. A run that is cut short says
 * how much it has tried, and the next one goes on from there: what was found for unchanged code is kept in `.stryker-tmp`.
 * Exit code 1 below 95 %, or when not all was tried.
 */

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load, table, writeEvidence } from "./evidence.ts";
import { copyWorkspace, ROOT } from "./plants/copy.ts";

const ROOMS = ["core", "engine"] as const;
type Room = (typeof ROOMS)[number];

const { values } = parseArgs({
  allowNegative: true,
  options: {
    room: { type: "string", multiple: true },
    /** Of the room's files, only those of this name. */
    file: { type: "string", default: "*.ts" },
    /** For each room. */
    minutes: { type: "string", default: "120" },
    concurrency: { type: "string", default: "2" },
    write: { type: "boolean", default: true },
  },
});
const ENOUGH = 95;
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

const kept = (room: Room): string => join(ROOT, ".stryker-tmp", `${room}.json`);

async function run(room: Room): Promise<Report> {
  const { folder, remove } = copyWorkspace();
  const found = join(folder, "incremental.json");
  try {
    if (existsSync(kept(room))) copyFileSync(kept(room), found);
    writeFileSync(
      join(folder, "stryker.config.json"),
      JSON.stringify({
        testRunner: "vitest",
        plugins: ["@stryker-mutator/vitest-runner"],
        vitest: { configFile: "proof/mutation/vitest.config.ts", related: false },
        mutate: [`packages/runtime/src/${room}/${values.file}`],
        // The copy is a sandbox already, and one in which the workspace's packages find each other.
        inPlace: true,
        reporters: ["progress-append-only"],
        incremental: true,
        incrementalFile: "incremental.json",
        concurrency: Number(values.concurrency),
        coverageAnalysis: "perTest",
        timeoutMS: 10_000,
        ignoreStatic: true,
      }),
    );
    await stryker(folder, room);
    if (!existsSync(found)) throw new Error("Stryker left no report: see what it said above.");
    mkdirSync(join(ROOT, ".stryker-tmp"), { recursive: true });
    copyFileSync(found, kept(room));
    return JSON.parse(readFileSync(found, "utf8")) as Report;
  } finally {
    remove();
  }
}

/** Interrupted when its time is over: it then leaves what it has found. */
function stryker(folder: string, room: Room): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["node_modules/@stryker-mutator/core/bin/stryker.js", "run"], {
      cwd: folder,
      env: { ...process.env, MUTATED_ROOM: room },
      stdio: ["ignore", "inherit", "inherit"],
    });
    const timer = setTimeout(() => child.kill("SIGINT"), Number(values.minutes) * 60_000);
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

const rooms = ROOMS.filter((room) => values.room?.includes(room) ?? true);
const files = new Map<string, readonly Mutant[]>();
for (const room of rooms)
  for (const [file, { mutants }] of Object.entries((await run(room)).files)) files.set(file, mutants);
const KILLED = new Set(["Killed", "Timeout"]);
const ALIVE = new Set(["Survived", "NoCoverage"]);

const rows: string[][] = [];
const survivors: string[] = [];
let allKilled = 0;
let allValid = 0;
let allOpen = 0;
for (const [file, mutants] of files) {
  const killed = mutants.filter(({ status }) => KILLED.has(status)).length;
  const alive = mutants.filter(({ status }) => ALIVE.has(status));
  const open = mutants.filter(({ status }) => status === "Pending").length;
  allOpen += open;
  if (killed + alive.length + open === 0) continue;
  allKilled += killed;
  allValid += killed + alive.length;
  rows.push([
    file,
    String(killed),
    String(alive.length),
    String(open),
    percent(killed, killed + alive.length),
  ]);
  for (const { location, mutatorName, replacement, status } of alive)
    survivors.push(
      `${file}:${location.start.line}:${location.start.column} ${mutatorName} → ${(replacement ?? "").replaceAll(/\s+/g, " ").slice(0, 80)} (${status})`,
    );
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

const text = [
  `${allValid} mutants, ${allKilled} killed, ${survivors.length} alive, ${allOpen} not tried: ${percent(allKilled, allValid)} of those tried; ${Math.round((performance.now() - startedMs) / 1_000)} s. ` +
    "Mutants of code that runs once at load are left out (Stryker's `ignoreStatic`).",
  table(["file", "killed", "alive", "not tried", "score"], rows),
].join("\n\n");
process.stdout.write(`${text}\n\n${survivors.join("\n")}\n`);
if (values.write) writeEvidence({ section: "mutation", command: "npm run mutate", loadBefore, text });
process.exitCode = allOpen === 0 && (100 * allKilled) / allValid >= ENOUGH ? 0 : 1;
