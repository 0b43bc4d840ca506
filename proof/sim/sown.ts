/** Faults that the simulator must find: one at least for each law, and each sentence of the protocol that was found by a model (V). */

import type { Law } from "@effectively-once/testkit/sim";
import type { Plant } from "../plants/plant.ts";
import { PLANTS } from "../plants/plants.ts";

export interface Sown {
  readonly plant: Pick<Plant, "id" | "says" | "seen" | "edits">;
  /** The law that it is to show; another one may break first. */
  readonly law: Law;
}

function known(id: string, law: Law): Sown {
  const plant = PLANTS.find((one) => one.id === id);
  if (!plant) throw new Error(`there is no planted fault "${id}"`);
  return { plant, law };
}

const CORE = "packages/runtime/src/core";
const ENGINE = "packages/runtime/src/engine";
const SIM = "packages/testkit/src/sim";

function own(id: string, says: string, law: Law, [file, find, put]: readonly [string, string, string]): Sown {
  return { plant: { id, says, seen: "law", edits: [{ file, find, put }] }, law };
}

export const SOWN: readonly Sown[] = [
  known("no-fence", "zombie-writes-nothing"),
  known("ended-token-claims", "ended-token"),
  known("released-takeover", "takeover-alone"),
  known("step-moves-back", "steps-only-forward"),
  known("not-done-too-early", "not-done-is-final"),
  known("fifo-overtakes-lapsed", "group-order"),
  known("acknowledged-too-late", "bad-neighbour"),
  known("late-completion", "zombie-writes-nothing"),
  known("late-failure", "zombie-writes-nothing"),
  known("late-renewal", "zombie-writes-nothing"),
  known("plain-unconfirmed", "plain-once"),
  known("key-per-attempt", "keyed-once"),
  known("lease-ignored", "lease-holds"),
  known("lost-answer-locks", "lost-answer"),
  known("swallowed-refusal", "nothing-lost"),
  known("siblings-behind-commit", "nothing-lost"),
  known("busy-acknowledged", "acknowledged-when-done"),
  known("stored-for-other-payload", "held-not-run"),
  {
    law: "plain-once",
    plant: {
      id: "doubt-run-again",
      says: "A plain effect that may have happened is made again",
      seen: "B-05, other library",
      edits: [
        {
          file: `${CORE}/decide.ts`,
          find: `  { when: (found) => openSteps(found.steps).length > 0, gives: inDoubt },`,
          put: ``,
        },
        { file: `${ENGINE}/verbs.ts`, find: `  if (remembered) throw attempt.refuse(doubt(name));`, put: `` },
      ],
    },
  },
  own("failed-acknowledged", "A message whose handler failed is acknowledged", "acknowledged-when-done", [
    `${ENGINE}/dispositions.ts`,
    `  failed: report("backoff"),`,
    `  failed: ACK,`,
  ]),
  own("value-forgotten", "A remembered effect answers nothing", "same-value", [
    `${ENGINE}/verbs.ts`,
    `  const remembered = enter(attempt, "keyed", name);
  if (remembered?.state === "done") return restore(remembered.value) as Stored<T>;`,
    `  const remembered = enter(attempt, "keyed", name);
  if (remembered?.state === "done") return undefined as Stored<T>;`,
  ]),
  own(
    "hold-failed",
    "A message is acknowledged although no hold destination has taken it",
    "acknowledged-when-done",
    [
      `${ENGINE}/hold.ts`,
      `    return false;
  }`,
      `    return true;
  }`,
    ],
  ),
  own("store-error-runs", "A claim that was not answered runs all the same", "no-unprotected-run", [
    `${ENGINE}/session.ts`,
    `claim.kind === "won" ? new Attempt`,
    `claim.kind === "won" || claim.kind === "error" ? new Attempt`,
  ]),
  own("fence-starts-again", "A takeover starts its record's fence again", "fence-grows", [
    `${CORE}/decide.ts`,
    `    fence: kept.fence + 1,`,
    `    fence: 1,`,
  ]),
  own("completed-again", "What is completed is claimed again as if it had failed", "one-completion", [
    `${CORE}/decide.ts`,
    `  { when: (found) => found.state === "completed", gives: duplicate },`,
    ``,
  ]),
  own("rows-apart", "A commit writes its rows before its condition is looked at", "transaction-once", [
    `${SIM}/transactions.ts`,
    `  if (found?.state !== "claimed" || isDone(found, change)) return "fenced";`,
    `  if (found?.state !== "claimed" || isDone(found, change)) {
    for (const { work, name } of rows) ledger.rows(work, [name]);
    return "fenced";
  }`,
  ]),
  {
    law: "transaction-once",
    plant: {
      id: "transact-copy",
      says: "A late copy of a transaction is not kept out by its step being there already",
      seen: "P8 (V)",
      edits: [
        {
          file: `${SIM}/transactions.ts`,
          find: `  if (found?.state !== "claimed" || isDone(found, change)) return "fenced";`,
          put: `  if (found?.state !== "claimed") return "fenced";`,
        },
      ],
    },
  },
  {
    law: "nothing-lost",
    plant: {
      id: "settled-by-writing",
      says: "A lost answer to COMMIT is settled by writing the record again, without the rows",
      seen: "P8 (V)",
      edits: [
        {
          file: `${SIM}/transactions.ts`,
          find: `function read({ records }: TransactionWorld, { owner, change }: Sent): Settled {`,
          put: `function read({ records, write }: TransactionWorld, { owner, change }: Sent): Settled {
  if (write(owner, change)) return "committed";`,
        },
      ],
    },
  },
  {
    law: "attempts-count-runs",
    plant: {
      id: "released-after-it-began",
      says: "At the deadline a claim is given back although its run has begun",
      seen: "P4 (V)",
      edits: [
        {
          file: `${ENGINE}/deadline.ts`,
          find: `attempt.begun ? Promise.resolve() : session.release([attempt])`,
          put: `session.release([attempt])`,
        },
      ],
    },
  },
  {
    law: "fence-grows",
    plant: {
      id: "release-lowers-fence",
      says: "A release takes its fence back with its attempt",
      seen: "P4 (V)",
      edits: [
        {
          file: `${CORE}/record.ts`,
          find: `      attempts: record.attempts - 1,`,
          put: `      attempts: record.attempts - 1,
      fence: record.fence - 1,`,
        },
      ],
    },
  },
  own("beats-for-ever", "A heartbeat is not stopped with its invocation, and goes on at once", "ends", [
    `${ENGINE}/beat.ts`,
    `    this.#next(unasked.length > 0 ? periodMs / 4 : periodMs);`,
    `    this.#next(0);`,
  ]),
];
