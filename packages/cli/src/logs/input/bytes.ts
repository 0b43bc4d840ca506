/** The bytes of one source, unpacked: what it is packed with is told by its first bytes, not by its name. */

import { createReadStream } from "node:fs";
import type { Readable, Transform } from "node:stream";
import * as zlib from "node:zlib";
import { Usage } from "../../usage.ts";
import { type FramePart, ZstdFrames } from "./zstd-frames.ts";

/** Told once, when it is over. */
export interface Unpacked {
  /** It ended before its end, or what is packed in it is damaged: what came before was given. */
  truncated: boolean;
}

const PLAIN_CHUNK = 1024 * 1024;
/** So much at once may unpack to a thousand times as much. */
const PACKED_CHUNK = 64 * 1024;
const UNPACKED_CHUNK = 256 * 1024;
const LONGEST_MAGIC = 8;

type Packing = "plain" | "gzip" | "zstd" | "utf-16le" | "utf-16be" | { readonly foreign: string };

/** @throws what the file system says, and Usage for what is no text at all */
export async function* bytesOf(
  path: string,
  stdin: Readable,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
  unpacked: Unpacked,
): AsyncGenerator<Buffer> {
  const stream = path === "-" ? stdin : createReadStream(path, { highWaterMark: PLAIN_CHUNK });
  const stop = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener("abort", stop, { once: true });
  try {
    signal.throwIfAborted();
    const raw = withHead(counted(stream, signal, onRead));
    const head = await raw.head();
    const packing = packingOf(head);
    if (typeof packing === "object")
      throw new Usage(`${path} is ${packing.foreign}. Logs are read as text or JSON, plain, gzip or zstd.`);
    if (packing === "plain") yield* raw.rest();
    else if (packing === "gzip") yield* unpack(gunzip, wholeOf(raw.rest()), unpacked);
    else if (packing === "zstd") {
      const frames = new ZstdFrames();
      yield* unpack(zstd(path), framesOf(frames, raw.rest()), unpacked);
      unpacked.truncated ||= !frames.complete;
    } else yield* recoded(packing, raw.rest());
  } finally {
    signal.removeEventListener("abort", stop);
    if (path !== "-") stream.destroy();
  }
}

function packingOf(head: Buffer): Packing {
  const starts = (...bytes: readonly number[]): boolean => bytes.every((byte, at) => head[at] === byte);
  if (starts(0x1f, 0x8b)) return "gzip";
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  // PowerShell redirects output as UTF-16.
  if (starts(0xff, 0xfe)) return "utf-16le";
  if (starts(0xfe, 0xff)) return "utf-16be";
  if (starts(0x50, 0x4b, 0x03, 0x04)) return { foreign: "a zip archive: unpack it first" };
  if (starts(0x42, 0x5a, 0x68)) return { foreign: "packed with bzip2: unpack it first" };
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a)) return { foreign: "packed with xz: unpack it first" };
  if (starts(0x50, 0x41, 0x52, 0x31)) return { foreign: "a Parquet file" };
  return head.includes(0) ? { foreign: "a binary file" } : "plain";
}

function gunzip(): Transform {
  return zlib.createGunzip({ chunkSize: UNPACKED_CHUNK });
}

function zstd(path: string): () => Transform {
  if (typeof zlib.createZstdDecompress !== "function")
    throw new Usage(
      `${path} is packed with zstd, which Node ${process.versions.node} cannot unpack: 22.15 and later can. Use a later Node, or unpack it: zstd -dc ${path} | effectively-once detect -`,
    );
  return () => zlib.createZstdDecompress({ chunkSize: UNPACKED_CHUNK });
}

/** Node goes on with the next member of gzip by itself. */
async function* wholeOf(chunks: AsyncGenerator<Buffer>): AsyncGenerator<FramePart> {
  for await (const bytes of chunks) yield { bytes, last: false };
}

async function* framesOf(frames: ZstdFrames, chunks: AsyncGenerator<Buffer>): AsyncGenerator<FramePart> {
  for await (const chunk of chunks) yield* frames.push(chunk);
}

async function* counted(
  stream: Readable,
  signal: AbortSignal,
  onRead: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    signal.throwIfAborted();
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : (chunk as Buffer);
    onRead(bytes.length);
    yield bytes;
  }
  signal.throwIfAborted();
}

/** The first bytes, which are part of the rest too. A pipe may give them one by one. */
function withHead(chunks: AsyncGenerator<Buffer>): {
  head(): Promise<Buffer>;
  rest(): AsyncGenerator<Buffer>;
} {
  let first: Buffer = Buffer.alloc(0);
  return {
    async head() {
      while (first.length < LONGEST_MAGIC) {
        const { value, done } = await chunks.next();
        if (done) break;
        first = first.length === 0 ? value : Buffer.concat([first, value]);
      }
      return first.subarray(0, LONGEST_MAGIC);
    },
    async *rest() {
      if (first.length > 0) yield first;
      first = Buffer.alloc(0);
      yield* chunks;
    },
  };
}

/** Unpacks one after the other, each with an engine of its own. */
async function* unpack(
  engine: () => Transform,
  packed: AsyncGenerator<FramePart>,
  unpacked: Unpacked,
): AsyncGenerator<Buffer> {
  let open: Engine | undefined;
  try {
    for await (const { bytes, last } of packed) {
      open ??= new Engine(engine());
      for (let at = 0; at < bytes.length && !open.failed; at += PACKED_CHUNK)
        yield* await open.write(bytes.subarray(at, at + PACKED_CHUNK));
      if (last && !open.failed) yield* await open.end();
      if (open.failed) break;
      if (last) open = undefined;
    }
    if (open && !open.failed) yield* await open.end();
    unpacked.truncated = open?.failed ?? false;
  } finally {
    open?.destroy();
  }
}

/**
 * Fed piece by piece, each one unpacked whole before the next: a stream that is destroyed by an error throws away what it
 * holds, and that is what came before the damage.
 */
class Engine {
  readonly #stream: Transform;
  #out: Buffer[] = [];
  #wake: (() => void) | undefined;
  failed = false;

  constructor(stream: Transform) {
    this.#stream = stream;
    stream.on("data", (data: Buffer) => this.#out.push(data));
    stream.on("error", () => {
      this.failed = true;
      this.#wake?.();
    });
  }

  write(piece: Buffer): Promise<readonly Buffer[]> {
    return this.#until((done) => void this.#stream.write(piece, () => done()));
  }

  end(): Promise<readonly Buffer[]> {
    return this.#until((done) => void this.#stream.once("end", done).end());
  }

  destroy(): void {
    this.#stream.destroy();
  }

  async #until(act: (done: () => void) => void): Promise<readonly Buffer[]> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      act(resolve);
    });
    const out = this.#out;
    this.#out = [];
    return out;
  }
}

async function* recoded(
  encoding: "utf-16le" | "utf-16be",
  chunks: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }));
  yield Buffer.from(decoder.decode());
}
