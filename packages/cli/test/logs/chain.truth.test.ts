/** The whole chain against the truth: lines in each format, read, put together, judged. */

import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Fold } from "../../src/logs/fold/fold.ts";
import type { Signs } from "../../src/logs/fold/signs.ts";
import { isRepeatedRun } from "../../src/logs/harm.ts";
import { newReadCounts } from "../../src/logs/input/open.ts";
import { readFiles } from "../../src/logs/input/read.ts";
import type { Context, Entry, Judged } from "../../src/logs/model.ts";
import { beside, isToldRight } from "./truth/chained.ts";
import { Chance } from "./truth/chance.ts";
import type { Settings } from "./truth/definition.ts";
import { entriesOf } from "./truth/entries.ts";
import { rightOrUnknown, sentence, type Told } from "./truth/judged.ts";
import { documentOf, type Format, FORMATS, linesOf } from "./truth/lines.ts";
import { play, settingsOf } from "./truth/play.ts";
import type { Segment } from "./truth/world.ts";

/** That lines are missing. Of few invocations without a guard (`unseen`) the fold does not say that all are there. */
const NONE: Signs = {
  withoutStart: 0,
  withoutEnd: 0,
  withoutBoth: 0,
  withoutMessage: 0,
  unseen: 0,
  withoutFunction: 0,
};

interface Chained {
  readonly context: Context;
  readonly signs: Signs;
  readonly all: readonly Told[];
  /** Deliveries that are none, or that were given already. */
  readonly madeUp: readonly Judged[];
}

async function folded(
  settings: Settings,
  segments: readonly Segment[],
  entries: readonly Entry[],
): Promise<Chained> {
  using fold = new Fold({
    visibilityTimeoutSeconds: settings.visibilitySeconds,
    batchingWindowSeconds: settings.windowSeconds,
  });
  fold.add(entries);
  using done = await fold.end();
  const truths = segments.flatMap((segment) => segment.truths);
  const { all, madeUp, again } = await beside(done, truths);
  return { context: done.context, signs: done.signs, all, madeUp: [...madeUp, ...again] };
}

async function read(
  segments: readonly Segment[],
  format: Format,
  lost: () => boolean = () => false,
): Promise<readonly Entry[]> {
  const text = segments.flatMap(({ rans }) =>
    rans.map((ran) =>
      documentOf(
        ran,
        linesOf(ran, format).filter(() => !lost()),
      ),
    ),
  );
  const reading = await readFiles(
    ["-"],
    { key: "$.body.orderId" },
    {
      signal: new AbortController().signal,
      counts: newReadCounts(),
      stdin: Readable.from([Buffer.from(text.join("\n"))], { objectMode: false }),
    },
  );
  const entries: Entry[] = [];
  for await (const some of reading.entries()) entries.push(...some);
  return entries;
}

const seeds = Array.from({ length: Number(process.env["TRUTH_SEEDS"] ?? 25) }, (_, seed) => seed + 1);

function wrong(settings: Settings, { all, context }: Chained): readonly string[] {
  return all.filter((one) => !isToldRight(one, settings, context)).map(sentence);
}

it.each(seeds)("whole entries through the fold give the whole truth, seed %i", async (seed) => {
  const settings = settingsOf(seed);
  const segments = [...play(settings, 300)];
  const chained = await folded(
    settings,
    segments,
    segments.flatMap(({ rans }) => rans.flatMap(entriesOf)),
  );

  expect({ ...chained.signs, unseen: 0 }).toEqual(NONE);
  expect(wrong(settings, chained).slice(0, 10)).toEqual([]);
  expect(chained.madeUp).toEqual([]);
});

it.each(
  FORMATS.flatMap((format) =>
    seeds.slice(0, Math.ceil(seeds.length / 3)).map((seed) => [format, seed] as const),
  ),
)("whole logs as %s give the whole truth, seed %i", async (format, seed) => {
  const settings = settingsOf(seed);
  const segments = [...play(settings, 150)];
  const chained = await folded(settings, segments, await read(segments, format));

  expect({ ...chained.signs, unseen: 0 }).toEqual(NONE);
  expect(wrong(settings, chained).slice(0, 10)).toEqual([]);
  expect(chained.madeUp).toEqual([]);
});

it("a fifth of the lines lost gives no verdict that is wrong", async () => {
  let [said, asked, harm, found, whole] = [0, 0, 0, 0, 0];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 30, max: 200 }),
      fc.constantFrom(...FORMATS),
      async (seed, messages, format) => {
        const settings = settingsOf(seed);
        const chance = new Chance(seed + 1);
        const segments = [...play(settings, messages)];
        // Where nearly nothing is logged, whole runs may be lost and nothing shows it.
        fc.pre(segments.flatMap(({ rans }) => rans).length >= 20);
        const chained = await folded(settings, segments, await read(segments, format, () => chance.is(0.2)));
        const { all, context, madeUp } = chained;
        // Of a guard none of whose lines are left nobody can know.
        if (settings.guarded && !all.some(({ judged }) => judged?.delivery.told)) return;
        const harmful = all.filter(
          ({ truth: { ran, verdict } }) => ran === true && (verdict === "busy" || verdict === "duplicate"),
        );
        asked += all.length;
        said += all.filter(({ judged }) => judged && judged.verdict !== "unknown").length;
        harm += harmful.length;
        found += harmful.filter(({ judged }) => judged && isRepeatedRun(judged)).length;
        if (asked > 0 && context.complete) whole++;
        expect(all.filter((one) => !rightOrUnknown(one, true)).map(sentence)).toEqual([]);
        expect(madeUp).toEqual([]);
        expect(all.filter(({ judged }) => (judged?.gapMs ?? 0) < 0)).toEqual([]);
      },
    ),
    { numRuns: Number(process.env["TRUTH_SEEDS"] ?? 60), seed: 20_261_129 },
  );
  // What is still found, for whoever asks for many.
  if (process.env["TRUTH_SEEDS"] !== undefined) console.log({ asked, said, harm, found, whole });

  // Not much is left that the lines prove; but it is not nothing.
  expect(said / asked).toBeGreaterThan(0.05);
  expect(found / harm).toBeGreaterThan(0.05);
});
