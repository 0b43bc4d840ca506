/** With a log format a local Lambda's log is what Lambda writes: its own lines around those of the handler, whatever befalls it. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type LocalLambda, localLambda, type LogLine } from "../../src/lambda/index.ts";

let folder = "";
let lambda: LocalLambda | undefined;
let lines: LogLine[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-log-"));
  lines = [];
});
afterEach(async () => {
  await lambda?.shutdown();
  rmSync(folder, { recursive: true, force: true });
});

function make(code: string, timeoutMs = 5_000): LocalLambda {
  const file = join(folder, "handler.mjs");
  writeFileSync(file, code);
  lambda = localLambda({ handler: file, timeoutMs, logFormat: "json", onLog: (line) => lines.push(line) });
  return lambda;
}

type Shape = Record<string, unknown> & { readonly record?: Record<string, unknown> };
const said = (): Shape[] => lines.map(({ text }) => JSON.parse(text) as Shape);
const kinds = (): string[] =>
  said().map(
    ({ type, level, record }) =>
      String(type ?? level) + (record?.["status"] ? ` ${String(record["status"])}` : ""),
  );

it("puts what each invocation writes between its start and its report, with its request id and its instant", async () => {
  const fn = make(`let n = 0; export const handler = async (event, { awsRequestId }) => {
    console.log(JSON.stringify(event)); console.warn("two %s", "words", { n: ++n }); console.debug({ as: "it is" });
    process.stdout.write("no line end");
    return awsRequestId;
  };`);

  const first = await fn.invoke({ one: 1 });
  const second = await fn.invoke({});

  const ids = [first, second].map((one) => (one.outcome === "success" ? one.reply : undefined));
  const texts = lines.filter(({ text }) => text !== "no line end");
  expect(lines.map(({ stream }) => stream)).toEqual([
    "platform",
    ...["platform", "stdout", "stdout", "stdout", "stdout", "platform"],
    ...["platform", "stdout", "stdout", "stdout", "stdout", "platform"],
  ]);
  lines = texts;
  const [init, start, event, words, object, report, , , , , again] = said();
  expect(init).toMatchObject({ type: "platform.initStart" });
  expect(start).toMatchObject({ type: "platform.start", record: { requestId: ids[0], version: "$LATEST" } });
  expect(event).toMatchObject({ level: "INFO", requestId: ids[0], message: '{"one":1}' });
  expect(words).toMatchObject({ level: "WARN", message: "two words { n: 1 }" });
  expect(object).toMatchObject({ level: "DEBUG", message: { as: "it is" } });
  expect(report).toMatchObject({
    type: "platform.report",
    record: { requestId: ids[0], status: "success", metrics: { memorySizeMB: 128 } },
  });
  expect(report?.record?.["metrics"]).toMatchObject({ initDurationMs: expect.any(Number) });
  // The environment was warm.
  expect(again?.record?.["metrics"]).not.toHaveProperty("initDurationMs");
  expect(again?.record?.["requestId"]).toBe(ids[1]);
  expect(new Set(lines.map(({ logStream }) => logStream)).size).toBe(1);
  const instants = said().map(({ time, timestamp }) => Date.parse(String(time ?? timestamp)));
  expect(instants).toEqual(instants.toSorted((left, right) => left - right));
});

it("reports what was thrown, with the line that the runtime writes of it", async () => {
  await make(`export const handler = async () => { throw new RangeError("no"); };`).invoke({});

  expect(kinds()).toEqual(["platform.initStart", "platform.start", "ERROR", "platform.report error"]);
  expect(said()[2]?.["message"]).toMatchObject({ errorType: "RangeError", errorMessage: "no" });
  expect(said()[3]?.record).toMatchObject({ status: "error", errorType: "RangeError" });
});

it("has every line of a process that was killed before the report of its crash", async () => {
  const fn = make(`export const handler = async () => {
    for (let n = 0; n < 50; n += 1) console.log({ n, text: "x".repeat(500) });
    process.kill(process.pid, "SIGKILL");
  };`);

  expect(await fn.invoke({})).toMatchObject({ outcome: "crash" });

  expect(kinds()).toEqual([
    ...["platform.initStart", "platform.start"],
    ...Array.from({ length: 50 }, () => "INFO"),
    "platform.report error",
  ]);
  expect(said().at(-1)?.record).toMatchObject({ errorType: "Runtime.ExitError" });
});

it("reports a timeout, and an uncaught exception as what the platform sees of it", async () => {
  await make(
    `export const handler = () => { console.log("on"); return new Promise((r) => setTimeout(r, 9_999)); };`,
    300,
  ).invoke({});
  expect(kinds()).toEqual(["platform.initStart", "platform.start", "INFO", "platform.report timeout"]);
  expect(said()[3]?.record?.["metrics"]).toMatchObject({
    billedDurationMs: expect.toSatisfy((ms) => ms >= 300),
  });

  await lambda?.shutdown();
  lines = [];
  await make(
    `export const handler = () => { setTimeout(() => { throw new Error("late"); }); return new Promise(() => {}); };`,
  ).invoke({});
  expect(kinds()).toEqual(["platform.initStart", "platform.start", "ERROR", "platform.report error"]);
  expect(said()[2]?.["message"]).toMatchObject({ errorMessage: "late" });
});

it("says which formats there are", () => {
  expect(() => localLambda({ handler: "a.js", timeoutMs: 1, logFormat: "xml" as never })).toThrow(
    /"json", or left out/,
  );
});
