/** One pipeline, played and written to a file as its logs, and `detect`'s readers, fold and judge asked about each delivery. */

import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { Fold } from "../../packages/cli/src/logs/fold/fold.ts";
import { newReadCounts } from "../../packages/cli/src/logs/input/open.ts";
import { readFiles } from "../../packages/cli/src/logs/input/read.ts";
import type { Context, Judged, ReadCounts } from "../../packages/cli/src/logs/model.ts";
import { type Beside, beside } from "../../packages/cli/test/logs/truth/chained.ts";
import type { Settings, Truth } from "../../packages/cli/test/logs/truth/definition.ts";
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

export interface Answer extends Beside {
  readonly context: Context;
  readonly counts: ReadCounts;
}

export async function ask(path: string, settings: Settings, truths: readonly Truth[]): Promise<Answer> {
  const counts = newReadCounts();
  const { signal } = new AbortController();
  const { entries } = await readFiles([path], { key: "$.body.orderId" }, { signal, counts });
  using fold = new Fold({
    visibilityTimeoutSeconds: settings.visibilitySeconds,
    batchingWindowSeconds: settings.windowSeconds,
  });
  for await (const batch of entries()) fold.add(batch);
  using folded = await fold.end();
  return { context: folded.context, counts, ...(await beside(folded, truths)) };
}

/** Of an answer: what was told that is not so, as sentences. */
export function strays({ madeUp, again }: Beside): readonly string[] {
  return [
    ...madeUp.map((one) => `a delivery that was none: ${named(one)}`),
    ...again.map((one) => `a delivery once more: ${named(one)}`),
  ];
}

function named({ delivery: { invocation, messageId, key, atMs } }: Judged): string {
  return [invocation?.requestId, messageId, key, atMs].join(" ");
}
