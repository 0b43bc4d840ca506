/** `detect` as it is called: what it answers as JSON and as text, and its exit codes. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { called, effectivelyOnce } from "../../support.ts";
import { linesOf, request, told, workspace } from "./support.ts";

const { folder, write } = workspace();
const KEY = ["--key", "$.body.orderId"];

/** One order done twice, one tried again after an error, one done once. */
const BUSY = write(
  "busy.log",
  linesOf([
    { id: "1", at: 1, took: 45, messages: [{ id: "m-1", order: "A" }] },
    { id: "2", at: 31, took: 45, messages: [{ id: "m-1", order: "A", receives: 2 }] },
    { id: "3", at: 100, fails: "error", messages: [{ id: "m-2", order: "B" }] },
    { id: "4", at: 131, messages: [{ id: "m-2", order: "B", receives: 2 }] },
    { id: "5", at: 140, messages: [{ id: "m-3", order: "C" }] },
  ]),
);
const RETRY = write(
  "retry.log",
  linesOf([
    { id: "3", at: 100, fails: "error", messages: [{ id: "m-2", order: "B" }] },
    { id: "4", at: 131, messages: [{ id: "m-2", order: "B", receives: 2 }] },
  ]),
);
const GUARDED = write(
  "guarded.log",
  linesOf([
    { id: "1", at: 1, messages: [{ id: "m-A", order: "A" }], says: [told("A", "first", "completed")] },
    {
      id: "2",
      at: 40,
      messages: [{ id: "m-A", order: "A", receives: 2 }],
      says: [told("A", "duplicate", "duplicate", { origin: "redelivery" })],
    },
  ]),
);

interface Json {
  readonly schemaVersion: number;
  readonly summary: Readonly<Record<string, unknown>>;
  readonly read: Readonly<Record<string, unknown>>;
  readonly keys: readonly {
    readonly key: string;
    readonly deliveries: readonly Readonly<Record<string, unknown>>[];
  }[];
  readonly diagnosis: readonly { readonly cause: string }[];
  readonly truncated: boolean;
  readonly keysLeftOut: number;
  readonly ledger?: Readonly<Record<string, unknown>>;
}

async function detected(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly json: Json; readonly err: string }> {
  const { code, out, err } = await called("detect", "--json", ...args);
  return { code, json: JSON.parse(out) as Json, err };
}

it("tells a duplicate that ran from a retry, and exits 1", async () => {
  const { code, json } = await detected(BUSY, ...KEY, "--visibility-timeout", "30");
  expect(code).toBe(1);
  expect(json).toMatchObject({
    schemaVersion: 1,
    summary: {
      deliveries: 5,
      keys: 3,
      repeatedKeys: 2,
      repeatedRuns: 1,
      suppressed: 0,
      verdicts: { first: 3, retry: 1, busy: 1, duplicate: 0, unknown: 0 },
      origins: { busy: { redelivery: 1, resend: 0, unknown: 0 } },
    },
    read: { sources: 1, unreadable: 0, complete: true, problems: [], invocations: 5 },
    truncated: false,
  });
  expect(json.keys.map(({ key }) => key)).toEqual(["A", "B"]);
  expect(json.keys[0]?.deliveries[1]).toEqual({
    at: "2026-09-01T08:00:31.002Z",
    requestId: request("2"),
    messageId: "m-1",
    receiveCount: 2,
    verdict: "busy",
    origin: "redelivery",
    ran: true,
    outcome: "success",
    durationMs: 45_000,
    gapMs: 30_000,
    cause: "visibility-expired",
    function: null,
  });
});

// Received at 0 s, in the handler from 12 s to 32 s, visible again at 30 s.
const WAITED = write(
  "waited.log",
  linesOf([
    { id: "1", at: 12, took: 20, messages: [{ id: "m-1", order: "A", waited: 12 }] },
    { id: "2", at: 31, messages: [{ id: "m-1", order: "A", receives: 2 }] },
  ]),
);

