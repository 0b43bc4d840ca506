/** What an operator does: resolve a doubt, run again, forget. */

import type { Resolved } from "@effectively-once/runtime/store";
import { claimIs, equal, ok, recordHas, unchanged, writtenIs } from "../check.ts";
import { type Attempt, done, intent, RUN_MS, type VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

/** A key in doubt that a claim has met: the owner is dead, `heldAt` is set. */
async function held(ctx: VectorContext, step = "mail"): Promise<Attempt> {
  const attempt = await ctx.doubtful(step);
  claimIs(await ctx.claim(ctx.request({ id: attempt.id })), "in-doubt", "a claim over the doubt");
  return attempt;
}

function resolvedIs(resolved: Resolved, kind: Resolved["kind"], what: string): void {
  equal(resolved.kind, kind, what);
}

export const operatorVectors: readonly Vector[] = [
  {
    id: "P10-resolve-done",
    says: "resolve as done makes the step done with its value, clears the owner, and the key is retried",
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await held(ctx);
      const before = await ctx.read(id);

      const resolved = await ctx.store.resolve({ id, step: "mail", as: { done: true, value: '"sent"' } });

      resolvedIs(resolved, "resolved", "the resolution");
      const after = await ctx.read(id);
      recordHas(
        after,
        { state: "failed", token: "", heldAtMs: before.heldAtMs, attempts: 1, fence: 1 },
        "afterwards",
      );
      ok(after.rev > before.rev, "a resolution moves rev on");
      ok(after.expiresAtMs !== undefined, "a record without a doubt expires again");
      const { won } = await ctx.win({ id });
      const { mail } = won.steps;
      equal(
        [won.verdict, mail?.state, mail?.value, mail?.open],
        ["retry", "done", '"sent"', undefined],
        "the retry",
      );
    },
  },
  {
    id: "P10-resolve-no-value",
    says: "resolve as done without a value leaves a done step without one",
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await held(ctx);

      resolvedIs(
        await ctx.store.resolve({ id, step: "mail", as: { done: true } }),
        "resolved",
        "the resolution",
      );

      const { mail } = (await ctx.read(id)).steps;
      equal([mail?.state, mail?.value, mail?.kind], ["done", undefined, "plain"], "the step");
    },
  },
  {
    id: "P10-too-early",
    says: "resolve as not done is too early while the owner's function may live, unless it is forced",
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await held(ctx);
      const before = await ctx.read(id);

      const early = await ctx.store.resolve({ id, step: "mail", as: { done: false } });

      equal(early, { kind: "too-early", runUntilMs: before.runUntilMs }, "the first resolution");
      unchanged(await ctx.read(id), before, "after a resolution that came too early");
      const forced = await ctx.store.resolve({ id, step: "mail", as: { done: false }, force: true });
      resolvedIs(forced, "resolved", "the forced resolution");
      recordHas(await ctx.read(id), { state: "failed", token: "", steps: {} }, "afterwards");
    },
  },
  {
    id: "P10-not-done",
    says: "resolve as not done after the owner's run end clears the intent, and the key is retried",
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await held(ctx);
      await ctx.age(id, RUN_MS);

      const resolved = await ctx.store.resolve({ id, step: "mail", as: { done: false } });

      resolvedIs(resolved, "resolved", "the resolution");
      const { won } = await ctx.win({ id });
      equal([won.verdict, won.steps, won.attempts], ["retry", {}, 2], "the retry");
    },
  },
  {
    id: "P10-resolve-other-steps",
    says: "resolving one of two doubts leaves the other: still in-doubt, still without expiry, then resolved too",
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: intent("plain"), fax: intent("plain"), charge: done("1") });
      await ctx.lapse(id);
      claimIs(await ctx.claim(ctx.request({ id })), "in-doubt", "a claim");

      resolvedIs(await ctx.store.resolve({ id, step: "mail", as: { done: true } }), "resolved", "the first");

      recordHas(await ctx.read(id), { expiresAtMs: undefined }, "with one doubt left");
      const doubt = claimIs(await ctx.claim(ctx.request({ id })), "in-doubt", "a claim over the other");
      equal(doubt.steps, ["fax"], "the steps still in doubt");
      resolvedIs(await ctx.store.resolve({ id, step: "fax", as: { done: true } }), "resolved", "the second");
      equal(
        Object.keys((await ctx.win({ id })).won.steps).sort(),
        ["charge", "fax", "mail"],
        "the retry's steps",
      );
    },
  },
  {
    id: "P10-resolve-handler",
    says: "resolving the handler's own doubt as done completes the key: duplicate from then on, and it expires",
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      writtenIs(
        await ctx.fail(owner, { set: { "(handler)": intent("handler", true) } }),
        "written",
        "the fail",
      );

      const resolved = await ctx.store.resolve({
        id,
        step: "(handler)",
        as: { done: true, value: '"by hand"' },
      });

      resolvedIs(resolved, "resolved", "the resolution");
      const duplicate = claimIs(await ctx.claim(ctx.request({ id })), "duplicate", "the next delivery");
      equal(duplicate.result, '"by hand"', "its result");
      const record = await ctx.read(id);
      recordHas(record, { state: "completed", steps: {}, heldAtMs: undefined }, "afterwards");
      ok(record.expiresAtMs !== undefined, "a completed record expires");
    },
  },
  {
    id: "P10-not-held",
    says: "resolve needs an open intent that somebody met, and a record",
    needs: ["age"],
    run: async (ctx) => {
      const unmet = await ctx.doubtful("mail");
      const { id } = await held(ctx);
      const completed = await ctx.staged("completed");
      const before = await ctx.read(unmet.id);
      const ask = (record: string, step: string): Promise<Resolved> =>
        ctx.store.resolve({ id: record, step, as: { done: true }, force: true });

      resolvedIs(await ask(unmet.id, "mail"), "not-held", "a doubt that nobody met");
      resolvedIs(await ask(id, "other"), "not-held", "a step that is not there");
      resolvedIs(await ask(id, "constructor"), "not-held", "a step named like a property of objects");
      resolvedIs(await ask(completed.id, "mail"), "not-held", "a completed record");
      resolvedIs(await ask(ctx.id(), "mail"), "not-found", "a key that is not there");

      unchanged(await ctx.read(unmet.id), before, "after a resolution that was refused");
    },
  },
  {
    id: "A-13",
    says: "rerun takes completed records only: a retry with the next generation, fence kept, steps and result gone",
    run: async (ctx) => {
      const completed = await ctx.staged("completed");
      const failed = await ctx.staged("failed");
      const claimed = await ctx.staged("claimed");
      const others = [await ctx.read(failed.id), await ctx.read(claimed.id)];

      const reran = await ctx.store.rerun([failed.id, completed.id, claimed.id, ctx.id()]);

      equal(reran, [false, true, false, false], "rerun of failed, completed, claimed, missing");
      recordHas(
        await ctx.read(completed.id),
        { state: "failed", token: "", generation: 1, steps: {}, result: undefined, fence: 1, attempts: 1 },
        "after a rerun",
      );
      for (const record of others)
        unchanged(await ctx.read(record.id), record, "a record that was not completed");
      const { won, owner } = await ctx.win({ id: completed.id });
      equal(
        [won.verdict, won.generation, won.fence, won.attempts],
        ["retry", 1, 2, 2],
        "the claim after a rerun",
      );
      writtenIs(await ctx.complete(owner), "written", "its complete");
      equal(await ctx.store.rerun([completed.id]), [true], "a second rerun");
      equal((await ctx.win({ id: completed.id })).won.generation, 2, "the generation after it");
    },
  },
  {
    id: "A-13-late",
    says: "the old owner's late copies after a rerun are fenced, and a late copy of its claim is a claim of its own",
    scenarios: ["A-13"],
    run: async (ctx) => {
      const { id, owner } = await ctx.staged("completed");
      await ctx.store.rerun([id]);

      writtenIs(await ctx.complete(owner, '"one"'), "fenced", "the late complete");
      writtenIs(await ctx.renew(owner), "fenced", "the late renew");

      recordHas(await ctx.read(id), { state: "failed", result: undefined }, "afterwards");
    },
  },
  {
    id: "A-13-forget",
    says: "forget removes records, and the next claim is first; forgetting what is not there does no harm",
    run: async (ctx) => {
      const one = await ctx.staged("completed");
      const two = await ctx.staged("claimed");
      const kept = await ctx.staged("completed");

      await ctx.store.forget([one.id, ctx.id(), two.id]);

      const found = (await ctx.store.read([one.id, two.id, kept.id])).map((record) => record?.id);
      equal(found, [undefined, undefined, kept.id], "what read finds");
      const { won } = await ctx.win({ id: one.id });
      equal([won.verdict, won.fence, won.attempts], ["first", 1, 1], "the next claim");
    },
  },
];
