/** Files, folders, globs and standard input, plain and packed. All constructed. */

import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import * as zlib from "node:zlib";
import { describe, expect, it } from "vitest";
import { newReadCounts, openInputs } from "../../../src/logs/input/open.ts";
import { Usage } from "../../../src/usage.ts";
import { folder, linesOf } from "./support.ts";

describe("which files", () => {
  it("a folder's, in the order of their numbers, without hidden ones and CloudWatch's own trial", async () => {
    const at = folder({
      "part-10.log": "c\n",
      "part-2.log": "b\n",
      "deep/part-1.log": "a\n",
      ".hidden": "x\n",
      "aws-logs-write-test": "Permission Check Successful\n",
    });

    expect((await linesOf([at])).lines).toEqual(["a", "b", "c"]);
  });

  it("each once, however often it is named", async () => {
    const at = folder({ "a.log": "a\n", "b.log": "b\n" });
    symlinkSync(join(at, "a.log"), join(at, "again.log"));

    expect((await linesOf([join(at, "b.log"), join(at, "*.log"), at])).lines).toEqual(["b", "a"]);
  });

  it("a file whose name looks like a glob is that file", async () => {
    const at = folder({ "[$LATEST]0123.log": "a\n" });

    expect((await linesOf([join(at, "[$LATEST]0123.log")])).lines).toEqual(["a"]);
  });

  it("parts of an export of one stream are one stream", async () => {
    const at = folder({
      "task/2026-09-25-[$LATEST]ab/000000.gz": "a\n",
      "task/2026-09-25-[$LATEST]ab/000001.gz": "b\n",
    });
    const { sources } = await openInputs([at], {
      signal: new AbortController().signal,
      counts: newReadCounts(),
    });

    expect(new Set(sources.map(({ stream }) => stream))).toEqual(
      new Set([join(at, "task/2026-09-25-[$LATEST]ab")]),
    );
  });

  it.each([
    ["nothing.log", /nothing\.log does not exist\. Give files, folders or globs, or - for standard input\.$/],
    ["*.nothing", /no file matches .*\*\.nothing/],
    ["empty", /the folder .*empty holds no files/],
  ])("%s is said to be nothing", async (name, message) => {
    const at = folder();
    mkdirSync(join(at, "empty"));

    await expect(linesOf([join(at, name)])).rejects.toThrow(Usage);
    await expect(linesOf([join(at, name)])).rejects.toThrow(message);
  });

  it("none at all is said", async () => {
    await expect(linesOf([])).rejects.toThrow("no logs were named");
  });
});

describe("lines", () => {
  const stdin = (...chunks: readonly (string | Buffer)[]) =>
    linesOf(["-"], {
      stdin: Readable.from(
        chunks.map((chunk) => Buffer.from(chunk)),
        { objectMode: false },
      ),
    });

  it.each([
    ["without a newline at the end", "a\nb", ["a", "b"]],
    ["of Windows", "a\r\nb\r\n", ["a", "b"]],
    ["after a byte order mark", "\uFEFFa\nb\n", ["a", "b"]],
    ["that are empty", "\n\na\n\n", ["a"]],
    ["with carriage returns in them", "a\rb\n", ["a\rb"]],
    ["of other scripts", "größe\n鴨\n🦆\n", ["größe", "鴨", "🦆"]],
    ["none", "", []],
  ])("%s", async (_which, text, lines) => {
    expect((await stdin(text)).lines).toEqual(lines);
  });

  it.each([
    ["little", Buffer.from("\uFEFFa\nö 🦆\n", "utf16le")],
    ["big", Buffer.from("\uFEFFa\nö 🦆\n", "utf16le").swap16()],
  ])("of PowerShell, UTF-16 with the %s end first", async (_end, bytes) => {
    expect((await linesOf([join(folder({ "a.log": bytes }), "a.log")])).lines).toEqual(["a", "ö 🦆"]);
  });

  it("come out the same wherever chunks are cut", async () => {
    const text = "größe\r\n\n🦆 and more\nlast";
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut += 1)
      expect((await stdin(bytes.subarray(0, cut), bytes.subarray(cut))).lines).toEqual([
        "größe",
        "🦆 and more",
        "last",
      ]);
  });

  it("that are not UTF-8 are counted and left out: two keys could look the same", async () => {
    const latin1 = Buffer.from("größe\n", "latin1");

    const { lines, counts } = await stdin(
      Buffer.concat([Buffer.from("a\n"), latin1, Buffer.from("größe\n")]),
    );

    expect(lines).toEqual(["a", "größe"]);
    expect(counts).toMatchObject({ lines: 3, unreadable: 1 });
  });

  it("that are too long are counted, and the next one is read", async () => {
    const at = folder({ "a.log": `a\n${"x".repeat(300)}\nb\n${"y".repeat(300)}` });

    const { lines, counts } = await linesOf([join(at, "a.log")], { maxLineBytes: 200 });

    expect(lines).toEqual(["a", "b"]);
    expect(counts).toMatchObject({ lines: 4, unreadable: 2 });
  });
});

