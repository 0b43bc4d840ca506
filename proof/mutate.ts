/**
 * Mutation testing of the core and the engine, in a copy of the workspace.
 * `npm run mutate`, `npm run mutate -- --room core --file record.ts --minutes 5 --no-write`. A run that is cut short says
 * how much it has tried, and the next one goes on from there: what was found for unchanged code is kept in `.stryker-tmp`.
 * `MUTATE_QUICK=1` leaves the random schedules out, for work on single survivors.
 * Exit code 1 below 95 % without the mutants that `mutation/equivalent` lists with a reason, when not all was tried, or
 * when one is listed that is not there or is killed.
 */

import { spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { load, table, writeEvidence } from "./evidence.ts";
import { IGNORED_TEXT } from "./mutation/ignore-texts.ts";
import { describe, isSame, type Listed, type Mutant, readListed } from "./mutation/listed.ts";
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
/** Stryker's report of a run that was cut short leaves out what it has not tried. */
let cutShort = false;

interface Report {
  readonly files: Readonly<Record<string, FileReport>>;
}
interface FileReport {
  readonly source: string;
  readonly mutants: readonly Mutant[];
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
        plugins: ["@stryker-mutator/vitest-runner", "./proof/mutation/ignore-texts.ts"],
        ignorers: ["texts"],
        vitest: { configFile: "proof/mutation/vitest.config.ts", related: false },
        mutate: [`packages/runtime/src/${room}/${values.file}`],
        // The copy is a sandbox already, and one in which the workspace's packages find each other.
        inPlace: true,
        reporters: ["progress-append-only"],
        incremental: true,
        incrementalFile: "incremental.json",
        concurrency: Number(values.concurrency),
        coverageAnalysis: "perTest",
        timeoutMS: 5_000,
        ignoreStatic: true,
      }),
    );
    const before = statSync(found, { throwIfNoEntry: false })?.mtimeMs;
    await stryker(folder, room);
    if (statSync(found, { throwIfNoEntry: false })?.mtimeMs === before)
      throw new Error("Stryker left no new report: see what it said above.");
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
      // A group of its own: a mutant that loops for ever outlives Stryker when that is cut short.
      detached: true,
    });
    const sweep = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // Nobody was left.
      }
    };
    process.once("exit", sweep);
    process.once("SIGINT", () => process.exit(130));
    const timer = setTimeout(
      () => {
        cutShort = true;
        child.kill("SIGINT");
      },
      Number(values.minutes) * 60_000,
    );
    child.once("error", reject);
    child.once("close", () => {
      clearTimeout(timer);
      process.off("exit", sweep);
      sweep();
      resolve();
    });
  });
}

const rooms = ROOMS.filter((room) => values.room?.includes(room) ?? true);
const files = new Map<string, FileReport>();
for (const room of rooms)
  for (const [file, report] of Object.entries((await run(room)).files)) files.set(file, report);
const KILLED = new Set(["Killed", "Timeout"]);
const ALIVE = new Set(["Survived", "NoCoverage"]);

const rows: string[][] = [];
const survivors: string[] = [];
const withReason: string[] = [];
const unmet = new Set(readListed().filter(({ file }) => files.has(file)));
let allKilled = 0;
let allValid = 0;
let allOpen = 0;
let allTexts = 0;
for (const [file, { source, mutants }] of files) {
  const killed = mutants.filter(({ status }) => KILLED.has(status)).length;
  const alive = mutants.filter(({ status }) => ALIVE.has(status));
  const open = mutants.filter(({ status }) => status === "Pending").length;
  allOpen += open;
  allTexts += mutants.filter(({ statusReason }) => statusReason === IGNORED_TEXT).length;
  if (killed + alive.length + open === 0) continue;
  let listed = 0;
  for (const mutant of alive) {
    const said = describe(file, source, mutant);
    const known = [...unmet].find((one) => isSame(one, said));
    if (known) {
      unmet.delete(known);
      listed += 1;
      withReason.push(`${line(said, mutant)}: ${known.reason}`);
    } else survivors.push(`${line(said, mutant)} (${mutant.status})`);
  }
  allKilled += killed;
  allValid += killed + alive.length;
  rows.push([
    file,
    String(killed),
    String(alive.length - listed),
    String(listed),
    String(open),
    percent(killed, killed + alive.length),
    percent(killed, killed + alive.length - listed),
  ]);
}

function line(
  { file, mutator, original, replacement }: Omit<Listed, "reason">,
  { location: { start } }: Mutant,
): string {
  return `${file}:${start.line}:${start.column} ${mutator} ${original} → ${replacement}`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)} %`;
}

const text = [
  `${allValid} mutants, ${allKilled} killed, ${survivors.length} alive, ${withReason.length} listed with a reason why they change nothing, ${cutShort ? "cut short, the rest" : allOpen} not tried: ` +
    `${percent(allKilled, allValid)} of those tried, ${percent(allKilled, allValid - withReason.length)} without the listed ones; ` +
    `${Math.round((performance.now() - startedMs) / 1_000)} s. ${allTexts} texts for people left out; ` +
    "mutants of code that runs once at load are left out too (Stryker's `ignoreStatic`).",
  table(["file", "killed", "alive", "listed", "not tried", "score", "without listed"], rows),
].join("\n\n");
const gone = [...unmet].map(
  ({ file, near, replacement }) => `listed, but not alive: ${file} ${near} → ${replacement}`,
);
process.stdout.write(
  `${[text, withReason.join("\n"), survivors.join("\n"), gone.join("\n")].join("\n\n")}\n`,
);
if (values.write) writeEvidence({ section: "mutation", command: "npm run mutate", loadBefore, text });
const enough = (100 * allKilled) / (allValid - withReason.length) >= ENOUGH;
process.exitCode = !cutShort && allOpen === 0 && enough && gone.length === 0 ? 0 : 1;
