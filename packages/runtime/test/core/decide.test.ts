/** The claim table asked directly: what a claim writes besides its answer. */

import { describe, expect, it } from "vitest";
import { decide } from "../../src/core/decide.ts";
import { type ClaimRequest, RECORD_VERSION, type StoredRecord } from "../../src/store.ts";

const NOW_MS = 1_000_000;
const asked: ClaimRequest = {
  id: "i",
  scope: "s",
  label: "order 1",
  token: "mine",
  leaseMs: 30_000,
  runMs: 60_000,
  retentionMs: 500_000,
};
const found = (more: Partial<StoredRecord> = {}): StoredRecord => ({
  id: "i",
  version: RECORD_VERSION,
  scope: "s",
  label: "order 1",
  state: "claimed",
  token: "theirs",
  fence: 3,
  attempts: 2,
  rev: 7,
  leaseUntilMs: NOW_MS - 1,
  runUntilMs: NOW_MS - 1,
  expiresAtMs: NOW_MS + 10_000,
  fingerprint: undefined,
  messageId: "m",
  functionName: "f",
  correlationId: "c",
  generation: 1,
  verdict: "first",
  firstAttemptAtMs: 5,
  heldAtMs: undefined,
  steps: {},
  result: undefined,
  ...more,
});

describe("what a claim writes", () => {
  it("D-04 · the same request again: same fence and attempt, lease and expiry from now, one revision more", () => {
    const { write } = decide(found({ token: "mine" }), asked, NOW_MS);

    expect(write).toEqual(
      found({ token: "mine", rev: 8, leaseUntilMs: NOW_MS + 30_000, expiresAtMs: NOW_MS + 530_000 }),
    );
  });

  it("B-05 · a doubt: when it was met, one revision more, and nothing else", () => {
    const steps = { mail: { kind: "plain", state: "intent", atMs: 1, open: true } } as const;
    const { claim, write } = decide(found({ steps }), asked, NOW_MS);

    expect(claim).toMatchObject({ kind: "in-doubt", heldAtMs: NOW_MS, steps: ["mail"] });
    expect(write).toEqual(found({ steps, heldAtMs: NOW_MS, rev: 8 }));
  });

  it("B-05 · a doubt that is met again: held since the first time, and nothing is written", () => {
    const steps = { mail: { kind: "plain", state: "intent", atMs: 1, open: true } } as const;
    const { claim, write } = decide(found({ steps, heldAtMs: NOW_MS - 400 }), asked, NOW_MS);

    expect(claim).toMatchObject({ kind: "in-doubt", heldAtMs: NOW_MS - 400 });
    expect(write).toBeUndefined();
  });

  it("B-02 · a takeover: fence, attempts and revision each one more, everything of the claim its own", () => {
    const { write } = decide(found(), asked, NOW_MS);

    expect(write).toEqual(
      found({
        token: "mine",
        fence: 4,
        attempts: 3,
        rev: 8,
        leaseUntilMs: NOW_MS + 30_000,
        runUntilMs: NOW_MS + 60_000,
        expiresAtMs: NOW_MS + 530_000,
        messageId: undefined,
        functionName: undefined,
        correlationId: undefined,
        verdict: "takeover",
      }),
    );
  });

  it("D-14 · a newer version is an error that names the record, both versions and the way out", () => {
    const { claim, write } = decide(found({ version: RECORD_VERSION + 1 }), asked, NOW_MS);

    expect(write).toBeUndefined();
    expect(claim).toMatchObject({ kind: "error", error: { code: "record-unreadable", retryable: false } });
    expect(claim.kind === "error" && claim.error.message).toMatch(
      /"order 1" has version 2.*reads up to 1\. Update @effectively-once\/runtime in every function/,
    );
  });
});
