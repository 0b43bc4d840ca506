/** What a store says of itself. */

import { equal, ok } from "../check.ts";
import type { Vector } from "../vector.ts";

export const traitVectors: readonly Vector[] = [
  {
    id: "traits",
    says: "traits are usable, and transact is there exactly when they say so",
    run: (ctx) => {
      const { traits, transact } = ctx.store;

      equal(
        transact !== undefined,
        traits.transactions,
        "whether there is a transact, as traits.transactions says",
      );
      ok(
        Number.isInteger(traits.maxBatch) && traits.maxBatch >= 1,
        `maxBatch is a count, got ${traits.maxBatch}`,
      );
      ok(
        traits.maxResultBytes >= 1_024,
        `maxResultBytes leaves room for a result, got ${traits.maxResultBytes}`,
      );
      ok(["store", "client"].includes(traits.clock), `clock is store or client, got ${traits.clock}`);
      ok(["process", "disk", "service"].includes(traits.durability), `durability, got ${traits.durability}`);
      return Promise.resolve();
    },
  },
  {
    id: "setup-again",
    says: "setup on a store that is set up does no harm, and check finds nothing wrong with it",
    scenarios: ["D-15"],
    run: async (ctx) => {
      const { id } = await ctx.win();

      await ctx.store.setup();
      await ctx.store.check();

      equal((await ctx.read(id)).state, "claimed", "a record that was there before");
    },
  },
];
