/** The judge against the truth, by entries alone: whole logs give all of it, logs with holes nothing wrong. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { isRepeatedRun } from "../../src/logs/harm.ts";
import { Chance } from "./truth/chance.ts";
import { right, rightOrUnknown, sentence, told, untold } from "./truth/judged.ts";
import { play, settingsOf } from "./truth/play.ts";

const seeds = Array.from({ length: Number(process.env["TRUTH_SEEDS"] ?? 60) }, (_, seed) => seed + 1);

it.each(seeds)("whole logs give the whole truth, seed %i", (seed) => {
  const settings = settingsOf(seed);
  const all = told(settings, 400, {
    visibilityTimeoutSeconds: settings.visibilitySeconds,
    batchingWindowSeconds: settings.windowSeconds,
    partialResponses: settings.partialResponses,
  });

  const wrong = all.filter((one) => (untold(one, settings) ? !rightOrUnknown(one, true) : !right(one)));

  expect(all.length).toBeGreaterThan(30);
  expect(wrong.slice(0, 10).map(sentence)).toEqual([]);
});

it("the pipelines that are played have every verdict, origin and cause in them", () => {
  const truths = seeds
    .slice(0, 40)
    .flatMap((seed) => [...play(settingsOf(seed), 400)].flatMap(({ truths: all }) => all));
  const found = (name: "verdict" | "origin" | "cause") => new Set(truths.map((truth) => truth[name]));

  expect(found("verdict")).toEqual(new Set(["first", "retry", "takeover", "busy", "duplicate"]));
  expect(found("origin")).toEqual(new Set([undefined, "redelivery", "resend"]));
  expect([...found("cause")].toSorted()).toEqual(
    [
      undefined,
      "async-retry",
      "batching-window",
      "deployment",
      "failure-retry",
      "killed",
      "partial-responses-off",
      "producer-retry",
      "queue-duplicate",
      "redrive",
      "throttling",
      "visibility-expired",
    ].toSorted(),
  );
});

it("a fifth of the lines lost gives fewer verdicts, and none that is wrong", () => {
  let [said, asked, harm, found] = [0, 0, 0, 0];
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.integer({ min: 1, max: 120 }),
      fc.boolean(),
      (seed, messages, known) => {
        const settings = settingsOf(seed);
        const chance = new Chance(seed + 1);
        const all = told(
          settings,
          messages,
          {
            complete: false,
            ...(known
              ? {
                  visibilityTimeoutSeconds: settings.visibilitySeconds,
                  batchingWindowSeconds: settings.windowSeconds,
                  partialResponses: settings.partialResponses,
                }
              : {}),
          },
          () => chance.is(0.2),
        );
        // Of a guard none of whose lines are left nobody can know.
        if (settings.guarded && !all.some(({ judged }) => judged?.delivery.told)) return;
        asked += all.length;
        said += all.filter(({ judged }) => judged && judged.verdict !== "unknown").length;
        const harmful = all.filter(
          ({ truth }) => truth.ran === true && (truth.verdict === "busy" || truth.verdict === "duplicate"),
        );
        harm += harmful.length;
        found += harmful.filter(({ judged }) => judged && isRepeatedRun(judged)).length;
        expect(all.filter((one) => !rightOrUnknown(one, known)).map(sentence)).toEqual([]);
      },
    ),
    { numRuns: Number(process.env["TRUTH_SEEDS"] ?? 300), seed: 20_261_129 },
  );
  // What is still found, for whoever asks for many.
  if (process.env["TRUTH_SEEDS"] !== undefined) console.log({ asked, said, harm, found });

  expect(said / asked).toBeGreaterThan(0.1);
  expect(found / harm).toBeGreaterThan(0.1);
});
