/** P8: the caller's rows and the record commit together, or not at all. */

import type { Committed, Owner, StepChange } from "@effectively-once/runtime/store";
import { claimIs, equal, ok, recordHas, writtenIs } from "../check.ts";
import { done, intent, type VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

const complete = (): { readonly complete: { readonly result: string } } => ({
  complete: { result: '"done"' },
});

/** Inserts a row and completes the record with it. */
function insertAndComplete(ctx: VectorContext, owner: Owner, row: string): Promise<Committed<string>> {
  return ctx.transact(owner, complete, async (tx) => {
    await ctx.rows.insert(tx, row);
    return "value";
  });
}

function committedIs(committed: Committed<unknown>, kind: Committed<unknown>["kind"], what: string): void {
  const why =
    committed.kind === "rolled-back" || committed.kind === "unsettled" ? ` (${String(committed.error)})` : "";
  equal(`${committed.kind}${committed.kind === kind ? "" : why}`, kind, what);
}

/** Rows and record as if the transaction had never been, but for a lease that was renewed to cover it. */
async function untouched(ctx: VectorContext, owner: Owner, row: string, what: string): Promise<void> {
  equal(await ctx.rows.count(row), 0, `${what}: the body's rows`);
  const { token, fence } = owner;
  recordHas(await ctx.read(owner.id), { state: "claimed", token, fence, steps: {}, result: undefined }, what);
}

export const transactVectors: readonly Vector[] = [
  {
    id: "P8-commit",
    says: "a committed body's rows are there, its record is completed with its result, and its value is returned",
    scenarios: ["B-03", "D-18"],
    needs: ["transactions"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { charge: done("1") });
      const row = ctx.row();

      const committed = await insertAndComplete(ctx, owner, row);

      committedIs(committed, "committed", "the transaction");
      equal(committed.kind === "committed" && committed.value, "value", "the body's value");
      equal(await ctx.rows.count(row), 1, "the body's rows");
      recordHas(await ctx.read(id), { state: "completed", result: '"done"', steps: {} }, "afterwards");
      equal(
        claimIs(await ctx.claim(ctx.request({ id })), "duplicate", "the next delivery").result,
        '"done"',
        "its result",
      );
    },
  },
  {
    id: "P8-change-value",
    says: "change is given the body's value before COMMIT, and what it makes of it is what is stored",
    needs: ["transactions"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const row = ctx.row();

      const committed = await ctx.transact(
        owner,
        (value: { readonly orders: number }) => ({ complete: { result: JSON.stringify(value) } }),
        async (tx) => {
          await ctx.rows.insert(tx, row);
          return { orders: 3 };
        },
      );

      equal(committed, { kind: "committed", value: { orders: 3 } }, "the transaction");
      recordHas(await ctx.read(id), { state: "completed", result: '{"orders":3}' }, "afterwards");
    },
  },
  {
    id: "P8-step",
    says: "a change of steps commits with the rows as a memo, and the attempt goes on",
    scenarios: ["B-08"],
    needs: ["transactions", "age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const row = ctx.row();
      const change: StepChange = { set: { order: done('"o_1"', "transact") } };

      const committed = await ctx.transact(
        owner,
        () => change,
        (tx) => ctx.rows.insert(tx, row),
      );

      committedIs(committed, "committed", "the transaction");
      equal(await ctx.rows.count(row), 1, "the body's rows");
      recordHas(await ctx.read(id), { state: "claimed", steps: change.set }, "afterwards");
      writtenIs(await ctx.renew(owner), "written", "the owner's renew");
      await ctx.lapse(id);
      equal((await ctx.win({ id })).won.steps, change.set, "the next attempt's steps");
    },
  },
  {
    id: "P8-step-once",
    says: "a transaction whose step is done already commits no rows: the rows of that step are there",
    scenarios: ["B-08"],
    needs: ["transactions"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const row = ctx.row();
      const again = ctx.row();
      const change = (value: string) => (): StepChange => ({ set: { order: done(value, "transact") } });
      committedIs(
        await ctx.transact(owner, change('"o_1"'), (tx) => ctx.rows.insert(tx, row)),
        "committed",
        "the first transaction",
      );

      const second = await ctx.transact(owner, change('"o_2"'), (tx) => ctx.rows.insert(tx, again));

      ok(second.kind !== "committed", "a transaction of the same step is not committed");
      equal(await ctx.rows.count(again), 0, "the rows of the second body");
      equal(await ctx.rows.count(row), 1, "the rows of the first body");
      recordHas(await ctx.read(id), { state: "claimed", steps: change('"o_1"')().set }, "afterwards");
    },
  },
  {
    id: "P8-step-among",
    says: "a transaction of two steps, one of which is done already, commits no rows",
    scenarios: ["B-08"],
    needs: ["transactions"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const before = { order: done('"o_1"', "transact") };
      await ctx.remember(owner, before);
      const row = ctx.row();
      const change = (): StepChange => ({
        set: { invoice: done('"i_2"', "transact"), order: done('"o_2"', "transact") },
      });

      const second = await ctx.transact(owner, change, (tx) => ctx.rows.insert(tx, row));

      ok(second.kind !== "committed", "a transaction with a step that is done is not committed");
      equal(await ctx.rows.count(row), 0, "its rows");
      recordHas(await ctx.read(id), { state: "claimed", steps: before }, "afterwards");
    },
  },
  {
    id: "P8-step-intended",
    says: "an intent under the step's name does not stand for its rows: they are committed",
    scenarios: ["B-08"],
    needs: ["transactions"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { order: intent("plain") });
      const row = ctx.row();
      const change = (): StepChange => ({ set: { order: done('"o_1"', "transact") } });

      committedIs(
        await ctx.transact(owner, change, (tx) => ctx.rows.insert(tx, row)),
        "committed",
        "the transaction",
      );

      equal(await ctx.rows.count(row), 1, "its rows");
      recordHas(await ctx.read(id), { state: "claimed", steps: change().set }, "afterwards");
    },
  },
  {
    id: "P8-body-throws",
    says: "a body that throws rolls everything back, and its own error is given",
    scenarios: ["B-03"],
    needs: ["transactions"],
    run: async (ctx) => {
      const { owner } = await ctx.win();
      const row = ctx.row();
      const thrown = new Error("the body's own error");

      const committed = await ctx.transact(owner, complete, async (tx) => {
        await ctx.rows.insert(tx, row);
        throw thrown;
      });

      committedIs(committed, "rolled-back", "the transaction");
      ok(
        committed.kind === "rolled-back" && committed.error === thrown,
        "the error is the one that the body threw",
      );
      await untouched(ctx, owner, row, "after a body that threw");
    },
  },
  {
    id: "P8-body-throws-then-again",
    says: "a transaction that was rolled back leaves the store usable: the same attempt may try again",
    needs: ["transactions"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const [lost, kept] = [ctx.row(), ctx.row()];
      for (let round = 0; round < 15; round += 1)
        await ctx.transact(owner, complete, async (tx) => {
          await ctx.rows.insert(tx, lost);
          throw new Error("not yet");
        });

      committedIs(
        await insertAndComplete(ctx, owner, kept),
        "committed",
        "the transaction after fifteen failed ones",
      );

      equal(
        [await ctx.rows.count(lost), await ctx.rows.count(kept)],
        [0, 1],
        "rows of the failed and of the last body",
      );
      recordHas(await ctx.read(id), { state: "completed" }, "afterwards");
    },
  },
  {
    id: "P8-change-throws",
    says: "a change that throws (a result that cannot be stored) rolls everything back",
    scenarios: ["F-12"],
    needs: ["transactions"],
    run: async (ctx) => {
      const { owner } = await ctx.win();
      const row = ctx.row();
      const thrown = new TypeError("not serialisable");

      const committed = await ctx.transact(
        owner,
        () => {
          throw thrown;
        },
        (tx) => ctx.rows.insert(tx, row),
      );

      committedIs(committed, "rolled-back", "the transaction");
      ok(
        committed.kind === "rolled-back" && committed.error === thrown,
        "the error is the one that change threw",
      );
      await untouched(ctx, owner, row, "after a change that threw");
    },
  },
  {
    id: "P8-fenced",
    says: "the transaction of a superseded attempt is fenced, and its rows are rolled back",
    scenarios: ["C-01"],
    needs: ["transactions", "age"],
    run: async (ctx) => {
      const zombie = await ctx.staged("lapsed");
      const next = await ctx.win({ id: zombie.id });
      const row = ctx.row();

      committedIs(await insertAndComplete(ctx, zombie.owner, row), "fenced", "the zombie's transaction");

      await untouched(ctx, next.owner, row, "after the zombie's transaction");
    },
  },
  {
    id: "P8-not-owner",
    says: "another token, another fence and a missing record are fenced, and no row is written",
    needs: ["transactions"],
    run: async (ctx) => {
      const { owner } = await ctx.win();
      const row = ctx.row();
      const others = [
        { ...owner, token: ctx.request().token },
        { ...owner, fence: owner.fence + 1 },
        { ...owner, id: ctx.id() },
      ];

      for (const other of others)
        committedIs(await insertAndComplete(ctx, other, row), "fenced", "the transaction");

      await untouched(ctx, owner, row, "after transactions by others");
    },
  },
  {
    id: "P8-once",
    says: "a second transaction of an attempt that has ended writes no rows: its completion is not its rows' completion",
    needs: ["transactions"],
    run: async (ctx) => {
      for (const end of ["complete", "fail", "release"] as const) {
        const { id, owner } = await ctx.win();
        const row = ctx.row();
        writtenIs(await ctx[end](owner), "written", `the owner's ${end}`);
        const { state } = await ctx.read(id);

        const committed = await insertAndComplete(ctx, owner, row);

        ok(committed.kind !== "committed", `a transaction after the owner's ${end} is not committed`);
        equal(await ctx.rows.count(row), 0, `its rows after ${end}`);
        recordHas(await ctx.read(id), { state, result: undefined }, `after ${end} and a transaction`);
      }
    },
  },
  {
    id: "P8-parallel",
    says: "transactions of different keys at the same time all commit, each with its own rows",
    scenarios: ["D-16"],
    needs: ["transactions"],
    run: async (ctx) => {
      const attempts = await Promise.all(Array.from({ length: 10 }, () => ctx.win()));
      const rows = attempts.map(() => ctx.row());

      const all = await Promise.all(
        attempts.map(({ owner }, index) => insertAndComplete(ctx, owner, rows[index] ?? ctx.row())),
      );

      for (const committed of all) committedIs(committed, "committed", "a transaction");
      equal(
        await Promise.all(rows.map((row) => ctx.rows.count(row))),
        rows.map(() => 1),
        "rows of each body",
      );
    },
  },
];
