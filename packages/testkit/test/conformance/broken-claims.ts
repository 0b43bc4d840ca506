/** Stores that judge a claim wrongly. */

import type { Decision } from "../../../runtime/src/core/decide.ts";
import type { Claim, ClaimRequest, StoredRecord, Won } from "@effectively-once/runtime/store";
import type { Broken } from "./broken-stores.ts";
import { type Mold, RULES } from "./mold.ts";

type Decide = (found: StoredRecord | undefined, asked: ClaimRequest, nowMs: number) => Decision;

/** Judges another record or request than the ones there are. */
function seeing(
  see: (found: StoredRecord, asked: ClaimRequest, nowMs: number) => Partial<StoredRecord> | undefined,
  ask: (asked: ClaimRequest) => ClaimRequest = (asked) => asked,
): Mold {
  const decide: Decide = (found, asked, nowMs) =>
    RULES.decide(found && { ...found, ...see(found, asked, nowMs) }, ask(asked), nowMs);
  return { rules: { decide } };
}

/** Changes what comes of a claim: the answer, and the record that is written. */
function giving(change: (decision: Decision, found: StoredRecord, asked: ClaimRequest) => Decision): Mold {
  const decide: Decide = (found, asked, nowMs) => {
    const decision = RULES.decide(found, asked, nowMs);
    return found ? change(decision, found, asked) : decision;
  };
  return { rules: { decide } };
}

/** Changes a claim that was won over an older record. */
function winning(change: (won: Won, found: StoredRecord) => Partial<Won & StoredRecord>): Mold {
  return giving((decision, found) => {
    const { claim, write } = decision;
    if (claim.kind !== "won" || !write || claim.verdict === "first") return decision;
    const changed = change(claim, found);
    return { claim: { ...claim, ...changed, kind: "won" }, write: { ...write, ...changed } };
  });
}

const HOUR_MS = 3_600_000;
const closed = ({ steps }: StoredRecord): Partial<StoredRecord> => ({
  steps: Object.fromEntries(Object.entries(steps).map(([name, step]) => [name, { ...step, open: false }])),
});
const strange = (found: StoredRecord): Partial<StoredRecord> => ({ token: `not ${found.token}` });

