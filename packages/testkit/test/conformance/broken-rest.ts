/** Stores whose batches, texts, operator's side or transactions are wrong. */

import type { Claim, StoredRecord, Written } from "@effectively-once/runtime/store";
import type { Broken } from "./broken-stores.ts";
import { errorAnswer, type Mold, RULES } from "./mold.ts";

type Texts = Pick<StoredRecord, "result" | "messageId" | "label" | "functionName">;

/** Completions whose result is spoilt on its way in. */
function results(spoil: (json: string) => string | undefined): Mold {
  return {
    rules: {
      complete: (found, item, nowMs) =>
        RULES.complete(
          found,
          { ...item, result: item.result === undefined ? undefined : spoil(item.result) },
          nowMs,
        ),
    },
  };
}

/** Step values that are spoilt on their way in. */
function stepValues(spoil: (json: string | undefined) => string | undefined): Mold {
  return {
    rules: {
      checkpoint: (found, item, nowMs) => {
        const set = Object.fromEntries(
          Object.entries(item.change.set ?? {}).map(([name, step]) => [
            name,
            { ...step, value: spoil(step.value) },
          ]),
        );
        return RULES.checkpoint(found, { ...item, change: { ...item.change, set } }, nowMs);
      },
    },
  };
}

function refusing(bad: (texts: Partial<Texts>) => boolean): Mold {
  return {
    wrap: ({ claim }) => ({
      claim: async (requests) =>
        (await claim(requests)).map((answer, at): Claim =>
          bad({ ...requests[at] }) ? errorAnswer() : answer,
        ),
    }),
  };
}

const byId = <Item extends { readonly id: string }>(items: readonly Item[]): readonly Item[] =>
  [...items].sort((a, b) => (a.id < b.id ? -1 : 1));

export const brokenBatches: readonly Broken[] = [
  {
    name: "answers a batch of claims in the order of their keys",
    mold: { wrap: ({ claim }) => ({ claim: (requests) => claim(byId(requests)) }) },
    fails: ["P3-claim-order", "P3-mixed-claims", "P3-mixed-claims-reversed"],
  },
  {
    name: "answers a batch of writes in the order of their keys",
    mold: {
      wrap: ({ complete, renew, checkpoint }) => ({
        complete: (items) => complete(byId(items)),
        renew: (items) => renew(byId(items)),
        checkpoint: (items) => checkpoint(byId(items)),
      }),
    },
    fails: ["P3-mixed-writes"],
  },
  {
    name: "answers the whole batch with an error for one unreadable record",
    mold: {
      wrap: ({ claim }) => ({
        claim: async (requests) => {
          const answers = await claim(requests);
          return answers.some(({ kind }) => kind === "error") ? answers.map(errorAnswer) : answers;
        },
      }),
    },
    fails: ["D-14-batch"],
  },
  {
    name: "answers the whole batch fenced for one fenced item",
    mold: {
      wrap: ({ complete, fail }) => ({
        complete: async (items) => together(await complete(items)),
        fail: async (items) => together(await fail(items)),
      }),
    },
    fails: ["P3-mixed-writes", "P3-mixed-ends"],
  },
  {
    name: "writes the first item's steps and result for all",
    mold: {
      wrap: ({ complete, checkpoint }) => ({
        complete: (items) => complete(items.map((item) => ({ ...item, result: items[0]?.result }))),
        checkpoint: (items) => checkpoint(items.map((item) => ({ ...item, change: items[0]?.change ?? {} }))),
      }),
    },
    fails: ["P3-own-values"],
  },
  {
    name: "takes fewer keys than it says",
    mold: { wrap: ({ claim }) => ({ claim: (requests) => claim(requests.slice(0, 999)) }) },
    fails: ["P3-max-batch"],
  },
  {
    name: "throws at an empty batch",
    mold: {
      wrap: ({ renew }) => ({
        renew: (items) => (items.length === 0 ? Promise.reject(new Error("nothing to do")) : renew(items)),
      }),
    },
    fails: ["P3-empty"],
  },
  {
    name: "reads in the order of the table",
    mold: {
      wrap: (_store, { records }) => ({
        read: async (ids) => [...records.values()].filter(({ id }) => ids.includes(id)),
      }),
    },
    fails: ["P3-read-order"],
  },
  {
    name: "says that it has no transactions, and has",
    mold: { wrap: ({ traits }) => ({ traits: { ...traits, transactions: false } }) },
    fails: ["traits"],
  },
];

export const brokenTexts: readonly Broken[] = [
  {
    name: "stores no result where it is null, empty or false",
    mold: results((json) => (JSON.parse(json) ? json : undefined)),
    fails: ["F-12-absent"],
  },
  {
    name: "stores a step without a value as null",
    mold: stepValues((json) => json ?? "null"),
    fails: ["F-12-step-absent"],
  },
  {
    name: "parses results and writes them anew",
    mold: results((json) => JSON.stringify(JSON.parse(json))),
    fails: ["F-12-text"],
  },
  {
    name: "refuses U+0000, as a text column does",
    mold: refusing(({ label, messageId }) => `${label}${messageId}`.includes("\u0000")),
    fails: ["F-06-label"],
  },
  {
    name: "normalises text",
    mold: {
      ...results((json) => json.normalize("NFC")),
      wrap: ({ claim }) => ({
        claim: (requests) =>
          claim(requests.map((request) => ({ ...request, messageId: request.messageId?.normalize("NFC") }))),
      }),
    },
    fails: ["F-06-result", "F-06-message-id"],
  },
  {
    name: "trims what people wrote, in step values too",
    mold: stepValues((json) => json?.replace(/\\u0000/g, "")),
    fails: ["F-06-step"],
  },
  {
    name: "cuts results at 4 KB",
    mold: results((json) => json.slice(0, 4_096)),
    fails: ["F-11"],
  },
];

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

function together(answers: readonly Written[]): readonly Written[] {
  return answers.some(({ kind }) => kind === "fenced") ? answers.map(() => ({ kind: "fenced" })) : answers;
}

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
