/**
 * How long the doctor takes, and how much memory: `npm run bench:doctor`, with `-- --write` into docs/performance.md. The command
 * as it is installed (built), in a process of its own, five times; the median counts, and all are printed.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { load, writePart } from "../proof/evidence.ts";
import { writeTemplates } from "./templates.ts";

const ROOT = join(import.meta.dirname, "..");
const BIN = join(ROOT, "packages/cli/dist/bin.js");
const TEMPLATES = 500;
const MOST_MS = 3_000;
const MOST_MB = 300;

if (!existsSync(BIN)) throw new Error("build it first: npm run build");
const folder = mkdtempSync(join(tmpdir(), "effectively-once-bench-doctor-"));
try {
  const { bytes } = writeTemplates(folder, TEMPLATES);
  const before = load();
  const runs = [1, 2, 3, 4, 5].map(() => measured(folder));
  const median = runs.toSorted((left, right) => right.ms - left.ms)[2];
  if (!median) throw new Error("nothing was measured");
  const mostMb = Math.max(...runs.map(({ maxRssMb }) => maxRssMb));
  const { pipelines, findings } = median;
  if (pipelines < TEMPLATES) throw new Error(`only ${pipelines} pipelines were found: that is no measure`);
  const text = `${TEMPLATES} templates (three fifths SAM, a fifth each CloudFormation JSON and Terraform; ${(bytes / 1e6).toFixed(1)} MB), ${pipelines} pipelines, ${findings} findings: ${(median.ms / 1_000).toFixed(2)} s, the median of ${runs.map(({ ms }) => `${(ms / 1_000).toFixed(2)} s`).join(", ")}; ${Math.round(mostMb)} MB of memory at most (bounds ${MOST_MS / 1_000} s, ${MOST_MB} MB).`;
  process.stdout.write(`${text}\n`);
  if (process.argv.includes("--write"))
    writePart("docs/performance.md", "doctor", { command: "npm run bench:doctor", loadBefore: before, text });
  process.exitCode = median.ms <= MOST_MS && mostMb <= MOST_MB ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Wall time of the whole process, start included, and the most memory that it had, as the kernel counts it. */
function measured(folder: string) {
  const report = join(folder, "..", `rss-${process.pid}.txt`);
  const hook = `data:text/javascript,${encodeURIComponent(
    `import { writeFileSync } from "node:fs"; process.on("exit", () => writeFileSync(${JSON.stringify(report)}, String(process.resourceUsage().maxRSS)));`,
  )}`;
  const startedMs = performance.now();
  const run = spawnSync(
    process.execPath,
    ["--import", hook, BIN, "doctor", folder, "--json", "--fail-on", "none"],
    {
      encoding: "utf8",
      maxBuffer: 1024 * 1024 * 1024,
    },
  );
  const ms = performance.now() - startedMs;
  if (run.status !== 0) throw new Error(`doctor ended with ${run.status}: ${run.stderr}`);
  const { summary, findings } = JSON.parse(run.stdout) as {
    summary: { pipelines: number };
    findings: readonly unknown[];
  };
  const maxRssMb = Number(readFileSync(report, "utf8")) / 1024;
  rmSync(report);
  return { ms, maxRssMb, pipelines: summary.pipelines, findings: findings.length };
}
