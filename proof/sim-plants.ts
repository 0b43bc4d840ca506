/**
 * Plants a fault in a copy of the code, and runs the simulator until it finds it; then the next:
 * `npm run sim:plants`, `npm run sim:plants -- --only no-fence --no-write`. Before them, the copy as it is: it must have none.
 * Exit code 1 when one is not found, or when there is one that was not planted.
 */

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Law, LAWS } from "@effectively-once/testkit/sim";
import { load, table, writeEvidence } from "./evidence.ts";
import { copyWorkspace } from "./plants/copy.ts";
import { edited } from "./plants/run.ts";
import { type Sown, SOWN } from "./sim/sown.ts";
import type { Total } from "./sim/threads.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    only: { type: "string", multiple: true },
    schedules: { type: "string", default: "200000" },
    parallel: { type: "string", default: "2" },
    write: { type: "boolean", default: true },
  },
});
const loadBefore = load();
const startedMs = performance.now();

/** @returns the laws that it broke and the seed that did; `undefined`: nothing was found. */
async function tried(
  folder: string,
  { plant, law }: Sown,
): Promise<{ laws: string; seed: number } | undefined> {
  const before = new Map<string, string>();
  try {
    for (const edit of plant.edits) {
      const path = join(folder, edit.file);
      const text = readFileSync(path, "utf8");
      if (!before.has(path)) before.set(path, text);
      writeFileSync(path, edited(text, edit));
    }
    const total = await simulated(folder, law);
    const [failure] = total.failures;
    if (!failure) return undefined;
    return { laws: [...new Set(failure.violations.map(({ law }) => law))].join(", "), seed: failure.seed };
  } finally {
    for (const [path, text] of before) writeFileSync(path, text);
  }
}

function simulated(folder: string, law?: Law): Promise<Total> {
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--conditions=@effectively-once/source",
      "proof/sim.ts",
      ...["--json", "--threads", "1", "--schedules", values.schedules],
      ...(law === undefined ? [] : ["--law", law]),
    ],
    { cwd: folder, stdio: ["ignore", "pipe", "pipe"] },
  );
  let out = "";
  let err = "";
  child.stdout.on("data", (text: Buffer) => (out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (err += text.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => {
      if (out === "") reject(new Error(`the simulator did not run: ${err.slice(-2_000)}`));
      else resolve(JSON.parse(out) as Total);
    });
  });
}

const chosen = SOWN.filter(({ plant }) => values.only?.includes(plant.id) ?? true);
const waiting: ("unplanted" | Sown)[] = ["unplanted", ...chosen];
let unplanted: Total | undefined;
const found = new Map<string, { laws: string; seed: number }>();
async function lane(): Promise<void> {
  const { folder, remove } = copyWorkspace();
  try {
    for (let sown = waiting.shift(); sown; sown = waiting.shift()) {
      if (sown === "unplanted") {
        unplanted = await simulated(folder);
        for (const { trace } of unplanted.failures) process.stderr.write(`${trace.join("\n")}\n`);
        continue;
      }
      const result = await tried(folder, sown);
      if (result) found.set(sown.plant.id, result);
      process.stderr.write(
        `${sown.plant.id}: ${result ? `${result.laws}, seed ${result.seed}` : "NOT FOUND"}\n`,
      );
    }
  } finally {
    remove();
  }
}
await Promise.all(Array.from({ length: Number(values.parallel) }, lane));

const clean = unplanted?.failures.length === 0;
const unchecked = Object.keys(LAWS).filter(
  (law) => !chosen.some(({ plant }) => found.get(plant.id)?.laws.split(", ").includes(law)),
);
const text = [
  `${chosen.length} planted, ${found.size} found, within ${values.schedules} schedules each; ${Math.round((performance.now() - startedMs) / 1_000)} s. ` +
    (unchecked.length === 0
      ? "Each law was broken by at least one of them."
      : `Not broken by any: ${unchecked.join(", ")}.`) +
    (clean
      ? " Without any of them, the same schedules break none."
      : " **Without any of them, a law breaks.**"),
  table(
    ["fault", "seen", "law that broke", "by schedule"],
    chosen.map(({ plant }) => {
      const result = found.get(plant.id);
      return [plant.says, plant.seen, result?.laws ?? "**NOT FOUND**", result ? String(result.seed) : ""];
    }),
  ),
].join("\n\n");
process.stdout.write(`${text}\n`);
if (values.write && values.only === undefined)
  writeEvidence({
    section: "sim-plants",
    command: `npm run sim:plants -- --schedules ${values.schedules}`,
    loadBefore,
    text,
  });
process.exitCode = clean && found.size === chosen.length ? 0 : 1;
