/** What a commit writes into the record, how it is recognised there, and what settles one whose answer was lost. */

import { applyCheckpoint, applyCompletion, isMine } from "../../core/record.ts";
import { OnceError } from "../../errors.ts";
import type { Committed, Step, StoredRecord, TransactRequest } from "../../store.ts";
import type { Limit } from "../shared/limit.ts";
import { fromItem, itemBytes, MAX_ITEM_BYTES, toItem } from "./item.ts";
import { execute, pause, read } from "./send.ts";
import { update } from "./statements.ts";
import { stepsFit, stepsTooLarge } from "./steps.ts";
import type { Action } from "./tx.ts";
import type { Records } from "./write.ts";

export interface Commit<T> {
  readonly request: TransactRequest<T>;
  readonly change: ReturnType<TransactRequest<T>["change"]>;
  readonly value: T;
  readonly actions: readonly Action[];
  readonly limit: Limit;
}

export type Plan<T> =
  | { readonly kind: "write"; readonly seen: StoredRecord; readonly write: StoredRecord }
  | Extract<Committed<T>, { readonly kind: "fenced" | "rolled-back" }>;

/** Only a change that is written counts: items beside a record that has ended, or a step that is done, would be there twice. */
export function plan<T>(
  seen: StoredRecord | undefined,
  { request, change }: Commit<T>,
  nowMs: number,
): Plan<T> {
  const item = { ...request.owner, retentionMs: request.retentionMs };
  if ("complete" in change) {
    const { write } = applyCompletion(seen, { ...item, result: change.complete.result }, nowMs);
    if (!seen || !write) return { kind: "fenced" };
    if (itemBytes(toItem(write)) > MAX_ITEM_BYTES)
      return { kind: "rolled-back", error: resultTooLarge(seen.label) };
    return { kind: "write", seen, write };
  }
  const names = Object.keys(change.set ?? {});
  if (names.length === 0) return { kind: "rolled-back", error: unrecognisable(request.owner.id) };
  const { write } = applyCheckpoint(seen, { ...item, change }, nowMs);
  if (!seen || !write || done(seen, names)) return { kind: "fenced" };
  if (!stepsFit(write.steps)) return { kind: "rolled-back", error: stepsTooLarge(seen.label) };
  return { kind: "write", seen, write };
}

/**
 * What the record, read consistently, says of a commit that was sent. `undefined`: it is still the owner's, and not
 * committed as yet.
 */
export function verdict<T>(
  record: StoredRecord | undefined,
  { request, change, value }: Commit<T>,
  plans: readonly StoredRecord[],
): Committed<T> | undefined {
  if (!record || !isMine(record, request.owner)) return { kind: "fenced" };
  if ("complete" in change) {
    if (plans.some((write) => isWritten(write, record))) return { kind: "committed", value };
    return record.state === "claimed" ? undefined : { kind: "fenced" };
  }
  const steps = Object.entries(change.set ?? {});
  if (plans.length > 0 && steps.every(([name, step]) => sameStep(stepOf(record, name), step)))
    return { kind: "committed", value };
  const names = steps.map(([name]) => name);
  return record.state === "claimed" && !done(record, names) ? undefined : { kind: "fenced" };
}

/** A completed record is never written again, so it still is what was planned, if that is what completed it. */
function isWritten(planned: StoredRecord, record: StoredRecord): boolean {
  return (
    record.state === planned.state &&
    record.rev === planned.rev &&
    record.result === planned.result &&
    record.expiresAtMs === rounded(planned.expiresAtMs)
  );
}

function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value);
}

function sameStep(found: Step | undefined, sent: Step): boolean {
  return found?.state === sent.state && found.atMs === Math.round(sent.atMs) && found.value === sent.value;
}

function stepOf(record: StoredRecord, name: string): Step | undefined {
  return Object.hasOwn(record.steps, name) ? record.steps[name] : undefined;
}

function done(record: StoredRecord, names: readonly string[]): boolean {
  return names.some((name) => stepOf(record, name)?.state === "done");
}

export async function look(records: Records, id: string): Promise<StoredRecord | undefined> {
  const item = (await read(records, [id])).get(id);
  return item && fromItem(item);
}

/** Worth waiting for even past the limit: an answer that can be had is better than a message in doubt. */
const SETTLE_MS = 2_000;
const SETTLE_TRIES = 4;

/**
 * The time is over and a copy of the transaction may still be on its way. Reading alone would not settle that, since
 * DynamoDB has no read that waits for a write. So the record's revision is moved on: from then on no copy can commit.
 */
export async function settle<T>(
  records: Records,
  work: Commit<T>,
  plans: readonly StoredRecord[],
): Promise<Committed<T>> {
  let cancel = () => {};
  const late = new Promise<Committed<T>>((resolve) => {
    cancel = records.clock.after(SETTLE_MS, () => resolve(unsettled(work)));
  });
  try {
    return await Promise.race([barred(records, work, plans), late]);
  } finally {
    cancel();
  }
}

async function barred<T>(
  records: Records,
  work: Commit<T>,
  plans: readonly StoredRecord[],
): Promise<Committed<T>> {
  const { id } = work.request.owner;
  for (let tries = 1; tries <= SETTLE_TRIES; tries += 1) {
    try {
      const record = await look(records, id);
      const known = verdict(record, work, plans);
      if (known || !record) return known ?? { kind: "fenced" };
      const barrier = { ...record, rev: record.rev + 1 };
      const [outcome] = await execute(records, [update(records.place.table, record, barrier)]);
      if (outcome?.kind === "done") {
        records.known.put(barrier);
        return { kind: "rolled-back", error: work.limit.error };
      }
    } catch {
      // Asked again: what could not be read now may be in a moment.
    }
    await pause(records, tries);
  }
  return unsettled(work);
}

function unsettled<T>({ limit }: Commit<T>): Committed<T> {
  return {
    kind: "unsettled",
    error: new OnceError(
      "store-error",
      "The answer to TransactWriteItems was lost, and what became of it could not be asked. The message comes again, and its record knows.",
      { retryable: true, cause: limit.error },
    ),
  };
}

/** Without a step of its own in the record, nothing there says after a lost answer whether it was committed. */
function unrecognisable(id: string): OnceError {
  return new OnceError(
    "invalid-option",
    `The transaction on the record ${id} sets no step and completes nothing, so an answer that was lost could not be settled. Set a step in \`change\`.`,
  );
}

function resultTooLarge(label: string): OnceError {
  return new OnceError(
    "unstorable-value",
    `The record of "${label}" with the result of commit would be larger than the 400 KB that DynamoDB takes. Return an id instead of the whole.`,
  );
}
