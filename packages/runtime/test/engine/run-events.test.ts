/** `once.run` and `once.wrap`: every call is told as a delivery, those that did not run too. */

import { expect, it } from "vitest";
import { bench } from "./support.ts";

it("A-03 · first, duplicate, busy, in doubt, failed: each is one delivery and one invocation, with the times of the store", async () => {
  const b = bench();
  const once = b.once();
  await once.run("a", async () => 1);
  const again = await once.run("a", async () => 2);
  const busy = await once.run("b", () => once.run("b", async () => 1));
  const failed = once.run("c", async () => {
    throw new Error("no");
  });
  await expect(failed).rejects.toThrow("no");
  const doubt = once.run("d", async (ctx) => {
    await ctx.plain("mail", async () => {
      throw new Error("lost");
    });
  });
  await expect(doubt).rejects.toThrow("lost");
  const held = await once.run("d", async () => 1);

  expect(again).toEqual({ ran: false, verdict: "duplicate", stored: true, value: 1 });
  expect(busy.ran && busy.value).toMatchObject({ ran: false, verdict: "busy" });
  expect(held).toEqual({
    ran: false,
    verdict: "in-doubt",
    reason: expect.stringContaining("mail") as string,
  });
  const told = b.events.flatMap((said) =>
    said.kind === "delivery" ? [[said.key, said.verdict, said.ending, said.attempt, said.acknowledged]] : [],
  );
  expect(told).toEqual([
    ["a", "first", "completed", 1, true],
    ["a", "duplicate", "duplicate", undefined, true],
    ["b", "busy", "busy", undefined, false],
    ["b", "first", "completed", 1, true],
    ["c", "first", "failed", 1, false],
    ["d", "first", "in-doubt", 1, false],
    ["d", "in-doubt", "in-doubt", undefined, false],
  ]);
  expect(b.invocations.length).toBe(7);
  expect(b.invocations[0]).toMatchObject({
    scope: "test/default",
    deliveries: 1,
    fencedWrites: 0,
    store: { claim: { calls: 1, items: 1, errors: 0 }, complete: { calls: 1, items: 1, errors: 0 } },
  });
  expect(b.invocations[1]?.store).toEqual({ claim: expect.objectContaining({ calls: 1 }) as object });
});

it("a store that does not answer: thrown, and told as a store error", async () => {
  const b = bench();
  b.faults.before = (operation) => {
    if (operation === "claim") throw new Error("away");
  };
  const running = b.once({ leaseMs: 60 }).run("a", async () => 1);

  await expect(running).rejects.toMatchObject({ code: "store-error", retryable: true });
  expect(b.endings()).toEqual(["store-error"]);
  expect(b.invocations[0]?.store.claim?.errors).toBeGreaterThan(0);
});
