/** P3: one call, many keys; every item has its own answer, in the order asked. */

import type { Claim, ClaimRequest } from "@effectively-once/runtime/store";
import { claimIs, equal, recordHas } from "../check.ts";
import { type Attempt, done, HOUR_MS, intent, RETENTION_MS, type VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

/** Claims in as few calls as the store's `maxBatch` allows, answers in the order asked. */
async function claimAll(ctx: VectorContext, requests: readonly ClaimRequest[]): Promise<readonly Claim[]> {
  const answers: Claim[] = [];
  const { maxBatch } = ctx.store.traits;
  for (let at = 0; at < requests.length; at += maxBatch)
    answers.push(...(await ctx.store.claim(requests.slice(at, at + maxBatch))));
  return answers;
}

async function winAll(ctx: VectorContext, count: number): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (let index = 0; index < count; index += 1) attempts.push(await ctx.win());
  return attempts.sort((a, b) => (a.id < b.id ? -1 : 1));
}

function few(ctx: VectorContext): number {
  return Math.min(10, ctx.store.traits.maxBatch);
}

/** Each way a claim can be answered, as a request and a short text of its answer. */
async function everyOutcome(ctx: VectorContext): Promise<readonly (readonly [ClaimRequest, string])[]> {
  const completed = await ctx.staged("completed");
  const late = await ctx.staged("failed");
  const mine = await ctx.staged("claimed");
  const other = ctx.request({ id: (await ctx.staged("failed")).id, fingerprint: '{"h":"other"}' });
  const over = async (id: Promise<Attempt>, changes: Partial<ClaimRequest> = {}): Promise<ClaimRequest> =>
    ctx.request({ id: (await id).id, ...changes });
  return [
    [ctx.request(), "won first 1"],
    [ctx.request({ id: completed.id }), "duplicate"],
    [await over(ctx.staged("claimed")), "busy"],
    [await over(ctx.staged("lapsed"), { noTakeover: true }), "lapsed"],
    [await over(ctx.staged("lapsed")), "won takeover 2"],
    [await over(ctx.staged("failed")), "won retry 2"],
    [await over(ctx.staged("released")), "won first 1"],
    [other, "mismatch"],
    [await over(ctx.doubtful()), "in-doubt"],
    [late.request, "refused"],
    [mine.request, "won first 1"],
    [ctx.request(), "won first 1"],
  ];
}

function short(claim: Claim): string {
  return claim.kind === "won" ? `won ${claim.verdict} ${claim.attempts}` : claim.kind;
}

