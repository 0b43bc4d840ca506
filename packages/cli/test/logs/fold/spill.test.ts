import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Fold } from "../../../src/logs/fold/fold.ts";
import { SpillFile } from "../../../src/logs/fold/spill-file.ts";
import { Spool } from "../../../src/logs/fold/spool.ts";
import { Tidy } from "../../../src/logs/fold/tidy.ts";
import { Usage } from "../../../src/usage.ts";
import { stream } from "./support.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fold-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const spooled = (spills: boolean, pieceBytes?: number) =>
  new Spool<readonly [string, number]>(([key]) => key, {
    spills: () => spills,
    folder,
    signal: undefined,
    tidy: new Tidy(),
    pieceBytes,
  });

async function groupsOf(spool: Spool<readonly [string, number]>) {
  const groups: (readonly (readonly [string, number])[])[] = [];
  for await (const part of spool.parts()) groups.push(...part);
  return groups;
}

describe("rows that are grouped", () => {
  test.each([
    ["in memory", false, undefined],
    ["on the disk", true, undefined],
    ["on the disk in small pieces", true, 40],
  ] as const)(
    "%s, all rows of a key are together, in the order in which they came",
    async (_, spills, bytes) => {
      const spool = spooled(spills, bytes);
      for (let at = 0; at < 5_000; at += 1) spool.add([`key ${at % 700}`, at]);

      const groups = await groupsOf(spool);
      spool.close();

      expect(groups).toHaveLength(700);
      for (const rows of groups) {
        expect(new Set(rows.map(([key]) => key)).size).toBe(1);
        expect(rows.map(([, at]) => at)).toEqual(
          rows.map(([, at]) => at).toSorted((left, right) => left - right),
        );
      }
      expect(groups.flat()).toHaveLength(5_000);
    },
  );

  test("the order of keys is the same in memory and on the disk", async () => {
    const [memory, disk] = [spooled(false), spooled(true, 64)];
    for (const spool of [memory, disk]) for (let at = 999; at >= 0; at -= 1) spool.add([`key ${at}`, at]);

    expect(await groupsOf(disk)).toEqual(await groupsOf(memory));
    disk.close();
  });

  test.each(["\u{1F984}", "\uD800", "a\nb", "\u0000", "é".repeat(20_000), ","])(
    "a key of unusual characters comes back as it was",
    async (key) => {
      const spool = spooled(true, 1_000);
      spool.add([key, 1]);
      spool.add([key, 2]);

      const groups = await groupsOf(spool);
      spool.close();

      expect(groups).toEqual([
        [
          [key, 1],
          [key, 2],
        ],
      ]);
    },
  );

  test("they may be asked for again, and more be added in between", async () => {
    const spool = spooled(true, 64);
    spool.add(["a", 1]);
    await groupsOf(spool);
    spool.add(["a", 2]);

    expect(await groupsOf(spool)).toEqual([
      [
        ["a", 1],
        ["a", 2],
      ],
    ]);
    spool.close();
  });
});

describe("temporary files", () => {
  test("have no name while they are in use, so that nothing can be left behind", async () => {
    using fold = new Fold({ memoryEntries: 0, pieceBytes: 64, folder });
    fold.add(stream("s1", 200));

    expect(readdirSync(folder)).toEqual([]);

    using folded = await fold.end();
    expect(folded.counts.spilledBytes).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("small logs make none", async () => {
    using fold = new Fold({ folder: join(folder, "is not there") });
    fold.add(stream("s1", 200));
    using folded = await fold.end();

    expect(folded.counts.spilledBytes).toBe(0);
  });

  test("a folder that is not there is said, with what to do", () => {
    const file = new SpillFile(join(folder, "is not there"));

    expect(() => file.append(Buffer.from("x"))).toThrow(Usage);
    expect(() => file.append(Buffer.from("x"))).toThrow(/cannot be written to \(ENOENT\)\. Set TMPDIR/);
  });

  test("a kill leaves none behind", async () => {
    const fold = new URL("../../../src/logs/fold/fold.ts", import.meta.url).href;
    const program = `
      const { Fold } = await import(${JSON.stringify(fold)});
      const fold = new Fold({ memoryEntries: 0, pieceBytes: 64, folder: ${JSON.stringify(folder)} });
      for (let at = 0; at < 1000; at += 1) fold.add([{ kind: "started", atMs: at, stream: "s", requestId: "r" + at }]);
      process.stdout.write("written");
      setInterval(() => {}, 1000);`;
    const child = spawn(
      process.execPath,
      ["--conditions=@effectively-once/source", "--input-type=module", "-e", program],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    await once(child.stdout, "data");

    child.kill("SIGKILL");
    await once(child, "exit");

    expect(readdirSync(folder)).toEqual([]);
  });
});

describe("an interruption", () => {
  test("ends what is being put together", async () => {
    const interrupt = new AbortController();
    using fold = new Fold({ memoryEntries: 0, pieceBytes: 64, folder, signal: interrupt.signal });
    fold.add(stream("s1", 2_000));
    setImmediate(() => interrupt.abort(new Error("enough")));

    await expect(fold.end()).rejects.toThrow("enough");
  });

  test("ends what is being asked for", async () => {
    const interrupt = new AbortController();
    using fold = new Fold({ memoryEntries: 0, pieceBytes: 64, folder, signal: interrupt.signal });
    fold.add(stream("s1", 2_000));
    using folded = await fold.end();
    interrupt.abort(new Error("enough"));

    await expect(folded.groups().next()).rejects.toThrow("enough");
  });
});
