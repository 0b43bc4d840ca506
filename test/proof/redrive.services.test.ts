/** Messages that come again weeks later, from a dead-letter queue or by an operator's will, on the real stores. */

import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { PLACE_NAMES } from "../../proof/places.ts";
import { message, openStand, type Stand, worker } from "./world.ts";

const urls = { sqlite: "", postgres: inject("postgresUrl"), dynamodb: inject("dynamodbUrl") };
const DAY_MS = 86_400_000;

describe.each(PLACE_NAMES.map((place) => ({ place })))("$place", ({ place }) => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await openStand(place, urls[place]);
  });
  afterAll(() => stand.close());

  /** A handler that charges with a key, once it is told that it may; what it charged. */
  function charging(namespace: string) {
    const keys: string[] = [];
    const state = { fails: false };
    const made = worker(
      stand.store,
      async (_m, ctx) => {
        if (state.fails) throw new Error("no stock");
        await ctx.keyed("charge", async ({ key }) => keys.push(key));
      },
      { namespace },
    );
    return { ...made, keys, state };
  }

  it("A-11 · redriven three weeks later under a new message id: what failed runs, once; what was completed is a duplicate", async () => {
    const w = charging("a11");
    w.state.fails = true;
    expect(await w.deliver(message("failed"))).toEqual(["failed"]);
    w.state.fails = false;
    expect(await w.deliver(message("done"))).toEqual([]);
    for (const id of ["failed", "done"]) await stand.shift(w.idOf(id), 21 * DAY_MS);

    expect(await w.deliver(message("failed"), message("done"))).toEqual([]);

    expect(w.said.slice(2).map(({ verdict, origin }) => [verdict, origin])).toEqual([
      ["retry", undefined],
      ["duplicate", "resend"],
    ]);
    expect(w.keys).toHaveLength(2);
    expect(new Set(w.keys).size).toBe(2);
  });

  it("A-12 · a key is remembered for the 28 days that two queues keep a message; after its life it is new, with the same derived key", async () => {
    const w = charging("a12");
    await w.deliver(message("order"));
    await stand.shift(w.idOf("order"), 28 * DAY_MS);
    await w.deliver(message("order"));
    expect(w.said.map(({ verdict }) => verdict)).toEqual(["first", "duplicate"]);

    await stand.shift(w.idOf("order"), DAY_MS + 60_000);
    await w.deliver(message("order"));

    expect(w.said.at(-1)).toMatchObject({ verdict: "first", ending: "completed", attempt: 1 });
    // The other side, if it still remembers, knows it again.
    expect(w.keys).toHaveLength(2);
    expect(new Set(w.keys).size).toBe(1);
  });

  it("A-13 · an operator's rerun runs one message again under a new key, a forget makes it new; nothing else runs", async () => {
    const w = charging("a13");
    await w.deliver(message("one"), message("other"));
    expect(await stand.store.rerun([w.idOf("one")])).toEqual([true]);
    await w.deliver(message("one"), message("other"));
    expect(w.said.slice(2).map(({ key, verdict }) => [key, verdict])).toEqual([
      ["one", "retry"],
      ["other", "duplicate"],
    ]);
    expect(new Set(w.keys).size).toBe(3);

    await stand.store.forget([w.idOf("one")]);
    await w.deliver(message("one"), message("other"));

    expect(w.said.slice(4).map(({ key, verdict }) => [key, verdict])).toEqual([
      ["one", "first"],
      ["other", "duplicate"],
    ]);
    // Forgotten means that its first key comes again.
    expect(w.keys).toHaveLength(4);
    expect(new Set(w.keys).size).toBe(3);
  });
});
