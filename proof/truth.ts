/**
 * Pipelines played with everything known of them, their logs written as files, and `detect`'s own readers, fold and judge
 * asked about each delivery: `npm run truth`, `npm run truth -- --deliveries 20000 --pipelines 4 --seed 7 --no-write`.
 * Exit code 1 when one verdict, origin or cause is not the true one.
 */

import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { Fold } from "../packages/cli/src/logs/fold/fold.ts";
import { newReadCounts } from "../packages/cli/src/logs/input/open.ts";
import { readFiles } from "../packages/cli/src/logs/input/read.ts";
import { judge } from "../packages/cli/src/logs/judge.ts";
import type { Judged } from "../packages/cli/src/logs/model.ts";
import type { Settings, Truth } from "../packages/cli/test/logs/truth/definition.ts";
import { givenTwice, isToldRight, judgedId, truthId } from "../packages/cli/test/logs/truth/chained.ts";
import { right, sentence } from "../packages/cli/test/logs/truth/judged.ts";
import { documentOf, type Format, FORMATS, linesOf } from "../packages/cli/test/logs/truth/lines.ts";
import { play, settingsOf } from "../packages/cli/test/logs/truth/play.ts";
import { load, table, writeEvidence } from "./evidence.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    deliveries: { type: "string", default: "1000000" },
    pipelines: { type: "string", default: "20" },
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

/** Until there are enough deliveries; each segment is let go before the next one is played. */
async function written(path: string, settings: Settings, format: Format): Promise<readonly Truth[]> {
  const truths: Truth[] = [];
  function* documents(): Generator<string> {
    for (const { rans, truths: some } of play(settings, Number.MAX_SAFE_INTEGER)) {
      truths.push(...some);
      yield rans.map((ran) => `${documentOf(ran, linesOf(ran, format))}\n`).join("");
      if (truths.length >= most) return;
    }
  }
  const zipped = path.endsWith(".gz") ? [createGzip()] : [];
  await pipeline([Readable.from(documents()), ...zipped, createWriteStream(path)]);
  return truths;
}

async function asked(path: string, settings: Settings, truths: readonly Truth[]): Promise<void> {
  const open = new Map(truths.map((truth) => [truthId(truth), truth]));
  const twice = givenTwice(truths);
  const counts = newReadCounts();
  const { signal } = new AbortController();
  const { entries } = await readFiles([path], { key: "$.body.orderId" }, { signal, counts });
  using fold = new Fold({
    visibilityTimeoutSeconds: settings.visibilitySeconds,
    batchingWindowSeconds: settings.windowSeconds,
  });
  for await (const batch of entries()) fold.add(batch);
  using folded = await fold.end();
  const { context } = folded;
  const compare = (truth: Truth, judged: Judged | undefined): void => {
    const told = { truth, twice: twice.has(truth.messageId), judged };
    if (!isToldRight(told, settings, context)) wrong.push(`seed ${settings.seed}: ${sentence(told)}`);
    if (!right(told)) unknown += 1;
    tally(verdicts, truth.verdict, judged?.verdict === truth.verdict);
    tally(causes, truth.cause, judged?.cause === truth.cause);
    tally(origins, truth.origin, judged?.origin === truth.origin);
  };
  for await (const group of folded.groups())
    for (const one of judge(group, context)) {
      const id = judgedId(one);
      const truth = open.get(id);
      open.delete(id);
      if (truth) compare(truth, one);
      else wrong.push(`seed ${settings.seed}: a delivery that was none: ${id}`);
    }
  for (const truth of open.values()) compare(truth, undefined);
  deliveries += truths.length;
  bytes += counts.bytes;
  lines += counts.lines;
}

const folder = mkdtempSync(join(tmpdir(), "effectively-once-truth-"));
try {
  for (let index = 0; index < Number(values.pipelines); index += 1) {
    const settings = settingsOf(Number(values.seed) + index);
    const format = FORMATS[index % FORMATS.length] ?? "text";
    const path = join(folder, `${index}.log${index % 2 === 1 ? ".gz" : ""}`);
    await asked(path, settings, await written(path, settings, format));
    rmSync(path);
    process.stderr.write(
      `${index + 1} of ${values.pipelines} pipelines, ${count(deliveries)} deliveries, ${wrong.length} wrong\n`,
    );
  }
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
].join("\n\n");
process.stdout.write(`${text}\n`);
if (values.write)
  writeEvidence({
    section: "truth",
    command: `npm run truth -- --deliveries ${values.deliveries} --pipelines ${values.pipelines} --seed ${values.seed}`,
    loadBefore,
    text,
  });
process.exitCode = wrong.length > 0 ? 1 : 0;
