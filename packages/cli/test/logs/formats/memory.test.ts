/** What a reader keeps between two batches: nothing of their texts. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { EntryReader } from "../../../src/logs/formats/reader.ts";
import { newReadCounts } from "../../../src/logs/input/open.ts";
import { expressionsOf } from "../../../src/logs/keys/expressions.ts";

const STREAMS = 120;
const LINE = "2026-09-01T08:00:00.000Z\tsomething that says nothing of any delivery, as most lines do\n";
const REQUEST = "c793869b-ee49-115b-a5b6-4fd21e8dedac";

function usedBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

it("does not keep alive the texts of streams whose lines it has read", () => {
  const reader = new EntryReader(newReadCounts(), expressionsOf({}));
  const before = usedBytes();
  let entries = 0;
  for (let at = 0; at < STREAMS; at += 1) {
    const stream = `stream-${at}`;
    // As a file comes: lines that were cut out of a megabyte of bytes.
    const text = Buffer.from(LINE.repeat(11_000)).toString("utf8");
    const texts = [`START RequestId: ${REQUEST} Version: 1`, ...text.trimEnd().split("\n")];
    const source = { path: stream, bytes: text.length, stream };
    entries += reader.read({ source, heading: {}, texts }).length;
  }

  expect(usedBytes() - before).toBeLessThan(STREAMS * 200_000);
  // The START had no instant of its own, and has that of the next line, once one is looked for.
  const source = { path: "stream-0", bytes: 0, stream: "stream-0" };
  const [start] = reader.read({ source, heading: {}, texts: [`END RequestId: ${REQUEST}`] });
  expect(entries).toBe(0);
  expect(start).toMatchObject({ kind: "started", atMs: Date.parse("2026-09-01T08:00:00.000Z") });
});