export const batchVectors: readonly Vector[] = [
  {
    id: "P3-mixed-claims",
    says: "a batch with every outcome in it answers each key by itself, in the order asked",
    scenarios: ["E-01"],
    needs: ["age"],
    run: async (ctx) => {
      const outcomes = await everyOutcome(ctx);

      const claims = await claimAll(
        ctx,
        outcomes.map(([request]) => request),
      );

      equal(
        claims.map(short),
        outcomes.map(([, expected]) => expected),
        "the answers in order",
      );
    },
  },
  {
    id: "P3-mixed-claims-reversed",
    says: "the same batch the other way round gives the same answers the other way round",
    scenarios: ["E-01"],
    needs: ["age"],
    run: async (ctx) => {
      const outcomes = [...(await everyOutcome(ctx))].sort(([a], [b]) => (a.id < b.id ? 1 : -1));

      const claims = await claimAll(
        ctx,
        outcomes.map(([request]) => request),
      );

      equal(
        claims.map(short),
        outcomes.map(([, expected]) => expected),
        "the answers in order",
      );
    },
  },
  {
    id: "P3-claim-order",
    says: "claims in a batch are answered in the order asked, whatever the order of their keys",
    run: async (ctx) => {
      const keys = [...ctx.requests(few(ctx))].sort((a, b) => (a.id < b.id ? 1 : -1));
      const requests = keys.map((request, index) => ({ ...request, leaseMs: 60_000 + 1_000 * index }));

      const claims = await ctx.store.claim(requests);

      const leases = claims.map((claim) => {
        const won = claimIs(claim, "won", "a claim of a fresh key");
        return won.leaseUntilMs - won.nowMs;
      });
      equal(
        leases,
        requests.map((request) => request.leaseMs),
        "each answer's own lease",
      );
    },
  },
  {
    id: "P3-mixed-writes",
    says: "a fenced item of a batch keeps no other item from being written, and answers come in the order asked",
    scenarios: ["E-01"],
    run: async (ctx) => {
      const attempts = [...(await winAll(ctx, Math.min(6, ctx.store.traits.maxBatch)))].reverse();
      const expected = attempts.map((_attempt, index) => (index % 2 === 0 ? "written" : "fenced"));
      const items = attempts.map(({ owner }, index) => ({
        ...owner,
        ...(index % 2 === 0 ? {} : { token: ctx.request().token }),
        retentionMs: RETENTION_MS,
      }));

      const kinds = async (
        written: Promise<readonly { readonly kind: string }[]>,
      ): Promise<readonly string[]> => (await written).map(({ kind }) => kind);
      const renewed = await kinds(ctx.store.renew(items.map((item) => ({ ...item, leaseMs: HOUR_MS }))));
      const change = { set: { charge: done("1") } };
      const checkpointed = await kinds(ctx.store.checkpoint(items.map((item) => ({ ...item, change }))));
      const completed = await kinds(ctx.store.complete(items));

      equal(
        [renewed, checkpointed, completed],
        [expected, expected, expected],
        "renew, checkpoint, complete",
      );
      const states = (await ctx.store.read(attempts.map(({ id }) => id))).map((record) => record?.state);
      equal(
        states,
        expected.map((kind) => (kind === "written" ? "completed" : "claimed")),
        "the states afterwards",
      );
    },
  },
  {
    id: "P3-mixed-ends",
    says: "fail and release of a batch answer each key by itself too, a missing record among them",
    run: async (ctx) => {
      const attempts = await winAll(ctx, Math.min(3, ctx.store.traits.maxBatch));
      const gone = attempts[1];
      if (gone) await ctx.store.forget([gone.id]);
      const items = attempts.map(({ owner }) => ({ ...owner, retentionMs: RETENTION_MS }));

      const failed = await ctx.store.fail(items);
      const released = await ctx.store.release(
        items.map(({ id, token, retentionMs }) => ({ id, token, retentionMs })),
      );

      const expected = attempts.map((attempt) => (attempt === gone ? "fenced" : "written"));
      equal(
        failed.map(({ kind }) => kind),
        expected,
        "fail",
      );
      equal(
        released.map(({ kind }) => kind),
        attempts.map(() => "fenced"),
        "release after fail",
      );
    },
  },
  {
    id: "P3-own-values",
    says: "each completion of a batch stores its own result, each checkpoint its own steps",
    run: async (ctx) => {
      const attempts = [...(await winAll(ctx, few(ctx)))].reverse();
      await ctx.store.checkpoint(
        attempts.map(({ owner, id }) => ({
          ...owner,
          retentionMs: RETENTION_MS,
          change: { set: { [`step-${id.slice(0, 8)}`]: done(JSON.stringify(id)) } },
        })),
      );
      const steps = (await ctx.store.read(attempts.map(({ id }) => id))).map((record) => record?.steps);
      const expected = attempts.map(({ id }) => ({ [`step-${id.slice(0, 8)}`]: done(JSON.stringify(id)) }));
      equal(steps, expected, "each record's own steps");

      await ctx.store.complete(
        attempts.map(({ owner, id }) => ({
          ...owner,
          retentionMs: RETENTION_MS,
          result: JSON.stringify(id),
        })),
      );

      const claims = await ctx.store.claim(attempts.map(({ id }) => ctx.request({ id })));
      equal(
        claims.map((claim) => claimIs(claim, "duplicate", "a claim of a completed key").result),
        attempts.map(({ id }) => JSON.stringify(id)),
        "each key's own result",
      );
    },
  },
  {
    id: "P3-empty",
    says: "an empty batch answers nothing and is no error",
    run: async (ctx) => {
      const { store } = ctx;

      const answers = [
        await store.claim([]),
        await store.complete([]),
        await store.fail([]),
        await store.release([]),
        await store.renew([]),
        await store.checkpoint([]),
        await store.read([]),
        await store.rerun([]),
      ];
      await store.forget([]);

      equal(answers, [[], [], [], [], [], [], [], []], "answers to empty batches");
    },
  },
  {
    id: "P3-max-batch",
    says: "a batch of traits.maxBatch keys is taken whole",
    run: async (ctx) => {
      const count = Math.min(ctx.store.traits.maxBatch, 1_000);
      const requests = ctx.requests(count);

      const claims = await ctx.store.claim(requests);
      const written = await ctx.store.complete(
        requests.map(({ id, token }) => ({ id, token, fence: 1, retentionMs: RETENTION_MS })),
      );

      equal(claims.filter(({ kind }) => kind === "won").length, count, "claims won");
      equal(written.filter(({ kind }) => kind === "written").length, count, "completions written");
    },
  },
  {
    id: "P3-read-order",
    says: "read answers in the order asked, with undefined for a key that is not there",
    run: async (ctx) => {
      const [one, two] = [await ctx.win(), await ctx.win()];

      const records = await ctx.store.read([two.id, ctx.id(), one.id]);

      equal(
        records.map((record) => record?.id),
        [two.id, undefined, one.id],
        "the ids that were read",
      );
    },
  },
  {
    id: "P3-doubts",
    says: "two doubts in one batch are both marked held",
    needs: ["age"],
    run: async (ctx) => {
      const doubts = [await ctx.doubtful("mail"), await ctx.doubtful("charge")];

      const claims = await claimAll(
        ctx,
        doubts.map(({ id }) => ctx.request({ id })),
      );

      const answers = claims.map((claim) => claimIs(claim, "in-doubt", "a claim over a doubt"));
      equal(
        answers.map(({ steps }) => steps),
        [["mail"], ["charge"]],
        "the steps in doubt",
      );
      for (const [index, { id }] of doubts.entries())
        recordHas(
          await ctx.read(id),
          { heldAtMs: answers[index]?.heldAtMs, steps: doubtSteps(answers[index]?.steps) },
          "afterwards",
        );
    },
  },
];

function doubtSteps(names: readonly string[] = []): Readonly<Record<string, ReturnType<typeof intent>>> {
  return Object.fromEntries(names.map((name) => [name, intent("plain")]));
}
