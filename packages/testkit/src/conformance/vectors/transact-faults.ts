/** P8 under faults: a body that does what it must not, time limits, takeovers at COMMIT, answers that are lost. */

import type { Committed, Owner } from "@effectively-once/runtime/store";
import { claimIs, codeOf, equal, ok, recordHas, writtenIs } from "../check.ts";
import type { VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

const complete = (): { readonly complete: { readonly result: string } } => ({
  complete: { result: '"done"' },
});

/** Rows are there exactly when the record is completed: the law behind every answer, an unsettled one too. */
async function together(
  ctx: VectorContext,
  owner: Owner,
  row: string,
  committed: Committed<unknown>,
): Promise<void> {
  const rows = await ctx.rows.count(row);
  const { state } = await ctx.read(owner.id);
  equal(rows, state === "completed" ? 1 : 0, `rows beside a ${state} record (answered ${committed.kind})`);
  if (committed.kind === "committed") equal(state, "completed", "the record of a committed transaction");
  if (committed.kind === "rolled-back" || committed.kind === "fenced")
    equal(state, "claimed", `the record of a transaction that was ${committed.kind}`);
}

function rolledBackBy(committed: Committed<unknown>, code: string, what: string): void {
  equal(committed.kind, "rolled-back", what);
  equal(
    committed.kind === "rolled-back" ? codeOf(committed.error) : undefined,
    code,
    `${what}: the error's code`,
  );
}

export const transactFaultVectors: readonly Vector[] = [
  {
    id: "P8-own-commit",
    says: "a body's own COMMIT is found out: an error, and the record is not completed",
    needs: ["transactions", "own COMMIT"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const row = ctx.row();

      const committed = await ctx.transact(owner, complete, async (tx) => {
        await ctx.rows.insert(tx, row);
        await ctx.rows.commit?.(tx);
      });

      rolledBackBy(committed, "own-transaction-control", "the transaction");
      recordHas(await ctx.read(id), { state: "claimed" }, "after a body's own COMMIT");
      writtenIs(await ctx.fail(owner), "written", "the owner's fail");
    },
  },
  {
    id: "P8-swallowed",
    says: "a body that swallows a refused statement either commits whole or is rolled back with an error",
    needs: ["transactions", "refused statement"],
    run: async (ctx) => {
      const { owner } = await ctx.win();
      const row = ctx.row();

      const committed = await ctx.transact(owner, complete, async (tx) => {
        await ctx.rows.insert(tx, row);
        await ctx.rows.refused?.(tx).catch(() => undefined);
      });

      if (committed.kind !== "committed") rolledBackBy(committed, "swallowed-sql-error", "the transaction");
      await together(ctx, owner, row, committed);
    },
  },
  {
    id: "P8-refused",
    says: "a refused statement that the body does not swallow rolls back with that error",
    needs: ["transactions", "refused statement"],
    run: async (ctx) => {
      const { owner } = await ctx.win();
      const row = ctx.row();
      let thrown: unknown;

      const committed = await ctx.transact(owner, complete, async (tx) => {
        await ctx.rows.insert(tx, row);
        await ctx.rows.refused?.(tx).catch((error: unknown) => {
          thrown = error;
          throw error;
        });
      });

      ok(
        committed.kind === "rolled-back" && committed.error === thrown,
        "rolled back with the statement's own error",
      );
      await together(ctx, owner, row, committed);
    },
  },
  {
    id: "P8-time-limit",
    says: "a body past its time limit is rolled back, and the store goes on",
    needs: ["transactions"],
    run: async (ctx) => {
      const { owner } = await ctx.win();
      const row = ctx.row();

      const committed = await ctx.transact(
        owner,
        complete,
        async (tx) => {
          await ctx.rows.insert(tx, row);
          await new Promise(() => undefined);
        },
        { timeLimitMs: 50 },
      );

      rolledBackBy(committed, "transaction-timeout", "the transaction");
      await together(ctx, owner, row, committed);
      writtenIs(await ctx.fail(owner), "written", "the owner's fail");
      await ctx.win();
    },
  },
  {
    id: "P8-abort",
    says: "a signal that aborts in mid-body rolls back at once, and nothing of it is committed later",
    needs: ["transactions"],
    run: async (ctx) => {
      const { owner } = await ctx.win();
      const row = ctx.row();
      const controller = new AbortController();
      let goOn: () => void = () => undefined;

      const committed = await ctx.transact(
        owner,
        complete,
        async (tx) => {
          await ctx.rows.insert(tx, row);
          const resumed = new Promise<void>((resolve) => {
            goOn = resolve;
          });
          controller.abort(new Error("deadline"));
          await resumed;
        },
        { signal: controller.signal },
      );

      equal(committed.kind, "rolled-back", "the transaction");
      goOn();
      await ctx.store.read([owner.id]);
      await together(ctx, owner, row, committed);
      writtenIs(await ctx.fail(owner), "written", "the owner's fail");
    },
  },
  {
    id: "P8-aborted",
    says: "a signal that has aborted before BEGIN runs no body",
    needs: ["transactions"],
    run: async (ctx) => {
      const { owner } = await ctx.win();
      let ran = false;

      const committed = await ctx.transact(
        owner,
        complete,
        () => {
          ran = true;
          return Promise.resolve();
        },
        { signal: AbortSignal.abort(new Error("deadline")) },
      );

      equal([committed.kind, ran], ["rolled-back", false], "the transaction, and whether its body ran");
      recordHas(await ctx.read(owner.id), { state: "claimed" }, "afterwards");
    },
  },
  {
    id: "P8-fenced-at-commit",
    says: "an attempt that is superseded while its body runs is fenced at COMMIT, and its rows are rolled back",
    scenarios: ["C-01"],
    needs: ["transactions", "age", "open body"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const row = ctx.row();
      const request = ctx.request({ id });

      const committed = await ctx.transact(owner, complete, async (tx) => {
        await ctx.rows.insert(tx, row);
        await ctx.lapse(id);
        claimIs(await ctx.claim(request, ctx.peer), "won", "a takeover while the body runs");
      });

      equal(committed.kind, "fenced", "the transaction");
      equal(await ctx.rows.count(row), 0, "its rows");
      recordHas(await ctx.read(id), { state: "claimed", token: request.token, fence: 2 }, "afterwards");
    },
  },
  {
    id: "P8-open-body",
    says: "a body that runs locks no record: the same key is busy and other keys are claimed and renewed meanwhile",
    needs: ["transactions", "open body"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const other = await ctx.win();
      const row = ctx.row();

      const committed = await ctx.transact(owner, complete, async (tx) => {
        await ctx.rows.insert(tx, row);
        claimIs(await ctx.claim(ctx.request({ id }), ctx.peer), "busy", "a claim of the same key meanwhile");
        writtenIs(await ctx.renew(other.owner), "written", "a renew of another key meanwhile");
        claimIs(await ctx.claim(ctx.request(), ctx.peer), "won", "a claim of another key meanwhile");
        equal(await ctx.rows.count(row), 0, "the body's rows before COMMIT, seen from outside");
      });

      equal(committed.kind, "committed", "the transaction");
      await together(ctx, owner, row, committed);
    },
  },
  {
    id: "D-06-applied",
    says: "a COMMIT that was applied and whose answer was lost is committed or unsettled, and its rows are there once",
    scenarios: ["D-06"],
    needs: ["transactions", "lost COMMIT"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const row = ctx.row();
      const store = await ctx.rows.losingCommit?.(true);

      const committed = await ctx.transact(owner, complete, (tx) => ctx.rows.insert(tx, row), { store });

      ok(
        committed.kind === "committed" || committed.kind === "unsettled",
        `never said to be rolled back, got ${committed.kind}`,
      );
      equal(await ctx.rows.count(row), 1, "the body's rows");
      recordHas(await ctx.read(id), { state: "completed", result: '"done"' }, "afterwards");
    },
  },
  {
    id: "D-06-rolled-back",
    says: "a COMMIT that was rolled back and whose answer was lost completes nothing by itself: rows and record agree",
    scenarios: ["D-06"],
    needs: ["transactions", "lost COMMIT"],
    run: async (ctx) => {
      const { owner } = await ctx.win();
      const row = ctx.row();
      const store = await ctx.rows.losingCommit?.(false);

      const committed = await ctx.transact(owner, complete, (tx) => ctx.rows.insert(tx, row), { store });

      await together(ctx, owner, row, committed);
    },
  },
];
