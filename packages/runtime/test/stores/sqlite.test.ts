/** SQLite as a handler meets it: files that are missing, foreign, damaged, read-only or full. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createOnce, type OnceEvent, sqs } from "../../src/index.ts";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";
import { failures, lambda, type Order, orders, recordingClient } from "../engine/support.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-sqlite-"));
  path = join(folder, "orders.db");
});
afterEach(() => {
  chmodSync(folder, 0o755);
  rmSync(folder, { recursive: true, force: true });
});

/** Delivers one order; how it ended, and what was said. */
async function deliver(options: Parameters<typeof sqliteStore>[0]) {
  const store = sqliteStore(options);
  const events: OnceEvent[] = [];
  let ran = 0;
  const once = createOnce({ store, namespace: "test", leaseMs: 2_000, onEvent: (said) => events.push(said) });
  const source = sqs<Order>({ key: (m) => m.body.orderId, client: recordingClient().client });
  const handler = once.handler(source, async () => {
    ran += 1;
  });
  const failed = failures(await handler(orders(1), lambda(3_000)));
  await store.close();
  const said = events.findLast((one) => one.kind === "delivery");
  return { failed, ran, ending: said?.ending, error: said?.error };
}

describe("a file that cannot hold records", () => {
  it.each([
    ["a missing file", () => {}, "table-missing", /setup\(\).*effectively-once setup sqlite:/],
    [
      "a file without the table",
      () => new DatabaseSync(path).close(),
      "table-missing",
      /no table of records/,
    ],
    [
      "a text file",
      () => writeFileSync(path, "orders\n".repeat(500)),
      "store-error",
      /damaged or not an SQLite database/,
    ],
    ["a folder", () => mkdirSync(path), "store-permission", /must be a file/],
    [
      "a table of something else",
      () => {
        const db = new DatabaseSync(path);
        db.exec("CREATE TABLE effectively_once_records (id TEXT)");
        db.close();
      },
      "table-mismatch",
      /`table` option/,
    ],
  ])(
    "D-15 · %s: not run, reported, and the sentence says what to do",
    async (_says, prepare, code, sentence) => {
      prepare();
      const { failed, ran, ending, error } = await deliver({ path });
      expect(error).toMatchObject({ code, message: expect.stringMatching(sentence) });
      expect({ failed, ran, ending }).toEqual({ failed: ["m0"], ran: 0, ending: "store-error" });
    },
  );

  it("D-15 · a folder that does not exist is named, by setup too", async () => {
    const store = sqliteStore({ path: join(folder, "missing", "orders.db") });
    await expect(store.setup()).rejects.toMatchObject({
      code: "store-unreachable",
      message: expect.stringMatching(/folder does not exist/),
    });
  });

  // Root may write everywhere.
  it.skipIf(process.getuid?.() === 0)(
    "D-15 · a file that may not be written names the right that is missing",
    async () => {
      await sqliteStore({ path }).setup();
      chmodSync(path, 0o444);
      chmodSync(folder, 0o555);
      expect((await deliver({ path })).error).toMatchObject({ code: "store-permission" });
    },
  );

  it("B-13 · a disk that is full: the claim is refused, nothing runs, and there is room again afterwards", async () => {
    const store = sqliteStore({ path });
    await store.setup();
    await store.close();
    expect(await fullAt(path)).toMatchObject({
      kind: "error",
      error: { code: "store-error", retryable: true },
    });
    expect((await deliver({ path })).ending).toBe("completed");
  });
});

/** The first claim that is refused by a connection whose `max_page_count` leaves no room, as a full disk does. */
async function fullAt(file: string) {
  const store = sqliteStore({ path: file });
  const pages = Number(
    new DatabaseSync(file, { readOnly: true }).prepare("PRAGMA page_count").get()?.["page_count"],
  );
  const request = (id: string) => ({
    id,
    scope: "s",
    label: "x".repeat(100),
    token: `t-${id}`,
    leaseMs: 1_000,
    runMs: 1_000,
    retentionMs: 1_000,
  });
  // The limit is the connection's, so it is set through the connection of the store itself, inside a transaction body.
  const [first] = await store.claim([request("owner")]);
  if (first?.kind !== "won") throw new Error("the first claim is won");
  await store.transact?.(
    {
      owner: { id: "owner", token: "t-owner", fence: first.fence },
      retentionMs: 1_000,
      change: () => ({}),
      timeLimitMs: 1_000,
      signal: new AbortController().signal,
    },
    async (tx) => tx.exec(`PRAGMA max_page_count = ${pages}`),
  );
  for (let index = 0; index < 200; index += 1) {
    const [answer] = await store.claim([request(`k${index}`)]);
    if (answer?.kind === "error") {
      await store.close();
      return answer;
    }
  }
  await store.close();
  return undefined;
}
