/** The simulator itself: that it repeats, that it notices, that it shrinks. */

import { describe, expect, it } from "vitest";
import { exhaust, SCOPES } from "../../src/sim/exhaustive.ts";
import { Laws } from "../../src/sim/laws.ts";
import { Ledger } from "../../src/sim/ledger.ts";
import { simulate, simulated } from "../../src/sim/run.ts";
import { noCounts, runSchedule } from "../../src/sim/schedule.ts";
import { shrink } from "../../src/sim/shrink.ts";
import { Tape } from "../../src/sim/tape.ts";
import { BROKEN } from "./broken-records.ts";
import { Endless, World } from "../../src/sim/world.ts";

async function trace(tape: Tape): Promise<readonly string[]> {
  const lines: string[] = [];
  const slots = await simulated();
  const violations = await runSchedule({
    tape,
    slots,
    counts: noCounts(),
    trace: (line) => void lines.push(line),
  });
  expect(violations).toEqual([]);
  return lines;
}

describe("schedules", () => {
  it("of one seed are the same each time, and of its choices too", async () => {
    for (const seed of [3, 77, 4_711]) {
      const tape = Tape.ofSeed(seed);
      const first = await trace(tape);
      await trace(Tape.ofSeed(seed + 1));
      expect(await trace(Tape.ofSeed(seed))).toEqual(first);
      expect(await trace(new Tape(tape.taken))).toEqual(first);
    }
  });

  it("look at every law, and have every sort of fault", { timeout: 120_000 }, async () => {
    const { schedules, counts, failures } = await simulate({ seed: 1, schedules: 3_000 });
    expect(failures).toEqual([]);
    expect(schedules).toBe(3_000);
    const { LAWS } = await import("../../src/sim/laws.ts");
    expect(Object.keys(counts.checks).toSorted()).toEqual(Object.keys(LAWS).toSorted());
    expect(Object.keys(counts.faults).length).toBeGreaterThan(24);
  });

  it("end early when they are told to", async () => {
    const { schedules } = await simulate({ seed: 1, schedules: 100_000, progress: (done) => done < 500 });
    expect(schedules).toBe(512);
  });
});

describe("the laws", () => {
  it("notice what the other side has been asked for twice", () => {
    const laws = new Laws();
    const ledger = new Ledger(laws);
    ledger.keyed("w", "charge", "k1");
    ledger.keyed("w", "charge", "k1");
    ledger.plain("w", "mail", 1);
    ledger.rows("w", ["order"]);
    ledger.repeatable("w", "index");
    ledger.repeatable("w", "index");
    expect(laws.violations).toEqual([]);
    ledger.keyed("w", "charge", "k2");
    ledger.plain("w", "mail", 2);
    ledger.rows("w", ["order"]);
    expect(laws.violations.map(({ law }) => law)).toEqual(["keyed-once", "plain-once", "transaction-once"]);
  });

  it("notice an answer that differs from the one before, or is none", () => {
    const laws = new Laws();
    const ledger = new Ledger(laws);
    ledger.answered("w", "charge", "a");
    ledger.answered("w", "charge", "a");
    ledger.resolve("w", "mail");
    ledger.answered("w", "mail", undefined);
    expect(laws.violations).toEqual([]);
    ledger.answered("w", "charge", "b");
    ledger.answered("w", "order", undefined);
    expect(laws.violations.map(({ law }) => law)).toEqual(["same-value", "same-value"]);
  });

  it("notice what happens in an attempt that a person has ruled out", () => {
    const laws = new Laws();
    const ledger = new Ledger(laws);
    ledger.refuse("w", "mail", 1);
    ledger.plain("w", "mail", 1);
    expect(laws.violations.map(({ law }) => law)).toEqual(["not-done-is-final"]);
  });
});

describe("virtual time", () => {
  it("goes on to what is due next, drops what was killed, holds what is frozen", async () => {
    const world = new World();
    const said: string[] = [];
    const owner = { name: "e", killed: false, frozenUntilMs: 50 };
    const dead = { name: "d", killed: true, frozenUntilMs: 0 };
    world.in(10, owner, () => void said.push(`frozen ${world.nowMs}`));
    world.in(20, undefined, () => void said.push(`free ${world.nowMs}`));
    world.in(5, dead, () => void said.push("dead"));
    world.in(30, undefined, () => void said.push("cancelled"))();
    await world.run();
    expect(said).toEqual(["free 20", "frozen 50"]);
  });

  it("lets every promise go on before the next thing happens", async () => {
    const world = new World();
    const said: string[] = [];
    world.in(1, undefined, () => {
      void (async () => {
        for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
        said.push("promise");
      })();
    });
    world.in(1, undefined, () => void said.push("next"));
    await world.run();
    expect(said).toEqual(["promise", "next"]);
  });

  it("ends what would never end", async () => {
    const world = new World({ maxSteps: 100 });
    const again = (): void => void world.in(1, undefined, again);
    again();
    await expect(world.run()).rejects.toThrow(Endless);
  });
});

describe("the shrinker", () => {
  it("keeps failing, and ends at the least that fails", async () => {
    const choices = Array.from({ length: 60 }, (_, index) => (index * 7) % 5);
    let tries = 0;
    const least = await shrink(choices, async (values) => {
      tries += 1;
      return values.filter((value) => value >= 3).length >= 2;
    });
    expect(least).toEqual([3, 3]);
    expect(tries).toBeLessThan(2_000);
  });

  it("leaves what fails in no simpler way as it is", async () => {
    const choices = [0, 2, 0, 1];
    expect(await shrink(choices, async (values) => String(values) === String(choices))).toEqual(choices);
  });
});

describe("exhaustive search", () => {
  it(
    "counts through every order and every single fault of a message with a plain effect",
    { timeout: 120_000 },
    async () => {
      const scope = SCOPES.find(({ name }) => name === "plain");
      if (!scope) throw new Error("there is no such scope");
      const none = await exhaust({ scope, faults: 0 });
      const one = await exhaust({ scope, faults: 1 });
      expect([none.complete, one.complete]).toEqual([true, true]);
      expect([...none.violations, ...one.violations]).toEqual([]);
      expect(one.schedules).toBeGreaterThan(1_000);
      expect(one.states).toBeGreaterThan(none.states);
      expect(await exhaust({ scope, faults: 1 })).toEqual(one);
    },
  );

  it("finds the one fault that shows a wrong store, and tells it line by line", async () => {
    const scope = SCOPES.find(({ name }) => name === "plain");
    const memory = BROKEN.find(({ law }) => law === "plain-once")?.memory;
    if (!scope || !memory) throw new Error("there is no such scope, or no such store");
    expect((await exhaust({ scope, faults: 0, memory })).violations).toEqual([]);
    const [found] = (await exhaust({ scope, faults: 1, memory })).violations;
    expect(found?.violations.map(({ law }) => law)).toContain("plain-once");
    expect(found?.trace.join("\n")).toMatch(/mail: done[^]*mail: done/);
  });

  it("says that it was cut", async () => {
    const scope = SCOPES[0] as (typeof SCOPES)[number];
    const { complete, schedules } = await exhaust({ scope, faults: 2, goesOn: (done) => done < 300 });
    expect(complete).toBe(false);
    expect(schedules).toBe(512);
  });
});
