/** Claims and writes: read the rows, ask the state machine, put back what it says, in one transaction. */

import { decide } from "../../core/decide.ts";
import type { WriteResult } from "../../core/record.ts";
import type { OnceError } from "../../errors.ts";
import type { Clock } from "../../ports.ts";
import type { Claim, ClaimRequest, StoredRecord, Written } from "../../store.ts";
import type { Connection } from "./connection.ts";
import { hasEnded, type SqliteDatabase } from "./database.ts";
import { isBusy, sqliteError } from "./errors.ts";
import { readRecord, writeRecord } from "./schema.ts";

export interface Place {
  readonly connection: Connection;
  readonly table: string;
  readonly path: string;
  readonly clock: Clock;
}

type Failed = { readonly kind: "error"; readonly error: OnceError };

/**
 * Claims in two looks. The first takes no lock: an answer that changes nothing (a duplicate, a live lease) is final as
 * of the moment it was read, so a batch of duplicates never waits for a writer. What may be won is decided under the lock.
 */
export async function claim(place: Place, requests: readonly ClaimRequest[]): Promise<readonly Claim[]> {
  const { connection, table, clock } = place;
  const answers = new Map<ClaimRequest, Claim>();
  try {
    await connection.read((db) => {
      for (const request of requests) {
        const { claim, write } = one(place, () =>
          decide(readRecord(db, table, request.id), request, clock.wallMs()),
        );
        if (!write) answers.set(request, claim);
      }
    });
    const open = requests.filter((request) => !answers.has(request));
    if (open.length > 0) {
      const claims = await writeEach<ClaimRequest, Claim>(place, open, (db, request) => {
        const { claim, write } = decide(readRecord(db, table, request.id), request, clock.wallMs());
        if (write) writeRecord(db, table, write);
        return claim;
      });
      for (const [index, request] of open.entries()) {
        const answer = claims[index];
        if (answer) answers.set(request, answer);
      }
    }
  } catch (error) {
    const failed: Failed = { kind: "error", error: sqliteError(error, place.path) };
    return requests.map((request) => answers.get(request) ?? failed);
  }
  return requests.flatMap((request) => answers.get(request) ?? []);
}

export async function write<Item extends { readonly id: string }>(
  place: Place,
  items: readonly Item[],
  apply: (record: StoredRecord | undefined, item: Item, nowMs: number) => WriteResult,
): Promise<readonly Written[]> {
  if (items.length === 0) return [];
  const { table, clock, path } = place;
  try {
    return await writeEach<Item, Written>(place, items, (db, item) => {
      const { written, write: next } = apply(readRecord(db, table, item.id), item, clock.wallMs());
      if (next) writeRecord(db, table, next);
      return written;
    });
  } catch (error) {
    const failed: Failed = { kind: "error", error: sqliteError(error, path) };
    return items.map(() => failed);
  }
}

/** One bad item of several leaves the others written: each has a savepoint of its own. */
function writeEach<Item, Answer>(
  place: Place,
  items: readonly Item[],
  work: (db: SqliteDatabase, item: Item) => Answer,
): Promise<readonly (Answer | Failed)[]> {
  return place.connection.write((db) =>
    items.map((item) => {
      db.exec("SAVEPOINT effectively_once_item");
      try {
        const answer = work(db, item);
        db.exec("RELEASE effectively_once_item");
        return answer;
      } catch (error) {
        // A full disk may have ended the whole transaction: then no item of it was written, whatever was answered so far.
        if (hasEnded(db)) throw error;
        db.exec("ROLLBACK TO effectively_once_item; RELEASE effectively_once_item");
        return { kind: "error", error: sqliteError(error, place.path) };
      }
    }),
  );
}

/** A record that cannot be read fails its own claim only; a lock is waited for by the caller. */
function one(
  place: Place,
  work: () => ReturnType<typeof decide>,
): { readonly claim: Claim; readonly write?: StoredRecord } {
  try {
    return work();
  } catch (error) {
    if (isBusy(error)) throw error;
    return { claim: { kind: "error", error: sqliteError(error, place.path) } };
  }
}
