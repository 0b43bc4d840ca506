/** Small pipelines with a share of their lines lost: what is said is right or unknown, and how much is still said. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { isRepeatedRun } from "../../packages/cli/src/logs/harm.ts";
import { Chance } from "../../packages/cli/test/logs/truth/chance.ts";
import { rightOrUnknown, sentence } from "../../packages/cli/test/logs/truth/judged.ts";
import { FORMATS } from "../../packages/cli/test/logs/truth/lines.ts";
import { settingsOf } from "../../packages/cli/test/logs/truth/play.ts";
import { table } from "../evidence.ts";
import { ask, strays, write } from "./pipeline.ts";

const SHARES = [0.01, 0.05, 0.2, 0.5] as const;
/** From this share on nothing may be wrong; below it, one lost line may be the only one that told of a failure. */
export const ASKED = 0.2;

/** What came of one share of lines lost. */
export interface Loss {
  readonly share: number;
  readonly pipelines: number;
  /** Those of which nothing showed that lines were missing. */
  readonly unseen: number;
  readonly deliveries: number;
  readonly said: number;
  /** Runs that were duplicates, and those of them that were found. */
  readonly harm: number;
  readonly found: number;
  readonly wrong: readonly string[];
}

export interface LossyOptions {
  readonly folder: string;
  readonly seed: number;
  /** For each share. */
  readonly pipelines: number;
  readonly progress: (line: string) => void;
}

export async function lossy(options: LossyOptions): Promise<readonly Loss[]> {
  const losses: Loss[] = [];
  for (const share of SHARES) losses.push(await lossOf(share, options));
  return losses;
}

async function lossOf(share: number, { folder, seed, pipelines, progress }: LossyOptions): Promise<Loss> {
  const loss = {
    share,
    pipelines: 0,
    unseen: 0,
    deliveries: 0,
    said: 0,
    harm: 0,
    found: 0,
    wrong: [] as string[],
  };
  for (let index = 0; index < pipelines; index += 1) {
    const settings = settingsOf(seed + index);
    const chance = new Chance(seed + index);
    const path = join(folder, "lossy.log");
    const format = FORMATS[index % FORMATS.length] ?? "text";
    const lost = (): boolean => chance.is(share);
    const truths = await write(settings, { path, format, messages: 30 + (index % 20) ** 2 * 3, lost });
    const answer = await ask(path, settings, truths);
    const { all, context } = answer;
    rmSync(path);
    // Of a guard none of whose lines are left, and of a few invocations, nobody can know that lines are missing.
    if (settings.guarded && !all.some(({ judged }) => judged?.delivery.told)) continue;
    if (new Set(truths.map(({ requestId }) => requestId)).size < 20) continue;
    loss.pipelines += 1;
    if (context.complete) loss.unseen += 1;
    loss.deliveries += all.length;
    for (const told of all) {
      const { truth, judged } = told;
      if (judged && judged.verdict !== "unknown") loss.said += 1;
      const harmful = truth.ran === true && (truth.verdict === "busy" || truth.verdict === "duplicate");
      if (harmful) loss.harm += 1;
      if (harmful && judged && isRepeatedRun(judged)) loss.found += 1;
      if (!rightOrUnknown(told, true)) loss.wrong.push(`seed ${settings.seed}, ${format}: ${sentence(told)}`);
    }
    loss.wrong.push(...strays(answer).map((stray) => `seed ${settings.seed}, ${format}: ${stray}`));
    if (index % 20 === 19)
      progress(`${share * 100} % lost: ${index + 1} of ${pipelines} pipelines, ${loss.wrong.length} wrong`);
  }
  return loss;
}

const count = (value: number): string => value.toLocaleString("en-US");
const percent = (part: number, whole: number): string =>
  whole === 0 ? "-" : `${((part / whole) * 100).toFixed(1)} %`;

export function lossTable(losses: readonly Loss[]): readonly string[] {
  return [
    "The same with lines lost by chance, in small pipelines, each of twenty invocations at least; every verdict, origin and cause is the true one, unknown, or wrong:",
    table(
      [
        "lost",
        "pipelines",
        "not seen to be missing lines",
        "deliveries",
        "verdict told",
        "repeated runs found",
        "wrong",
      ],
      losses.map(({ share, pipelines, unseen, deliveries, said, harm, found, wrong }) => [
        `${share * 100} %`,
        count(pipelines),
        count(unseen),
        count(deliveries),
        percent(said, deliveries),
        percent(found, harm),
        count(wrong.length),
      ]),
    ),
    ...losses.flatMap(({ share, wrong }) => wrong.slice(0, 10).map((line) => `- ${share * 100} %: ${line}`)),
  ];
}
