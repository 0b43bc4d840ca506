/** Steps: what a record remembers of verbs only moves forward. */

import { claimIs, equal, ok, recordHas, writtenIs } from "../check.ts";
import { done, intent } from "../context.ts";
import type { Vector } from "../vector.ts";

export const stepVectors: readonly Vector[] = [
  {
    id: "P4-steps-merge",
    says: "checkpoints add to the steps that are there, and the next attempt is given all of them",
    scenarios: ["B-08", "B-09"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { charge: done('"ch_1"'), mail: intent("plain") });
      await ctx.remember(owner, { mail: done(undefined, "plain"), seen: intent("repeatable") });
      writtenIs(await ctx.fail(owner), "written", "the fail");

      const { won } = await ctx.win({ id });

      equal(
        won.steps,
        { charge: done('"ch_1"'), mail: done(undefined, "plain"), seen: intent("repeatable") },
        "the steps that the retry is given",
      );
    },
  },
  {
    id: "P4-step-forward",
    says: "an intent over a done step (a late copy) changes nothing and answers written",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: done('"sent"', "plain") });

      writtenIs(
        await ctx.checkpoint(owner, { set: { mail: intent("plain") } }),
        "written",
        "the late intent",
      );

      recordHas(await ctx.read(id), { steps: { mail: done('"sent"', "plain") } }, "after the late intent");
    },
  },
  {
    id: "P4-step-forward-each",
    says: "a late intent does not keep the other steps of its checkpoint from being written",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: done('"sent"', "plain") });

      await ctx.remember(owner, { mail: intent("plain"), charge: done('"ch_1"') });

      recordHas(
        await ctx.read(id),
        { steps: { mail: done('"sent"', "plain"), charge: done('"ch_1"') } },
        "after a checkpoint with a late intent in it",
      );
    },
  },
  {
    id: "P4-clear",
    says: "an intent that did not happen is cleared, a done step never, and an unknown name does no harm",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: intent("plain"), charge: done("1") });

      const written = await ctx.checkpoint(owner, { clear: ["mail", "charge", "unknown"] });

      writtenIs(written, "written", "the clearing");
      recordHas(await ctx.read(id), { steps: { charge: done("1") } }, "after the clearing");
    },
  },
  {
    id: "P4-clear-ends-doubt",
    says: "a cleared intent leaves no doubt: the next claim after the lease is a takeover",
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: intent("plain") });
      writtenIs(await ctx.checkpoint(owner, { clear: ["mail"] }), "written", "the clearing");
      await ctx.lapse(id);

      equal((await ctx.win({ id })).won.verdict, "takeover", "the next claim");
    },
  },
  {
    id: "P4-done-ends-doubt",
    says: "a done step leaves no doubt, and its value is the next attempt's",
    scenarios: ["B-06"],
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: intent("plain") });
      await ctx.remember(owner, { mail: done('"sent"', "plain") });
      await ctx.lapse(id);

      const { won } = await ctx.win({ id });

      equal([won.verdict, won.steps], ["takeover", { mail: done('"sent"', "plain") }], "the takeover");
    },
  },
  {
    id: "P4-keyed-intent",
    says: "an intent that is not open (keyed, repeatable) puts nothing in doubt",
    scenarios: ["B-04"],
    needs: ["age"],
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { charge: intent("keyed"), seen: intent("repeatable") });
      await ctx.lapse(id);

      const { won } = await ctx.win({ id });

      equal(won.verdict, "takeover", "the next claim");
      equal(won.steps, { charge: intent("keyed"), seen: intent("repeatable") }, "its steps");
    },
  },
  {
    id: "P4-fail-change",
    says: "fail writes its change of steps in the same write, and an open step it leaves is held from then on",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: intent("plain"), charge: done("1") });
      const change = { set: { "(handler)": intent("handler", true) }, clear: ["mail"] };

      writtenIs(await ctx.fail(owner, change), "written", "the fail");

      const record = await ctx.read(id);
      recordHas(
        record,
        {
          state: "failed",
          expiresAtMs: undefined,
          steps: { charge: done("1"), "(handler)": intent("handler", true) },
        },
        "after a fail with a change",
      );
      ok(record.heldAtMs !== undefined, "a fail that leaves an open step sets heldAt");
      const doubt = claimIs(await ctx.claim(ctx.request({ id })), "in-doubt", "the next claim");
      equal([doubt.steps, doubt.heldAtMs], [["(handler)"], record.heldAtMs], "its steps and heldAt");
    },
  },
  {
    id: "P4-fail-forward",
    says: "fail's change of steps only moves forward too",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { mail: done("1", "plain") });

      writtenIs(
        await ctx.fail(owner, { set: { mail: intent("plain") }, clear: ["mail"] }),
        "written",
        "the fail",
      );

      recordHas(
        await ctx.read(id),
        { steps: { mail: done("1", "plain") }, heldAtMs: undefined },
        "afterwards",
      );
    },
  },
  {
    id: "P4-complete-clears",
    says: "the completion removes the steps and heldAt, an open intent among them",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      await ctx.remember(owner, { charge: done('"ch_1"'), mail: intent("plain") });

      writtenIs(await ctx.complete(owner), "written", "the complete");

      const record = await ctx.read(id);
      recordHas(record, { state: "completed", steps: {}, heldAtMs: undefined }, "after the complete");
      ok(record.expiresAtMs !== undefined, "a completed record expires");
      claimIs(await ctx.claim(ctx.request({ id })), "duplicate", "the next delivery");
    },
  },
  {
    id: "P4-checkpoint-parallel",
    says: "checkpoints of one record at the same time are all remembered",
    run: async (ctx) => {
      const { id, owner } = await ctx.win();
      const names = Array.from({ length: 10 }, (_, index) => `step-${index}`);

      await Promise.all(names.map((name) => ctx.remember(owner, { [name]: done(`"${name}"`) })));

      const { steps } = await ctx.read(id);
      equal(Object.keys(steps).sort(), names, "the steps that are remembered");
    },
  },
  {
    id: "P4-step-names",
    says: "a step may have any name: a property of objects, a path, a quote, another alphabet",
    scenarios: ["F-17"],
    run: async (ctx) => {
      const names = [
        "__proto__",
        "constructor",
        "a.b",
        "$a[0]",
        'it"s',
        "it's",
        "charge:é😀",
        " ",
        "%s",
        "\\",
      ];
      const { id, owner } = await ctx.win();

      for (const name of names)
        await ctx.remember(owner, Object.fromEntries([[name, done(JSON.stringify(name))]]));

      const { steps } = await ctx.read(id);
      const values = Object.entries(steps).map(([name, step]) => [name, step.value]);
      equal(
        values.sort(),
        names.map((name) => [name, JSON.stringify(name)]).sort(),
        "the steps and their values",
      );
    },
  },
];
