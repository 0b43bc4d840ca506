/** What must hold in every schedule, by the numbers of the promises in `docs/guarantees.md`, and how often each was looked at. */

export const LAWS = {
  "one-completion": "a key has at most one accepted completion while its record lives",
  "acknowledged-when-done": "a message is deleted only when its key is completed",
  "nothing-lost":
    "a completed key has each of its effects; when faults end, every message ends completed or held",
  "transaction-once": "the rows of transact and commit are there once",
  "keyed-once": "a keyed effect is asked for under one key, so that the other side makes it once",
  "same-value": "what a verb answers is what its effect gave, in this attempt and in each later one",
  "plain-once": "a plain effect happens at most once",
  "zombie-writes-nothing": "a write changes a record only under its owner's token and fence",
  "lease-holds": "a lease that is live is taken over by nobody",
  "lost-answer": "a claim that is asked again meets its own token and is won",
  "ended-token": "a token that has ended never claims again",
  "takeover-alone": "what a dead attempt left behind is claimed at its start only, never ahead beside others",
  "no-unprotected-run": "a handler runs only under a claim that was won",
  "attempts-count-runs": "a record counts at least as many attempts as runs have begun under its key",
  "fence-grows": "within a record's life its fence never goes back",
  "steps-only-forward": "a step that is done stays done until the attempt completes",
  "held-not-run": "a payload that differs, or has no key, is never run and never acknowledged",
  "group-order": "a message of a FIFO group starts only when those before it are done or dead-lettered",
  "bad-neighbour": "a message that kills its process takes no other message to the dead-letter queue",
  "not-done-is-final": "what a person resolved as not done does not happen afterwards in the old attempt",
  ends: "a schedule ends",
} as const;
export type Law = keyof typeof LAWS;

export interface Violation {
  readonly law: Law;
  readonly text: string;
}

export class Laws {
  readonly checks: Partial<Record<Law, number>>;
  readonly violations: Violation[] = [];

  constructor(checks: Partial<Record<Law, number>> = {}) {
    this.checks = checks;
  }

  check(law: Law, holds: boolean, text: () => string): void {
    this.checks[law] = (this.checks[law] ?? 0) + 1;
    if (!holds) this.violations.push({ law, text: text() });
  }
}
