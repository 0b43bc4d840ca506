/** How a store is asked: in pieces, again where it may help, and never for longer than there is time (P3, D-01, D-02). */

import { describe, expect, it } from "vitest";
import { ask, storeError } from "../../src/engine/ask.ts";
import { OnceError } from "../../src/index.ts";
import { settled, stillClock } from "./still-world.ts";

type Answer = { readonly kind: "written" | "fenced"; readonly of?: number } | Errored;
interface Errored {
  readonly kind: "error";
  readonly error: OnceError;
}

const away: Errored = { kind: "error", error: new OnceError("store-error", "away", { retryable: true }) };
const never: Errored = { kind: "error", error: new OnceError("store-permission", "no") };
const done = (of: number): Answer => ({ kind: "written", of });

/** `answers`: what each call is answered with, the last one for ever. */
function asking(...answers: ((items: readonly number[]) => readonly Answer[] | Promise<never>)[]) {
  const clock = stillClock();
  const calls: (readonly number[])[] = [];
  return {
    clock,
    calls,
    ask: (items: readonly number[], more: { limitMs?: number; maxTries?: number; maxBatch?: number } = {}) =>
      ask<number, Answer>(
        items,
        async (part) => {
          calls.push(part);
          return (answers[calls.length - 1] ?? answers.at(-1))?.(part) ?? [];
        },
        {
          ...{ clock, random: { token: () => "", fraction: () => 0 } },
          ...{ limitMs: 60_000, maxTries: 3, maxBatch: 10, ...more },
        },
      ),
    /** Without the limit of each call. */
    pauses: () => clock.waits.filter((ms) => ms <= 1_000),
  };
}

describe("what is asked", () => {
  it("goes in pieces that one request takes, and is answered in the order of the items", async () => {
    const one = asking((items) => items.map(done));

    expect(await one.ask([1, 2, 3, 4, 5], { maxBatch: 2 })).toEqual([1, 2, 3, 4, 5].map(done));
    expect(one.calls).toEqual([[1, 2], [3, 4], [5]]);
    expect(await one.ask([])).toEqual([]);
    expect(one.calls).toHaveLength(3);
  });

  it("D-02 · is asked again only of what may pass, and every other answer stands", async () => {
    const one = asking(
      () => [done(1), away, { kind: "fenced" }, away, never],
      () => [away, done(4)],
      () => [done(2)],
    );

    expect(await one.ask([1, 2, 3, 4, 5])).toEqual([done(1), done(2), { kind: "fenced" }, done(4), never]);
    expect(one.calls).toEqual([[1, 2, 3, 4, 5], [2, 4], [2]]);
  });

  it("is not asked again where every answer stands", async () => {
    const one = asking(() => [never]);

    expect(await one.ask([1], { maxTries: 30 })).toEqual([never]);
    expect([one.calls, one.pauses()]).toEqual([[[1]], []]);
  });

  it("has an answer all the same where a store answers fewer, which asking again does not mend", async () => {
    const one = asking(() => [done(1)]);

    expect(await one.ask([1, 2])).toMatchObject([
      done(1),
      { error: { code: "store-error", message: expect.stringContaining("fewer items"), retryable: false } },
    ]);
    expect(one.calls).toHaveLength(1);
  });
});

describe("how often and for how long", () => {
  it("as often as it is said, with pauses that double up to a second", async () => {
    const one = asking(() => [away]);

    expect(await one.ask([1], { maxTries: 9, limitMs: 60_000 })).toEqual([away]);
    expect(one.calls).toHaveLength(9);
    // Half of each, because chance says nothing.
    expect(one.pauses()).toEqual([12.5, 25, 50, 100, 200, 400, 500, 500]);
  });

  it("chance moves a pause by half of it, to either side", async () => {
    const clock = stillClock();
    const random = { token: () => "", fraction: () => 0.75 };
    await ask([1], async () => [away], { clock, random, limitMs: 60_000, maxTries: 2, maxBatch: 1 });

    expect(clock.waits.filter((ms) => ms < 60_000)).toEqual([31.25]);
  });

  it.each([
    ["once more where something is left after the next pause", 87, 2],
    ["not where the next pause would end with it", 87.5, 1],
  ])("until its limit: %s", async (_says, tookMs, calls) => {
    const one = asking(() => (one.clock.stall(tookMs), [away]));
    await one.ask([1], { limitMs: 100, maxTries: 30 });

    expect(one.calls).toHaveLength(calls);
  });

  it("D-01 · for all pieces together: what there is no time for any more is not asked at all", async () => {
    const one = asking(
      () => (one.clock.stall(1_500), [done(1)]),
      () => (one.clock.stall(500), [done(2)]),
    );

    expect(await one.ask([1, 2, 3], { limitMs: 2_000, maxBatch: 1 })).toMatchObject([
      done(1),
      done(2),
      { error: { code: "store-error", retryable: true } },
    ]);
    expect(one.calls).toEqual([[1], [2]]);
    expect(one.clock.waits).toEqual([2_000, 500]);
  });

  it("D-01 · a second try is waited for only as long as the first has left", async () => {
    const one = asking(
      () => (one.clock.stall(4_000), [away]),
      () => new Promise<never>(() => {}),
    );
    const answers = one.ask([1], { limitMs: 6_000 });
    await settled();
    one.clock.move(2_000);

    expect(await answers).toMatchObject([{ error: { code: "store-error" } }]);
    expect(one.clock.waits).toEqual([6_000, 12.5, 2_000]);
  });
});

describe("a store that does not answer", () => {
  it("D-01 · what it throws is an error of each item that may pass, with what was thrown", async () => {
    const cause = new Error("ECONNREFUSED");
    const one = asking(() => {
      throw cause;
    });
    const answers = await one.ask([1, 2], { maxTries: 2 });

    expect(answers.map(({ kind }) => kind)).toEqual(["error", "error"]);
    expect(answers[0]).toMatchObject({ error: { code: "store-error", retryable: true, cause } });
    expect(one.calls).toEqual([
      [1, 2],
      [1, 2],
    ]);
  });

  it("D-01 · is not waited for beyond the limit, and no timer is left of one that answers", async () => {
    const silent = asking(() => new Promise<never>(() => {}));
    const answers = silent.ask([1], { limitMs: 5_000.4, maxTries: 1 });
    await settled();
    expect(silent.clock.waits).toEqual([5_000.4]);
    silent.clock.move(5_001);

    expect(await answers).toMatchObject([
      { error: { code: "store-error", message: expect.stringContaining("within 5000 ms"), retryable: true } },
    ]);

    const quick = asking((items) => items.map(done));
    await quick.ask([1]);
    expect(quick.clock.waiting()).toBe(0);
  });

  it("an error of ours is passed on as it is, anything else says what it was", () => {
    const ours = new OnceError("table-missing", "make it");
    const thrown = { toString: () => "a text" };

    expect(storeError(ours)).toBe(ours);
    expect(storeError(new Error("reset by peer")).message).toContain("did not answer: reset by peer.");
    expect(storeError(thrown)).toMatchObject({
      code: "store-error",
      message: expect.stringContaining("did not answer: a text."),
      retryable: true,
      cause: thrown,
    });
  });
});
