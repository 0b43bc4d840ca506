/** The option `readPowertoolsRecords` where no DynamoDB is needed: what is refused, and by which words. */

import { describe, expect, it } from "vitest";
import { isOnceError, type PowertoolsRecords, type SqsMessage, sqs } from "../../src/index.ts";
import type { Store } from "../../src/store.ts";
import { bench, failures, lambda, type Order, orders } from "./support.ts";

type Options = PowertoolsRecords<SqsMessage<Order>>;
const good: Options = { tableName: "idempotency", keyPrefix: "orders-prod", select: (m) => m.body.orderId };

/** A memory store that says it reads former records, so that what comes before the store can be tried. */
function handler(given: unknown, formerRecords = true) {
  const { once, store, endings, calls } = bench();
  const reading: Store<never> = { ...store, traits: { ...store.traits, formerRecords } };
  return {
    endings,
    calls,
    handle: once({ store: reading }).handler(sqs<Order>({ key: (m) => m.body.orderId }), async () => {}, {
      readPowertoolsRecords: given as Options,
    }),
  };
}

describe("readPowertoolsRecords", () => {
  it("is refused by a store that cannot read such records, which would run again what was finished", () => {
    expect(() => handler(good, false)).toThrow(/`readPowertoolsRecords` needs a store .* Use dynamodbStore/);
  });

  it.each([
    ["idempotency", /must be an object .*, got a string/],
    [{ ...good, tablename: "x" }, /has no option "tablename"/],
    [{ ...good, tableName: "" }, /`tableName` must be a non-empty string, got an empty one/],
    [{ ...good, keyPrefix: undefined }, /`keyPrefix` must be a string, got undefined/],
    [{ ...good, select: "orderId" }, /`select` must be a function .*, got a string/],
    [{ ...good, validation: "amount" }, /`validation` must be a function/],
    [{ ...good, hash: "md55" }, /`hash` must be an algorithm .*, got "md55"/],
    [{ ...good, hash: 5 }, /`hash` must be an algorithm .*, got a number/],
    [{ ...good, sortKeyAttr: "sort" }, /`sortKeyAttr` and `staticPkValue` go together/],
    [{ ...good, statusAttr: 1 }, /`statusAttr` must be a non-empty string, got a number/],
  ])("%j is refused at construction", (given, words) => {
    let thrown: unknown;
    try {
      handler(given);
    } catch (error) {
      thrown = error;
    }
    expect(isOnceError(thrown, "invalid-option", "unknown-option") && thrown.message).toMatch(words);
  });

  it("takes an empty prefix, which Powertools has where it did not know the function's name", () => {
    expect(() => handler({ ...good, keyPrefix: "" })).not.toThrow();
  });

  it("F-02 · a `select` that throws makes the message invalid, and the store is not asked", async () => {
    const { handle, endings, calls } = handler({
      ...good,
      select: () => {
        throw new Error("no such field");
      },
    });
    expect(failures(await handle(orders(1), lambda()))).toEqual(["m0"]);
    expect([endings(), calls]).toEqual([["invalid"], []]);
  });
});
