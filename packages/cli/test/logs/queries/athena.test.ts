/** The SQL for Athena gives the same answers as the fold and the judge, run in DuckDB on logs whose truth is known. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { Fold } from "../../../src/logs/fold/fold.ts";
import { newReadCounts } from "../../../src/logs/input/open.ts";
import { readFiles } from "../../../src/logs/input/read.ts";
import { judge } from "../../../src/logs/judge.ts";
import { type AthenaAsked, ATHENA_VIEW, athenaStatements } from "../../../src/logs/queries/athena.ts";
import { placeOf } from "../../../src/logs/queries/place.ts";
import { play, settingsOf } from "../truth/play.ts";
import { asked, type Line } from "./engine.ts";
import { exported, type LogFormat } from "./export.ts";

const MESSAGES = 120;
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

const BY_ORDER: AthenaAsked = {
  key: placeOf("--key", "key", "$.body.orderId"),
  sinceMs: undefined,
  untilMs: undefined,
};

/** As they are printed, but for the table, which is there already. */
function statements(what: AthenaAsked, last: string): readonly string[] {
  const made = athenaStatements(what).map(({ text }) => text);
  return [...made.filter((text) => /^CREATE (TABLE|OR REPLACE VIEW)/.test(text)), last];
}

async function bySql(
  lines: readonly Line[],
  key: string | undefined,
  more: Partial<AthenaAsked> = {},
): Promise<readonly string[]> {
  const place = key === undefined ? undefined : placeOf("--key", "key", key);
  const rows = await asked(
    lines,
    statements(
      { key: place, sinceMs: undefined, untilMs: undefined, ...more },
      `SELECT * FROM ${ATHENA_VIEW}`,
    ),
  );
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
  expect(sql.length).toBeGreaterThanOrEqual(MESSAGES);
}

function linesOf(seed: number, guarded: boolean, format: LogFormat): readonly Line[] {
  const settings = settingsOf(seed, { guarded });
  const rates = { ...settings.rates, async: 0 };
  return [...play({ ...settings, rates }, MESSAGES)].flatMap(({ rans }) => exported(rans, format));
}

it("has every verdict among what it is tried on", async () => {
  const lines = [1, 2, 4].flatMap((seed) => linesOf(seed, false, "text"));
  const rows = await asked(lines, statements(BY_ORDER, `SELECT DISTINCT verdict FROM ${ATHENA_VIEW}`));
  expect(rows.map(({ verdict }) => verdict).toSorted()).toEqual([
    "busy",
    "duplicate",
    "first",
    "retry",
    "takeover",
  ]);
});

it("counts by verdict, and lists the keys with harm, as its last statements say", async () => {
  const lines = linesOf(2, false, "text");
  const [counts = "", harmed = ""] = athenaStatements(BY_ORDER)
    .slice(-2)
    .map(({ text }) => text);
  const detected = await byDetect(lines, "$.body.orderId");
  const counted = await asked(lines, statements(BY_ORDER, counts));
  expect(counted.reduce((sum, { deliveries }) => sum + Number(deliveries), 0)).toBe(detected.length);
  const keys = new Set((await asked(lines, statements(BY_ORDER, harmed))).map(({ key }) => String(key)));
  const harmedKeys = detected
    .filter((one) => / (busy|duplicate) /.test(one))
    .map((one) => one.split(" ")[0] ?? "");
  expect(harmedKeys.length).toBeGreaterThan(0);
  expect(keys).toEqual(new Set(harmedKeys));
});

describe.each<readonly [LogFormat, readonly number[], number]>([
  ["text", [1, 2, 4], 11],
  ["json", [3, 6], 12],
])("of logs in %s", (format, unguarded, guarded) => {
  it.each(unguarded)(
    "without a guard, pipeline %i: every delivery has the fold's verdict and origin",
    async (seed) => {
      await expectEqual(linesOf(seed, false, format), "$.body.orderId");
    },
  );

  it("with a guard: what it said stands", async () => {
    await expectEqual(linesOf(guarded, true, format), "$.body.orderId");
  });

  it("without a key: by message id", async () => {
    await expectEqual(linesOf(7, false, format), undefined);
  });
});

