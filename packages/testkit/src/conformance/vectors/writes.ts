/** P4: each write × who asks × the state that the record is in. */

import type { Owner, State, StoredRecord, Written } from "@effectively-once/runtime/store";
import { equal, ok, recordHas, unchanged, writtenIs } from "../check.ts";
import { done, LEASE_MS, RETENTION_MS, type Stage, type VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

interface Op {
  readonly name: "complete" | "fail" | "release" | "renew" | "checkpoint";
  readonly ask: (ctx: VectorContext, owner: Owner) => Promise<Written>;
  /** The state after it, asked by the owner of a live claim. */
  readonly gives: State;
  /** What the owner is answered when it has ended the record already; nothing is written then. */
  readonly ended: Readonly<Record<"failed" | "released" | "completed", Written["kind"]>>;
  /** Fields that it changes besides `state` and `rev`. */
  readonly changes: readonly (keyof StoredRecord)[];
}

const OPS: readonly Op[] = [
  {
    name: "complete",
    ask: (ctx, owner) => ctx.complete(owner, '"late"'),
    gives: "completed",
    ended: { failed: "fenced", released: "fenced", completed: "written" },
    changes: ["expiresAtMs", "result"],
  },
  {
    name: "fail",
    ask: (ctx, owner) => ctx.fail(owner),
    gives: "failed",
    ended: { failed: "written", released: "fenced", completed: "fenced" },
    changes: ["expiresAtMs"],
  },
  {
    name: "release",
    ask: (ctx, owner) => ctx.release(owner),
    gives: "released",
    ended: { failed: "fenced", released: "written", completed: "fenced" },
    changes: ["expiresAtMs", "attempts"],
  },
  {
    name: "renew",
    // A beat that races its own attempt's end is late, not fenced.
    ask: (ctx, owner) => ctx.renew(owner, 2 * LEASE_MS),
    gives: "claimed",
    ended: { failed: "written", released: "written", completed: "written" },
    changes: ["leaseUntilMs", "expiresAtMs"],
  },
  {
    name: "checkpoint",
    // "written" over an ended record would confirm an intent that is not there.
    ask: (ctx, owner) => ctx.checkpoint(owner, { set: { charge: done('"late"') } }),
    gives: "claimed",
    ended: { failed: "fenced", released: "fenced", completed: "fenced" },
    changes: ["steps", "expiresAtMs"],
  },
];

const ENDED = ["failed", "released", "completed"] as const;
const STAGES: readonly Stage[] = ["claimed", ...ENDED];

/** Asks as somebody else would, in every state, and nothing may come of it. */
async function fencedInEveryState(
  ctx: VectorContext,
  op: Op,
  who: string,
  as: (owner: Owner) => Owner,
): Promise<void> {
  for (const stage of STAGES) {
    const { id, owner } = await ctx.staged(stage);
    const before = await ctx.read(id);

    writtenIs(await op.ask(ctx, as(owner)), "fenced", `${op.name} by ${who} over a ${stage} record`);

    const after = await ctx.read(id);
    unchanged(after, before, `after ${op.name} by ${who} over a ${stage} record`);
  }
}

function vectorsOf(op: Op): readonly Vector[] {
  return [
    {
      id: `P4-${op.name}`,
      says: `${op.name} by the owner is written, and changes what it should and nothing else`,
      run: async (ctx) => {
        const { id, owner } = await ctx.win();
        const before = await ctx.read(id);

        writtenIs(await op.ask(ctx, owner), "written", `${op.name} by the owner`);

        const after = await ctx.read(id);
        recordHas(after, { state: op.gives }, `after ${op.name}`);
        unchanged(after, before, `after ${op.name}`, [...op.changes, "state", "rev"]);
      },
    },
    {
      id: `P4-${op.name}-lapsed`,
      says: `${op.name} is written over a lapsed lease that nobody took: it is still the owner's`,
      needs: ["age"],
      run: async (ctx) => {
        const { id, owner } = await ctx.staged("lapsed");

        writtenIs(await op.ask(ctx, owner), "written", `${op.name} by the owner of a lapsed lease`);

        recordHas(await ctx.read(id), { state: op.gives, fence: 1 }, `after ${op.name}`);
      },
    },
    {
      id: `P4-${op.name}-token`,
      says: `${op.name} by another token is fenced in every state and changes nothing`,
      scenarios: ["C-02", "C-03", "C-04"],
      run: (ctx) =>
        fencedInEveryState(ctx, op, "another token", (owner) => ({ ...owner, token: ctx.request().token })),
    },
    ...(op.name === "release"
      ? []
      : [
          {
            id: `P4-${op.name}-fence`,
            says: `${op.name} by the right token with another fence is fenced in every state and changes nothing`,
            run: async (ctx: VectorContext) => {
              await fencedInEveryState(ctx, op, "a later fence", (owner) => ({
                ...owner,
                fence: owner.fence + 1,
              }));
              await fencedInEveryState(ctx, op, "an earlier fence", (owner) => ({
                ...owner,
                fence: owner.fence - 1,
              }));
            },
          },
        ]),
    {
      id: `P4-${op.name}-missing`,
      says: `${op.name} of a record that is gone is fenced, and makes none`,
      run: async (ctx) => {
        const { id, owner } = await ctx.win();
        await ctx.store.forget([id]);

        writtenIs(await op.ask(ctx, owner), "fenced", `${op.name} of a forgotten record`);

        equal(await ctx.store.read([id]), [undefined], "the record afterwards");
      },
    },
    {
      id: `P4-${op.name}-ended`,
      says: `${op.name} by the owner of an ended record writes nothing: ${endedText(op)}`,
      scenarios: ["D-05"],
      run: async (ctx) => {
        for (const stage of ENDED) {
          const { id, owner } = await ctx.staged(stage);
          const before = await ctx.read(id);

          writtenIs(await op.ask(ctx, owner), op.ended[stage], `${op.name} over an own ${stage} record`);

          unchanged(await ctx.read(id), before, `after ${op.name} over an own ${stage} record`);
        }
      },
    },
  ];
}

function endedText(op: Op): string {
  const written = ENDED.filter((stage) => op.ended[stage] === "written");
  if (written.length === ENDED.length) return "answered written, it is late and not fenced";
  return written.length === 0
    ? "always fenced"
    : `answered written when it is ${written.join(" or ")}, else fenced`;
}

export const writeVectors: readonly Vector[] = [
  ...OPS.flatMap(vectorsOf),
  {
    id: "P1-rev",
    says: "every write moves rev on",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const revs = [(await ctx.read(id)).rev];
      const writes = [
        () => ctx.renew(owner),
        () => ctx.checkpoint(owner, { set: { charge: done("1") } }),
        () => ctx.fail(owner),
      ];
      for (const write of writes) {
        writtenIs(await write(), "written", "the owner's write");
        revs.push((await ctx.read(id)).rev);
      }
      const second = await ctx.win({ id });
      revs.push((await ctx.read(id)).rev);
      writtenIs(await ctx.release(second.owner), "written", "the release");
      revs.push((await ctx.read(id)).rev);
      const third = await ctx.win({ id });
      writtenIs(await ctx.complete(third.owner), "written", "the complete");
      revs.push((await ctx.read(id)).rev);

      const grows = revs.every((rev, index) => index === 0 || rev > (revs[index - 1] ?? rev));
      ok(grows, `rev grows with every write, got ${revs.join(", ")}`);
    },
  },
  {
    id: "P4-fail-keeps",
    says: "fail keeps the record and its attempt count; it never deletes",
    scenarios: ["C-03", "E-08"],
    run: async (ctx) => {
      const { id, request } = await ctx.staged("failed");

      recordHas(
        await ctx.read(id),
        { state: "failed", attempts: 1, fence: 1, token: request.token },
        "after fail",
      );
    },
  },
  {
    id: "P4-release-keeps",
    says: "release takes one attempt back and keeps the fence; it never deletes",
    scenarios: ["C-13", "B-12"],
    run: async (ctx) => {
      const { id } = await ctx.staged("failed");
      const second = await ctx.win({ id });

      writtenIs(await ctx.release(second.owner), "written", "the release");

      recordHas(
        await ctx.read(id),
        { state: "released", attempts: 1, fence: 2, verdict: "retry" },
        "after release",
      );
    },
  },
  {
    id: "P4-release-unanswered",
    says: "release goes by the token alone: a claim whose answer never came knows no fence",
    scenarios: ["D-04"],
    run: async (ctx) => {
      const request = ctx.request();
      await ctx.store.claim([request]);

      const written = await ctx.store.release([
        { id: request.id, token: request.token, retentionMs: RETENTION_MS },
      ]);

      equal(written, [{ kind: "written" }], "the release");
      const { won } = await ctx.win({ id: request.id });
      equal([won.verdict, won.fence, won.attempts], ["first", 2, 1], "the next claim, at once");
    },
  },
  {
    id: "P4-release-nothing",
    says: "release of a claim that never was (its request was lost too) is fenced",
    run: async (ctx) => {
      writtenIs(await ctx.release(ctx.request()), "fenced", "a release without a claim");
    },
  },
];
