/** Attempts that were superseded and do not know it (C-01 to C-04). */

import { claimIs, equal, recordHas, unchanged, writtenIs } from "../check.ts";
import { type Attempt, done, intent, LEASE_MS, type VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

/** A zombie, and the attempt that took its record. */
async function superseded(
  ctx: VectorContext,
): Promise<{ readonly zombie: Attempt; readonly owner: Attempt }> {
  const zombie = await ctx.staged("lapsed");
  return { zombie, owner: await ctx.win({ id: zombie.id }) };
}

export const zombieVectors: readonly Vector[] = [
  {
    id: "C-01",
    says: "a zombie's checkpoint after a takeover is fenced: its intent is not confirmed, its effect does not run",
    needs: ["age"],
    run: async (ctx) => {
      const { zombie } = await superseded(ctx);
      const before = await ctx.read(zombie.id);

      writtenIs(
        await ctx.checkpoint(zombie.owner, { set: { mail: intent() } }),
        "fenced",
        "the zombie's checkpoint",
      );

      unchanged(await ctx.read(zombie.id), before, "after the zombie's checkpoint");
    },
  },
  {
    id: "C-02",
    says: "a zombie's complete after a takeover is fenced, while the new owner runs and after it has completed",
    needs: ["age"],
    run: async (ctx) => {
      const { zombie, owner } = await superseded(ctx);
      const before = await ctx.read(zombie.id);
      writtenIs(await ctx.complete(zombie.owner, '"zombie"'), "fenced", "the zombie's complete");
      unchanged(await ctx.read(zombie.id), before, "after the zombie's complete");

      writtenIs(await ctx.complete(owner.owner, '"owner"'), "written", "the owner's complete");
      writtenIs(await ctx.complete(zombie.owner, '"zombie"'), "fenced", "the zombie's complete, later");

      recordHas(await ctx.read(zombie.id), { state: "completed", result: '"owner"' }, "afterwards");
    },
  },
  {
    id: "C-03",
    says: "a zombie's fail or release after the new owner has completed changes nothing",
    scenarios: ["R-09"],
    needs: ["age"],
    run: async (ctx) => {
      const { zombie, owner } = await superseded(ctx);
      writtenIs(await ctx.fail(zombie.owner), "fenced", "the zombie's fail while the owner runs");
      writtenIs(await ctx.complete(owner.owner, '"owner"'), "written", "the owner's complete");
      const before = await ctx.read(zombie.id);

      writtenIs(await ctx.fail(zombie.owner), "fenced", "the zombie's fail");
      writtenIs(await ctx.release(zombie.owner), "fenced", "the zombie's release");

      unchanged(await ctx.read(zombie.id), before, "after the zombie's fail and release");
      claimIs(await ctx.claim(ctx.request({ id: zombie.id })), "duplicate", "the next delivery");
    },
  },
  {
    id: "C-04",
    says: "a zombie's renew after a takeover is fenced and does not lengthen the new owner's lease",
    needs: ["age"],
    run: async (ctx) => {
      const { zombie } = await superseded(ctx);
      const before = await ctx.read(zombie.id);

      writtenIs(await ctx.renew(zombie.owner, 10 * LEASE_MS), "fenced", "the zombie's renew");

      unchanged(await ctx.read(zombie.id), before, "after the zombie's renew");
    },
  },
  {
    id: "C-04-after-end",
    says: "a zombie's renew is fenced also after the new owner has failed, released or completed",
    scenarios: ["C-04"],
    needs: ["age"],
    run: async (ctx) => {
      for (const end of ["fail", "release", "complete"] as const) {
        const { zombie, owner } = await superseded(ctx);
        writtenIs(await ctx[end](owner.owner), "written", `the owner's ${end}`);
        const before = await ctx.read(zombie.id);

        writtenIs(await ctx.renew(zombie.owner), "fenced", `the zombie's renew after the owner's ${end}`);

        unchanged(await ctx.read(zombie.id), before, "after the zombie's renew");
      }
    },
  },
  {
    id: "C-04-race",
    says: "a renew that comes before the takeover keeps the record: the claim that comes after it is busy",
    scenarios: ["C-04", "C-09"],
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.staged("lapsed");
      writtenIs(await ctx.renew(owner), "written", "the owner's renew over its lapsed lease");

      claimIs(await ctx.claim(ctx.request({ id })), "busy", "a claim after it");

      writtenIs(await ctx.complete(owner), "written", "the owner's complete");
    },
  },
  {
    id: "C-04-steal",
    says: "takeovers racing a renew: either the renew is written and all are busy, or one wins and it is fenced",
    scenarios: ["C-04"],
    needs: ["age"],
    run: async (ctx) => {
      for (let round = 0; round < 20; round += 1) {
        const { id, owner } = await ctx.staged("lapsed");

        const [renewed, ...claims] = await Promise.all([
          ctx.renew(owner),
          ctx.claim(ctx.request({ id }), ctx.peer),
          ctx.claim(ctx.request({ id })),
          ctx.claim(ctx.request({ id }), ctx.peer),
        ]);

        const won = claims.filter((claim) => claim.kind === "won").length;
        equal(won, renewed.kind === "written" ? 0 : 1, `takeovers won when the renew was ${renewed.kind}`);
        for (const claim of claims) if (claim.kind !== "won") claimIs(claim, "busy", "a takeover that lost");
      }
    },
  },
  {
    id: "C-02-slow",
    says: "a merely slow attempt may still finish while its key is in doubt, and that ends the doubt",
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.doubtful("mail");
      claimIs(await ctx.claim(ctx.request({ id })), "in-doubt", "a claim meanwhile");

      await ctx.remember(owner, { mail: done("1", "plain") });
      writtenIs(await ctx.complete(owner, '"slow"'), "written", "the slow owner's complete");

      recordHas(await ctx.read(id), { state: "completed", steps: {}, heldAtMs: undefined }, "afterwards");
      claimIs(await ctx.claim(ctx.request({ id })), "duplicate", "the next delivery");
    },
  },
  {
    id: "C-02-after-resolve",
    says: "an attempt that thaws after its doubt was resolved is fenced",
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.doubtful("mail");
      claimIs(await ctx.claim(ctx.request({ id })), "in-doubt", "a claim");
      equal(
        await ctx.store.resolve({ id, step: "mail", as: { done: true } }),
        { kind: "resolved" },
        "the resolution",
      );

      writtenIs(
        await ctx.checkpoint(owner, { set: { mail: done("2", "plain") } }),
        "fenced",
        "its checkpoint",
      );
      writtenIs(await ctx.renew(owner), "fenced", "its renew");
      writtenIs(await ctx.fail(owner), "fenced", "its fail");
      writtenIs(await ctx.complete(owner), "fenced", "its complete");

      recordHas(await ctx.read(id), { state: "failed" }, "afterwards");
    },
  },
];