describe("packed", () => {
  const TEXT = Array.from(
    { length: 20_000 },
    (_, index) => `line ${index} ${randomBytes(8).toString("hex")}`,
  ).join("\n");
  const read = (bytes: Buffer) => linesOf([join(folder({ "a.log": bytes }), "a.log")]);

  it.each([
    ["gzip", zlib.gzipSync(TEXT)],
    ["zstd", zlib.zstdCompressSync(TEXT)],
  ])("with %s, told by the bytes and not by the name", async (_how, bytes) => {
    const { lines, counts } = await read(bytes);

    expect(lines.join("\n")).toBe(TEXT);
    expect(counts).toMatchObject({ truncated: 0, bytes: Buffer.byteLength(TEXT) });
  });

  it.each([
    ["gzip", zlib.gzipSync],
    ["zstd", zlib.zstdCompressSync],
  ])("%s in several parts", async (_how, pack) => {
    const { lines, counts } = await read(Buffer.concat([pack("a\nb"), pack("c\n"), pack("d\n")]));

    expect(lines).toEqual(["a", "bc", "d"]);
    expect(counts.truncated).toBe(0);
  });

  it.each([
    ["gzip", zlib.gzipSync(TEXT)],
    ["zstd", zlib.zstdCompressSync(TEXT)],
  ])("%s that is cut off gives what came before, and is counted", async (_how, bytes) => {
    const { lines, counts, problems } = await read(bytes.subarray(0, Math.floor(bytes.length * 0.9)));

    const whole = TEXT.split("\n");
    expect(lines.length).toBeGreaterThan(whole.length * 0.6);
    expect(lines.slice(0, -1)).toEqual(whole.slice(0, lines.length - 1));
    expect(counts.truncated).toBe(1);
    expect(problems).toMatchObject([{ reason: expect.stringMatching(/a\.log is cut off or damaged/) }]);
  });

  it("gzip that is damaged in the middle gives what came before, and is counted", async () => {
    const bytes = zlib.gzipSync(TEXT);
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0xff, middle, middle + 2_000);

    const { lines, counts } = await read(bytes);

    expect(TEXT.startsWith(lines.slice(0, 1_000).join("\n"))).toBe(true);
    expect(counts.truncated).toBe(1);
  });

  it("gzip whose first bytes are all that is left", async () => {
    expect((await read(zlib.gzipSync(TEXT).subarray(0, 12))).counts.truncated).toBe(1);
  });

  it("zstd with checksums, with what is to be skipped, and byte by byte", async () => {
    const checked = { params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 } };
    const skipped = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const bytes = Buffer.concat([
      zlib.zstdCompressSync("a\n", checked),
      skipped,
      zlib.zstdCompressSync("a".repeat(500_000), checked),
    ]);
    const stdin = Readable.from(
      [...bytes].map((byte) => Buffer.from([byte])),
      { objectMode: false },
    );

    const { lines, counts } = await linesOf(["-"], { stdin });

    expect(lines).toEqual(["a", "a".repeat(500_000)]);
    expect(counts.truncated).toBe(0);
  });

  it("zstd that ends within a frame's first bytes, and with bytes that are none of a frame", async () => {
    const whole = zlib.zstdCompressSync("a\n");

    for (const rest of [whole.subarray(0, 5), Buffer.from("rest")]) {
      const { lines, counts } = await read(Buffer.concat([whole, rest]));

      expect(lines).toEqual(["a"]);
      expect(counts.truncated).toBe(1);
    }
  });

  it("gzip from standard input, byte by byte", async () => {
    const bytes = zlib.gzipSync("a\nb\n");
    const stdin = Readable.from(
      [...bytes].map((byte) => Buffer.from([byte])),
      { objectMode: false },
    );

    expect((await linesOf(["-"], { stdin })).lines).toEqual(["a", "b"]);
  });
});

