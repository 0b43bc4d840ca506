/** Entries as readers give them, made by hand; and what a fold makes of them, in memory and on the disk alike. */

import { expect } from "vitest";
import { Fold, type FoldOptions } from "../../../src/logs/fold/fold.ts";
import type { FoldCounts } from "../../../src/logs/fold/folded.ts";
import type { Signs } from "../../../src/logs/fold/signs.ts";
import type { Context, Delivery, DeliverySeen, Entry, Outcome } from "../../../src/logs/model.ts";

export interface Answer {
  readonly context: Context;
  readonly signs: Signs;
  readonly counts: Omit<FoldCounts, "spilledBytes">;
  readonly keys: ReadonlyMap<string, readonly Delivery[]>;
  readonly groups: readonly (readonly Delivery[])[];
}

/** Folded twice, in memory and spilled: both have to say the same. */
export async function fold(entries: readonly Entry[], options: FoldOptions = {}): Promise<Answer> {
  const inMemory = await foldOnce(entries, options);
  const spilled = await foldOnce(entries, { ...options, memoryEntries: 0, pieceBytes: 64 });
  expect(spilled.bytes > 0 || entries.length === 0).toBe(true);
  expect(inMemory.bytes).toBe(0);
  expect(spilled.answer).toEqual(inMemory.answer);
  return inMemory.answer;
}

async function foldOnce(entries: readonly Entry[], options: FoldOptions) {
  using fold = new Fold(options);
  fold.add(entries);
  using folded = await fold.end();
  const groups: (readonly Delivery[])[] = [];
  for await (const group of folded.groups()) groups.push(group);
  const { spilledBytes: bytes, ...counts } = folded.counts;
  const keys = new Map(groups.map((group) => [group[0]?.key ?? "", group]));
  return { bytes, answer: { context: folded.context, signs: folded.signs, counts, groups, keys } };
}

export interface RunLine {
  readonly id: string;
  readonly at: number;
  readonly ms?: number;
  readonly stream?: string;
  readonly function?: string;
  readonly outcome?: Outcome;
  readonly version?: string;
  readonly messages?: readonly Partial<DeliverySeen>[];
  readonly without?: readonly ("start" | "end" | "report" | "message")[];
}

/** All lines of one invocation, as Lambda's text has them. */
export function run(line: RunLine): Entry[] {
  const {
    id,
    at,
    ms = 100,
    stream = "s1",
    outcome = "unknown",
    version,
    messages = [{ messageId: `m-${id}` }],
  } = line;
  const common = {
    requestId: id,
    stream,
    ...(line.function === undefined ? {} : { function: line.function }),
  };
  const without = new Set(line.without);
  return [
    ...(without.has("start")
      ? []
      : [{ ...common, kind: "started" as const, atMs: at, ...(version === undefined ? {} : { version }) }]),
    ...(without.has("message")
      ? []
      : messages.map((message) => ({ ...common, kind: "delivery" as const, atMs: at + 1, ...message }))),
    ...(without.has("end")
      ? []
      : [
          {
            ...common,
            kind: "ended" as const,
            by: "end" as const,
            outcome: "unknown" as const,
            atMs: at + ms,
          },
        ]),
    ...(without.has("report")
      ? []
      : [
          {
            ...common,
            kind: "ended" as const,
            by: "report" as const,
            outcome,
            atMs: at + ms,
            durationMs: ms,
          },
        ]),
  ];
}

/** One environment that handles one message after another. */
export function stream(name: string, count: number, from = 0): Entry[] {
  return Array.from({ length: count }, (_, at) =>
    run({ id: `${name}-${at}`, at: from + at * 1_000, stream: name }),
  ).flat();
}
