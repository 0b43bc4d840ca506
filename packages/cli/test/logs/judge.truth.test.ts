/** The judge against the truth, by entries alone: whole logs give all of it, logs with holes nothing wrong. */

import { expect, it } from "vitest";
import { judge } from "../../src/logs/judge.ts";
import type { Context, Entry, Judged } from "../../src/logs/model.ts";
import type { Settings, Truth } from "./truth/definition.ts";
import { entriesOf } from "./truth/entries.ts";
import { contextOf, join } from "./truth/join.ts";
import { play, settingsOf } from "./truth/play.ts";

interface Told {
  readonly truth: Truth;
  readonly judged: Judged | undefined;
}

function told(
  settings: Settings,
  messages: number,
  { partialResponses, ...known }: Partial<Context> & { partialResponses?: boolean },
  lose?: (entry: Entry) => boolean,
): readonly Told[] {
  const segments = [...play(settings, messages)];
  const entries = segments
    .flatMap(({ rans }) => rans.flatMap(entriesOf))
    .filter((entry) => !lose?.(entry))
    .toSorted((left, right) => left.atMs - right.atMs);
  const joined = join(entries);
  const found = contextOf(joined, known);
  const functions = new Map(
    [...joined.functions].map(([name, traits]) => [
      name,
      partialResponses === undefined || name !== "orders" ? traits : { ...traits, partialResponses },
    ]),
  );
  const context = { ...found, functions };
  const judged = new Map<string, Judged>();
  for (const deliveries of joined.byKey.values())
    for (const one of judge(deliveries, context)) {
      const { delivery } = one;
      judged.set(
        idOf(
          delivery.invocation?.requestId,
          delivery.invocation?.startMs ?? delivery.atMs,
          delivery.messageId ?? delivery.key,
        ),
        one,
      );
    }
  return segments.flatMap(({ truths }) =>
    truths.map((truth) => ({
      truth,
      judged: judged.get(idOf(truth.requestId, truth.atMs - 2, truth.messageId ?? truth.key)),
    })),
  );
}

function idOf(requestId: string | undefined, startMs: number, id: string): string {
  return `${requestId} ${startMs} ${id}`;
}

const seeds = Array.from({ length: Number(process.env["TRUTH_SEEDS"] ?? 60) }, (_, seed) => seed + 1);

it.each(seeds)("whole logs give the whole truth, seed %i", (seed) => {
  const settings = settingsOf(seed);
  const all = told(settings, 400, {
    visibilityTimeoutSeconds: settings.visibilitySeconds,
    batchingWindowSeconds: settings.windowSeconds,
    partialResponses: settings.partialResponses,
  });

  const untold = ({ truth }: Told): boolean => guardedOf(truth, settings) && !truth.told;
  const wrong = all.filter((one) => (untold(one) ? !rightOrUnknown(one) : !right(one)));

  expect(all.length).toBeGreaterThan(30);
  expect(wrong.slice(0, 10).map(sentence)).toEqual([]);
});

function guardedOf({ messageId }: Truth, { guarded }: Settings): boolean {
  return guarded && messageId !== undefined;
}

function right({ truth, judged }: Told): boolean {
  return (
    judged?.verdict === truth.verdict &&
    judged.origin === truth.origin &&
    judged.cause === truth.cause &&
    judged.ran === truth.ran
  );
}

function rightOrUnknown({ truth, judged }: Told): boolean {
  if (!judged) return true;
  const { verdict, origin, cause, ran, beside } = judged;
  return (
    (verdict === truth.verdict || verdict === "unknown") &&
    (origin === truth.origin || origin === undefined) &&
    (cause === truth.cause || cause === "unknown" || cause === undefined) &&
    (ran === truth.ran || ran === "unknown") &&
    (beside === undefined || truth.verdict === "busy" || truth.verdict === "duplicate")
  );
}

function sentence({ truth, judged }: Told): string {
  const said =
    judged &&
    [judged.verdict, judged.origin, judged.cause, judged.ran, judged.beside ?? "", judged.reason ?? ""].join(
      " ",
    );
  return `${truth.key} ${truth.messageId?.slice(0, 4)} #${truth.receiveCount} at ${truth.atMs}, ${truth.outcome}${truth.told ? ", told" : ""}: is ${[truth.verdict, truth.origin, truth.cause, truth.ran].join(" ")}, was said to be ${said}`;
}
