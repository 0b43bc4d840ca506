/**
 * How long `detect` takes for 1 GB of logs, and how much memory: `npm run bench:detect`, of several sizes with
 * `-- --gigabytes 1 --gigabytes 10`, and with `-- --write` into docs/performance.md. Files to readers to fold to verdicts to
 * counts, in a process of its own.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Fold } from "../packages/cli/src/logs/fold/fold.ts";
import { summarise } from "../packages/cli/src/logs/fold/summary.ts";
import { newReadCounts } from "../packages/cli/src/logs/input/open.ts";
import { readFiles } from "../packages/cli/src/logs/input/read.ts";
import { load, table, writePart } from "../proof/evidence.ts";
import { writeLogs } from "./logs.ts";

const MOST_S_PER_GB = 60;
const MOST_MB = 1_000;

interface Found {
  readonly bytes: number;
  readonly lines: number;
  readonly entries: number;
  readonly invocations: number;
  readonly deliveries: number;
  readonly keys: number;
  readonly repeatedRuns: number;
  readonly complete: boolean;
  readonly spilledBytes: number;
  readonly readS: number;
  readonly foldS: number;
  readonly judgeS: number;
  readonly allS: number;
  readonly maxRssMb: number;
}

const { values } = parseArgs({
  options: {
    gigabytes: { type: "string", multiple: true, default: ["1"] },
    folder: { type: "string" },
    write: { type: "boolean", default: false },
    of: { type: "string" },
  },
});
if (values.of === undefined) main();
else process.stdout.write(JSON.stringify(await detect(values.of)));

function main(): void {
  const sizes = values.gigabytes.map((text) => {
    const gigabytes = Number(text);
    if (gigabytes > 0) return gigabytes;
    throw new Error(`--gigabytes is a number above 0, got "${text}"`);
  });
  const before = load();
  const measured = sizes.map((gigabytes) => ({ gigabytes, found: measuredOf(gigabytes) }));
  const heads =
    "GB|million lines|deliveries|ran again|took|reading|putting together|judging|s for each GB|memory|temporary files";
  const rows = measured.map(({ found }) => {
    const gb = found.bytes / 1e9;
    return [
      gb.toFixed(2),
      (found.lines / 1e6).toFixed(2),
      count(found.deliveries),
      count(found.repeatedRuns),
      ...[found.allS, found.readS, found.foldS, found.judgeS].map((s) => `${s.toFixed(1)} s`),
      (found.allS / gb).toFixed(1),
      `${Math.round(found.maxRssMb)} MB`,
      `${(found.spilledBytes / 1e9).toFixed(2)} GB`,
    ];
  });
  const text = `${table(heads.split("|"), rows)}\n\nBounds: ${MOST_S_PER_GB} s for each GB, ${MOST_MB} MB at any size.`;
  process.stdout.write(`${text}\n`);
  if (values.write)
    writePart("docs/performance.md", "detect", {
      command: `npm run bench:detect -- ${sizes.map((gigabytes) => `--gigabytes ${gigabytes}`).join(" ")}`,
      loadBefore: before,
      text,
    });
  const within = measured.every(
    ({ gigabytes, found }) =>
      found.allS <= MOST_S_PER_GB * Math.max(1, gigabytes) && found.maxRssMb <= MOST_MB,
  );
  process.exitCode = within ? 0 : 1;
}

/** Logs of that size are written, looked into, and removed. */
function measuredOf(gigabytes: number): Found {
  const folder = mkdtempSync(join(values.folder ?? tmpdir(), "effectively-once-bench-detect-"));
  try {
    process.stderr.write(`writing ${gigabytes} GB of logs\n`);
    const written = writeLogs(folder, gigabytes * 1e9);
    process.stderr.write("looking into them\n");
    const found = measured(folder);
    for (const name of ["lines", "invocations", "deliveries", "keys", "repeatedRuns"] as const)
      if (found[name] !== written[name])
        throw new Error(`${found[name]} ${name} were found of ${written[name]}: that is no measure`);
    if (!found.complete) throw new Error("lines are said to be missing, and none are");
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Wall time of the whole process, start included, and the most memory that it had, as the kernel counts it. */
function measured(folder: string): Found {
  const startedMs = performance.now();
  const run = spawnSync(
    process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), "--of", folder],
    {
      encoding: "utf8",
    },
  );
  const allS = (performance.now() - startedMs) / 1_000;
  if (run.status !== 0) throw new Error(`it ended with ${run.status}: ${run.stderr}`);
  return { ...(JSON.parse(run.stdout) as Omit<Found, "allS">), allS };
}

async function detect(folder: string): Promise<Omit<Found, "allS">> {
  const counts = newReadCounts();
  const { signal } = new AbortController();
  const startedMs = performance.now();
  const { entries } = await readFiles([folder], { key: "$.body.orderId" }, { signal, counts });
  using fold = new Fold({ visibilityTimeoutSeconds: 30, signal });
  for await (const batch of entries()) fold.add(batch);
  const readMs = performance.now();
  using folded = await fold.end();
  const foldedMs = performance.now();
  const { deliveries, keys, repeatedRuns } = await summarise(folded);
  const judgedMs = performance.now();
  return {
    bytes: counts.bytes,
    lines: counts.lines,
    entries: counts.entries,
    invocations: folded.counts.invocations,
    deliveries,
    keys,
    repeatedRuns,
    complete: folded.context.complete,
    spilledBytes: folded.counts.spilledBytes,
    readS: (readMs - startedMs) / 1_000,
    foldS: (foldedMs - readMs) / 1_000,
    judgeS: (judgedMs - foldedMs) / 1_000,
    maxRssMb: process.resourceUsage().maxRSS / 1_024,
  };
}

function count(number: number): string {
  return number.toLocaleString("en");
}
