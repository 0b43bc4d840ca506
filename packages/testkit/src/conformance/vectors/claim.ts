/** P2: who may start an attempt, row by row, and what the record says afterwards. */

import { claimIs, equal, ok, recordHas, unchanged, writtenIs } from "../check.ts";
import { done, intent, LEASE_MS, RETENTION_MS, RUN_MS } from "../context.ts";
import type { Vector } from "../vector.ts";

export const claimVectors: readonly Vector[] = [
  {
    id: "P2-absent",
    says: "a key that was never seen is won as first, with fence 1 and one attempt",
    scenarios: ["A-08"],
    run: async (ctx) => {
      const { id, request, won } = await ctx.win();

      equal([won.verdict, won.fence, won.attempts, won.generation], ["first", 1, 1, 0], "a first claim");
      equal(won.steps, {}, "a first claim's steps");
      equal(won.leaseUntilMs - won.nowMs, LEASE_MS, "the lease that was asked for");
      equal(won.firstAttemptAtMs, won.nowMs, "a first claim's firstAttemptAt");
      recordHas(
        await ctx.read(id),
        {
          id,
          version: 1,
          scope: request.scope,
          label: request.label,
          state: "claimed",
          token: request.token,
          fence: 1,
          attempts: 1,
          leaseUntilMs: won.leaseUntilMs,
          runUntilMs: won.nowMs + RUN_MS,
          expiresAtMs: won.leaseUntilMs + RETENTION_MS,
          fingerprint: request.fingerprint,
          messageId: request.messageId,
          functionName: request.functionName,
          correlationId: request.correlationId,
          generation: 0,
          verdict: "first",
          firstAttemptAtMs: won.nowMs,
          heldAtMs: undefined,
          steps: {},
          result: undefined,
        },
        "after a first claim",
      );
    },
  },
  {
    id: "P2-busy",
    says: "a claim while another lease is live is busy, says until when, and writes nothing",
    scenarios: ["A-01", "A-08"],
    run: async (ctx) => {
      const { id, request, won } = await ctx.win({ messageId: "message-of-the-owner" });
      const before = await ctx.read(id);

      const busy = claimIs(await ctx.claim(ctx.request({ id })), "busy", "a claim against a live lease");

      equal(busy.leaseUntilMs, won.leaseUntilMs, "busy's leaseUntil");
      equal(busy.runUntilMs, before.runUntilMs, "busy's runUntil");
      equal(busy.messageId, request.messageId, "busy's messageId is the owner's");
      ok(busy.nowMs >= won.nowMs && busy.nowMs < busy.leaseUntilMs, "busy's now lies inside the lease");
      unchanged(await ctx.read(id), before, "after a busy claim");
    },
  },
  {
    id: "P2-duplicate",
    says: "a claim of a completed key is duplicate, with the stored result and its origin, and writes nothing",
    scenarios: ["A-03", "A-08", "A-11"],
    run: async (ctx) => {
      const { id } = await ctx.staged("completed", { messageId: "message-1", functionName: "orders" });
      const before = await ctx.read(id);

      const claim = await ctx.claim(ctx.request({ id, messageId: "message-2", functionName: "other" }));

      equal(
        { ...claimIs(claim, "duplicate", "a claim of a completed key") },
        { kind: "duplicate", messageId: "message-1", functionName: "orders", result: '"one"' },
        "a duplicate's answer",
      );
      unchanged(await ctx.read(id), before, "after a duplicate");
    },
  },
  {
    id: "P2-retry",
    says: "a failed key is won as retry: one fence and one attempt more, first attempt's time and steps kept",
    scenarios: ["A-08", "B-08", "E-08"],
    run: async (ctx) => {
      const first = await ctx.win();
      await ctx.remember(first.owner, { charge: done('"ch_1"') });
      writtenIs(await ctx.fail(first.owner), "written", "the owner's fail");
      const request = ctx.request({
        id: first.id,
        messageId: "message-2",
        functionName: "orders-v2",
        correlationId: "chain-2",
      });

      const won = claimIs(await ctx.claim(request), "won", "a claim after a failure");

      equal([won.verdict, won.fence, won.attempts], ["retry", 2, 2], "the retry");
      equal(won.firstAttemptAtMs, first.won.firstAttemptAtMs, "a retry's firstAttemptAt");
      equal(won.steps, { charge: done('"ch_1"') }, "a retry's steps");
      recordHas(
        await ctx.read(first.id),
        {
          state: "claimed",
          token: request.token,
          fence: 2,
          attempts: 2,
          verdict: "retry",
          messageId: "message-2",
          correlationId: "chain-2",
          functionName: "orders-v2",
          firstAttemptAtMs: first.won.firstAttemptAtMs,
        },
        "after a retry was won",
      );
    },
  },
  {
    id: "P2-takeover",
    says: "a claim whose lease is over is won as takeover: one fence and one attempt more, steps kept",
    scenarios: ["A-08", "B-02", "B-11"],
    needs: ["age"],
    run: async (ctx) => {
      const first = await ctx.win();
      await ctx.remember(first.owner, { charge: done('"ch_1"') });
      await ctx.lapse(first.id);
      const request = ctx.request({ id: first.id });

      const won = claimIs(await ctx.claim(request), "won", "a claim after the lease ran out");

      equal([won.verdict, won.fence, won.attempts], ["takeover", 2, 2], "the takeover");
      equal(won.firstAttemptAtMs, first.won.firstAttemptAtMs, "a takeover's firstAttemptAt");
      equal(won.steps, { charge: done('"ch_1"') }, "a takeover's steps");
      recordHas(
        await ctx.read(first.id),
        { state: "claimed", token: request.token, fence: 2, attempts: 2, verdict: "takeover" },
        "after a takeover was won",
      );
    },
  },
  {
    id: "P2-released",
    says: "a released key is won with the verdict that the released claim had",
    scenarios: ["C-13"],
    needs: ["age"],
    run: async (ctx) => {
      const first = await ctx.staged("released");
      const retry = await ctx.staged("failed");
      const second = await ctx.win({ id: retry.id });
      writtenIs(await ctx.release(second.owner), "written", "the retry's release");
      const lapsed = await ctx.staged("lapsed");
      const third = await ctx.win({ id: lapsed.id });
      writtenIs(await ctx.release(third.owner), "written", "the takeover's release");

      const verdicts = [first, retry, lapsed].map(async ({ id }) => {
        const { won } = await ctx.win({ id });
        return [won.verdict, won.fence, won.attempts];
      });

      equal(
        await Promise.all(verdicts),
        [
          ["first", 2, 1],
          ["retry", 3, 2],
          ["takeover", 3, 2],
        ],
        "verdict, fence and attempts after a release",
      );
    },
  },
  {
    id: "P2-mismatch",
    says: "another fingerprint is mismatch in every state, before any other answer, and writes nothing",
    scenarios: ["A-07"],
    needs: ["age"],
    run: async (ctx) => {
      for (const stage of ["claimed", "lapsed", "failed", "released", "completed"] as const) {
        const { id } = await ctx.staged(stage, { fingerprint: '{"h":"one"}', messageId: "message-1" });
        const before = await ctx.read(id);

        const claim = await ctx.claim(ctx.request({ id, fingerprint: '{"h":"two"}', noTakeover: true }));

        const mismatch = claimIs(claim, "mismatch", `another fingerprint over a ${stage} record`);
        equal(mismatch.fingerprint, '{"h":"one"}', "a mismatch's fingerprint is the record's");
        equal(mismatch.messageId, "message-1", "a mismatch's messageId is the record's");
        unchanged(await ctx.read(id), before, `after a mismatch over a ${stage} record`);
      }
    },
  },
  {
    id: "P2-mismatch-before-doubt",
    says: "another fingerprint over an open intent is mismatch, and the record is not marked held",
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.doubtful("charge", { fingerprint: '{"h":"one"}' });

      const claim = await ctx.claim(ctx.request({ id, fingerprint: '{"h":"two"}' }));

      claimIs(claim, "mismatch", "another fingerprint over an open intent");
      recordHas(await ctx.read(id), { heldAtMs: undefined }, "after that mismatch");
    },
  },
  {
    id: "P2-no-fingerprint",
    says: "a request without a fingerprint matches any record, and does not erase the record's fingerprint",
    run: async (ctx) => {
      const { id } = await ctx.staged("failed", { fingerprint: '{"h":"one"}' });
      const bare = await ctx.staged("failed", { fingerprint: undefined });

      const { won } = await ctx.win({ id, fingerprint: undefined });
      const first = await ctx.win({ id: bare.id, fingerprint: '{"h":"two"}' });

      equal(
        [won.verdict, first.won.verdict],
        ["retry", "retry"],
        "claims with a fingerprint on one side only",
      );
      recordHas(await ctx.read(id), { fingerprint: '{"h":"one"}' }, "after a claim without a fingerprint");
    },
  },
  {
    id: "P2-in-doubt",
    says: "an open plain intent of a dead attempt is in-doubt, names its steps, and keeps the owner",
    scenarios: ["B-05"],
    needs: ["age"],
    run: async (ctx) => {
      const { id, request, owner } = await ctx.win({ messageId: "message-1" });
      await ctx.remember(owner, { mail: intent("plain"), charge: intent("keyed"), note: done("1") });
      await ctx.lapse(id);

      const doubt = claimIs(await ctx.claim(ctx.request({ id })), "in-doubt", "a claim over an open intent");

      equal(doubt.steps, ["mail"], "the steps in doubt");
      equal(doubt.messageId, "message-1", "in-doubt's messageId is the record's");
      recordHas(
        await ctx.read(id),
        { state: "claimed", token: request.token, fence: 1, attempts: 1, heldAtMs: doubt.heldAtMs },
        "after a claim that was in doubt",
      );
    },
  },
  {
    id: "P2-held-once",
    says: "heldAt is written by the first claim that meets the doubt, and by no later one",
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.doubtful();
      const first = claimIs(await ctx.claim(ctx.request({ id })), "in-doubt", "the first claim in doubt");
      const before = await ctx.read(id);
      await ctx.age(id, LEASE_MS);
      const aged = await ctx.read(id);

      const second = claimIs(await ctx.claim(ctx.request({ id })), "in-doubt", "the second claim in doubt");

      equal(second.heldAtMs, first.heldAtMs, "the second answer's heldAt");
      const after = await ctx.read(id);
      equal(after.heldAtMs, before.heldAtMs, "the record's heldAt after the second claim");
      unchanged(after, aged, "after the second claim in doubt");
    },
  },
  {
    id: "P2-busy-before-doubt",
    says: "an open intent under a live lease is busy: its owner is still at work",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: intent("plain") });

      claimIs(await ctx.claim(ctx.request({ id })), "busy", "a claim over an open intent under a live lease");

      recordHas(await ctx.read(id), { heldAtMs: undefined }, "after that claim");
    },
  },
  {
    id: "P2-doubt-before-retry",
    says: "an open intent that a failure or a release left behind is in-doubt, not retried",
    run: async (ctx) => {
      const failed = await ctx.win();
      const permanent = { "(handler)": intent("handler", true) };
      writtenIs(await ctx.fail(failed.owner, { set: permanent }), "written", "a fail that leaves a doubt");
      const released = await ctx.win();
      await ctx.remember(released.owner, { mail: intent("plain") });
      writtenIs(await ctx.release(released.owner), "written", "a release that leaves a doubt");

      const answers = await Promise.all([failed, released].map(({ id }) => ctx.claim(ctx.request({ id }))));

      equal(
        answers.map((answer) => claimIs(answer, "in-doubt", "a claim over the doubt that was left").steps),
        [["(handler)"], ["mail"]],
        "the steps in doubt",
      );
    },
  },
  {
    id: "P2-doubt-before-lapsed",
    says: "an open intent is in-doubt also for a request that wants no takeover",
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.doubtful();

      claimIs(await ctx.claim(ctx.request({ id, noTakeover: true })), "in-doubt", "a claim with noTakeover");
    },
  },
];
