import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sqliteStore } from "../../src/stores/sqlite/index.ts";

const worker = join(import.meta.dirname, "worker.ts");
let folder = "";
let path = "";
let ledger = "";

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "effectively-once-kills-"));
  path = join(folder, "orders.db");
  ledger = join(folder, "ledger");
  writeFileSync(ledger, "");
  const store = sqliteStore({ path });
  await store.setup();
  await store.close();
  // No unique key: a second row would be seen.
  query("CREATE TABLE orders (id TEXT)");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function query(sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path);
  try {
    return db.prepare(sql).all();
  } finally {
    db.close();
  }
}

function deliver(point: string, leaseMs = 30_000): Promise<{ signal: string | null; out: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", worker, path, ledger, point, String(leaseMs)],
      (error, stdout, stderr) => {
        if (error && error.signal !== "SIGKILL") throw new Error(stderr);
        resolve({ signal: error?.signal ?? null, out: stdout });
      },
    );
  });
}

/** The lease of the dead is over: what waiting would do, without the wait. */
function expireLeases(): void {
  query("UPDATE effectively_once_records SET lease_until_ms = 0 WHERE state = 'claimed' RETURNING id");
}

const rows = () => query("SELECT id FROM orders").length;
const asked = () => readFileSync(ledger, "utf8").split("\n").filter(Boolean);

describe("a process killed with SIGKILL, and its message delivered again", () => {
  it.each([
    ["B-01 · before the claim", "before-claim", "first/completed"],
    ["B-02 · after the claim", "after-claim", "takeover/completed"],
    ["B-02 · before a keyed effect", "before-keyed", "takeover/completed"],
    ["B-04 · B-06 · in a keyed effect that was applied", "in-keyed", "takeover/completed"],
    ["B-08 · between two effects", "between", "takeover/completed"],
    ["B-03 · in a transaction", "in-transaction", "takeover/completed"],
    ["B-07 · after the commit", "after-commit", "duplicate/duplicate"],
  ])("%s: one row, one charge, acknowledged", async (_says, point, verdict) => {
    expect((await deliver(point)).signal).toBe("SIGKILL");
    expireLeases();
    const again = await deliver("none");

    expect(again.out).toContain(verdict);
    expect(again.out).toContain("failures 0");
    expect(rows()).toBe(1);
    expect(new Set(asked()).size).toBe(1);
    expect((await deliver("none")).out).toContain("duplicate/duplicate");
    expect(rows()).toBe(1);
  });

  it("B-02 · while the lease of the dead still holds, the message is busy and not acknowledged", async () => {
    await deliver("after-claim");
    const again = await deliver("none");

    expect(again.out).toContain("busy/busy");
    expect(again.out).toContain("failures 1");
    expect(rows()).toBe(0);
  });

  it.each(["before-complete", "after-complete"])(
    "B-06 · B-07 · %s: the keyed effect is asked for once by key",
    async (point) => {
      expect((await deliver(point)).signal).toBe("SIGKILL");
      expireLeases();
      const again = await deliver("other-complete");

      expect(again.out).toContain("failures 0");
      expect(new Set(asked()).size).toBe(1);
    },
  );

  it.each([
    ["before the effect", "plain-before", 0],
    ["after the effect", "plain-after", 1],
  ])("B-05 · %s of a plain verb: never twice, held instead", async (_says, point, mails) => {
    expect((await deliver(point)).signal).toBe("SIGKILL");
    expireLeases();
    const again = await deliver("plain");

    expect(again.out).toContain("in-doubt/in-doubt");
    expect(again.out).toContain("failures 1");
    expect(asked().filter((line) => line === "mail")).toHaveLength(mails);
  });

  it("B-11 · when every attempt dies after its claim, attempts are counted although none could say so", async () => {
    for (let delivery = 0; delivery < 3; delivery += 1) {
      await deliver("after-claim");
      expireLeases();
    }
    expect(query("SELECT attempts, fence, state FROM effectively_once_records")[0]).toMatchObject({
      attempts: 3,
      state: "claimed",
    });
  });
});
