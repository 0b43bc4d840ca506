/** What is counted of the calls of the store: each try by itself, whatever came of it. */

import { expect, it } from "vitest";
import { StoreCalls } from "../../src/engine/store-calls.ts";
import { stillClock } from "./still-world.ts";

function counting() {
  const clock = stillClock();
  const calls = new StoreCalls(clock);
  return {
    calls,
    call: (operation: "claim" | "renew", ms: number, ...answers: readonly string[]) =>
      calls.measured(operation, answers, async (items) => {
        clock.stall(ms);
        return items.map((kind) => ({ kind }));
      }),
    fail: (ms: number) =>
      calls.measured("claim", ["a", "b"], () => {
        clock.stall(ms);
        throw new Error("away");
      }),
  };
}

it("each operation has its calls, items and times, the longest of them by itself", async () => {
  const { calls, call } = counting();
  expect(await call("claim", 30, "won", "busy")).toEqual([{ kind: "won" }, { kind: "busy" }]);
  await call("renew", 5, "written");
  await call("claim", 10, "won");

  expect(calls.times).toEqual({
    claim: { calls: 2, items: 3, errors: 0, totalMs: 40, longestMs: 30 },
    renew: { calls: 1, items: 1, errors: 0, totalMs: 5, longestMs: 5 },
  });
});

it("an item that is answered with an error is one error, and a call that throws is one too, and is thrown on", async () => {
  const { calls, call, fail } = counting();
  await call("claim", 1, "error", "won", "error");
  expect(calls.times.claim).toMatchObject({ calls: 1, items: 3, errors: 2 });
  await expect(fail(7)).rejects.toThrow("away");

  expect(calls.times.claim).toEqual({ calls: 2, items: 5, errors: 3, totalMs: 8, longestMs: 7 });
});

it("fenced writes are counted over all operations", async () => {
  const { calls, call } = counting();
  expect(calls.fenced).toBe(0);
  await call("renew", 1, "fenced", "written", "fenced");
  await call("claim", 1, "fenced", "error");

  expect(calls.fenced).toBe(3);
});
