/** Results that cannot be stored: the effects that gave them are made all the same, and are not made again. */

import { expect, it } from "vitest";
import { sqs } from "../../src/index.ts";
import { bench, event, failures, lambda, type Order, record } from "./support.ts";

const source = () => sqs<Order>({ key: (m) => m.body.orderId });
const delivery = () => event(record("m1", { orderId: "o1" }));
const cycle = (): object => {
  const value: Record<string, unknown> = {};
  value["self"] = value;
  return value;
};

it.each([
  ["a bigint", () => 1n],
  ["a function", () => () => {}],
  ["a cycle", cycle],
  [
    "a toJSON that throws",
    () => ({
      toJSON() {
        throw new Error("no");
      },
    }),
  ],
])(
  "F-12 · a handler that returns %s is completed without its result, and not run again",
  async (_says, value) => {
    const b = bench();
    let ran = 0;
    const handler = b.once().handler(
      source(),
      async () => {
        ran += 1;
        return value();
      },
      { storeResult: true },
    );

    expect(failures(await handler(delivery(), lambda()))).toEqual([]);
    expect(failures(await handler(delivery(), lambda()))).toEqual([]);
    expect(ran).toBe(1);
    expect(b.endings()).toEqual(["completed", "duplicate"]);
    expect(b.warnings()).toEqual(["result-dropped"]);
  },
);

it("F-12 · a plain effect whose result is no JSON is known to have happened: a later attempt neither makes it again nor is in doubt", async () => {
  const b = bench();
  let mails = 0;
  const handler = b.once().handler(source(), async (_m, ctx) => {
    await ctx.plain("mail", async () => {
      mails += 1;
      return 1n as never;
    });
    if (ctx.attempt === 1) throw new Error("after the mail");
  });

  expect(failures(await handler(delivery(), lambda()))).toEqual(["m1"]);
  expect(failures(await handler(delivery(), lambda()))).toEqual([]);
  expect(mails).toBe(1);
  expect(b.endings()).toEqual(["failed", "completed"]);
});