it.each([
  [[], "batching-window"],
  [["--batching-window", "15"], "batching-window"],
  [["--batching-window", "5"], "throttling"],
  [["--batching-window", "0"], "throttling"],
])("a message that waited for 12 s, with %j, came again for %s", async (options, cause) => {
  const { json } = await detected(WAITED, ...KEY, "--visibility-timeout", "30", ...options);
  expect(json.keys[0]?.deliveries[1]).toMatchObject({ verdict: "busy", cause });
  expect(json.diagnosis.map((one) => one.cause)).toEqual([cause]);
});

it("refuses a batching window that Lambda does not have", async () => {
  const { code, err } = await called("detect", WAITED, "--batching-window", "301");
  expect(err).toContain("--batching-window is a whole number from 0 to 300");
  expect(code).toBe(2);
});

it("is clean when there are retries alone", async () => {
  const { code, json } = await detected(RETRY, ...KEY);
  expect(json.summary).toMatchObject({ repeatedRuns: 0, verdicts: { first: 1, retry: 1 } });
  expect(code).toBe(0);
});

it.each([
  [BUSY, [], 1],
  [BUSY, ["--fail-on", "none"], 0],
  [GUARDED, [], 0],
  [GUARDED, ["--fail-on", "warning"], 0],
  [GUARDED, ["--fail-on", "info"], 1],
  [RETRY, ["--fail-on", "info"], 0],
])("%s with %j exits %i", async (file, options, expected) => {
  expect((await detected(file, ...KEY, ...options)).code).toBe(expected);
});

it("counts what a guard has turned away as harm prevented", async () => {
  const { json } = await detected(GUARDED, ...KEY);
  expect(json.summary).toMatchObject({
    repeatedRuns: 0,
    suppressed: 1,
    verdicts: { first: 1, duplicate: 1 },
  });
  expect(json.keys[0]?.deliveries[1]).toMatchObject({
    ran: false,
    origin: "redelivery",
    outcome: null,
    ending: "duplicate",
  });
});

it("fails for what cannot be told only when it is asked to", async () => {
  // Received before the logs begin.
  const file = write(
    "cut.log",
    linesOf([{ id: "1", at: 500, messages: [{ id: "m", order: "A", receives: 3 }] }]),
  );
  const { code, json } = await detected(file);
  expect(json.summary).toMatchObject({ verdicts: { unknown: 1 } });
  expect(code).toBe(0);
  expect((await detected(file, "--fail-on-unknown")).code).toBe(1);
});

it("lists the worst keys first, as many as asked for, and says that there are more", async () => {
  const { json } = await detected(BUSY, ...KEY, "--limit", "1");
  expect([json.keys.map(({ key }) => key), json.truncated, json.keysLeftOut]).toEqual([["A"], true, 1]);
  const all = await detected(BUSY, ...KEY, "--all", "--limit", "0");
  expect(all.json.keys.map(({ key }) => key)).toEqual(["A", "B", "C"]);
  expect(all.json.truncated).toBe(false);
});

it("reads no more than the time that was asked for", async () => {
  const { json } = await detected(
    BUSY,
    ...KEY,
    "--since",
    "2026-09-01T08:02:11Z",
    "--until",
    "2026-09-01T08:02:20Z",
  );
  expect(json.summary).toMatchObject({ deliveries: 1 });
});

it("shows a tired reader what is wrong on the first screen", async () => {
  const { code, out, err } = await called("detect", BUSY, ...KEY, "--no-color");
  expect(code).toBe(1);
  expect(err).toBe("");
  expect(out.split("\n").slice(0, 13).join("\n")).toMatchInlineSnapshot(`
    "Read 1 source, 3.9 kB, 21 lines; understood 21 entries, 2026-09-01 08:00:01.000 to 2026-09-01 08:02:21.000 UTC.

    5 deliveries of 3 keys; 2 keys came more than once

      1 delivery ran although the same work was running or done: harm done
      0 were turned away by a guard: harm prevented

      3  first      the key had not been seen
      1  retry      an earlier attempt had failed: no duplicate
      1  busy       another attempt was running (1 redelivered)

    Why
      1. The visibility timeout was over before the run was (visibility-expired)"
  `);
});

