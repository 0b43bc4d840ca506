import { expect, test } from "vitest";
import { Fold } from "../../../src/logs/fold/fold.ts";
import { summarise, type SummaryOptions } from "../../../src/logs/fold/summary.ts";
import type { Entry } from "../../../src/logs/model.ts";
import { run } from "./support.ts";

async function summaryOf(entries: readonly Entry[], options?: SummaryOptions) {
  using fold = new Fold();
  fold.add(entries);
  using folded = await fold.end();
  return await summarise(folded, options);
}

const twice = (key: string, at: number, outcome: "success" | "error") => [
  ...run({ id: `${key}-1`, at, stream: `s${key}`, outcome, messages: [{ key, messageId: `m${key}` }] }),
  ...run({ id: `${key}-2`, at: at + 30_000, stream: `s${key}`, messages: [{ key, messageId: `m${key}` }] }),
];

test("deliveries are counted by verdict, and those that ran again", async () => {
  const { verdicts, origins, deliveries, keys, repeatedKeys, repeatedRuns } = await summaryOf([
    ...twice("1", 0, "success"),
    ...twice("2", 500, "error"),
    ...run({ id: "3", at: 90_000, messages: [{ key: "3", messageId: "m3" }] }),
  ]);

  expect(verdicts).toMatchObject({ first: 3, duplicate: 1, retry: 1, unknown: 0 });
  expect(origins.duplicate).toEqual({ redelivery: 1, resend: 0, unknown: 0 });
  expect({ deliveries, keys, repeatedKeys, repeatedRuns }).toEqual({
    deliveries: 5,
    keys: 3,
    repeatedKeys: 2,
    repeatedRuns: 1,
  });
});

test("keys that did harm are given first, and no more of them than asked for", async () => {
  const entries = ["1", "2", "3", "4"].flatMap((key, at) =>
    twice(key, at * 100_000, key === "3" ? "success" : "error"),
  );

  const { shown, showable, truncated } = await summaryOf(entries, { maxKeys: 2 });

  expect(shown.map(([first]) => first?.delivery.key)).toEqual(["3", "1"]);
  expect({ showable, truncated }).toEqual({ showable: 4, truncated: true });
});

test("keys with one delivery are given when all are asked for", async () => {
  const entries = [...twice("1", 0, "error"), ...run({ id: "9", at: 0, messages: [{ key: "9" }] })];

  expect((await summaryOf(entries)).showable).toBe(1);
  expect((await summaryOf(entries, { all: true })).showable).toBe(2);
});

test("each key is told of as it is judged", async () => {
  const keys: (string | undefined)[] = [];

  await summaryOf([...twice("1", 0, "error"), ...run({ id: "9", at: 0, messages: [{ key: "9" }] })], {
    onKey: ([first]) => keys.push(first?.delivery.key),
  });

  expect(keys.toSorted()).toEqual(["1", "9"]);
});
