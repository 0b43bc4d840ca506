/** Claims: an insert for all; what was there already is read, judged with a margin for the clocks, and written on its revision. */

import { type Decision, decide } from "../../core/decide.ts";
import type { Claim, ClaimRequest, StoredRecord } from "../../store.ts";
import { CLOCK_MARGIN_MS } from "./clock.ts";
import { judgeFormer, readBoth } from "./former.ts";
import { fromItem } from "./item.ts";
import { change, type Job, type Judged, type Records } from "./write.ts";

const JOB: Job<ClaimRequest, Claim> = {
  start: () => "absent",
  judge: decideLate,
  leases: claimAnew,
  failed: (error) => ({ kind: "error", error }),
};

export function claim(records: Records, requests: readonly ClaimRequest[]): Promise<readonly Claim[]> {
  return requests.some(({ former }) => former)
    ? claimAfter(records, requests)
    : change(records, requests, JOB);
}

/**
 * Reads first, both our records and the former ones, instead of inserting first: what is finished costs one request
 * then, and what is new one more than otherwise. Read after the insert, a former record would be forgotten by a process
 * that dies in between.
 */
async function claimAfter(records: Records, requests: readonly ClaimRequest[]): Promise<readonly Claim[]> {
  const { own, former } = await readBoth(records, requests);
  return await change(records, requests, {
    ...JOB,
    start: ({ id }) => {
      const item = own.get(id);
      try {
        return item ? fromItem(item) : "absent";
      } catch {
        // Read again, it is that request's error and no other's.
        return undefined;
      }
    },
    judge: (found, asked, nowMs) => {
      const judged = decideLate(found, asked, nowMs);
      const item = former.get(asked.id);
      if (judged.answer.kind !== "won" || !asked.former || !item) return judged;
      const answer = judgeFormer(item, asked.former, nowMs);
      return answer ? { answer } : judged;
    },
  });
}

/**
 * The claim table as it stands, asked of a record whose lease and expiry end later by the margin: another worker's
 * clock, corrected as it is, may be behind this one.
 */
export function decideLate(
  found: StoredRecord | undefined,
  asked: ClaimRequest,
  nowMs: number,
): Judged<Claim> {
  if (!found) return judged(decide(undefined, asked, nowMs));
  const { leaseUntilMs, expiresAtMs } = found;
  const later: StoredRecord = {
    ...found,
    leaseUntilMs: leaseUntilMs + CLOCK_MARGIN_MS,
    expiresAtMs: expiresAtMs === undefined ? undefined : expiresAtMs + CLOCK_MARGIN_MS,
  };
  const { answer, write } = judged(decide(later, asked, nowMs));
  if (answer.kind === "busy") {
    // Past its end the lease still holds for the rest of the margin: that long is what is left of it for whoever waits.
    const seenAtMs = leaseUntilMs > nowMs ? nowMs : nowMs - CLOCK_MARGIN_MS;
    return { answer: { ...answer, nowMs: seenAtMs, leaseUntilMs } };
  }
  // Only what marks the doubt goes into a record that stays somebody else's.
  if (answer.kind === "in-doubt" && write) return { answer, write: { ...write, leaseUntilMs, expiresAtMs } };
  return { answer, write };
}

/** A claim that was written by a wrong clock: the same claim again, with every instant of it. */
export function claimAnew(written: StoredRecord, asked: ClaimRequest, nowMs: number): Judged<Claim> {
  if (written.token !== asked.token) return decideLate(written, asked, nowMs);
  const inserted = written.rev === 1;
  const { claim: answer, write } = decide(inserted ? undefined : written, asked, nowMs);
  return { answer, write: inserted && write ? { ...write, rev: written.rev + 1 } : write };
}

function judged({ claim: answer, write }: Decision): Judged<Claim> {
  return { answer, write };
}
