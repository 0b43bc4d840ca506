/** A process as Lambda has it: suspended, frozen, killed, and what its clocks say meanwhile. */

import { describe, expect, it } from "vitest";
import { Environment, EPOCH_MS } from "../../src/sim/environment.ts";
import { Faults } from "../../src/sim/faults.ts";
import { Tape } from "../../src/sim/tape.ts";
import { World } from "../../src/sim/world.ts";

/** The lengths of its freezes, in the order of `FREEZES_MS`. */
function environment(...spans: readonly number[]): { world: World; it: Environment; said: string[] } {
  const world = new World();
  const said: string[] = [];
  const faults = new Faults({
    tape: new Tape(spans),
    probability: 0,
    theme: undefined,
    budget: 9,
    counts: {},
  });
  const it = new Environment({
    world,
    faults,
    name: "e1",
    skewMs: () => 500,
    remembers: false,
    note: (_who, text) => void said.push(text),
    onKill: () => {},
  });
  return { world, it, said };
}

const answer = { says: "", value: "done" } as const;

describe("an environment", () => {
  it("has a wall clock that goes on while it is frozen, and another that stands still", async () => {
    const { world, it } = environment(0);
    world.in(100, undefined, () => {
      it.freeze("frozen");
      expect(it.clock.monotonicMs()).toBe(100);
    });
    const seen: number[] = [];
    for (const ms of [2_000, 5_101])
      world.in(ms, undefined, () => void seen.push(it.clock.wallMs() - EPOCH_MS, it.clock.monotonicMs()));
    await world.run();
    expect(seen).toEqual([2_500, 100, 5_601, 101]);
  });

  it("counts two freezes at once as the longer one", async () => {
    const { world, it } = environment(1, 0);
    world.in(100, undefined, () => {
      it.freeze("frozen");
      it.freeze("frozen again");
    });
    world.in(40_000, undefined, () => {});
    await world.run();
    expect([it.frozenUntilMs, it.clock.monotonicMs()]).toEqual([35_100, 5_000]);
  });

  it("stays suspended between invocations, whatever arrives", async () => {
    const { world, it } = environment(0);
    let told = false;
    world.in(1, it, () => {
      void it.asks({ happens: () => ({ ...answer, after: "freeze" as const }) }).then(() => (told = true));
      it.suspend();
    });
    world.in(90_000, undefined, () => {});
    await world.run();
    expect([told, it.frozenUntilMs, it.clock.monotonicMs()]).toEqual([false, Number.POSITIVE_INFINITY, 1]);
    it.resume();
    await world.run();
    expect([told, it.clock.monotonicMs()]).toEqual([true, 1]);
  });

  it("sends what it was to send before a freeze after it, and what it was told to drop never", async () => {
    const { world, it } = environment(0);
    const arrived: number[] = [];
    const stop = new AbortController();
    world.in(1, it, () => {
      const happens = () => {
        arrived.push(world.nowMs);
        return answer;
      };
      void it.asks({ before: "freeze", happens });
      it.asks({ happens, signal: stop.signal }).catch(() => arrived.push(-1));
    });
    world.in(10, undefined, () => stop.abort());
    await world.run();
    expect(arrived).toEqual([-1, 5_002]);
  });

  it("hears no answer after it was killed, though the other side has done its part", async () => {
    const { world, it, said } = environment();
    let done = 0;
    let told = false;
    world.in(1, it, () => {
      void it.asks({ happens: () => ({ ...answer, value: (done += 1) }) }).then(() => (told = true));
      it.kill("killed");
    });
    await world.run();
    expect([done, told, said]).toEqual([1, false, ["killed"]]);
  });
});
