/** Stores whose operator's side or transactions are wrong. */

import type { StoredRecord } from "@effectively-once/runtime/store";
import type { Broken } from "./broken-stores.ts";
import { type Mold, RULES } from "./mold.ts";

export const brokenOperator: readonly Broken[] = [
  {
    name: "leaves the owner in place when a doubt is resolved",
    mold: resolving((write, found) => ({ ...write, token: found.token, state: "claimed" })),
    fails: ["P10-resolve-done", "C-02-after-resolve"],
  },
  {
    name: "believes that it did not happen while the owner may still run",
    mold: {
      rules: { resolve: (found, asked, nowMs) => RULES.resolve(found, { ...asked, force: true }, nowMs) },
    },
    fails: ["P10-too-early"],
  },
  {
    name: "resolves what nobody has met",
    mold: {
      rules: {
        resolve: (found, asked, nowMs) =>
          RULES.resolve(found && { ...found, heldAtMs: found.heldAtMs ?? 1 }, asked, nowMs),
      },
    },
    fails: ["P10-not-held"],
  },
  {
    name: "resolves every doubt of a record at once",
    mold: resolving((write) => ({
      ...write,
      expiresAtMs: 4_000_000_000_000,
      steps: Object.fromEntries(
        Object.entries(write.steps).map(([name, step]) => [name, { ...step, open: false }]),
      ),
    })),
    fails: ["P10-resolve-other-steps"],
  },
  {
    name: "keeps a handler's doubt that was resolved as done for ever",
    mold: resolving((write) => (write.state === "completed" ? { ...write, expiresAtMs: undefined } : write)),
    fails: ["P10-resolve-handler"],
  },
  {
    name: "runs any record again",
    mold: { rules: { rerun: (found) => RULES.rerun(found && { ...found, state: "completed" }) } },
    fails: ["A-13"],
  },
  {
    name: "runs again under the same derived keys",
    mold: { rules: { rerun: (found) => rerun(found, { generation: found?.generation ?? 0 }) } },
    fails: ["A-13"],
  },
  {
    name: "leaves the owner in place at a rerun",
    mold: { rules: { rerun: (found) => rerun(found, { token: found?.token ?? "", state: "claimed" }) } },
    fails: ["A-13", "A-13-late"],
  },
  { name: "forgets nothing", mold: { wrap: () => ({ forget: async () => {} }) }, fails: ["A-13-forget"] },
  {
    name: "lists every scope",
    mold: { rules: { lists: (record, query) => RULES.lists(record, { ...query, scope: undefined }) } },
    fails: ["list-filters"],
  },
  {
    name: "lists as held what is not",
    mold: { rules: { lists: (record, query) => RULES.lists(record, { ...query, held: undefined }) } },
    fails: ["list-held"],
  },
  {
    name: "lists the first hundred",
    mold: {
      wrap: ({ list }) => ({ list: (query) => list({ ...query, limit: Math.min(query.limit ?? 100, 100) }) }),
    },
    fails: ["list-many"],
  },
];

export const brokenTransactions: readonly Broken[] = [
  {
    name: "refuses a transaction while another one runs",
    mold: {
      wrap: ({ transact }, { records }) => ({
        transact: async (request, body) => {
          if (records.has("open")) return { kind: "rolled-back", error: new Error("one at a time") };
          const owner = records.get(request.owner.id);
          if (!transact || !owner) return { kind: "fenced" };
          records.set("open", owner);
          try {
            return await transact(request, body);
          } finally {
            records.delete("open");
          }
        },
      }),
    },
    fails: ["P8-parallel"],
  },
  {
    name: "writes rows at once, not at COMMIT",
    mold: { transaction: { rowsAtOnce: true } },
    fails: ["P8-body-throws", "P8-fenced", "P8-open-body"],
  },
  {
    name: "commits whoever asks",
    mold: { transaction: { unchecked: true } },
    fails: ["P8-fenced", "P8-not-owner", "P8-fenced-at-commit"],
  },
  {
    name: "writes the record before the body",
    mold: { transaction: { recordFirst: true } },
    fails: ["P8-body-throws", "P8-time-limit"],
  },
  {
    name: "commits the rows of an attempt that has completed already",
    mold: { transaction: { alreadyCompletedIsWritten: true } },
    fails: ["P8-once"],
  },
  {
    name: "commits the rows of a step that is done already",
    mold: { transaction: { doneStepIsWritten: true } },
    fails: ["P8-step-once", "P8-step-among"],
  },
  {
    name: "takes an intent for a transaction that was committed",
    mold: { transaction: { intentIsTakenForDone: true } },
    fails: ["P8-step-intended"],
  },
  {
    name: "does not see a body's own COMMIT",
    mold: { transaction: { ownCommitUnseen: true } },
    fails: ["P8-own-commit"],
  },
  {
    name: "completes what a swallowed error has rolled back",
    mold: { transaction: { swallowedUnseen: true } },
    fails: ["P8-swallowed"],
  },
  { name: "has no time limit", mold: { transaction: { endless: true } }, fails: ["P8-time-limit"] },
  {
    name: "runs the body after the deadline",
    mold: { transaction: { deafToAbort: true } },
    fails: ["P8-aborted"],
  },
  {
    name: "returns no value",
    mold: { transaction: { valueLost: true } },
    fails: ["P8-commit", "P8-change-value"],
  },
  {
    name: "hides the body's own error",
    mold: { transaction: { wrapsErrors: true } },
    fails: ["P8-body-throws", "P8-change-throws", "P8-refused"],
  },
  {
    name: "writes again where the answer to COMMIT was lost",
    mold: { rules: { settle: () => "committed" } },
    fails: ["D-06-rolled-back"],
  },
  {
    name: "calls a lost COMMIT fenced",
    mold: { rules: { settle: () => "fenced" } },
    fails: ["D-06-applied"],
  },
];

function resolving(change: (write: StoredRecord, found: StoredRecord) => StoredRecord): Mold {
  return {
    rules: {
      resolve: (found, asked, nowMs) => {
        const result = RULES.resolve(found, asked, nowMs);
        return result.write && found ? { ...result, write: change(result.write, found) } : result;
      },
    },
  };
}

function rerun(found: StoredRecord | undefined, fields: Partial<StoredRecord>): StoredRecord | undefined {
  const write = RULES.rerun(found);
  return write && { ...write, ...fields };
}
