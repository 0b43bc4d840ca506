/** What people's values do to a store: absent against null, large, and text that is not text everywhere (F-06, F-11). */

import { claimIs, equal, writtenIs } from "../check.ts";
import { done, type VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

/** Characters that one store or another cannot hold, escape twice, or normalise. */
const HARD_TEXTS: readonly string[] = [
  "\u0000",
  "a\u0000b",
  "\ud800",
  "\udfff tail",
  "\u00e9 e\u0301",
  "😀 \u202e \u2028 \ufeff",
  `'; DROP TABLE x; -- " \\ \${} %s $1 ?`,
  " trailing ",
  "",
];

async function resultOf(ctx: VectorContext, result: string | undefined): Promise<string | undefined> {
  const { id, owner } = await ctx.win();
  writtenIs(await ctx.complete(owner, result), "written", "the complete");
  const duplicate = claimIs(await ctx.claim(ctx.request({ id })), "duplicate", "the next delivery");
  equal((await ctx.read(id)).result, duplicate.result, "the result that read and the duplicate give");
  return duplicate.result;
}

export const valueVectors: readonly Vector[] = [
  {
    id: "F-12-absent",
    says: "no result and the result null are told apart, and so are the smallest values",
    scenarios: ["F-12"],
    run: async (ctx) => {
      for (const result of [undefined, "null", '""', "0", "false", "{}", "[]"])
        equal(await resultOf(ctx, result), result, "the stored result");
    },
  },
  {
    id: "F-12-step-absent",
    says: "a step without a value and one with null are told apart",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const steps = { none: done(), nothing: done("null"), empty: done('""') };

      await ctx.remember(owner, steps);

      equal((await ctx.read(id)).steps, steps, "the steps");
    },
  },
  {
    id: "F-12-text",
    says: "a result is the JSON text that was given: order of properties, numbers and __proto__ as they are",
    scenarios: ["F-05", "F-17"],
    run: async (ctx) => {
      const texts = [
        '{"b":1,"a":2,"b2":1.0}',
        '{"__proto__":{"admin":true},"constructor":1}',
        "12345678901234567890",
        "1e3",
        "-0",
        '{"a" : 1}',
      ];
      for (const text of texts) equal(await resultOf(ctx, text), text, "the stored result");
    },
  },
  {
    id: "F-06-result",
    says: "U+0000, lone surrogates, combining characters and quotes in a result come back as they went",
    scenarios: ["F-06"],
    run: async (ctx) => {
      for (const text of HARD_TEXTS) {
        const json = JSON.stringify({ [text]: text });
        equal(await resultOf(ctx, json), json, "the stored result");
      }
    },
  },
  {
    id: "F-06-step",
    says: "the same characters in step values come back as they went",
    scenarios: ["F-06"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const steps = Object.fromEntries(
        HARD_TEXTS.map((text, index) => [`step-${index}`, done(JSON.stringify(text))]),
      );

      await ctx.remember(owner, steps);

      equal((await ctx.read(id)).steps, steps, "the steps");
    },
  },
  {
    id: "F-06-label",
    says: "no label, message id, function name or scope can break a claim or its completion",
    scenarios: ["F-06", "F-16"],
    run: async (ctx) => {
      for (const text of HARD_TEXTS) {
        const attempt = await ctx.win({
          label: text,
          messageId: text,
          correlationId: text,
          functionName: text,
          scope: `${ctx.scope}${text}`,
        });
        writtenIs(
          await ctx.complete(attempt.owner),
          "written",
          `the complete of a key labelled ${JSON.stringify(text)}`,
        );
        claimIs(await ctx.claim(ctx.request({ id: attempt.id })), "duplicate", "the next delivery");
      }
    },
  },
  {
    id: "F-06-message-id",
    says: "a well-formed message id comes back as it went, so that a redelivery is told from a resend",
    run: async (ctx) => {
      const wellFormed = HARD_TEXTS.filter((text) => text.isWellFormed() && !text.includes("\u0000"));
      for (const messageId of [...wellFormed, "m".repeat(1_024)]) {
        const { id } = await ctx.win({ messageId });
        const busy = claimIs(await ctx.claim(ctx.request({ id })), "busy", "a claim of a live key");
        equal(busy.messageId, messageId, "busy's messageId");
      }
    },
  },
  {
    id: "F-06-fingerprint",
    says: "fingerprints are compared byte by byte: case, accents and trailing spaces matter",
    scenarios: ["A-07", "F-06"],
    run: async (ctx) => {
      const pairs = [
        ['{"h":"a"}', '{"h":"A"}'],
        ['{"h":"\u00e9"}', '{"h":"e\u0301"}'],
        ['{"h":"ss"}', '{"h":"ß"}'],
        ['{"h":"a"}', '{"h":"a"} '],
      ] as const;
      for (const [one, two] of pairs) {
        const { id } = await ctx.staged("completed", { fingerprint: one });

        const other = claimIs(
          await ctx.claim(ctx.request({ id, fingerprint: two })),
          "mismatch",
          "another fingerprint",
        );
        claimIs(await ctx.claim(ctx.request({ id, fingerprint: one })), "duplicate", "the same fingerprint");

        equal(other.fingerprint, one, "the mismatch's fingerprint");
      }
    },
  },
  {
    id: "F-06-token",
    says: "tokens are compared byte by byte",
    run: async (ctx) => {
      const { owner } = await ctx.win({ token: `${ctx.request().token}a` });

      const upper = { ...owner, token: `${owner.token.slice(0, -1)}A` };
      const padded = { ...owner, token: `${owner.token} ` };

      for (const other of [upper, padded])
        writtenIs(await ctx.complete(other), "fenced", "a token that is nearly the same");
    },
  },
  {
    id: "F-11",
    says: "a result of traits.maxResultBytes is stored whole",
    scenarios: ["F-11"],
    run: async (ctx) => {
      const { maxResultBytes } = ctx.store.traits;
      const json = JSON.stringify("é".repeat(Math.floor((maxResultBytes - 2) / 2)));

      const stored = await resultOf(ctx, json);

      equal(stored?.length, json.length, "the length of the stored result");
      equal(stored === json, true, "the stored result is the one that was given");
    },
  },
  {
    id: "F-11-steps",
    says: "step values of 200 KB in all are remembered whole, and the completion after them is written",
    scenarios: ["F-11"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const steps = Object.fromEntries(
        Array.from({ length: 10 }, (_, index) => [`step-${index}`, done(JSON.stringify("x".repeat(20_000)))]),
      );
      for (const [name, step] of Object.entries(steps)) await ctx.remember(owner, { [name]: step });

      equal((await ctx.read(id)).steps, steps, "the steps");

      writtenIs(await ctx.complete(owner, JSON.stringify("y".repeat(20_000))), "written", "the complete");
    },
  },
];
