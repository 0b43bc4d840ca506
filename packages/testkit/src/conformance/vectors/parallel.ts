/** Races: many at once on one key, and batches that overlap in opposite orders. */

import type { Claim, ClaimRequest } from "@effectively-once/runtime/store";
import { equal, ok, recordHas, writtenIs } from "../check.ts";
import { HOUR_MS, RETENTION_MS, type VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

/** `count` claims of one key by different tokens at the same time; the kinds of their answers. */
async function stampede(ctx: VectorContext, id: string, count: number): Promise<readonly string[]> {
  const claims = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      ctx.claim(ctx.request({ id }), index % 2 === 0 ? ctx.store : ctx.peer),
    ),
  );
  return claims.map((claim) => (claim.kind === "error" ? `error: ${claim.error.message}` : claim.kind));
}

function oneWins(kinds: readonly string[], others: string, what: string): void {
  const lost = kinds.filter((kind) => kind !== "won");
  equal(kinds.length - lost.length, 1, `${what}: claims won`);
  equal([...new Set(lost)], [others], `${what}: what the others are answered`);
}

function reversed<T>(items: readonly T[]): readonly T[] {
  return [...items].reverse();
}

export const parallelVectors: readonly Vector[] = [
  {
    id: "A-05",
    says: "200 claims of one key: exactly one wins, the others are busy",
    scenarios: ["H-01"],
    run: async (ctx) => {
      const id = ctx.id();

      oneWins(await stampede(ctx, id, 200), "busy", "200 claims of a fresh key");

      recordHas(await ctx.read(id), { fence: 1, attempts: 1 }, "afterwards");
    },
  },
  {
    id: "A-05-failed",
    says: "25 claims of a failed and of a released key: exactly one wins each",
    scenarios: ["A-05"],
    run: async (ctx) => {
      for (const stage of ["failed", "released"] as const) {
        const { id } = await ctx.staged(stage);

        oneWins(await stampede(ctx, id, 25), "busy", `25 claims of a ${stage} key`);

        recordHas(await ctx.read(id), { fence: 2 }, "afterwards");
      }
    },
  },
  {
    id: "A-05-lapsed",
    says: "25 claims of a lapsed key: exactly one takes over",
    scenarios: ["A-05"],
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.staged("lapsed");

      oneWins(await stampede(ctx, id, 25), "busy", "25 claims of a lapsed key");

      recordHas(await ctx.read(id), { fence: 2, attempts: 2 }, "afterwards");
    },
  },
  {
    id: "A-05-doubt",
    says: "25 claims of a key in doubt: nobody wins, and all are told the same heldAt",
    scenarios: ["A-05", "B-05"],
    needs: ["age"],
    run: async (ctx) => {
      const { id } = await ctx.doubtful();

      const claims = await Promise.all(
        Array.from({ length: 25 }, (_, index) =>
          ctx.claim(ctx.request({ id }), index % 2 === 0 ? ctx.store : ctx.peer),
        ),
      );

      equal([...new Set(claims.map(({ kind }) => kind))], ["in-doubt"], "the answers");
      const heldAts = new Set(
        claims.map((claim) => (claim.kind === "in-doubt" ? claim.heldAtMs : undefined)),
      );
      equal([...heldAts], [(await ctx.read(id)).heldAtMs], "the heldAt of all answers and of the record");
    },
  },
  {
    id: "A-05-ends",
    says: "complete, fail and release of one attempt at the same time: one of them ends it, the others are fenced",
    run: async (ctx) => {
      for (let round = 0; round < 20; round += 1) {
        const { id, owner } = await ctx.win();

        const [completed, failed, released] = await Promise.all([
          ctx.complete(owner),
          ctx.fail(owner),
          ctx.release(owner),
        ]);

        const kinds = [completed.kind, failed.kind, released.kind];
        equal(
          kinds.filter((kind) => kind === "written").length,
          1,
          `writes that ended it (${kinds.join(", ")})`,
        );
        const expected =
          completed.kind === "written" ? "completed" : failed.kind === "written" ? "failed" : "released";
        recordHas(
          await ctx.read(id),
          { state: expected },
          "the state is that of the write that was answered written",
        );
      }
    },
  },
  {
    id: "P3-opposite-claims",
    says: "overlapping claim batches in opposite orders do not deadlock, and every key has one winner",
    scenarios: ["A-05"],
    run: async (ctx) => {
      for (let round = 0; round < 15; round += 1) {
        const keys = ctx.requests(Math.min(10, ctx.store.traits.maxBatch));
        const fresh = (): readonly ClaimRequest[] => keys.map(({ id }) => ctx.request({ id }));

        const [one, two, three] = await Promise.all([
          ctx.store.claim(fresh()),
          ctx.peer.claim(reversed(fresh())).then(reversed),
          ctx.store.claim(fresh()),
        ]);

        for (const [at] of keys.entries()) {
          const kinds = [one[at]?.kind, two[at]?.kind, three[at]?.kind].sort();
          equal(kinds, ["busy", "busy", "won"], `round ${round + 1}: the answers of key ${at + 1}`);
        }
      }
    },
  },
  {
    id: "P3-opposite-writes",
    says: "overlapping batches of renew, checkpoint and complete in opposite orders do not deadlock",
    run: async (ctx) => {
      for (let round = 0; round < 15; round += 1) {
        const requests = ctx.requests(Math.min(10, ctx.store.traits.maxBatch));
        await ctx.store.claim(requests);
        const owners = requests.map(({ id, token }) => ({ id, token, fence: 1, retentionMs: RETENTION_MS }));
        const beats = owners.map((owner) => ({ ...owner, leaseMs: HOUR_MS }));

        const answers = await Promise.all([
          ctx.store.renew(beats),
          ctx.peer.renew(reversed(beats)),
          ctx.peer.complete(reversed(owners)),
          ctx.store.complete(owners),
          ctx.peer.renew(reversed(beats)),
        ]);

        const kinds = new Set(
          answers.flat().map((written) => (written.kind === "error" ? written.error.message : written.kind)),
        );
        equal([...kinds], ["written"], `round ${round + 1}: all answers`);
        const states = new Set(
          (await ctx.store.read(requests.map(({ id }) => id))).map((record) => record?.state),
        );
        equal([...states], ["completed"], `round ${round + 1}: all states`);
      }
    },
  },
  {
    id: "P3-seen-again",
    says: "a key that appears between the insert and the look at it is judged, not lost: 300 racing claims",
    run: async (ctx) => {
      const ids = Array.from({ length: 100 }, () => ctx.id());

      const all = await Promise.all(ids.map((id) => stampede(ctx, id, 3)));

      for (const kinds of all) oneWins(kinds, "busy", "three claims of a fresh key");
    },
  },
  {
    id: "P3-duplicate-race",
    says: "claims that race a completion are busy or duplicate, never won and never an error",
    scenarios: ["A-03"],
    run: async (ctx) => {
      for (let round = 0; round < 20; round += 1) {
        const { id, owner } = await ctx.win();

        const [before, completed, after] = await Promise.all([
          stampede(ctx, id, 3),
          ctx.complete(owner),
          stampede(ctx, id, 3),
        ]);

        equal(completed.kind, "written", "the completion");
        ok(
          [...before, ...after].every((kind) => kind === "busy" || kind === "duplicate"),
          `claims racing a completion are busy or duplicate, got ${[...before, ...after].join(", ")}`,
        );
      }
    },
  },
  {
    id: "P3-many-batches",
    says: "a key locked by one batch delays another batch; it never breaks it",
    run: async (ctx) => {
      const requests = ctx.requests(Math.min(10, ctx.store.traits.maxBatch));
      const batches = Array.from({ length: 8 }, (_, index) =>
        requests.map((request) => ({
          ...request,
          token: ctx.request().token,
          messageId: `message-${index}`,
        })),
      );

      const answers = await Promise.all(
        batches.map((batch, index) => (index % 2 === 0 ? ctx.store : ctx.peer).claim(batch)),
      );

      for (const [at, request] of requests.entries()) {
        const kinds = answers.map((claims) => claims[at]?.kind);
        equal(kinds.filter((kind) => kind === "won").length, 1, `claims won of key ${at + 1}`);
        ok(
          kinds.every((kind) => kind === "won" || kind === "busy"),
          `key ${at + 1} is won or busy for everybody, got ${kinds.join(", ")}`,
        );
        writtenIs(
          await ctx.release(winnerOf(batches, answers, at, request.id)),
          "written",
          "the winner's release",
        );
      }
    },
  },
];

function winnerOf(
  batches: readonly (readonly ClaimRequest[])[],
  answers: readonly (readonly Claim[])[],
  at: number,
  id: string,
): { readonly id: string; readonly token: string } {
  const winner = answers.findIndex((claims) => claims[at]?.kind === "won");
  return { id, token: batches[winner]?.[at]?.token ?? "" };
}
