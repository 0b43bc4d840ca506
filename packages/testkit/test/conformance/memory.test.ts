import { type MemoryStore, memoryStore } from "@effectively-once/runtime/stores/memory";
import type { StoredRecord } from "@effectively-once/runtime/store";
import { conformance, type Subject } from "@effectively-once/testkit/conformance";
import { describe, test } from "vitest";

/** Ages and writes records where the memory store keeps them; its own face shows the map read-only. */
function recordsOf(store: unknown): Map<string, StoredRecord> {
  return (store as MemoryStore).records as Map<string, StoredRecord>;
}

const subject: Subject = {
  name: "memoryStore",
  store: () => memoryStore(),
  age(store, id, ms) {
    const records = recordsOf(store);
    const record = records.get(id);
    if (record)
      records.set(id, {
        ...record,
        leaseUntilMs: record.leaseUntilMs - ms,
        runUntilMs: record.runUntilMs - ms,
        expiresAtMs: record.expiresAtMs === undefined ? undefined : record.expiresAtMs - ms,
      });
  },
  putRaw: (store, record) => {
    recordsOf(store).set(record.id, record);
  },
};

describe("the memory store", () => conformance({ test, subject }));
