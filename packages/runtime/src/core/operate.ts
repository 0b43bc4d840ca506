/** What an operator may do to a record, as pure changes (`docs/protocol.md`, P1 and P10). The engine never does these. */

import type { Resolution, Resolved, StoredRecord } from "../store.ts";
import { changeSteps, expiry } from "./record.ts";

export interface ResolveResult {
  readonly resolved: Resolved;
  readonly write?: StoredRecord;
}

/** Ends a doubt. Clears the owner, so that an attempt that thaws afterwards is fenced. */
export function applyResolution(
  record: StoredRecord | undefined,
  asked: Resolution,
  nowMs: number,
): ResolveResult {
  if (!record) return { resolved: { kind: "not-found" } };
  const step = record.steps[asked.step];
  if (record.heldAtMs === undefined || step?.open !== true) return { resolved: { kind: "not-held" } };
  // A frozen owner may still thaw and run the effect; only after its function was killed is "it did not happen" final.
  if (!asked.as.done && asked.force !== true && record.runUntilMs > nowMs)
    return { resolved: { kind: "too-early", runUntilMs: record.runUntilMs } };
  const steps = asked.as.done
    ? changeSteps(record.steps, {
        set: { [asked.step]: { kind: step.kind, state: "done", atMs: nowMs, value: asked.as.value } },
      })
    : changeSteps(record.steps, { clear: [asked.step] });
  const kept = { ...record, token: "", rev: record.rev + 1 };
  // The handler as a whole was in doubt, and a person says that it happened: nothing is left to run.
  if (asked.as.done && step.kind === "handler")
    return {
      resolved: { kind: "resolved" },
      write: {
        ...kept,
        state: "completed",
        steps: {},
        result: asked.as.value,
        heldAtMs: undefined,
        expiresAtMs: nowMs + life(record),
      },
    };
  return {
    resolved: { kind: "resolved" },
    write: { ...kept, state: "failed", steps, expiresAtMs: expiry(steps, nowMs + life(record)) },
  };
}

/** Runs a completed record again, under new derived keys. */
export function applyRerun(record: StoredRecord | undefined): StoredRecord | undefined {
  if (record?.state !== "completed") return undefined;
  return {
    ...record,
    state: "failed",
    token: "",
    steps: {},
    result: undefined,
    generation: record.generation + 1,
    rev: record.rev + 1,
  };
}

const DAY_MS = 86_400_000;

/** An open record had no expiry to keep; the default retention is what it gets back. */
function life(record: StoredRecord): number {
  return Math.max(29 * DAY_MS, (record.expiresAtMs ?? 0) - record.leaseUntilMs);
}
