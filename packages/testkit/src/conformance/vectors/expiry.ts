/** P1: how long a record lives. Expired is absent by the store's own comparison, whatever a TTL job has done. */

import { claimIs, equal, ok, recordHas, writtenIs } from "../check.ts";
import { done, HOUR_MS, intent, LEASE_MS, RETENTION_MS } from "../context.ts";
import type { Vector } from "../vector.ts";

const TEN_YEARS_MS = 10 * 365 * 24 * HOUR_MS;

export const expiryVectors: readonly Vector[] = [
  {
    id: "D-12",
    says: "an expired record is absent: won as first with nothing of the old one left, in every state",
    scenarios: ["A-12"],
    needs: ["age"],
    run: async (ctx) => {
      for (const stage of ["claimed", "failed", "released", "completed"] as const) {
        const old = await ctx.staged(stage, { fingerprint: '{"h":"old"}' });
        await ctx.age(old.id, RETENTION_MS + HOUR_MS);
        const request = ctx.request({
          id: old.id,
          fingerprint: '{"h":"new"}',
          messageId: "new",
          correlationId: "chain-new",
          functionName: "new",
        });

        const won = claimIs(await ctx.claim(request), "won", `a claim over an expired ${stage} record`);

        equal([won.verdict, won.fence, won.attempts, won.generation], ["first", 1, 1, 0], "that claim");
        recordHas(
          await ctx.read(old.id),
          {
            state: "claimed",
            token: request.token,
            verdict: "first",
            attempts: 1,
            fence: 1,
            generation: 0,
            fingerprint: '{"h":"new"}',
            messageId: "new",
            correlationId: "chain-new",
            functionName: "new",
            firstAttemptAtMs: won.nowMs,
            heldAtMs: undefined,
            steps: {},
            result: undefined,
          },
          `after a claim over an expired ${stage} record`,
        );
      }
    },
  },
  {
    id: "D-12-steps",
    says: "an expired record's steps, generation and attempts are forgotten with it",
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.staged("completed");
      await ctx.store.rerun([id]);
      const second = await ctx.win({ id });
      await ctx.remember(second.owner, { charge: done("1") });
      await ctx.age(id, RETENTION_MS + HOUR_MS);

      const { won } = await ctx.win({ id });

      equal(
        [won.verdict, won.steps, won.generation, won.attempts],
        ["first", {}, 0, 1],
        "the claim after expiry",
      );
    },
  },
  {
    id: "D-12-race",
    says: "25 claims of an expired key: exactly one wins",
    scenarios: ["A-05"],
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.staged("completed");
      await ctx.age(id, RETENTION_MS + HOUR_MS);

      const claims = await Promise.all(
        Array.from({ length: 25 }, (_, index) =>
          ctx.claim(ctx.request({ id }), index % 2 === 0 ? ctx.store : ctx.peer),
        ),
      );

      const kinds = claims.map(({ kind }) => kind);
      equal(kinds.filter((kind) => kind === "won").length, 1, "claims won");
      equal(kinds.filter((kind) => kind === "busy").length, 24, "claims that are busy");
    },
  },
  {
    id: "P1-not-before",
    says: "a record lives until its retention is over: an hour before, it still answers",
    scenarios: ["A-03", "A-11"],
    needs: ["age"],
    run: async (ctx) => {
      const completed = await ctx.staged("completed");
      const failed = await ctx.staged("failed");
      const claimed = await ctx.staged("claimed");
      for (const { id } of [completed, failed, claimed]) await ctx.age(id, RETENTION_MS - HOUR_MS);

      claimIs(
        await ctx.claim(ctx.request({ id: completed.id })),
        "duplicate",
        "a completed record an hour before",
      );
      equal((await ctx.win({ id: failed.id })).won.verdict, "retry", "a failed record an hour before");
      equal((await ctx.win({ id: claimed.id })).won.verdict, "takeover", "a claimed record an hour before");
    },
  },
  {
    id: "P1-expires-at",
    says: "expiry counts from the write (for a claim: from its lease's end), by the retention of that write",
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner, won } = await ctx.win({ retentionMs: HOUR_MS });
      recordHas(await ctx.read(id), { expiresAtMs: won.leaseUntilMs + HOUR_MS }, "after the claim");
      await ctx.age(id, HOUR_MS / 2);

      writtenIs(await ctx.complete(owner, undefined, HOUR_MS), "written", "the complete");

      await ctx.age(id, HOUR_MS - 2 * LEASE_MS);
      claimIs(await ctx.claim(ctx.request({ id })), "duplicate", "just before an hour after the completion");
      await ctx.age(id, 4 * LEASE_MS);
      equal((await ctx.win({ id })).won.verdict, "first", "just after");
    },
  },
  {
    id: "P1-expires-after-lease",
    says: "a retention of nothing still leaves the record for its lease, and no longer",
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.win({ retentionMs: 0 });
      claimIs(await ctx.claim(ctx.request({ id })), "busy", "inside the lease");
      await ctx.lapse(id);

      const { won } = await ctx.win({ id });

      equal([won.verdict, won.fence], ["first", 1], "after the lease");
    },
  },
  {
    id: "D-13",
    says: "renew moves the expiry with the lease, so that no TTL job deletes a live claim",
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win({ retentionMs: 2 * LEASE_MS });
      const before = await ctx.read(id);

      writtenIs(await ctx.renew(owner, 10 * LEASE_MS, 2 * LEASE_MS), "written", "the renew");

      const after = await ctx.read(id);
      ok(after.leaseUntilMs > before.leaseUntilMs, "renew moves the lease");
      equal(after.expiresAtMs, after.leaseUntilMs + 2 * LEASE_MS, "the expiry follows the renewed lease");
      await ctx.age(id, 5 * LEASE_MS);
      claimIs(await ctx.claim(ctx.request({ id })), "busy", "past the old expiry, inside the renewed lease");
    },
  },
  {
    id: "P1-open-never",
    says: "a record with an open intent never expires, however it was left behind",
    needs: ["age"],
    run: async (ctx) => {
      const claimed = await ctx.win();
      await ctx.remember(claimed.owner, { mail: intent("plain") });
      const renewed = await ctx.win();
      await ctx.remember(renewed.owner, { mail: intent("plain") });
      writtenIs(await ctx.renew(renewed.owner), "written", "a renew over an open intent");
      const failed = await ctx.win();
      await ctx.remember(failed.owner, { mail: intent("plain") });
      writtenIs(await ctx.fail(failed.owner), "written", "a fail over an open intent");
      const released = await ctx.win();
      await ctx.remember(released.owner, { mail: intent("plain") });
      writtenIs(await ctx.release(released.owner), "written", "a release over an open intent");
      const again = await ctx.win();
      await ctx.remember(again.owner, { mail: intent("plain") });
      claimIs(await ctx.claim(again.request), "won", "the own claim asked again over an open intent");

      for (const { id } of [claimed, renewed, failed, released, again]) {
        recordHas(await ctx.read(id), { expiresAtMs: undefined }, "with an open intent");
        await ctx.age(id, TEN_YEARS_MS);
        claimIs(await ctx.claim(ctx.request({ id })), "in-doubt", "ten years later");
      }
    },
  },
  {
    id: "P1-closed-again",
    says: "a record whose open intent is done or cleared expires again",
    needs: ["age"],
    run: async (ctx) => {
      for (const change of [{ set: { mail: done("1", "plain") } }, { clear: ["mail"] }]) {
        const { id, owner } = await ctx.win();
        await ctx.remember(owner, { mail: intent("plain") });

        writtenIs(await ctx.checkpoint(owner, change), "written", "the checkpoint");

        ok((await ctx.read(id)).expiresAtMs !== undefined, "the record has an expiry again");
        await ctx.age(id, RETENTION_MS + HOUR_MS);
        equal((await ctx.win({ id })).won.verdict, "first", "after its expiry");
      }
    },
  },
  {
    id: "P1-checkpoint-lives",
    says: "a checkpoint does not shorten the record's life to less than its lease and retention",
    run: async (ctx) => {
      const { id, owner, won } = await ctx.win();

      await ctx.remember(owner, { charge: done("1") });

      const { expiresAtMs } = await ctx.read(id);
      ok(
        expiresAtMs !== undefined && expiresAtMs >= won.leaseUntilMs + RETENTION_MS,
        `the expiry is not before the lease's end plus the retention, got ${expiresAtMs}`,
      );
    },
  },
];
