/** A ledger's file as pieces of text: plain or gzip, UTF-8 or UTF-16, without its byte order mark. */

import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Usage } from "../../usage.ts";

/** @throws Usage for a file that cannot be read, and for one that ends before its end: a part of it would give wrong sums */
export async function* textsOf(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  let decoder: InstanceType<typeof TextDecoder> | undefined;
  try {
    const stream: Readable = (await isGzip(path)) ? file.pipe(createGunzip()) : file;
    if (stream !== file) file.on("error", (error) => stream.destroy(error));
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      decoder ??= new TextDecoder(encodingOf(chunk));
      yield decoder.decode(chunk, { stream: true });
    }
    if (decoder) yield decoder.decode();
  } catch (error) {
    if (signal.aborted || !(error instanceof Error) || !("code" in error)) throw error;
    throw new Usage(`--ledger ${path} cannot be read: ${error.message}.`);
  } finally {
    file.destroy();
  }
}

async function isGzip(path: string): Promise<boolean> {
  const head = createReadStream(path, { end: 1 });
  const chunks: Buffer[] = [];
  for await (const chunk of head) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Spreadsheets and PowerShell write UTF-16. */
function encodingOf(chunk: Buffer): "utf-8" | "utf-16le" | "utf-16be" {
  if (chunk[0] === 0xff && chunk[1] === 0xfe) return "utf-16le";
  return chunk[0] === 0xfe && chunk[1] === 0xff ? "utf-16be" : "utf-8";
}
