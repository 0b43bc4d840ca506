/** Stores that answer batches wrongly, or spoil what they are given. */

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
    name: "gives up where another write came between its look and its own",
    mold: {
      wrap: ({ claim }, { records }) => ({
        claim: async (requests) => {
          const seen = requests.map(({ id }) => records.get(id));
          await Promise.resolve();
          return (await claim(requests)).map((answer, at) => {
            const found = seen[at];
            return found && records.get(found.id)?.rev !== found.rev && answer.kind !== "won"
              ? errorAnswer()
              : answer;
          });
        },
      }),
    },
    fails: ["P3-duplicate-race"],
  },
  {
    name: "empties its table at setup",
    mold: { wrap: (_store, { records }) => ({ setup: async () => records.clear() }) },
    fails: ["setup-again"],
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

function together(answers: readonly Written[]): readonly Written[] {
  return answers.some(({ kind }) => kind === "fenced") ? answers.map(() => ({ kind: "fenced" })) : answers;
}
