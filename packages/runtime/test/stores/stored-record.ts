/** A record as a store holds it: claimed for the first time, its lease for 30 s more. */

import type { StoredRecord } from "../../src/store.ts";

export function record(changes: Partial<StoredRecord> = {}): StoredRecord {
  return {
    id: "a".repeat(64),
    version: 1,
    scope: "orders/default",
    label: "order-42",
    state: "claimed",
    token: "t",
    fence: 1,
    attempts: 1,
    rev: 1,
    leaseUntilMs: 30_000,
    runUntilMs: 60_000,
    expiresAtMs: 90_000,
    fingerprint: '{"h":"a"}',
    messageId: "m",
    functionName: "fn",
    correlationId: "chain",
    generation: 0,
    verdict: "first",
    firstAttemptAtMs: 1,
    heldAtMs: undefined,
    steps: {},
    result: undefined,
    ...changes,
  };
}
