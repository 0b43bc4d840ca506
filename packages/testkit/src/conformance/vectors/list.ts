/** What the command line lists. */

import type { RecordQuery, StoredRecord } from "@effectively-once/runtime/store";
import { claimIs, equal, ok, writtenIs } from "../check.ts";
import type { VectorContext } from "../context.ts";
import type { Vector } from "../vector.ts";

async function listed(ctx: VectorContext, query: RecordQuery): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  for await (const record of ctx.store.list({ scope: ctx.scope, ...query })) records.push(record);
  return records;
}

async function listedIds(ctx: VectorContext, query: RecordQuery): Promise<readonly string[]> {
  return (await listed(ctx, query)).map(({ id }) => id).sort();
}

export const listVectors: readonly Vector[] = [
  {
    id: "list-filters",
    says: "list filters by scope and state, both, or neither, and gives whole records",
    run: async (ctx) => {
      const completed = await ctx.staged("completed");
      const failed = await ctx.staged("failed");
      const elsewhere = await ctx.staged("completed", { scope: `${ctx.scope}/other` });
      const { id } = await ctx.win();

      equal(await listedIds(ctx, {}), [completed.id, failed.id, id].sort(), "the scope's records");
      equal(await listedIds(ctx, { state: "completed" }), [completed.id], "the scope's completed records");
      equal(await listedIds(ctx, { state: "released" }), [], "the scope's released records");
      equal(await listedIds(ctx, { scope: `${ctx.scope}/other` }), [elsewhere.id], "another scope's records");
      const [record] = await listed(ctx, { state: "failed" });
      equal(record, await ctx.read(failed.id), "a listed record is the record that read gives");
    },
  },
  {
    id: "list-held",
    says: "list finds the held records: those whose doubt somebody met",
    needs: ["age"],
    run: async (ctx) => {
      const met = await ctx.doubtful("mail");
      claimIs(await ctx.claim(ctx.request({ id: met.id })), "in-doubt", "a claim over the doubt");
      const unmet = await ctx.doubtful("mail");
      const failed = await ctx.staged("failed");

      equal(await listedIds(ctx, { held: true }), [met.id], "held");
      equal(await listedIds(ctx, { held: false }), [failed.id, unmet.id].sort(), "not held");
      equal(await listedIds(ctx, { held: true, state: "failed" }), [], "held and failed");
    },
  },
  {
    id: "list-many",
    says: "list gives each of many records once, and no more than its limit",
    run: async (ctx) => {
      const ids: string[] = [];
      const { maxBatch } = ctx.store.traits;
      for (let left = 250; left > 0; left -= maxBatch) {
        const requests = ctx.requests(Math.min(left, maxBatch));
        await ctx.store.claim(requests);
        ids.push(...requests.map(({ id }) => id));
      }

      equal(await listedIds(ctx, {}), ids.sort(), "all ids");
      equal((await listed(ctx, { limit: 7 })).length, 7, "records under a limit of 7");
      equal((await listed(ctx, { limit: 0 })).length, 0, "records under a limit of 0");
    },
  },
  {
    id: "list-stops",
    says: "a list that is left early gives its connection back: the store still answers",
    run: async (ctx) => {
      await ctx.store.claim(ctx.requests(Math.min(5, ctx.store.traits.maxBatch)));

      for (let round = 0; round < 30; round += 1)
        for await (const record of ctx.store.list({ scope: ctx.scope })) {
          ok(record.scope === ctx.scope, "a record of this scope");
          break;
        }

      equal((await listed(ctx, { limit: 1 })).length, 1, "a list after thirty that were left early");
    },
  },
  {
    id: "list-while-writing",
    says: "records may be written while a list of them is read",
    run: async (ctx) => {
      const requests = ctx.requests(Math.min(5, ctx.store.traits.maxBatch));
      await ctx.store.claim(requests);
      let seen = 0;

      for await (const record of ctx.store.list({ scope: ctx.scope })) {
        seen += 1;
        writtenIs(await ctx.complete(record), "written", "a complete inside the loop");
        await ctx.store.forget([ctx.id()]);
      }

      ok(seen >= requests.length, `every record was listed, got ${seen} of ${requests.length}`);
    },
  },
];
