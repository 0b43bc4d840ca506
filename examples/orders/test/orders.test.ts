/** The example on SQLite. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe } from "vitest";
import { openDatabase } from "../src/database.ts";
import { promises } from "./promises.ts";

describe("orders on SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-orders-"));
  const env = { ORDERS_DB: join(folder, "orders.db") };
  beforeAll(async () => {
    const database = openDatabase(env);
    await database.setup();
    await database.close();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  promises({
    env: () => env,
    rows: async (orderId) => {
      const db = new DatabaseSync(env.ORDERS_DB, { readOnly: true });
      const rows = db.prepare("SELECT charge FROM orders WHERE id = ?").all(orderId);
      db.close();
      return rows.map(({ charge }) => String(charge));
    },
  });
});
