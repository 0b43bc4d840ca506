/** D-14: records that another release wrote. */

import { claimIs, codeOf, equal, ok } from "../check.ts";
import type { Attempt, Stage, VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

const NEWER = 1_000;

async function newer(ctx: VectorContext, stage: Stage): Promise<Attempt> {
  const attempt = await ctx.staged(stage);
  await ctx.setVersion(attempt.id, NEWER);
  return attempt;
}

export const versionVectors: readonly Vector[] = [
  {
    id: "D-14",
    says: "a claim over a record of a newer version is an error, in every state; never duplicate, never won",
    needs: ["setVersion"],
    run: async (ctx) => {
      for (const stage of ["completed", "claimed", "failed", "released"] as const) {
        const { id } = await newer(ctx, stage);

        const claim = claimIs(
          await ctx.claim(ctx.request({ id })),
          "error",
          `a claim over a newer ${stage} record`,
        );

        equal(codeOf(claim.error), "record-unreadable", "the error's code");
        ok(!claim.error.retryable, "trying again does not help");
      }
    },
  },
  {
    id: "D-14-kept",
    says: "a record of a newer version is left as it is, whoever asks: also its own token, or other payload",
    scenarios: ["D-14"],
    needs: ["setVersion"],
    run: async (ctx) => {
      const { id, request } = await newer(ctx, "claimed");

      claimIs(await ctx.claim(ctx.request({ id, token: request.token })), "error", "a claim by its token");
      claimIs(
        await ctx.claim(ctx.request({ id, fingerprint: '{"h":"x"}' })),
        "error",
        "a claim with other payload",
      );

      claimIs(
        await ctx.claim(ctx.request({ id })),
        "error",
        "a claim after them: it is still of a newer version",
      );
    },
  },
  {
    id: "D-14-batch",
    says: "a record of a newer version spoils no other key of its batch",
    scenarios: ["D-14", "E-01"],
    needs: ["setVersion"],
    run: async (ctx) => {
      const bad = await newer(ctx, "completed");
      const good = ctx.requests(2);
      const requests = [good[0], ctx.request({ id: bad.id }), good[1]].filter(
        (request) => request !== undefined,
      );

      const claims =
        ctx.store.traits.maxBatch >= requests.length
          ? await ctx.store.claim(requests)
          : await Promise.all(requests.map((request) => ctx.claim(request)));

      equal(
        claims.map(({ kind }) => kind),
        ["won", "error", "won"],
        "the answers in order",
      );
    },
  },
];
