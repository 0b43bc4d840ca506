/** Records in this process: for tests and for single-process tools. Nothing survives the process. */

import { decide } from "../../core/decide.ts";
import { applyRerun, applyResolution } from "../../core/operate.ts";
import {
  applyCheckpoint,
  applyCompletion,
  applyFailure,
  applyRelease,
  applyRenewal,
  isExpired,
  type WriteResult,
} from "../../core/record.ts";
import { OnceError } from "../../errors.ts";
import { type Clock, systemClock } from "../../ports.ts";
import type { RecordQuery, Store, StoredRecord, Written } from "../../store.ts";

export interface MemoryStoreOptions {
  /** The clock that decides leases. @default the system's */
  readonly clock?: Clock;
  /** A claim past this many live records is refused; a record that is still needed is never thrown out. @default 100_000 */
  readonly maxRecords?: number;
}

export interface MemoryStore extends Store {
  /** Every record that is kept, expired ones included. For tests. */
  readonly records: ReadonlyMap<string, StoredRecord>;
}

/**
 * A store in memory. It guards against duplicates within one process only: use it in unit tests, or to try the
 * library without an account.
 *
 * @example
 * const once = createOnce({ store: memoryStore(), namespace: "orders" });
 */
export function memoryStore(options: MemoryStoreOptions = {}): MemoryStore {
  const clock = options.clock ?? systemClock;
  const maxRecords = options.maxRecords ?? 100_000;
  const records = new Map<string, StoredRecord>();

  function each<Item extends { readonly id: string }>(
    items: readonly Item[],
    apply: (record: StoredRecord | undefined, item: Item, nowMs: number) => WriteResult,
  ): Promise<readonly Written[]> {
    const nowMs = clock.wallMs();
    return Promise.resolve(
      items.map((item) => {
        const { written, write } = apply(records.get(item.id), item, nowMs);
        if (write) records.set(item.id, write);
        return written;
      }),
    );
  }

  function makeRoom(nowMs: number): boolean {
    if (records.size < maxRecords) return true;
    for (const [id, record] of records) if (isExpired(record, nowMs)) records.delete(id);
    return records.size < maxRecords;
  }

  return {
    records,
    traits: {
      clock: "store",
      transactions: false,
      maxBatch: 1_000,
      maxResultBytes: 1_048_576,
      durability: "process",
    },
    claim: (requests) => {
      const nowMs = clock.wallMs();
      return Promise.resolve(
        requests.map((request) => {
          const found = records.get(request.id);
          if (!found && !makeRoom(nowMs)) return { kind: "error", error: full(maxRecords) } as const;
          const { claim, write } = decide(found, request, nowMs);
          if (write) records.set(request.id, write);
          return claim;
        }),
      );
    },
    complete: (items) => each(items, applyCompletion),
    fail: (items) => each(items, applyFailure),
    release: (items) => each(items, applyRelease),
    renew: (items) => each(items, applyRenewal),
    checkpoint: (items) => each(items, applyCheckpoint),
    setup: () => Promise.resolve(),
    check: () => Promise.resolve(),
    close: () => Promise.resolve(),
    read: (ids) => Promise.resolve(ids.map((id) => records.get(id))),
    async *list(query) {
      let left = query.limit ?? Number.POSITIVE_INFINITY;
      for (const record of [...records.values()]) {
        if (left <= 0) return;
        if (!fits(record, query)) continue;
        left -= 1;
        yield record;
      }
    },
    resolve: (resolution) => {
      const { resolved, write } = applyResolution(records.get(resolution.id), resolution, clock.wallMs());
      if (write) records.set(resolution.id, write);
      return Promise.resolve(resolved);
    },
    rerun: (ids) =>
      Promise.resolve(
        ids.map((id) => {
          const write = applyRerun(records.get(id));
          if (write) records.set(id, write);
          return write !== undefined;
        }),
      ),
    forget: (ids) => {
      for (const id of ids) records.delete(id);
      return Promise.resolve();
    },
  };
}

function fits(record: StoredRecord, query: RecordQuery): boolean {
  if (query.scope !== undefined && record.scope !== query.scope) return false;
  if (query.state !== undefined && record.state !== query.state) return false;
  return query.held === undefined || query.held === (record.heldAtMs !== undefined);
}

function full(maxRecords: number): OnceError {
  return new OnceError(
    "store-error",
    `The memory store holds ${maxRecords} live records and takes no more. Use a database store, or raise maxRecords.`,
    { retryable: true },
  );
}
