import { expect, it } from "vitest";
import type { Facts } from "../../src/facts/model.ts";
import { unknown } from "../../src/facts/value.ts";
import { dup004 } from "../../src/rules/dup004/rule.ts";
import { fn, literal, mapping, only, queue } from "./support.ts";

function pair(timeout: number, visibility: number, window = 0): Partial<Facts> {
  return {
    functions: [fn({ timeoutSeconds: literal(timeout) })],
    queues: [queue({ visibilityTimeoutSeconds: literal(visibility) })],
    mappings: [mapping({ batchingWindowSeconds: literal(window) })],
  };
}

it("counts six timeouts and the window", () => {
  expect(only(dup004, pair(10, 30, 5))).toMatchObject({
    status: "fail",
    formula: "30 < 6 × 10 + 5",
    message:
      "Q shows a message again after 30 s. That is less than six times the 10 s that F may run, plus the batching window of 5 s: a throttled batch has little time to be tried again before it costs a receive.",
  });
});

it("leaves the window out of the formula where there is none", () => {
  expect(only(dup004, pair(10, 30))).toMatchObject({ formula: "30 < 6 × 10" });
});

it("passes from six timeouts and the window on", () => {
  expect(only(dup004, pair(10, 65, 5)).status).toBe("pass");
});

it("is silent where another one says what is worse", () => {
  expect(only(dup004, pair(30, 30))).toMatchObject({
    status: "not-applicable",
    reason: "DUP003 says what is worse",
  });
});

it("cannot tell of a timeout that is not known", () => {
  const open = fn({ timeoutSeconds: unknown("it is a parameter without a default") });

  expect(only(dup004, { ...pair(10, 30), functions: [open] })).toMatchObject({ status: "unknown" });
});

it("is for information, and a warning under the strict profile", () => {
  expect(dup004.severity).toEqual({ minimal: "off", recommended: "info", strict: "warning" });
});
