/** P2: `noTakeover` and `lapsed`, the row that keeps a message which kills its process away from the others (E-09). */

import { claimIs, equal, recordHas, unchanged, writtenIs } from "../check.ts";
import type { Vector } from "../vector.ts";

export const takeoverVectors: readonly Vector[] = [
  {
    id: "P2-lapsed",
    says: "a lapsed claim asked for with noTakeover answers lapsed, with its attempts, and writes nothing",
    scenarios: ["E-09"],
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.staged("lapsed");
      const before = await ctx.read(id);

      const lapsed = claimIs(await ctx.claim(ctx.request({ id, noTakeover: true })), "lapsed", "noTakeover");

      equal(lapsed.attempts, 1, "lapsed's attempts");
      unchanged(await ctx.read(id), before, "after a lapsed answer");
    },
  },
  {
    id: "P2-lapsed-then-claimed",
    says: "the claim that follows a lapsed answer, by a new token, is the takeover",
    scenarios: ["E-09"],
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.staged("lapsed");
      claimIs(await ctx.claim(ctx.request({ id, noTakeover: true })), "lapsed", "noTakeover");

      const { won } = await ctx.win({ id });

      equal([won.verdict, won.fence, won.attempts], ["takeover", 2, 2], "the takeover");
    },
  },
  {
    id: "P2-lapsed-released",
    says: "a takeover that was released is lapsed for noTakeover: it is still the message that killed its process",
    scenarios: ["E-09"],
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.staged("lapsed");
      const second = await ctx.win({ id });
      writtenIs(await ctx.release(second.owner), "written", "the takeover's release");
      const before = await ctx.read(id);

      const lapsed = claimIs(await ctx.claim(ctx.request({ id, noTakeover: true })), "lapsed", "noTakeover");

      equal(lapsed.attempts, 1, "lapsed's attempts");
      unchanged(await ctx.read(id), before, "after a lapsed answer");
    },
  },
  {
    id: "P2-no-takeover-wins",
    says: "noTakeover keeps nobody from a fresh, failed or released key",
    run: async (ctx) => {
      const failed = await ctx.staged("failed");
      const released = await ctx.staged("released");
      const ids = [ctx.id(), failed.id, released.id];

      const verdicts: string[] = [];
      for (const id of ids) verdicts.push((await ctx.win({ id, noTakeover: true })).won.verdict);

      equal(verdicts, ["first", "retry", "first"], "the verdicts");
    },
  },
  {
    id: "P2-no-takeover-own",
    says: "an own claim asked again with noTakeover is still mine, also when its lease is over",
    scenarios: ["D-04"],
    needs: ["age"],
    run: async (ctx) => {
      const request = ctx.request({ noTakeover: true });
      claimIs(await ctx.claim(request), "won", "the first time");
      await ctx.lapse(request.id);

      const again = claimIs(await ctx.claim(request), "won", "the same request again");

      equal([again.verdict, again.fence, again.attempts], ["first", 1, 1], "the same claim");
    },
  },
  {
    id: "P2-attempts-grow",
    says: "attempts and fence grow by one with every takeover and retry",
    scenarios: ["B-11", "E-08"],
    needs: ["age"],
    run: async (ctx) => {
      const id = ctx.id();
      for (const [index, end] of (["lapse", "fail", "lapse", "fail", "lapse"] as const).entries()) {
        const { won, owner } = await ctx.win({ id });
        equal([won.fence, won.attempts], [index + 1, index + 1], `fence and attempts of claim ${index + 1}`);
        if (end === "lapse") await ctx.lapse(id);
        else writtenIs(await ctx.fail(owner), "written", "the owner's fail");
      }

      recordHas(await ctx.read(id), { fence: 5, attempts: 5 }, "after five claims");
    },
  },
];
