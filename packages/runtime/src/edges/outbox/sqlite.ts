/** An outbox in the SQLite file of the store. */

import { type Clock, type Random, systemClock, systemRandom } from "../../ports.ts";
import { Connection } from "../../stores/sqlite/connection.ts";
import type { SqliteTx } from "../../stores/sqlite/database.ts";
import { checkText, quote } from "../../stores/shared/options.ts";
import { checkNames } from "../../options.ts";
import { DEFAULT_TABLE, type OutboxTable, rowsOf, takenRow } from "./message.ts";
import { type Outbox, relayOf } from "./relay.ts";

export interface SqliteOutboxOptions {
  /** The store's file. */
  readonly path: string;
  /** @default "effectively_once_outbox" */
  readonly table?: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

export interface SqliteOutbox extends Outbox<SqliteTx> {
  close(): Promise<void>;
}

/** As `postgresOutbox`, in an SQLite file. One writer at a time: the order of the rows is the order of commits. */
export function sqliteOutbox(options: SqliteOutboxOptions): SqliteOutbox {
  checkNames("sqliteOutbox", options, ["path", "table", "clock", "random"]);
  checkText("sqliteOutbox", "path", options.path ?? "");
  checkText("sqliteOutbox", "table", options.table);
  const { path, table: name = DEFAULT_TABLE, clock = systemClock, random = systemRandom } = options;
  const table = quote(name);
  const connection = new Connection({ path, clock, random, busyRetryMs: 5_000 });
  return {
    setup: async () => {
      await connection.write((db) => {
        db.exec(`CREATE TABLE IF NOT EXISTS ${table} (
          seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, lane TEXT NOT NULL, destination TEXT NOT NULL, body TEXT NOT NULL, key TEXT,
          attributes TEXT NOT NULL, taken_until_ms INTEGER NOT NULL DEFAULT 0, tries INTEGER NOT NULL DEFAULT 0
        );
        CREATE INDEX IF NOT EXISTS ${quote(`${name}_lane`)} ON ${table} (lane, seq);`);
      }, true);
    },
    add: async (tx, ...messages) => {
      const insert = tx.prepare(
        `INSERT INTO ${table} (id, lane, destination, body, key, attributes) VALUES (?, ?, ?, ?, ?, ?)`,
      );
      for (const { id, lane, to, body, key, attributes } of rowsOf(messages))
        insert.run(id, lane, to, body, key ?? null, JSON.stringify(attributes));
    },
    relay: (given) => relayOf(rowsIn(connection, table, clock), given),
    close: () => connection.close(),
  };
}

function rowsIn(connection: Connection, table: string, clock: Clock): OutboxTable {
  return {
    take: (limit, leaseMs) =>
      connection.write((db) => {
        const nowMs = Math.round(clock.wallMs());
        const rows = db
          .prepare(
            `SELECT * FROM ${table} o WHERE taken_until_ms <= ? AND NOT EXISTS (SELECT 1 FROM ${table} p WHERE p.lane = o.lane AND p.seq < o.seq) ORDER BY seq LIMIT ?`,
          )
          .all(nowMs, limit);
        const take = db.prepare(`UPDATE ${table} SET taken_until_ms = ?, tries = tries + 1 WHERE seq = ?`);
        return rows.map((row) => {
          const tries = Number(row["tries"]) + 1;
          take.run(nowMs + Math.round(leaseMs), Number(row["seq"]));
          return takenRow({ ...row, tries }, JSON.parse(String(row["attributes"])));
        });
      }),
    sent: async ({ at }) => {
      await connection.write((db) => void db.prepare(`DELETE FROM ${table} WHERE seq = ?`).run(at as number));
    },
    later: async ({ at, tries }, ms) => {
      await connection.write(
        (db) =>
          void db
            .prepare(`UPDATE ${table} SET taken_until_ms = ? WHERE seq = ? AND tries = ?`)
            .run(Math.round(clock.wallMs() + ms), at as number, tries),
      );
    },
  };
}
