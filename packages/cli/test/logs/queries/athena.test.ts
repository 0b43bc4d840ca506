/** The SQL for Athena gives the same answers as the fold and the judge, run in DuckDB on logs whose truth is known. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Fold } from "../../../src/logs/fold/fold.ts";
import { newReadCounts } from "../../../src/logs/input/open.ts";
import { readFiles } from "../../../src/logs/input/read.ts";
import { judge } from "../../../src/logs/judge.ts";
import { type AthenaAsked, viewSql } from "../../../src/logs/queries/athena.ts";
import { placeOf } from "../../../src/logs/queries/place.ts";
import { play, settingsOf } from "../truth/play.ts";
import { asked, type Line } from "./engine.ts";
import { exported, type LogFormat } from "./export.ts";

const folder = mkdtempSync(join(tmpdir(), "effectively-once-athena-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One line for each delivery: what it was. */
async function byDetect(lines: readonly Line[], key: string | undefined): Promise<readonly string[]> {
  const root = mkdtempSync(join(folder, "export-"));
  const files = new Map<string, string[]>();
  for (const { path, line } of lines) {
    const file = join(root, path.replace("s3://", ""));
    const some = files.get(file);
    if (some) some.push(line);
    else files.set(file, [line]);
  }
  for (const [file, some] of files) {
    mkdirSync(dirname(file), { recursive: true });
    // Plain, whatever its name: that is told by the first bytes.
    writeFileSync(file, `${some.join("\n")}\n`);
  }
  const signal = new AbortController().signal;
  const reading = await readFiles([root], key === undefined ? {} : { key }, {
    signal,
    counts: newReadCounts(),
  });
  using fold = new Fold();
  for await (const entries of reading.entries()) fold.add(entries);
  using folded = await fold.end();
  expect(folded.context.complete).toBe(true);
  const found: string[] = [];
  for await (const deliveries of folded.groups())
    for (const { delivery, verdict, origin } of judge(deliveries, folded.context))
      found.push(
        [delivery.key, delivery.messageId, delivery.invocation?.requestId, verdict, origin ?? ""].join(" "),
      );
  return found.toSorted();
}

async function bySql(
  lines: readonly Line[],
  key: string | undefined,
  more: Partial<AthenaAsked> = {},
): Promise<readonly string[]> {
  const place = key === undefined ? undefined : placeOf("--key", "key", key);
  const rows = await asked(lines, [viewSql({ key: place, sinceMs: undefined, untilMs: undefined, ...more })]);
  return rows
    .map((row) =>
      [row["key"], row["message_id"], row["request_id"], row["verdict"], row["origin"] ?? ""].join(" "),
    )
    .toSorted();
}

/** A few of those that differ say more than all. */
function different(left: readonly string[], right: readonly string[]): readonly string[] {
  const [lefts, rights] = [new Set(left), new Set(right)];
  const only = (name: string, some: readonly string[], others: ReadonlySet<string>): readonly string[] =>
    some
      .filter((one) => !others.has(one))
      .slice(0, 5)
      .map((one) => `${name} alone: ${one}`);
  return [...only("SQL", left, rights), ...only("detect", right, lefts)].toSorted();
}

async function expectEqual(lines: readonly Line[], key: string | undefined): Promise<void> {
  const [sql, detect] = [await bySql(lines, key), await byDetect(lines, key)];
  expect(different(sql, detect)).toEqual([]);
  expect(sql).toHaveLength(detect.length);
  expect(sql.length).toBeGreaterThanOrEqual(300);
}

function linesOf(seed: number, guarded: boolean, format: LogFormat): readonly Line[] {
  const settings = settingsOf(seed, { guarded });
  const rates = { ...settings.rates, async: 0 };
  return [...play({ ...settings, rates }, 300)].flatMap(({ rans }) => exported(rans, format));
}

describe.each(["text", "json"] as const)("of logs in %s", (format) => {
  it.each([1, 2, 3, 4, 5, 6])(
    "without a guard, pipeline %i: every delivery has the fold's verdict and origin",
    async (seed) => {
      const lines = linesOf(seed, false, format);
      await expectEqual(lines, "$.body.orderId");
    },
  );

  it("with a guard: what it said stands", async () => {
    const lines = linesOf(11, true, format);
    await expectEqual(lines, "$.body.orderId");
  });

  it("without a key: by message id", async () => {
    const lines = linesOf(7, false, format);
    await expectEqual(lines, undefined);
  });
});
