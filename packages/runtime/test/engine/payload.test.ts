/** What a handler does to its message changes nothing of which record its attempt belongs to. */

import { expect, it } from "vitest";
import { sqs } from "../../src/index.ts";
import { bench, event, failures, lambda, type Order, record } from "./support.ts";

it("A-03 · F-01 · a handler that changes its message completes the record that was claimed, and only that one", async () => {
  const b = bench();
  const ran: string[] = [];
  const handler = b.once().handler(sqs<Order>({ key: (m) => m.body.orderId }), async (m) => {
    ran.push(m.body.orderId);
    (m.body as { orderId: string }).orderId = "another";
  });

  expect(failures(await handler(event(record("m1", { orderId: "o1" })), lambda()))).toEqual([]);
  await handler(event(record("m1", { orderId: "o1" })), lambda());
  expect(b.endings()).toEqual(["completed", "duplicate"]);
  await handler(event(record("m2", { orderId: "another" })), lambda());
  expect(ran).toEqual(["o1", "another"]);
});
