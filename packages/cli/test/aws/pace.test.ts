/** How fast a service is asked. */

import { describe, expect, it } from "vitest";
import { Pace } from "../../src/aws/pace.ts";

const never = new AbortController().signal;

async function timeOfSteps(pace: Pace, count: number): Promise<number> {
  const started = performance.now();
  for (let n = 0; n < count; n += 1) await pace.step(never);
  return performance.now() - started;
}

describe("a pace", () => {
  it("lets no more calls run at once than it was told", async () => {
    const pace = new Pace({ atOnce: 3, perSecond: Number.POSITIVE_INFINITY });
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running -= 1;
    };

    await Promise.all(Array.from({ length: 12 }, () => pace.turn(work)));

    expect(most).toBe(3);
    expect(running).toBe(0);
  });

  it("gives a failed call's turn to the next one", async () => {
    const pace = new Pace({ atOnce: 1, perSecond: Number.POSITIVE_INFINITY });

    const failed = pace.turn(() => Promise.reject(new Error("no")));
    const next = pace.turn(() => Promise.resolve("yes"));

    await expect(failed).rejects.toThrow("no");
    await expect(next).resolves.toBe("yes");
  });

  it("spaces requests", async () => {
    const pace = new Pace({ atOnce: 1, perSecond: 100 });

    expect(await timeOfSteps(pace, 11)).toBeGreaterThanOrEqual(95);
  });

  it("slows down once for requests that were throttled together, eightfold at most, and recovers", async () => {
    const pace = new Pace({ atOnce: 1, perSecond: 200 });
    const sentAtMs = performance.now();
    for (let n = 0; n < 5; n += 1) pace.throttled(sentAtMs - n);
    await pace.step(never);
    const once = await timeOfSteps(pace, 10);
    for (let n = 0; n < 9; n += 1) pace.throttled(Number.POSITIVE_INFINITY);
    await pace.step(never);
    const often = await timeOfSteps(pace, 10);
    for (let n = 0; n < 100; n += 1) pace.answered();
    await pace.step(never);
    const recovered = await timeOfSteps(pace, 10);

    expect(once).toBeGreaterThanOrEqual(95);
    expect(often).toBeGreaterThanOrEqual(390);
    expect(recovered).toBeLessThan(often);
  });
});
