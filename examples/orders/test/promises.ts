/** What the example promises, on whichever database. */

import { randomUUID } from "node:crypto";
import type { LocalLambda } from "@effectively-once/testkit/lambda";
import { afterAll, beforeAll, expect, it } from "vitest";
import { deliver, message, ordersFunction, type PaymentService, paymentService } from "./support.ts";

export interface Subject {
  /** The environment that the function gets for this database, whose tables are there. */
  env(): Readonly<Record<string, string>>;
  /** The charges in the rows of an order. */
  rows(orderId: string): Promise<readonly string[]>;
}

export function promises({ env, rows }: Subject): void {
  let payments: PaymentService;
  let lambda: LocalLambda;
  beforeAll(async () => {
    payments = await paymentService();
    lambda = ordersFunction({ ...env(), PAYMENTS_URL: payments.url });
  });
  afterAll(async () => {
    await lambda.shutdown();
    await payments.close();
  });

  it("A-03 · A-04 · an order that is redelivered and sent again is charged once and written once", async () => {
    const orderId = randomUUID();
    const first = message({ orderId, cents: 4_200, sentAt: "09:00" });
    const resend = message({ orderId, cents: 4_200, sentAt: "09:01" });

    expect(await deliver(lambda, first)).toEqual([]);
    expect(await deliver(lambda, first)).toEqual([]);
    expect(await deliver(lambda, resend)).toEqual([]);

    const { requests, ids } = payments.of(orderId);
    expect(requests).toBe(1);
    expect(await rows(orderId)).toEqual(ids);
  });

  it("B-04 · a charge whose answer was lost is asked for again under its key: one charge, one row", async () => {
    const orderId = randomUUID();
    const sent = message({ orderId, cents: 900 }, "lost-answer");
    payments.loseAnswerOf(orderId);

    expect(await deliver(lambda, sent)).toEqual(["lost-answer"]);
    expect(await rows(orderId)).toEqual([]);
    expect(await deliver(lambda, sent)).toEqual([]);

    const { requests, ids } = payments.of(orderId);
    expect(requests).toBe(2);
    expect(ids).toHaveLength(1);
    expect(await rows(orderId)).toEqual(ids);
  });

  it("E-01 · one bad order of a batch does not hold up the others, and is not charged", async () => {
    const [good, bad] = [randomUUID(), randomUUID()];

    const failed = await deliver(
      lambda,
      message({ cents: 1 }, "without-an-id"),
      message({ orderId: good, cents: 100 }, "good"),
      message({ orderId: bad, cents: "free" }, "without-an-amount"),
    );

    expect(failed.toSorted()).toEqual(["without-an-amount", "without-an-id"]);
    expect(payments.of(bad).requests).toBe(0);
    expect(await rows(good)).toEqual(payments.of(good).ids);
  });

  it("A-07 · an order that comes again with another amount is held, and changes nothing", async () => {
    const orderId = randomUUID();

    expect(await deliver(lambda, message({ orderId, cents: 100 }))).toEqual([]);
    expect(await deliver(lambda, message({ orderId, cents: 999 }, "changed"))).toEqual(["changed"]);

    expect(payments.of(orderId).requests).toBe(1);
    expect(await rows(orderId)).toHaveLength(1);
  });
}