export const brokenClaims: readonly Broken[] = [
  {
    name: "claims without atomicity: looks, then writes",
    mold: {
      wrap: ({ claim }, { records }) => ({
        claim: async (requests) => {
          const seen = requests.map(({ id }) => records.get(id));
          await Promise.resolve();
          for (const [at, { id }] of requests.entries()) {
            const found = seen[at];
            if (found) records.set(id, found);
            else records.delete(id);
          }
          return claim(requests);
        },
      }),
    },
    fails: ["A-05"],
  },
  {
    name: "answers lapsed for a lease that is live",
    mold: {
      wrap: ({ claim }) => ({
        claim: async (requests) => {
          const answers = await claim(requests);
          return answers.map((answer): Claim =>
            answer.kind === "busy" ? { kind: "lapsed", attempts: 1 } : answer,
          );
        },
      }),
    },
    fails: ["P2-busy"],
  },
  { name: "expires a record two hours early", mold: seeing(early), fails: ["P1-not-before"] },
  {
    name: "waits for the TTL job to delete what has expired",
    mold: seeing(() => ({ expiresAtMs: undefined })),
    fails: ["D-12"],
  },
  {
    name: "keeps the old record's attempts, fence and steps when it has expired",
    mold: {
      rules: {
        decide: (found, asked, nowMs) => {
          const decision = RULES.decide(found, asked, nowMs);
          const { claim, write } = decision;
          if (!found || claim.kind !== "won" || claim.verdict !== "first" || !write) return decision;
          if (found.state === "claimed" && found.token === asked.token) return decision;
          const { steps, generation } = found;
          return { claim: { ...claim, steps, generation }, write: { ...write, steps, generation } };
        },
      },
    },
    fails: ["D-12-steps"],
  },
  {
    name: "lets an ended token claim again",
    mold: seeing((found) => (found.state === "claimed" ? {} : strange(found))),
    fails: ["P2-refused"],
  },
  {
    name: "does not know its own claim again",
    mold: seeing(strange),
    fails: ["D-04", "D-04-one-batch-twice"],
  },
  {
    name: "counts an attempt for a claim that is asked again",
    mold: giving((decision, found, asked) => {
      const { claim, write } = decision;
      if (claim.kind !== "won" || !write || found.token !== asked.token) return decision;
      const attempts = claim.attempts + 1;
      return { claim: { ...claim, attempts }, write: { ...write, attempts } };
    }),
    fails: ["D-04", "D-04-retry"],
  },
  {
    name: "does not renew the lease of a claim that is asked again",
    mold: giving((decision, found, asked) => {
      const { claim } = decision;
      if (claim.kind !== "won" || found.token !== asked.token) return decision;
      return { claim: { ...claim, leaseUntilMs: found.leaseUntilMs }, write: found };
    }),
    fails: ["D-04"],
  },
  {
    name: "takes over although noTakeover was asked",
    mold: seeing(
      () => undefined,
      (asked) => ({ ...asked, noTakeover: false }),
    ),
    fails: ["P2-lapsed", "P2-lapsed-then-claimed", "P2-lapsed-released"],
  },
  {
    name: "forgets that a released claim was a takeover, when noTakeover is asked",
    mold: seeing((found, asked) =>
      found.state === "released" && asked.noTakeover === true ? { verdict: "first" } : undefined,
    ),
    fails: ["P2-lapsed-released"],
  },
  {
    name: "answers lapsed also for failed and released keys",
    mold: giving((decision, found, asked) =>
      asked.noTakeover === true && found.state !== "completed" && decision.claim.kind === "won"
        ? { claim: { kind: "lapsed", attempts: found.attempts } }
        : decision,
    ),
    fails: ["P2-no-takeover-wins", "P2-no-takeover-own"],
  },
  {
    name: "writes the record when it answers lapsed",
    mold: giving((decision, found) =>
      decision.claim.kind === "lapsed" ? { ...decision, write: { ...found, rev: found.rev + 1 } } : decision,
    ),
    fails: ["P2-lapsed"],
  },
  {
    name: "calls every claim of a released key a retry",
    mold: seeing((found) => (found.state === "released" ? { verdict: "retry" } : undefined)),
    fails: ["P2-released"],
  },
  {
    name: "writes heldAt anew each time the doubt is met",
    mold: seeing((found) => (found.state === "claimed" ? { heldAtMs: undefined } : undefined)),
    fails: ["P2-held-once"],
  },
  {
    name: "does not write heldAt",
    mold: giving((decision) => (decision.claim.kind === "in-doubt" ? { claim: decision.claim } : decision)),
    fails: ["P2-in-doubt", "P3-doubts"],
  },
  {
    name: "takes the record from its owner when it is in doubt",
    mold: giving((decision, _found, asked) =>
      decision.claim.kind === "in-doubt" && decision.write
        ? { ...decision, write: { ...decision.write, token: asked.token } }
        : decision,
    ),
    fails: ["P2-in-doubt", "C-02-slow"],
  },
  {
    name: "is in doubt while the owner is still at work",
    mold: seeing((found) =>
      Object.values(found.steps).some((step) => step.open === true) ? { leaseUntilMs: 0 } : undefined,
    ),
    fails: ["P2-busy-before-doubt"],
  },
  { name: "runs again what is in doubt", mold: seeing(closed), fails: ["P2-in-doubt", "A-05-doubt"] },
  {
    name: "retries a failed key although a step is open",
    mold: seeing((found) => (found.state === "failed" ? closed(found) : undefined)),
    fails: ["P2-doubt-before-retry", "P4-fail-change"],
  },
  {
    name: "is in doubt for keyed intents too",
    mold: seeing(({ steps }) => ({
      steps: Object.fromEntries(
        Object.entries(steps).map(([name, step]) => [name, { ...step, open: step.state === "intent" }]),
      ),
    })),
    fails: ["P4-keyed-intent"],
  },
  {
    name: "answers lapsed before it looks for a doubt",
    mold: seeing((found, asked) => (asked.noTakeover === true ? closed(found) : undefined)),
    fails: ["P2-doubt-before-lapsed"],
  },
  {
    name: "compares no fingerprints",
    mold: seeing((_found, { fingerprint }) => ({ fingerprint })),
    fails: ["P2-mismatch", "F-06-fingerprint"],
  },
  {
    name: "compares fingerprints as a case-insensitive collation does",
    mold: seeing((found, { fingerprint }) =>
      found.fingerprint?.toLowerCase() === fingerprint?.toLowerCase() ? { fingerprint } : undefined,
    ),
    fails: ["F-06-fingerprint"],
  },
  {
    name: "looks for a doubt before it compares fingerprints",
    mold: seeing((found, { fingerprint }) =>
      Object.values(found.steps).some((step) => step.open === true) ? { fingerprint } : undefined,
    ),
    fails: ["P2-mismatch-before-doubt"],
  },
  {
    name: "calls a request without a fingerprint a mismatch",
    mold: seeing(
      () => undefined,
      (asked) => ({ ...asked, fingerprint: asked.fingerprint ?? "" }),
    ),
    fails: ["P2-no-fingerprint"],
  },
  {
    name: "reads a newer version as if it were its own",
    mold: seeing(() => ({ version: 1 })),
    fails: ["D-14", "D-14-batch", "D-14-kept"],
  },
  {
    name: "keeps no label",
    mold: {
      wrap: ({ claim }) => ({ claim: (requests) => claim(requests.map((one) => ({ ...one, label: "" }))) }),
    },
    fails: ["P2-absent"],
  },
  {
    name: "does not count a retry's fence",
    mold: winning((won) => ({ fence: won.fence - 1 })),
    fails: ["P2-retry", "P2-attempts-grow"],
  },
  {
    name: "counts attempts from one again at a takeover",
    mold: winning(() => ({ attempts: 1 })),
    fails: ["P2-takeover", "P2-attempts-grow"],
  },
  {
    name: "moves firstAttemptAt at each attempt",
    mold: winning((won) => ({ firstAttemptAtMs: won.nowMs + 1 })),
    fails: ["P2-retry", "P2-takeover"],
  },
  {
    name: "forgets the steps of the earlier attempts",
    mold: winning(() => ({ steps: {} })),
    fails: ["P2-retry", "P2-takeover", "P4-steps-merge"],
  },
  {
    name: "says that the message which asks is the one that is at work",
    mold: giving((decision, _found, { messageId }) =>
      decision.claim.kind === "busy" || decision.claim.kind === "duplicate"
        ? { claim: { ...decision.claim, messageId } }
        : decision,
    ),
    fails: ["P2-duplicate", "P2-busy"],
  },
];

/** Two hours before its time, and for no record that never expires. */
function early(found: StoredRecord): Partial<StoredRecord> {
  return found.expiresAtMs === undefined ? {} : { expiresAtMs: found.expiresAtMs - 2 * HOUR_MS };
}