/** Constructed: a handler that logs its order and no event. */
const PLAIN = [
  ["08:00:00.000", "START RequestId: 11111111-1111-4111-8111-111111111111 Version: $LATEST"],
  [
    "08:00:00.010",
    "2026-09-01T08:00:00.010Z\t11111111-1111-4111-8111-111111111111\tINFO\tpaying order A/1 (card)",
  ],
  [
    "08:00:01.000",
    "REPORT RequestId: 11111111-1111-4111-8111-111111111111\tDuration: 1000.00 ms\tMemory Size: 128 MB\tMax Memory Used: 90 MB\t",
  ],
  ["09:00:00.000", "START RequestId: 22222222-2222-4222-8222-222222222222 Version: $LATEST"],
  [
    "09:00:00.010",
    "2026-09-01T09:00:00.010Z\t22222222-2222-4222-8222-222222222222\tINFO\tpaying order A/1 (card)",
  ],
  [
    "09:00:00.020",
    '2026-09-01T09:00:00.020Z\t22222222-2222-4222-8222-222222222222\tINFO\t{"order":{"id":"A/1"}}',
  ],
  [
    "09:00:01.000",
    "REPORT RequestId: 22222222-2222-4222-8222-222222222222\tDuration: 1000.00 ms\tMemory Size: 128 MB\tMax Memory Used: 90 MB\t",
  ],
].map(([time, message]) => ({ path: "s3://logs/s/000000.gz", line: `2026-09-01T${time}Z ${message}` }));

it("finds keys by a regular expression, whichever of its groups the key is", async () => {
  const key = String.raw`/(pay|refund)ing order (?<key>[^'\s]+)/`;
  const found = await bySql(PLAIN, key);
  expect(found).toEqual(await byDetect(PLAIN, key));
  expect(found).toHaveLength(2);
  expect(found[1]).toMatch(/^A\/1 .* duplicate/);
});

it("finds keys in lines of JSON that are no events", async () => {
  const lines = PLAIN.slice(3);
  expect(await bySql(lines, "$.order.id")).toEqual(await byDetect(lines, "$.order.id"));
  expect(await bySql(lines, "$.order.id")).toHaveLength(1);
});

it("reads no more than the time that was asked for", async () => {
  const sinceMs = Date.parse("2026-09-01T09:00:00Z");
  const key = String.raw`/order (?<key>\S+)/`;
  expect(await bySql(PLAIN, key, { sinceMs })).toHaveLength(1);
  expect(await bySql(PLAIN, key, { sinceMs, untilMs: sinceMs })).toHaveLength(0);
});

it("does not call a delivery the first where the guard has called a later one so", async () => {
  const [one, other] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
  const attributes = (receives: number) => ({
    ApproximateReceiveCount: String(receives),
    ApproximateFirstReceiveTimestamp: String(Date.parse("2026-09-01T08:00:00.000Z")),
  });
  const event = (receives: number) => ({
    Records: [
      {
        ...{ messageId: "m-1", body: '{"orderId":"A"}', attributes: attributes(receives) },
        ...{ eventSource: "aws:sqs", eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:q" },
      },
    ],
  });
  const platform = (time: string, type: string, record: object) => ({
    time,
    type: `platform.${type}`,
    record,
  });
  const said = (timestamp: string, requestId: string, message: unknown) => ({
    ...{ timestamp, level: "INFO", requestId, message },
  });
  const lines = [
    platform("2026-09-01T08:00:00.000Z", "start", { requestId: one, version: "$LATEST" }),
    said("2026-09-01T08:00:00.010Z", one, JSON.stringify(event(1))),
    platform("2026-09-01T08:00:00.050Z", "report", {
      ...{ requestId: one, status: "error", errorType: "Runtime.ExitError" },
      metrics: { durationMs: 50, memorySizeMB: 128 },
    }),
    platform("2026-09-01T08:00:30.000Z", "start", { requestId: other, version: "$LATEST" }),
    said("2026-09-01T08:00:30.010Z", other, JSON.stringify(event(2))),
    said("2026-09-01T08:00:30.900Z", other, {
      ...{ scope: "s", key: "A", message_id: "m-1", verdict: "first", ending: "completed", attempt: 1 },
      ...{ receive_count: 2, duration_ms: 880, acknowledged: true },
    }),
    platform("2026-09-01T08:00:31.000Z", "report", {
      ...{ requestId: other, status: "success", metrics: { durationMs: 1_000, memorySizeMB: 128 } },
    }),
  ].map((value) => ({
    path: "s3://logs/s/000000.gz",
    line: `${"time" in value ? value.time : value.timestamp} ${JSON.stringify(value)}`,
  }));

  const found = await bySql(lines, "$.body.orderId");

  expect(found).toEqual([`A m-1 ${one} unknown `, `A m-1 ${other} first `]);
  expect(found).toEqual(await byDetect(lines, "$.body.orderId"));
});
