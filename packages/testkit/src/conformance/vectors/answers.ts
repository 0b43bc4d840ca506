/** Lost answers: every operation asked twice with the same token (D-04, D-05), and late copies of old claims. */

import { claimIs, equal, ok, recordHas, unchanged, writtenIs } from "../check.ts";
import { done, intent, LEASE_MS } from "../context.ts";
import type { Vector } from "../vector.ts";

export const answerVectors: readonly Vector[] = [
  {
    id: "D-04",
    says: "a claim asked again by its own token is won again: same attempt, same fence, lease renewed",
    run: async (ctx) => {
      const request = ctx.request();
      const first = claimIs(await ctx.claim(request), "won", "the first time");
      const before = await ctx.read(request.id);

      const again = claimIs(await ctx.claim({ ...request, leaseMs: 2 * LEASE_MS }), "won", "the second time");

      equal(
        [again.verdict, again.fence, again.attempts, again.firstAttemptAtMs],
        ["first", first.fence, first.attempts, first.firstAttemptAtMs],
        "verdict, fence, attempts and firstAttemptAt of the same claim",
      );
      ok(again.leaseUntilMs > first.leaseUntilMs, "the lease of a claim that is asked again is renewed");
      const after = await ctx.read(request.id);
      recordHas(after, { leaseUntilMs: again.leaseUntilMs }, "after the second answer");
      unchanged(after, before, "after the second answer", [
        "rev",
        "leaseUntilMs",
        "runUntilMs",
        "expiresAtMs",
      ]);
    },
  },
  {
    id: "D-04-retry",
    says: "a retry's and a takeover's claim asked again keep their verdict and count no further attempt",
    scenarios: ["D-04"],
    needs: ["age"],
    run: async (ctx) => {
      for (const [stage, verdict] of [
        ["failed", "retry"],
        ["lapsed", "takeover"],
      ] as const) {
        const { id } = await ctx.staged(stage);
        const request = ctx.request({ id });
        claimIs(await ctx.claim(request), "won", "the first time");

        const again = claimIs(await ctx.claim(request), "won", "the second time");

        equal([again.verdict, again.fence, again.attempts], [verdict, 2, 2], `the ${verdict} asked again`);
      }
    },
  },
  {
    id: "D-04-open-intent",
    says: "an own claim asked again meets its own steps, an open intent among them, and is won",
    scenarios: ["D-04"],
    run: async (ctx) => {
      const { request, owner } = await ctx.win();
      await ctx.remember(owner, { charge: done('"ch_1"'), mail: intent("plain") });

      const again = claimIs(await ctx.claim(request), "won", "the same request again");

      equal(again.steps, { charge: done('"ch_1"'), mail: intent("plain") }, "the steps of the same claim");
    },
  },
  {
    id: "D-04-one-batch-twice",
    says: "a batch of claims sent twice at the same time gives each key one attempt",
    scenarios: ["D-04"],
    run: async (ctx) => {
      const requests = ctx.requests(Math.min(10, ctx.store.traits.maxBatch));

      const [one, two] = await Promise.all([ctx.store.claim(requests), ctx.peer.claim(requests)]);

      for (const claim of [...one, ...two]) {
        const won = claimIs(claim, "won", "either copy");
        equal([won.verdict, won.fence, won.attempts], ["first", 1, 1], "either copy's claim");
      }
    },
  },
  {
    id: "D-05-complete",
    says: "complete asked twice is written twice, and the first result stays",
    scenarios: ["D-05"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      writtenIs(await ctx.complete(owner, '"one"'), "written", "the first time");
      const before = await ctx.read(id);

      writtenIs(await ctx.complete(owner, '"two"'), "written", "the second time");

      unchanged(await ctx.read(id), before, "after the second complete");
    },
  },
  {
    id: "D-05-fail",
    says: "fail asked twice is written twice, and changes the record once",
    scenarios: ["D-05"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      writtenIs(await ctx.fail(owner), "written", "the first time");
      const before = await ctx.read(id);

      writtenIs(await ctx.fail(owner), "written", "the second time");

      unchanged(await ctx.read(id), before, "after the second fail");
    },
  },
  {
    id: "D-05-release",
    says: "release asked twice is written twice, and takes back one attempt only",
    scenarios: ["D-05"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      writtenIs(await ctx.release(owner), "written", "the first time");
      const before = await ctx.read(id);
      recordHas(before, { state: "released", attempts: 0, fence: 1 }, "after a release");

      writtenIs(await ctx.release(owner), "written", "the second time");

      unchanged(await ctx.read(id), before, "after the second release");
    },
  },
  {
    id: "D-05-renew",
    says: "renew asked twice is written twice",
    scenarios: ["D-05"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      writtenIs(await ctx.renew(owner, 2 * LEASE_MS), "written", "the first time");
      const before = await ctx.read(id);

      writtenIs(await ctx.renew(owner, 2 * LEASE_MS), "written", "the second time");

      unchanged(await ctx.read(id), before, "after the second renew", ["rev", "leaseUntilMs", "expiresAtMs"]);
    },
  },
  {
    id: "D-05-checkpoint",
    says: "checkpoint asked twice is written twice, with the same steps",
    scenarios: ["D-05"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: done("1", "plain") });

      await ctx.remember(owner, { mail: done("1", "plain") });

      recordHas(await ctx.read(id), { state: "claimed", steps: { mail: done("1", "plain") } }, "afterwards");
    },
  },
  {
    id: "P2-refused",
    says: "a late copy of a claim whose attempt has ended is refused, and writes nothing",
    run: async (ctx) => {
      for (const stage of ["failed", "released", "completed"] as const) {
        const { id, request } = await ctx.staged(stage);
        const before = await ctx.read(id);

        claimIs(await ctx.claim(request), "refused", `a late copy of a claim that has ${stage}`);
        claimIs(
          await ctx.claim({ ...request, fingerprint: '{"h":"other"}', noTakeover: true }),
          "refused",
          `a late copy with another fingerprint, of a claim that has ${stage}`,
        );

        unchanged(await ctx.read(id), before, `after a late copy of a claim that has ${stage}`);
      }
    },
  },
  {
    id: "P4-late-copy",
    says: "a late copy of an old claim cannot give the record back to the zombie that sent it",
    needs: ["age"],
    run: async (ctx) => {
      const zombie = await ctx.win();
      await ctx.lapse(zombie.id);
      await ctx.win({ id: zombie.id });
      claimIs(await ctx.claim(zombie.request), "busy", "the late copy while the new owner is live");
      await ctx.lapse(zombie.id);
      const late = claimIs(
        await ctx.claim(zombie.request),
        "won",
        "the late copy after the new owner died too",
      );
      equal([late.verdict, late.fence], ["takeover", 3], "the late copy is a claim of its own");

      // The token is the record's again; only the fence still tells the zombie from whoever the copy was answered to.
      const change = { set: { charge: done("1") } };
      writtenIs(await ctx.renew(zombie.owner), "fenced", "the zombie's renew");
      writtenIs(await ctx.checkpoint(zombie.owner, change), "fenced", "the zombie's checkpoint");
      writtenIs(await ctx.fail(zombie.owner), "fenced", "the zombie's fail");
      writtenIs(await ctx.complete(zombie.owner, '"zombie"'), "fenced", "the zombie's complete");

      recordHas(await ctx.read(zombie.id), { state: "claimed", fence: 3, steps: {} }, "afterwards");
    },
  },
  {
    id: "P4-late-completion",
    says: "an old owner's late copies of complete and fail after a rerun of its key are fenced",
    run: async (ctx) => {
      const { id, owner } = await ctx.staged("completed");
      equal(await ctx.store.rerun([id]), [true], "the rerun");
      const second = await ctx.win({ id });

      writtenIs(await ctx.complete(owner, '"one"'), "fenced", "the old owner's complete");
      writtenIs(await ctx.fail(owner), "fenced", "the old owner's fail");

      recordHas(await ctx.read(id), { state: "claimed", token: second.request.token }, "afterwards");
    },
  },
];
