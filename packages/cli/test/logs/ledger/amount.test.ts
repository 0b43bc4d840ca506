/** Amounts are added exactly, and keep the digits with which they were written. */

import fc from "fast-check";
import { expect, it } from "vitest";
import { amountOf, spelled, sum } from "../../../src/logs/ledger/amount.ts";

function total(...texts: readonly string[]): string {
  return spelled(
    texts.map((text) => amountOf(text) ?? { units: -1n, scale: 0 }).reduce(sum, { units: 0n, scale: 0 }),
  );
}

it.each([
  [["0.1", "0.2"], "0.3"],
  [["10.50", "3"], "13.50"],
  [["-0.05", "0.02"], "-0.03"],
  [["9007199254740993", "1"], "9007199254740994"],
  [["12345678901234567.89", "0.001"], "12345678901234567.891"],
  [["1e3", "2.5E-2"], "1000.025"],
  [["-5", "5.00"], "0.00"],
  [["+7"], "7"],
  [[" 4.20 "], "4.20"],
])("adds %j to %s", (texts, expected) => {
  expect(total(...texts)).toBe(expected);
});

it.each(["12,50", "1.234,56", "€5", "", "-", "NaN", "0x10", "1e9999", "1".repeat(200)])(
  "does not guess what %j is",
  (text) => {
    expect(amountOf(text)).toBeUndefined();
  },
);

it("sums cents as whole numbers do", () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n })), (cents) => {
      const texts = cents.map((units) => spelled({ units, scale: 2 }));
      expect(total("0.00", ...texts)).toBe(
        spelled({ units: cents.reduce((left, right) => left + right, 0n), scale: 2 }),
      );
    }),
  );
});
