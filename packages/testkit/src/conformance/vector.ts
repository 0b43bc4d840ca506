/** A vector: one fact about every store, as data. */

import type { VectorContext } from "./context.ts";
import type { Subject } from "./subject.ts";

/** What a vector cannot do without. */
export type VectorNeed =
  | "age"
  | "setVersion"
  | "transactions"
  | "refused statement"
  | "own COMMIT"
  | "lost COMMIT"
  | "open body";

export interface Vector {
  /** Stable: skip lists and reports name it. A scenario's id where the vector is that scenario. */
  readonly id: string;
  /** What every store does, in one sentence. */
  readonly says: string;
  /** The failure scenarios that it stands for. */
  readonly scenarios?: readonly string[];
  readonly needs?: readonly VectorNeed[];
  readonly run: (ctx: VectorContext) => Promise<void>;
}

/** Why a subject cannot be asked what a vector asks; `undefined` when it can. */
export function missing<Tx>(vector: Vector, subject: Subject<Tx>): string | undefined {
  const skip = subject.skip?.find((candidate) => candidate.vectors.includes(vector.id));
  if (skip) return skip.reason;
  const reasons = (vector.needs ?? []).map((need) => reasonAgainst(need, subject));
  return reasons.find((reason) => reason !== undefined);
}

function reasonAgainst<Tx>(need: VectorNeed, subject: Subject<Tx>): string | undefined {
  const { transactions } = subject;
  if (need === "age") return subject.age ? undefined : noHook("age", "let time pass for a record");
  if (need === "setVersion")
    return subject.setVersion ? undefined : noHook("setVersion", "make a record of a newer release");
  if (!transactions)
    return "the subject has no `transactions` hooks: its store has no `transact`, or the suite cannot see its rows";
  switch (need) {
    case "transactions":
      return undefined;
    case "refused statement":
      return transactions.refused ? undefined : noHook("transactions.refused", "make a statement fail");
    case "own COMMIT":
      return transactions.commit ? undefined : noHook("transactions.commit", "let a body commit by itself");
    case "lost COMMIT":
      return transactions.losingCommit
        ? undefined
        : noHook("transactions.losingCommit", "lose a COMMIT's answer");
    case "open body":
      return transactions.exclusive;
  }
}

function noHook(name: string, purpose: string): string {
  return `the subject has no \`${name}\` hook, so the suite cannot ${purpose}`;
}
