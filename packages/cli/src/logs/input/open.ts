/** Logs as batches of texts: from files, folders, globs and standard input, plain or packed, line by line or taken out of documents. */

import type { Readable } from "node:stream";
import { Usage } from "../../usage.ts";
import type { ReadCounts } from "../model.ts";
import { bytesOf, type Unpacked } from "./bytes.ts";
import { beginsDocument, DocumentSplitter, type Heading } from "./documents.ts";
import { LineSplitter, MAX_LINE_BYTES } from "./lines.ts";
import { type Source, sourcesOf } from "./sources.ts";

/** Lines, or elements of a document, that came together from one source. */
export interface Batch {
  readonly source: Source;
  readonly heading: Heading;
  readonly texts: readonly string[];
}

export interface InputProgress {
  readonly readBytes: number;
  /** `undefined`: one of the sources does not say how long it is. */
  readonly knownBytes: number | undefined;
}

/** A source that could not be read, or not to its end: the others were. */
export interface InputProblem {
  readonly path: string;
  readonly reason: string;
  /** Whether who asks may not read it. @default false */
  readonly denied?: boolean;
}

export interface InputOptions {
  readonly signal: AbortSignal;
  readonly counts: ReadCounts;
  /** @default process.stdin */
  readonly stdin?: Readable;
  readonly onProgress?: (progress: InputProgress) => void;
  /** @default 4 MB */
  readonly maxLineBytes?: number;
}

export interface Inputs {
  readonly sources: readonly Source[];
  /** Complete when all batches were read. */
  readonly problems: readonly InputProblem[];
  /**
   * Once, in the order of the sources. Memory does not grow with their size.
   *
   * @throws Usage when the only source, or each of several, cannot be read; the signal's reason
   */
  batches(): AsyncGenerator<Batch>;
}

/** So much is looked at to tell documents from lines. */
const HEAD_BYTES = 4_096;
const NO_HEADING: Heading = {};

/** @throws Usage for paths where nothing is */
export async function openInputs(paths: readonly string[], options: InputOptions): Promise<Inputs> {
  const sources = await sourcesOf(paths);
  const problems: InputProblem[] = [];
  return { sources, problems, batches: () => batchesOf(sources, problems, options) };
}

/** No entries and no lines yet. */
export function newReadCounts(): ReadCounts {
  return {
    bytes: 0,
    lines: 0,
    entries: 0,
    unreadable: 0,
    repeated: 0,
    withoutKey: 0,
    truncated: 0,
    clockSteps: 0,
  };
}

async function* batchesOf(
  sources: readonly Source[],
  problems: InputProblem[],
  options: InputOptions,
): AsyncGenerator<Batch> {
  const { signal, counts, onProgress, stdin = process.stdin } = options;
  const sizes = sources.map(({ bytes }) => bytes);
  const knownBytes = sizes.includes(undefined)
    ? undefined
    : sizes.reduce((sum: number, size) => sum + (size ?? 0), 0);
  let readBytes = 0;
  const onRead = (bytes: number): void => {
    readBytes += bytes;
    onProgress?.({ readBytes, knownBytes });
  };
  for (const source of sources) {
    const unpacked: Unpacked = { truncated: false };
    try {
      yield* batchesIn(source, bytesOf(source.path, stdin, signal, onRead, unpacked), options);
    } catch (error) {
      signal.throwIfAborted();
      const reason = reasonOf(error, source);
      if (sources.length === 1) throw new Usage(reason);
      problems.push({ path: source.path, reason });
    }
    if (unpacked.truncated) {
      counts.truncated += 1;
      problems.push({
        path: source.path,
        reason: `${source.path} is cut off or damaged: what came before was read.`,
      });
    }
  }
  const unread = problems.filter(({ reason }) => !reason.includes(" is cut off or damaged"));
  if (unread.length === sources.length) throw new Usage(unread.map(({ reason }) => reason).join("\n"));
}

/** @throws what is no problem of the file: a bug of ours */
function reasonOf(error: unknown, { path }: Source): string {
  if (error instanceof Usage) return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !(error instanceof Error)) throw error;
  return `${path} cannot be read: ${message}.`;
}

async function* batchesIn(
  source: Source,
  chunks: AsyncGenerator<Buffer>,
  { counts, maxLineBytes = MAX_LINE_BYTES }: InputOptions,
): AsyncGenerator<Batch> {
  let splitter: LineSplitter | DocumentSplitter | undefined;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  const begin = (): Buffer => {
    const head = Buffer.concat(waiting);
    waiting = [];
    splitter = beginsDocument(head.toString("utf8", 0, HEAD_BYTES))
      ? new DocumentSplitter(counts, maxLineBytes)
      : new LineSplitter(counts, maxLineBytes);
    return head;
  };
  function* batches(bytes: Buffer | undefined): Generator<Batch> {
    if (splitter instanceof LineSplitter) {
      const texts = bytes ? splitter.push(bytes) : splitter.end();
      if (texts.length > 0) yield { source, heading: NO_HEADING, texts };
    } else if (splitter)
      for (const { heading, texts } of bytes ? splitter.push(bytes) : splitter.end())
        yield { source, heading, texts };
  }
  for await (const chunk of chunks) {
    counts.bytes += chunk.length;
    if (splitter) {
      yield* batches(chunk);
      continue;
    }
    waiting.push(Buffer.from(chunk));
    waitingBytes += chunk.length;
    if (waitingBytes >= HEAD_BYTES) yield* batches(begin());
  }
  if (!splitter) yield* batches(begin());
  yield* batches(undefined);
}