describe("what cannot be read", () => {
  it.each([
    ["PK\u0003\u0004", /is a zip archive: unpack it first/],
    ["PAR1", /is a Parquet file/],
    ["\u0000\u0001\u0002", /is a binary file/],
  ])("%j is said to be none of ours", async (bytes, message) => {
    const at = folder({ "a.log": Buffer.from(bytes, "latin1") });

    await expect(linesOf([join(at, "a.log")])).rejects.toThrow(Usage);
    await expect(linesOf([join(at, "a.log")])).rejects.toThrow(message);
  });

  it("among several it is said, and the others are read", async () => {
    const at = folder({ "a.zip": "PK\u0003\u0004", "b.log": "b\n" });

    const { lines, problems } = await linesOf([at]);

    expect(lines).toEqual(["b"]);
    expect(problems).toMatchObject([
      { path: join(at, "a.zip"), reason: expect.stringMatching(/is a zip archive/) },
    ]);
  });

  it("several of which none can be read are an error that names each", async () => {
    const at = folder({ "a.zip": "PK\u0003\u0004", "b.zip": "PK\u0003\u0004" });

    await expect(linesOf([at])).rejects.toThrow(/a\.zip is a zip archive[^]*b\.zip is a zip archive/);
  });

  it.skipIf(process.getuid?.() === 0)("a file that may not be read is named", async () => {
    const at = folder({ "a.log": "a\n" });
    chmodSync(join(at, "a.log"), 0);

    await expect(linesOf([join(at, "a.log")])).rejects.toThrow(/a\.log cannot be read: EACCES/);
  });
});

describe("while it goes on", () => {
  it("progress is told by bytes of the files", async () => {
    const at = folder({ "a.gz": zlib.gzipSync("a\n".repeat(1_000)), "b.log": "b\n" });
    const known = readFileSync(join(at, "a.gz")).length + 2;
    const told: unknown[] = [];

    await linesOf([at], { onProgress: (progress) => void told.push(progress) });

    expect(told.at(-1)).toEqual({ readBytes: known, knownBytes: known });
  });

  it("standard input does not say how much there is", async () => {
    const told: unknown[] = [];

    await linesOf(["-"], {
      stdin: Readable.from([Buffer.from("a\n")], { objectMode: false }),
      onProgress: (progress) => void told.push(progress),
    });

    expect(told).toEqual([{ readBytes: 2, knownBytes: undefined }]);
  });

  it("an abort ends it with its reason, though standard input says nothing more", async () => {
    const stop = new AbortController();
    const stdin = new Readable({ read() {} });
    stdin.push("a\n");

    const reading = linesOf(["-"], { stdin, signal: stop.signal });
    setTimeout(() => stop.abort(new Error("stopped")), 20);

    await expect(reading).rejects.toThrow("stopped");
  });
});
