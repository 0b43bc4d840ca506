/** One pipeline, played and written to a file as its logs, and `detect`'s readers, fold and judge asked about each delivery. */

import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Fold } from "../../packages/cli/src/logs/fold/fold.ts";
import { newReadCounts } from "../../packages/cli/src/logs/input/open.ts";
import { readFiles } from "../../packages/cli/src/logs/input/read.ts";
import { judge } from "../../packages/cli/src/logs/judge.ts";
import type { Context, Judged, ReadCounts } from "../../packages/cli/src/logs/model.ts";
import { finder, givenTwice } from "../../packages/cli/test/logs/truth/chained.ts";
import type { Settings, Truth } from "../../packages/cli/test/logs/truth/definition.ts";
import type { Told } from "../../packages/cli/test/logs/truth/judged.ts";
import { documentOf, type Format, linesOf } from "../../packages/cli/test/logs/truth/lines.ts";
import { play } from "../../packages/cli/test/logs/truth/play.ts";

export interface Written {
  readonly path: string;
  readonly format: Format;
  /** So many messages are played, in segments that are let go one by one… @default without end */
  readonly messages?: number;
  /** …until there are so many deliveries. @default all of them */
  readonly deliveries?: number;
  /** Asked of each line. @default none is lost */
  readonly lost?: () => boolean;
}

/** What is true of the deliveries whose logs are in the file now. */
export async function write(settings: Settings, written: Written): Promise<readonly Truth[]> {
  const { path, format, lost = () => false } = written;
  const { messages = Number.MAX_SAFE_INTEGER, deliveries = Number.POSITIVE_INFINITY } = written;
  const truths: Truth[] = [];
  function* documents(): Generator<string> {
    for (const { rans, truths: some } of play(settings, messages)) {
      truths.push(...some);
      yield rans
        .map((ran) => linesOf(ran, format).filter(() => !lost()))
        .map((lines, at) =>
          lines.length === 0 ? "" : `${documentOf(rans[at] as (typeof rans)[number], lines)}\n`,
        )
        .join("");
      if (truths.length >= deliveries) return;
    }
  }
  const zipped = path.endsWith(".gz") ? [createGzip()] : [];
  await pipeline([Readable.from(documents()), ...zipped, createWriteStream(path)]);
  return truths;
}

export interface Answer {
  readonly context: Context;
  readonly counts: ReadCounts;
  /** Deliveries that are none: as they were named. */
  readonly madeUp: readonly string[];
  /** Deliveries that were given more than once. */
  readonly again: readonly string[];
}

/** Each truth once, beside what was said of it; what stands in no line comes last, with nothing said. */
export async function ask(
  path: string,
  settings: Settings,
  truths: readonly Truth[],
  compare: (told: Told, context: Context) => void,
): Promise<Answer> {
  const found = finder(truths);
  const open = new Set(truths);
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
  const madeUp: string[] = [];
  const again: string[] = [];
  const put = (truth: Truth, judged: Judged | undefined): void =>
    compare({ truth, twice: twice.has(truth.messageId), judged }, context);
  for await (const group of folded.groups())
    for (const one of judge(group, context)) {
      const truth = found(one, open);
      if (!truth) madeUp.push(named(one));
      else {
        if (!open.delete(truth)) again.push(named(one));
        put(truth, one);
      }
    }
  for (const truth of open) put(truth, undefined);
  return { context, counts, madeUp, again };
}

function named({ delivery: { invocation, messageId, key, atMs } }: Judged): string {
  return [invocation?.requestId, messageId, key, atMs].join(" ");
}
