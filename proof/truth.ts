/**
 * Pipelines played with everything known of them, their logs written as files, and `detect`'s own readers, fold and judge
 * asked about each delivery: `npm run truth`, `npm run truth -- --deliveries 20000 --pipelines 4 --seed 7 --no-write`.
 * Exit code 1 when one verdict, origin or cause is not the true one, with a fifth of the lines lost or more as well.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isToldRight } from "../packages/cli/test/logs/truth/chained.ts";
import { right, sentence } from "../packages/cli/test/logs/truth/judged.ts";
import { FORMATS } from "../packages/cli/test/logs/truth/lines.ts";
import { settingsOf } from "../packages/cli/test/logs/truth/play.ts";
import { load, table, writeEvidence } from "./evidence.ts";
import { ASKED, type Loss, lossTable, lossy } from "./truth/lossy.ts";
import { ask, strays, write } from "./truth/pipeline.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    deliveries: { type: "string", default: "1000000" },
    pipelines: { type: "string", default: "20" },
    /** Played once more for each share of lines lost, small. */
    "lossy-pipelines": { type: "string", default: "200" },
    seed: { type: "string", default: "1" },
    write: { type: "boolean", default: true },
  },
});
const loadBefore = load();
const startedMs = performance.now();
const most = Number(values.deliveries) / Number(values.pipelines);
const count = (value: number): string => value.toLocaleString("en-US");

/** How often each was true, and how often it was told; what is told otherwise is in `wrong`. */
interface Tally {
  is: number;
  told: number;
}
const verdicts = new Map<string, Tally>();
const causes = new Map<string, Tally>();
const origins = new Map<string, Tally>();
const wrong: string[] = [];
let deliveries = 0;
let bytes = 0;
let lines = 0;
let unknown = 0;

function tally(tallies: Map<string, Tally>, is: string | undefined, told: boolean): void {
  if (is === undefined) return;
  const one = tallies.get(is) ?? { is: 0, told: 0 };
  tallies.set(is, one);
  one.is += 1;
  if (told) one.told += 1;
}

const folder = mkdtempSync(join(tmpdir(), "effectively-once-truth-"));
let losses: readonly Loss[] = [];
try {
  for (let index = 0; index < Number(values.pipelines); index += 1) {
    const settings = settingsOf(Number(values.seed) + index);
    const format = FORMATS[index % FORMATS.length] ?? "text";
    const path = join(folder, `${index}.log${index % 2 === 1 ? ".gz" : ""}`);
    const truths = await write(settings, { path, format, deliveries: most });
    const answer = await ask(path, settings, truths);
    const { all, context, counts } = answer;
    for (const told of all) {
      const { truth, judged } = told;
      if (!isToldRight(told, settings, context)) wrong.push(`seed ${settings.seed}: ${sentence(told)}`);
      if (!right(told)) unknown += 1;
      tally(verdicts, truth.verdict, judged?.verdict === truth.verdict);
      tally(causes, truth.cause, judged?.cause === truth.cause);
      tally(origins, truth.origin, judged?.origin === truth.origin);
    }
    wrong.push(...strays(answer).map((stray) => `seed ${settings.seed}: ${stray}`));
    deliveries += truths.length;
    bytes += counts.bytes;
    lines += counts.lines;
    rmSync(path);
    process.stderr.write(
      `${index + 1} of ${values.pipelines} pipelines, ${count(deliveries)} deliveries, ${wrong.length} wrong\n`,
    );
  }
  losses = await lossy({
    folder,
    seed: Number(values.seed),
    pipelines: Number(values["lossy-pipelines"]),
    progress: (line) => process.stderr.write(`${line}\n`),
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const rows = (of: string, tallies: ReadonlyMap<string, Tally>): readonly (readonly string[])[] =>
  [...tallies]
    .toSorted(([, a], [, b]) => b.is - a.is)
    .map(([name, { is, told }]) => [of, name, count(is), count(told)]);
const text = [
  `${count(deliveries)} deliveries of ${values.pipelines} pipelines, ${count(lines)} lines, ${(bytes / 1e9).toFixed(2)} GB as they lie (half of the files in gzip), formats ${FORMATS.join(", ")}; ${count(wrong.length)} told otherwise than they were, ${count(unknown)} not told in full because no line has it; ${Math.round((performance.now() - startedMs) / 1_000)} s with the playing.`,
  ...wrong.slice(0, 20).map((line) => `- ${line}`),
  table(
    ["", "which", "true", "told"],
    [...rows("verdict", verdicts), ...rows("origin", origins), ...rows("cause", causes)],
  ),
  ...lossTable(losses),
].join("\n\n");
process.stdout.write(`${text}\n`);
if (values.write)
  writeEvidence({
    section: "truth",
    command: `npm run truth -- --deliveries ${values.deliveries} --pipelines ${values.pipelines} --seed ${values.seed}`,
    loadBefore,
    text,
  });
process.exitCode =
  wrong.length > 0 || losses.some(({ share, wrong: some }) => share >= ASKED && some.length > 0) ? 1 : 0;
