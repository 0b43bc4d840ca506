/** What the trials of several stores share. */

import type { StoredRecord } from "@effectively-once/runtime/store";

/** The record as it would look had it been written `ms` earlier. */
export function aged(record: StoredRecord, ms: number): StoredRecord {
  return {
    ...record,
    leaseUntilMs: record.leaseUntilMs - ms,
    runUntilMs: record.runUntilMs - ms,
    expiresAtMs: record.expiresAtMs === undefined ? undefined : record.expiresAtMs - ms,
  };
}
