import type { StoredRecord } from "@effectively-once/runtime/store";
import { type MemoryStore, memoryStore } from "@effectively-once/runtime/stores/memory";
import { conformance, type Subject } from "@effectively-once/testkit/conformance";
import { describe, test } from "vitest";
import { aged } from "./support.ts";

/** The memory store's own face shows its records read-only. */
function change(store: unknown, id: string, to: (record: StoredRecord) => StoredRecord): void {
  const records = (store as MemoryStore).records as Map<string, StoredRecord>;
  const record = records.get(id);
  if (record) records.set(id, to(record));
}

const subject: Subject = {
  name: "memoryStore",
  store: () => memoryStore(),
  age: (store, id, ms) => change(store, id, (record) => aged(record, ms)),
  setVersion: (store, id, version) => change(store, id, (record) => ({ ...record, version })),
};

describe("the memory store", () => conformance({ test, subject }));
