/** Who may start an attempt: the claim as a table, the first row that fits (`docs/protocol.md`, P2). */

import { OnceError } from "../errors.ts";
import {
  type Claim,
  type ClaimRequest,
  RECORD_VERSION,
  type StoredRecord,
  type WonVerdict,
} from "../store.ts";
import { expiry, isExpired, openSteps } from "./record.ts";

/** The answer to a claim, and the record to put in place of the old one when it changes anything. */
export interface Decision {
  readonly claim: Claim;
  readonly write?: StoredRecord;
}

interface Row {
  readonly when: (found: StoredRecord, asked: ClaimRequest, nowMs: number) => boolean;
  readonly gives: (found: StoredRecord, asked: ClaimRequest, nowMs: number) => Decision;
}

const TABLE: readonly Row[] = [
  { when: (found) => found.version > RECORD_VERSION, gives: (found) => unreadable(found) },
  {
    when: (found, _asked, nowMs) => isExpired(found, nowMs),
    gives: (found, asked, nowMs) => begin(found, asked, nowMs),
  },
  { when: (found, asked) => mine(found, asked) && found.state === "claimed", gives: again },
  { when: mine, gives: () => ({ claim: { kind: "refused" } }) },
  { when: otherFingerprint, gives: mismatch },
  { when: (found) => found.state === "completed", gives: duplicate },
  { when: (found, _asked, nowMs) => found.state === "claimed" && found.leaseUntilMs > nowMs, gives: busy },
  { when: (found) => openSteps(found.steps).length > 0, gives: inDoubt },
  {
    when: (found) => found.state === "failed",
    gives: (found, asked, nowMs) => win(found, asked, nowMs, "retry"),
  },
  {
    when: (found, asked) => lapsedFor(found, asked),
    gives: (found) => ({ claim: { kind: "lapsed", attempts: found.attempts } }),
  },
  {
    when: (found) => found.state === "released",
    gives: (found, asked, nowMs) => win(found, asked, nowMs, found.verdict),
  },
  { when: () => true, gives: (found, asked, nowMs) => win(found, asked, nowMs, "takeover") },
];

export function decide(found: StoredRecord | undefined, asked: ClaimRequest, nowMs: number): Decision {
  if (!found) return begin(undefined, asked, nowMs);
  const row = TABLE.find((candidate) => candidate.when(found, asked, nowMs));
  if (!row) throw new Error("the claim table has no last row");
  return row.gives(found, asked, nowMs);
}

function mine(found: StoredRecord, asked: ClaimRequest): boolean {
  return found.token === asked.token;
}

function otherFingerprint(found: StoredRecord, asked: ClaimRequest): boolean {
  return (
    asked.fingerprint !== undefined &&
    found.fingerprint !== undefined &&
    asked.fingerprint !== found.fingerprint
  );
}

/** Whether winning this record would be a takeover: a claim whose lease is over, or one released out of such a claim. */
function lapsedFor(found: StoredRecord, asked: ClaimRequest): boolean {
  if (asked.noTakeover !== true) return false;
  return found.state === "claimed" || (found.state === "released" && found.verdict === "takeover");
}

function unreadable(found: StoredRecord): Decision {
  const error = new OnceError(
    "record-unreadable",
    `The record of key "${found.label}" has version ${found.version}, and this release reads up to ${RECORD_VERSION}. ` +
      "Update @effectively-once/runtime in every function that shares this store.",
  );
  return { claim: { kind: "error", error } };
}

function duplicate(found: StoredRecord): Decision {
  const { messageId, functionName, result } = found;
  return { claim: { kind: "duplicate", messageId, functionName, result } };
}

function mismatch(found: StoredRecord): Decision {
  return { claim: { kind: "mismatch", messageId: found.messageId, fingerprint: found.fingerprint } };
}

function busy(found: StoredRecord, _asked: ClaimRequest, nowMs: number): Decision {
  const { messageId, leaseUntilMs, runUntilMs } = found;
  return { claim: { kind: "busy", messageId, nowMs, leaseUntilMs, runUntilMs } };
}

/** `heldAt` is written once and the owner is kept: a merely slow attempt may still finish and end the doubt. */
function inDoubt(found: StoredRecord, _asked: ClaimRequest, nowMs: number): Decision {
  const heldAtMs = found.heldAtMs ?? nowMs;
  const claim: Claim = {
    kind: "in-doubt",
    messageId: found.messageId,
    steps: openSteps(found.steps),
    heldAtMs,
  };
  return found.heldAtMs === undefined
    ? { claim, write: { ...found, heldAtMs, rev: found.rev + 1 } }
    : { claim };
}

/** The same request, asked again because its answer was lost: same attempt, same fence, lease renewed. */
function again(found: StoredRecord, asked: ClaimRequest, nowMs: number): Decision {
  const leaseUntilMs = nowMs + asked.leaseMs;
  const expiresAtMs = expiry(found.steps, leaseUntilMs + asked.retentionMs);
  return won({ ...found, leaseUntilMs, expiresAtMs, rev: found.rev + 1 }, nowMs);
}

function begin(expired: StoredRecord | undefined, asked: ClaimRequest, nowMs: number): Decision {
  const blank = {
    id: asked.id,
    scope: asked.scope,
    label: asked.label,
    steps: {},
    fence: 0,
    attempts: 0,
    generation: 0,
    firstAttemptAtMs: nowMs,
    heldAtMs: undefined,
    result: undefined,
    rev: expired?.rev ?? 0,
  };
  return won(claimed(blank, asked, nowMs, "first"), nowMs);
}

function win(found: StoredRecord, asked: ClaimRequest, nowMs: number, verdict: WonVerdict): Decision {
  return won(claimed(found, asked, nowMs, verdict), nowMs);
}

type Kept = Pick<
  StoredRecord,
  | "id"
  | "scope"
  | "label"
  | "steps"
  | "fence"
  | "attempts"
  | "generation"
  | "firstAttemptAtMs"
  | "heldAtMs"
  | "result"
  | "rev"
> & { readonly fingerprint?: string | undefined };

function claimed(kept: Kept, asked: ClaimRequest, nowMs: number, verdict: WonVerdict): StoredRecord {
  const leaseUntilMs = nowMs + asked.leaseMs;
  return {
    ...kept,
    version: RECORD_VERSION,
    state: "claimed",
    token: asked.token,
    fence: kept.fence + 1,
    attempts: kept.attempts + 1,
    rev: kept.rev + 1,
    leaseUntilMs,
    runUntilMs: nowMs + asked.runMs,
    expiresAtMs: expiry(kept.steps, leaseUntilMs + asked.retentionMs),
    fingerprint: asked.fingerprint ?? kept.fingerprint,
    messageId: asked.messageId,
    functionName: asked.functionName,
    correlationId: asked.correlationId,
    verdict,
  };
}

function won(write: StoredRecord, nowMs: number): Decision {
  const { verdict, fence, attempts, generation, firstAttemptAtMs, leaseUntilMs, steps } = write;
  return {
    claim: {
      kind: "won",
      verdict,
      fence,
      attempts,
      generation,
      firstAttemptAtMs,
      nowMs,
      leaseUntilMs,
      steps,
    },
    write,
  };
}