it("steers no terminal by what a key holds", async () => {
  const hostile = "\u001B[2J\u001B]0;owned\u0007\u202Egnp.exe";
  const file = write(
    "hostile.log",
    linesOf([1, 40].map((at) => ({ id: String(at), at, messages: [{ id: `m-${at}`, order: hostile }] }))),
  );
  const { out } = await called("detect", file, ...KEY, "--no-color");
  // eslint-disable-next-line no-control-regex
  expect(out).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202A-\u202E]/);
  expect(out).toContain("owned");
  const { json } = await detected(file, ...KEY);
  expect(json.keys[0]?.key).toBe(hostile);
});

it("joins the duplicates with what they did, and writes what is to be undone", async () => {
  const ledger = write("payments.csv", "order,amount,currency\nA,19.90,EUR\nA,19.90,EUR\nB,5,EUR\nC,7,EUR\n");
  const compensation = join(folder, "undo.csv");
  const args = ["--ledger", ledger, "--ledger-amount", "amount", "--ledger-currency", "currency"];
  const { code, json, err } = await detected(BUSY, ...KEY, ...args, "--compensation", compensation);
  expect(code).toBe(1);
  expect(json.ledger).toMatchObject({
    rows: 4,
    summary: { doubled: 1, doubledByRetries: 0, defended: 0, missing: 0, unexplained: 0 },
    excess: [{ currency: "EUR", rows: 1, amount: "19.90" }],
  });
  expect(err).toContain(`1 row that is too much is in ${compensation} now.`);
  expect(readFileSync(compensation, "utf8").split("\n")[1]).toMatch(/^A,3,19\.90,EUR,2,2,1,/);
});

it("fails for a retry that was booked twice, though it is no duplicate", async () => {
  const ledger = write("retried.csv", "order\nB\nB\n");
  expect((await detected(RETRY, ...KEY, "--ledger", ledger)).code).toBe(1);
});

it("writes the picture, with what it says on stderr", async () => {
  const html = join(folder, "picture.html");
  const { err } = await detected(BUSY, ...KEY, "--html", html, "--visibility-timeout", "30");
  expect(err).toContain("The picture is in");
  expect(existsSync(html)).toBe(true);
  expect(readFileSync(html, "utf8")).toContain("m-1");
});

it("lists and draws the keys that came more than once, however many came once before them", async () => {
  const runs = Array.from({ length: 1_100 }, (_, at) => ({
    id: String(at),
    at: 2 * at,
    messages: [{ id: `m-${at}`, order: `once-${at}` }],
  }));
  const told2 = {
    id: "2000",
    at: 5_000,
    messages: [{ id: "m-A", order: "A" }],
    says: [told("A", "first", "completed")],
  };
  const again = {
    id: "2001",
    at: 5_040,
    messages: [{ id: "m-A", order: "A", receives: 2 }],
    says: [told("A", "duplicate", "duplicate")],
  };
  const file = write("many.log", linesOf([...runs, told2, again]));
  const html = join(folder, "many.html");
  const { json } = await detected(file, ...KEY, "--html", html);
  expect(json.keys.map(({ key }) => key)).toEqual(["A"]);
  expect([json.truncated, json.keysLeftOut]).toEqual([false, 0]);
  expect(readFileSync(html, "utf8")).toContain('"messagesLeftOut":1100');
});

it.each([
  ["insights", /\| stats count\(\*\) as deliveries/, "#"],
  ["athena", /CREATE EXTERNAL TABLE/, "--"],
])("prints the question for %s, and reads nothing", async (language, expected, comment) => {
  const { code, out } = await called("detect", "--print-query", language, ...KEY);
  expect(code).toBe(0);
  expect(out).toMatch(expected);
  expect(out.startsWith(comment)).toBe(true);
  const { out: json } = await called("detect", "--print-query", language, "--json");
  expect(JSON.parse(json)).toMatchObject({ language });
});

it("reads stdin, and ends with the exit code as a process", async () => {
  const { ended } = effectivelyOnce(["detect", "-", "--json"], {}, undefined, readFileSync(BUSY, "utf8"));
  const { code, out } = await ended;
  expect(code).toBe(1);
  expect((JSON.parse(out) as Json).summary).toMatchObject({ deliveries: 5 });
});
