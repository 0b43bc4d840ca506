/** The same token in every attempt, for every operation that has one, by processes that are killed in between. */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { covered, stale } from "../../../../scripts/edges.ts";
import { awsEndpoint, type AwsEndpoint } from "./aws-endpoint.ts";
import { allCalls } from "./calls.ts";

let endpoint: AwsEndpoint;
let folder: string;
beforeEach(async () => {
  endpoint = await awsEndpoint();
  folder = mkdtempSync(join(tmpdir(), "effectively-once-edges-"));
});
afterEach(async () => {
  await endpoint.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Ends by itself, or when the endpoint has got its `killAt`-th request of this attempt: then it is never answered. */
function attempt(
  killAt: number | undefined,
): Promise<{ readonly code: number | null; readonly text: string }> {
  const before = endpoint.sent.length;
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--conditions=@effectively-once/source",
      join(import.meta.dirname, "aws-worker.ts"),
      join(folder, "once.db"),
      endpoint.url,
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  endpoint.answer = () => {
    if (endpoint.sent.length - before !== killAt) return undefined;
    child.kill("SIGKILL");
    return new Promise(() => {});
  };
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, text })));
}

const TOKEN = /[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/g;

it("the calls below are all that is covered, and the list and its page are as the SDK's models say", () => {
  expect(Object.keys(allCalls("http://127.0.0.1:1")).toSorted()).toEqual(
    covered()
      .map(({ operation }) => operation)
      .toSorted(),
  );
  expect(stale()).toEqual([]);
});

it(
  "B-08 · every operation with a token has the same one in every attempt, wherever the process was killed before",
  { timeout: 60_000 },
  async () => {
    const calls = Object.keys(allCalls(endpoint.url));
    const ends: (number | null)[] = [];
    for (const killAt of [4, 11, 17, calls.length, undefined]) {
      const { code, text } = await attempt(killAt);
      ends.push(code);
      if (killAt === undefined) expect(text.trim().split("\n")).toEqual(calls);
    }
    expect(ends).toEqual([null, null, null, null, 0]);

    const tokens = new Map<string, Set<string>>();
    const times = new Map<string, number>();
    for (const { operation, body } of endpoint.sent) {
      const known = tokens.get(operation) ?? new Set();
      tokens.set(operation, known.add((body.match(TOKEN) ?? []).join(" ")));
      times.set(operation, (times.get(operation) ?? 0) + 1);
    }
    expect(tokens.size).toBe(calls.length);
    for (const [operation, found] of tokens) expect([operation, found.size]).toEqual([operation, 1]);
    // Each but the last ones came in several attempts; two entries of one batch have a token each.
    expect([...times.values()].filter((count) => count < 2)).toEqual([]);
    expect([...(tokens.get("SendMessageBatch") ?? [])].map((text) => new Set(text.split(" ")).size)).toEqual([
      2,
    ]);
    const all = [...tokens.values()].flatMap((found) => [...found].flatMap((text) => text.split(" ")));
    expect(all.every((token) => token.length === 36)).toBe(true);
    expect(new Set(all).size).toBe(calls.length + 1);
  },
);
