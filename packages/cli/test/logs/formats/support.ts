/** Logs read from a text, as from standard input. */

import { Readable } from "node:stream";
import { newReadCounts } from "../../../src/logs/input/open.ts";
import { readFiles } from "../../../src/logs/input/read.ts";
import type { Asked } from "../../../src/logs/keys/expressions.ts";
import type { Entry, ReadCounts } from "../../../src/logs/model.ts";

export interface ReadText {
  readonly entries: readonly Entry[];
  readonly counts: ReadCounts;
}

export async function readText(text: string | Buffer, asked: Asked = {}): Promise<ReadText> {
  const counts = newReadCounts();
  const reading = await readFiles(["-"], asked, {
    signal: new AbortController().signal,
    counts,
    stdin: Readable.from([Buffer.from(text)], { objectMode: false }),
  });
  const entries: Entry[] = [];
  for await (const some of reading.entries()) entries.push(...some);
  return { entries, counts };
}

/** Without what all entries have. */
export async function said(text: string | Buffer, asked: Asked = {}): Promise<readonly object[]> {
  const { entries } = await readText(text, asked);
  return entries.map(({ stream: _stream, ...rest }) => rest);
}

export function at(iso: string): number {
  return Date.parse(iso);
}

export const REQUEST = "c793869b-ee49-115b-a5b6-4fd21e8dedac";
export const OTHER = "8f507cfc-xmpl-4697-b07a-ac58fc914c95";
