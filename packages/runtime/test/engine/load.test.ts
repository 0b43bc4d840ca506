/** What a heartbeat costs when there is much to keep alive. */

import { expect, it } from "vitest";
import { sqs } from "../../src/index.ts";
import type { Clock } from "../../src/ports.ts";
import { bench, failures, lambda, type Order, orders } from "./support.ts";

it("H-05 · a thousand handlers in one process: one timer for all, and one request to the store per beat", async () => {
  const b = bench();
  const leaseMs = 3_000_000;
  const beatMs = leaseMs / 3;
  const beats: (() => void)[] = [];
  let cancelled = 0;
  // Beats are fired by hand; everything else keeps its time.
  const clock: Clock = {
    ...b.clock,
    after(ms, fn) {
      if (ms !== beatMs) return b.clock.after(ms, fn);
      beats.push(fn);
      return () => {
        cancelled += 1;
      };
    },
  };
  let running = 0;
  let finish = (): void => {};
  const until = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const source = sqs<Order>({ key: (m) => m.body.orderId, concurrency: 1_000, heartbeat: false });
  const handler = b.once({ clock, leaseMs }).handler(source, async () => {
    running += 1;
    await until;
  });
  const event = handler(orders(1_000), lambda(900_000));
  while (running < 1_000) await new Promise((resolve) => setImmediate(resolve));
  const renews = () => b.calls.filter((call) => call === "renew").length;
  expect(beats).toHaveLength(1);

  for (let beat = 1; beat <= 3; beat += 1) {
    beats.shift()?.();
    while (beats.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(renews()).toBe(beat);
  }
  finish();
  expect(failures(await event)).toEqual([]);

  expect(cancelled).toBe(1);
  expect(b.store.traits.maxBatch).toBe(1_000);
});
