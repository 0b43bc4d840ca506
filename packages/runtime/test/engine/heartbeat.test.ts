/** The heartbeat: when it renews and extends, for how long, and when it tells a handler to stop (P9, C-04, C-05, C-11). */

import { describe, expect, it } from "vitest";
import { Beat } from "../../src/engine/beat.ts";
import { OnceError } from "../../src/index.ts";
import { Stopwatch } from "../../src/ports.ts";
import type { Store } from "../../src/store.ts";
import { allWritten, bareSession, gate } from "./bare-session.ts";
import { settled } from "./still-world.ts";

const away = { kind: "error", error: new OnceError("store-error", "away") } as const;
const TWELVE_HOURS_MS = 43_200_000;
const BATCHING_WINDOW_MS = 300_000;

function beating(renew: Store["renew"] = allWritten) {
  const renewed: string[][] = [];
  const bare = bareSession({
    store: { renew: (items) => (renewed.push(items.map(({ id }) => id)), renew(items)) },
  });
  const extended: number[] = [];
  return {
    ...bare,
    renewed,
    extended,
    extend: async (ms: number): Promise<void> => void extended.push(ms),
    /** Time passes, and what it has set going has come to its end. */
    async pass(ms: number) {
      bare.clock.move(ms);
      await settled();
    },
  };
}

describe("the heartbeat", () => {
  it("renews what is held at each third of the lease, and extends every message for as long as the lease and a second", async () => {
    const b = beating();
    b.attempt("one");
    const other = b.attempt("other");
    const beat = new Beat(b.session, b.extend);
    await b.pass(9_999);
    expect(b.renewed).toEqual([]);
    await b.pass(1);
    b.session.letGo(other);
    await b.pass(10_000);

    expect(b.renewed).toEqual([["one", "other"], ["one"]]);
    expect(b.extended).toEqual([31_000, 31_000]);
    await beat.stop();
  });

  it("without a queue to ask renews alone, and knows of no visibility", async () => {
    const b = beating();
    const beat = new Beat(b.session, undefined);
    b.attempt();
    await b.pass(10_000);
    await beat.stop();

    expect([b.renewed, b.session.visibility, b.warnings()]).toEqual([[["i"]], undefined, []]);
  });

  it("knows the visibility from before it was asked for, and only when it was granted", async () => {
    const b = beating();
    const asked = gate();
    const beat = new Beat(b.session, () => asked.opened);
    await b.pass(10_000);
    expect(b.session.visibilityLeftMs()).toBeUndefined();
    b.clock.stall(2_000);
    asked.open();
    await settled();

    expect(b.session.visibilityLeftMs()).toBe(29_000);
    await beat.stop();
  });

  it("C-11 · asks for no more than the cap allows, from five minutes before the call on", async () => {
    const b = beating();
    const beat = new Beat(b.session, b.extend);
    await b.pass(TWELVE_HOURS_MS - BATCHING_WINDOW_MS - 20_000);
    expect(b.extended).toEqual([20_000]);
    await b.pass(10_000);
    expect(b.extended).toEqual([20_000, 10_000]);
    await beat.stop();
  });

  it("C-11 · asks for a last second, and for nothing below it: that is said once", async () => {
    const b = beating();
    const beat = new Beat(b.session, b.extend);
    b.attempt();
    await b.pass(TWELVE_HOURS_MS - BATCHING_WINDOW_MS - 1_000);
    expect([b.extended, b.warnings()]).toEqual([[1_000], []]);
    const { visibility } = b.session;
    await b.pass(10_000);
    await b.pass(10_000);

    expect([b.extended, b.warnings(), b.renewed.length]).toEqual([[1_000], ["visibility-cap"], 3]);
    expect(b.session.visibility).toBe(visibility);
    await beat.stop();
  });

  it("C-11 · does not ask for a part of a second at the cap", async () => {
    const b = beating();
    const beat = new Beat(b.session, b.extend);
    await b.pass(TWELVE_HOURS_MS - BATCHING_WINDOW_MS - 999);

    expect([b.extended, b.warnings()]).toEqual([[], ["visibility-cap"]]);
    await beat.stop();
  });
});

describe("a store that does not answer the heartbeat", () => {
  const silent: Store["renew"] = async (items) => items.map(() => away);

  it("is asked again four times as soon, until it has answered", async () => {
    let down = true;
    const b = beating(async (items) => (down ? silent(items) : allWritten(items)));
    const beat = new Beat(b.session, undefined);
    b.attempt();
    await b.pass(10_000);
    down = false;
    await b.pass(2_499);
    expect(b.renewed).toHaveLength(1);
    await b.pass(1);
    expect(b.renewed).toHaveLength(2);
    await b.pass(9_999);
    expect(b.renewed).toHaveLength(2);
    await b.pass(1);
    expect(b.renewed).toHaveLength(3);
    await beat.stop();
  });

  it("C-04 · a handler is told to stop while its lease still holds, and not before the next try may come too late", async () => {
    const b = beating(silent);
    const [old, young] = [b.attempt("old"), b.attempt("young")];
    const beat = new Beat(b.session, undefined);
    await b.pass(10_000);
    // Half of the time between two beats is enough for one more try.
    old.leased(new Stopwatch(b.clock), 2_500 + 4_999);
    young.leased(new Stopwatch(b.clock), 2_500 + 5_000);
    await b.pass(2_500);

    expect([old.leaseLeftMs(), young.leaseLeftMs()]).toEqual([4_999, 5_000]);
    expect([old.refused?.code, old.told.signal.aborted]).toEqual(["fenced", true]);
    expect([young.refused, young.told.signal.aborted]).toEqual([undefined, false]);
    await beat.stop();
  });

  it("B-03 · a handler whose transaction has begun meanwhile is not told to stop: the commit decides", async () => {
    const b = beating(async (items) => {
      mine.transactions = 1;
      return silent(items);
    });
    const mine = b.attempt();
    mine.leased(new Stopwatch(b.clock), 12_000);
    const beat = new Beat(b.session, undefined);
    await b.pass(10_000);

    expect([mine.leaseLeftMs(), mine.refused]).toEqual([2_000, undefined]);
    await beat.stop();
  });
});

describe("the end of the heartbeat", () => {
  it("C-05 · cancels the beat that is to come", async () => {
    const b = beating();
    b.attempt();
    const beat = new Beat(b.session, b.extend);
    await beat.stop();

    expect(b.clock.waiting()).toBe(0);
  });

  it("C-05 · waits for a beat in flight, which sets no other", async () => {
    const answer = gate();
    const b = beating(async (items) => (await answer.opened, items.map(() => away)));
    const mine = b.attempt();
    mine.leased(new Stopwatch(b.clock), 12_000);
    const beat = new Beat(b.session, b.extend);
    await b.pass(10_000);
    let stopped = false;
    const stopping = beat.stop().then(() => (stopped = true));
    await settled();
    expect(stopped).toBe(false);
    answer.open();
    await stopping;

    expect(b.clock.waiting()).toBe(0);
    // Its answer is of nobody any more.
    expect(mine.refused).toBeUndefined();
  });

  it("C-05 · a timer past cancelling, as after a freeze, renews and extends nothing", async () => {
    const b = beating();
    b.attempt();
    let wake = (): void => {};
    const { after } = b.clock;
    b.clock.after = (ms, fn) => ((wake = fn), after(ms, fn));
    const beat = new Beat(b.session, b.extend);
    await beat.stop();
    wake();
    await settled();

    expect([b.renewed, b.extended]).toEqual([[], []]);
  });
});
