import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { finished } from "../../src/lambda/event-source-mapping.ts";
import { type LocalLambda, localLambda } from "../../src/lambda/index.ts";

let folder = "";
let lambda: LocalLambda | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-lambda-"));
});
afterEach(async () => {
  await lambda?.shutdown();
  rmSync(folder, { recursive: true, force: true });
});

function make(code: string, timeoutMs = 5_000, maxConcurrency = 10): LocalLambda {
  const file = join(folder, "handler.mjs");
  writeFileSync(file, code);
  lambda = localLambda({ handler: file, timeoutMs, maxConcurrency });
  return lambda;
}

describe("a local Lambda", () => {
  it("keeps its module warm, and gives the context as Lambda does", async () => {
    const fn = make(
      "let n = 0; export const handler = async (e, c) => ({ n: ++n, left: c.getRemainingTimeInMillis() > 0, e });",
    );
    await fn.invoke(1);
    expect(await fn.invoke("two")).toEqual({ outcome: "success", reply: { n: 2, left: true, e: "two" } });
  });

  it("C-05 · is frozen between invocations: a timer left running sleeps", async () => {
    const fn = make(
      "let ticks = 0; setInterval(() => ticks++, 10); export const handler = async () => ticks;",
    );
    const before = await fn.invoke(0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const after = await fn.invoke(0);
    const ticks = (result: typeof before) =>
      result.outcome === "success" ? Number(result.reply) : Number.NaN;
    expect(ticks(after) - ticks(before)).toBeLessThan(10);
  });

  it("C-13 · is killed at the function's timeout, and B-13 · process.exit is a crash", async () => {
    const fn = make(
      "export const handler = (e) => e === 'exit' ? process.exit(1) : new Promise(() => setInterval(() => {}, 1000));",
      300,
    );
    expect(await fn.invoke("hang")).toEqual({ outcome: "timeout" });
    expect(await fn.invoke("exit")).toEqual({ outcome: "crash" });
  });

  it("says what was wrong with a handler that throws, and with a file that exports none", async () => {
    expect(
      await make("export const handler = () => { throw new TypeError('boom'); };").invoke(0),
    ).toMatchObject({
      outcome: "error",
      error: { name: "TypeError", message: "boom" },
    });
    await lambda?.shutdown();
    expect(await make("export const other = 1;").invoke(0)).toMatchObject({
      outcome: "init-error",
      error: { message: /other/ },
    });
  });

  it("throttles what is more than its concurrency", async () => {
    const fn = make("export const handler = () => new Promise((r) => setTimeout(r, 200));", 5_000, 1);
    const first = fn.invoke(0);
    expect(await fn.invoke(0)).toEqual({ outcome: "throttled" });
    expect((await first).outcome).toBe("success");
  });
});

describe("what the mapping deletes", () => {
  const batch = [{ MessageId: "a" }, { MessageId: "b" }];
  const ids = (reply: unknown, reports = true) =>
    finished(batch, { outcome: "success", reply }, reports).map((one) => one.MessageId);

  it("E-03 · an empty, null or unknown identifier fails the whole batch", () => {
    for (const itemIdentifier of ["", null, undefined, "stranger"])
      expect(ids({ batchItemFailures: [{ itemIdentifier }] })).toEqual([]);
  });
  it("E-03b · a missing answer is complete success", () => {
    for (const reply of [null, undefined, {}, { batchItemFailures: null }, { batchItemFailures: [] }])
      expect(ids(reply)).toEqual(["a", "b"]);
  });
  it("E-10 · with partial responses off the answer is ignored", () => {
    expect(ids({ batchItemFailures: [{ itemIdentifier: "a" }] }, false)).toEqual(["a", "b"]);
    expect(ids({ batchItemFailures: [{ itemIdentifier: "a" }] })).toEqual(["b"]);
  });
});
