/** The writes of a claim's owner, as jobs for `change`: the state machine, and what an item has no room for. */

import {
  applyCheckpoint,
  applyCompletion,
  applyFailure,
  applyRelease,
  applyRenewal,
  type WriteResult,
} from "../../core/record.ts";
import type {
  Checkpoint,
  Completion,
  Failure,
  Release,
  Renewal,
  StoredRecord,
  Written,
} from "../../store.ts";
import { bare, fitting, stepsFit, stepsTooLarge } from "./steps.ts";
import { change, type Job, type Judged, type Records, withoutOversize } from "./write.ts";

type Apply<Request> = (record: StoredRecord | undefined, request: Request, nowMs: number) => WriteResult;

function job<Request extends { readonly id: string; readonly token: string }>(
  records: Records,
  apply: Apply<Request>,
  more: Partial<Job<Request, Written>> = {},
): Job<Request, Written> {
  return {
    start: ({ id, token }) => records.known.get(id, token),
    judge: (record, request, nowMs) => judged(apply(record, request, nowMs)),
    failed: (error) => ({ kind: "error", error }),
    ...more,
  };
}

function judged({ written: answer, write }: WriteResult): Judged<Written> {
  return { answer, write };
}

export function complete(records: Records, items: readonly Completion[]): Promise<readonly Written[]> {
  const apply: Apply<Completion> = (record, item, nowMs) => {
    const { written, write } = applyCompletion(record, item, nowMs);
    return { written, write: write && withoutOversize(write) };
  };
  return change(records, items, job(records, apply));
}

/** A failure is never refused for what it was to remember: what has no room is left out, but no intent is. */
export function fail(records: Records, items: readonly Failure[]): Promise<readonly Written[]> {
  const apply: Apply<Failure> = (record, item, nowMs) => {
    const whole = applyFailure(record, item, nowMs);
    if (!record || !item.change || !whole.write || stepsFit(whole.write.steps)) return whole;
    const less = fitting(record.steps, item.change) ?? bare(item.change);
    return applyFailure(record, { ...item, change: less }, nowMs);
  };
  return change(records, items, job(records, apply));
}

export function release(records: Records, items: readonly Release[]): Promise<readonly Written[]> {
  return change(records, items, job(records, applyRelease));
}

export function renew(records: Records, items: readonly Renewal[]): Promise<readonly Written[]> {
  const again: Job<Renewal, Written>["leases"] = (record, item, nowMs) =>
    judged(applyRenewal(record, item, nowMs));
  return change(records, items, job(records, applyRenewal, { leases: again }));
}

export function checkpoint(records: Records, items: readonly Checkpoint[]): Promise<readonly Written[]> {
  const judge: Job<Checkpoint, Written>["judge"] = (record, item, nowMs) => {
    const whole = applyCheckpoint(record, item, nowMs);
    if (!record || !whole.write || stepsFit(whole.write.steps)) return judged(whole);
    const less = fitting(record.steps, item.change);
    if (!less) return { answer: { kind: "error", error: stepsTooLarge(record.label) } };
    return judged(applyCheckpoint(record, { ...item, change: less }, nowMs));
  };
  return change(records, items, job(records, applyCheckpoint, { judge }));
}
