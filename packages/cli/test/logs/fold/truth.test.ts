/** The fold and the judge against what is true of the pipelines that are played: whole logs give all of it, logs with holes nothing wrong. */

import { expect, test } from "vitest";
import { Fold } from "../../../src/logs/fold/fold.ts";
import { judge } from "../../../src/logs/judge.ts";
import type { Context, Entry, Judged } from "../../../src/logs/model.ts";
import { Chance } from "../truth/chance.ts";
import type { Settings, Truth } from "../truth/definition.ts";
import { entriesOf } from "../truth/entries.ts";
import { play, settingsOf } from "../truth/play.ts";

interface Answer {
  readonly context: Context;
  readonly deliveries: number;
  readonly pairs: readonly { readonly truth: Truth; readonly judged: Judged | undefined }[];
}

async function answerOf(
  settings: Settings,
  messages: number,
  lose: (entry: Entry) => boolean,
): Promise<Answer> {
  const segments = [...play(settings, messages)];
  const { visibilitySeconds: visibilityTimeoutSeconds, windowSeconds: batchingWindowSeconds } = settings;
  using fold = new Fold({ visibilityTimeoutSeconds, batchingWindowSeconds, memoryEntries: 100 });
  for (const { rans } of segments) fold.add(rans.flatMap(entriesOf).filter((entry) => !lose(entry)));
  using folded = await fold.end();
  const functions = new Map(
    [...(folded.context.functions ?? [])].map(([name, traits]) => [
      name,
      // Who knows the pipeline's template knows this; the log alone shows it only where a message has failed.
      name === "orders" ? { ...traits, partialResponses: settings.partialResponses } : traits,
    ]),
  );
  const judged = new Map<string, Judged>();
  for await (const deliveries of folded.groups())
    for (const one of judge(deliveries, { ...folded.context, functions })) {
      const { invocation, messageId, key, atMs } = one.delivery;
      judged.set(`${invocation?.requestId} ${invocation?.startMs ?? atMs} ${messageId ?? key}`, one);
    }
  return {
    context: folded.context,
    deliveries: folded.counts.deliveries,
    pairs: segments.flatMap(({ truths }) =>
      truths.map((truth) => ({
        truth,
        judged: judged.get(`${truth.requestId} ${truth.atMs - 2} ${truth.messageId ?? truth.key}`),
      })),
    ),
  };
}

test.each(Array.from({ length: 20 }, (_, at) => at + 1))(
  "a whole log is complete and gives the whole truth, seed %i",
  async (seed) => {
    const settings = settingsOf(seed);

    const { context, deliveries, pairs } = await answerOf(settings, 300, () => false);

    expect(context.complete).toBe(true);
    expect(deliveries).toBe(pairs.length);
    const wrong = pairs.filter(({ truth, judged }) => {
      // What a guard was given and did not live to tell of is not known.
      if (settings.guarded && truth.messageId !== undefined && !truth.told && judged?.verdict === "unknown")
        return false;
      return judged?.verdict !== truth.verdict || judged.origin !== truth.origin;
    });
    expect(wrong).toEqual([]);
  },
);

test("a log that has lost a fifth of its lines says so, and nothing that is wrong", async () => {
  let [said, all] = [0, 0];
  for (let seed = 1; seed <= 40; seed += 1) {
    const chance = new Chance(seed);

    const { context, pairs } = await answerOf(settingsOf(seed), 150, () => chance.is(0.2));

    expect(context.complete, `seed ${seed}`).toBe(false);
    for (const { truth, judged } of pairs) {
      all += 1;
      if (judged === undefined || judged.verdict === "unknown") continue;
      said += 1;
      expect(judged.verdict, `seed ${seed}, ${truth.key}`).toBe(truth.verdict);
    }
  }
  expect(said / all).toBeGreaterThan(0.05);
});
