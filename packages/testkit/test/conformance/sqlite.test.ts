import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type SqliteTx, sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import { conformance, type Subject } from "@effectively-once/testkit/conformance";
import { afterAll, describe, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "effectively-once-conformance-"));
const path = join(folder, "records.db");
const db = new DatabaseSync(path, { timeout: 2_000 });
db.exec("PRAGMA journal_mode = WAL; CREATE TABLE own_rows (text TEXT NOT NULL)");

afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true });
});

const subject: Subject<SqliteTx> = {
  name: "sqliteStore",
  store: () => sqliteStore({ path }),
  shared: true,
  age(_store, id, ms) {
    db.prepare(
      `UPDATE effectively_once_records SET lease_until_ms = lease_until_ms - ?1, run_until_ms = run_until_ms - ?1,
        expires_at_ms = expires_at_ms - ?1 WHERE id = ?2`,
    ).run(ms, id);
  },
  setVersion(_store, id, version) {
    db.prepare("UPDATE effectively_once_records SET version = ? WHERE id = ?").run(version, id);
  },
  transactions: {
    insert: async (tx, row) => tx.prepare("INSERT INTO own_rows VALUES (?)").run(row),
    count: async (row) =>
      Number(db.prepare("SELECT count(*) AS rows FROM own_rows WHERE text = ?").get(row)?.["rows"]),
    refused: async (tx) => tx.exec("SELECT FROM nowhere"),
    commit: async (tx) => tx.exec("COMMIT"),
    exclusive: "a body holds the file's one write lock, so nobody else can write while it runs",
  },
  skip: [
    {
      reason: "the database is in this process: no answer to a COMMIT can be lost",
      vectors: ["D-06-applied", "D-06-rolled-back"],
    },
  ],
};

describe("the SQLite store", () => conformance({ test, subject }));
