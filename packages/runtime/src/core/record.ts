/** The record's state machine: what each write does to a record, and to whom it is refused (`docs/protocol.md`, P4). */

import type {
  Checkpoint,
  Completion,
  Failure,
  Owner,
  Release,
  Renewal,
  Step,
  StepChange,
  Steps,
  StoredRecord,
  Written,
} from "../store.ts";

/** What became of a write, and the record to put in place of the old one when it changes anything. */
export interface WriteResult {
  readonly written: Written;
  readonly write?: StoredRecord;
}

const WRITTEN: Written = { kind: "written" };
const FENCED: Written = { kind: "fenced" };

export function isMine(record: StoredRecord, owner: Owner): boolean {
  return record.token === owner.token && record.fence === owner.fence;
}

export function isExpired(record: StoredRecord, nowMs: number): boolean {
  return record.expiresAtMs !== undefined && record.expiresAtMs <= nowMs;
}

/** Names of the steps that forbid another run until a person has resolved them. */
export function openSteps(steps: Steps): readonly string[] {
  return Object.keys(steps).filter((name) => steps[name]?.open === true);
}

/** A step only moves forward: an intent over a done step (a late copy) changes nothing, and a done step stays. */
export function changeSteps(steps: Steps, change: StepChange): Steps {
  const next = new Map<string, Step>(Object.entries(steps));
  for (const name of change.clear ?? []) if (next.get(name)?.state === "intent") next.delete(name);
  for (const [name, step] of Object.entries(change.set ?? {}))
    if (!(next.get(name)?.state === "done" && step.state === "intent")) next.set(name, step);
  return Object.fromEntries(next);
}

export function applyCompletion(
  record: StoredRecord | undefined,
  item: Completion,
  nowMs: number,
): WriteResult {
  if (!record || !isMine(record, item)) return { written: FENCED };
  if (record.state === "completed") return { written: WRITTEN };
  if (record.state !== "claimed") return { written: FENCED };
  return {
    written: WRITTEN,
    write: {
      ...next(record),
      state: "completed",
      expiresAtMs: nowMs + item.retentionMs,
      steps: {},
      result: item.result,
      heldAtMs: undefined,
    },
  };
}

export function applyFailure(record: StoredRecord | undefined, item: Failure, nowMs: number): WriteResult {
  if (!record || !isMine(record, item)) return { written: FENCED };
  if (record.state === "failed") return { written: WRITTEN };
  if (record.state !== "claimed") return { written: FENCED };
  const steps = item.change ? changeSteps(record.steps, item.change) : record.steps;
  // Held from now on: with a `hold` destination nobody comes again to find the doubt, and an operator must be able to end it.
  const heldAtMs = openSteps(steps).length > 0 ? (record.heldAtMs ?? nowMs) : record.heldAtMs;
  return {
    written: WRITTEN,
    write: {
      ...next(record),
      state: "failed",
      steps,
      heldAtMs,
      expiresAtMs: expiry(steps, nowMs + item.retentionMs),
    },
  };
}

/** By the token alone, because a claim whose answer never came knows no fence. */
export function applyRelease(record: StoredRecord | undefined, item: Release, nowMs: number): WriteResult {
  if (!record || record.token !== item.token) return { written: FENCED };
  if (record.state === "released") return { written: WRITTEN };
  if (record.state !== "claimed") return { written: FENCED };
  return {
    written: WRITTEN,
    write: {
      ...next(record),
      state: "released",
      attempts: record.attempts - 1,
      expiresAtMs: expiry(record.steps, nowMs + item.retentionMs),
    },
  };
}

export function applyRenewal(record: StoredRecord | undefined, item: Renewal, nowMs: number): WriteResult {
  if (!record || !isMine(record, item)) return { written: FENCED };
  // A beat that races this attempt's own completion is late, not fenced.
  if (record.state !== "claimed") return { written: WRITTEN };
  const leaseUntilMs = nowMs + item.leaseMs;
  return {
    written: WRITTEN,
    write: {
      ...next(record),
      leaseUntilMs,
      expiresAtMs: expiry(record.steps, leaseUntilMs + item.retentionMs),
    },
  };
}

export function applyCheckpoint(
  record: StoredRecord | undefined,
  item: Checkpoint,
  nowMs: number,
): WriteResult {
  if (!record || !isMine(record, item) || record.state !== "claimed") return { written: FENCED };
  const steps = changeSteps(record.steps, item.change);
  const expiresAtMs = expiry(steps, Math.max(nowMs, record.leaseUntilMs) + item.retentionMs);
  return { written: WRITTEN, write: { ...next(record), steps, expiresAtMs } };
}

function next(record: StoredRecord): StoredRecord {
  return { ...record, rev: record.rev + 1 };
}

/** A record with an open step never expires: whoever finds it again must still learn that it is in doubt. */
export function expiry(steps: Steps, atMs: number): number | undefined {
  return openSteps(steps).length > 0 ? undefined : atMs;
}
