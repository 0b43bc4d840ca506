import { expect, it } from "vitest";
import type { Facts } from "../../src/facts/model.ts";
import { dup003 } from "../../src/rules/dup003/rule.ts";
import { unknown } from "../../src/facts/value.ts";
import { fn, literal, mapping, only, queue } from "./support.ts";

function pair(timeout: number, visibility: number, window = 0): Partial<Facts> {
  return {
    functions: [fn({ timeoutSeconds: literal(timeout) })],
    queues: [queue({ visibilityTimeoutSeconds: literal(visibility) })],
    mappings: [mapping({ batchingWindowSeconds: literal(window) })],
  };
}

it("fires at equality, which AWS accepts", () => {
  expect(only(dup003, pair(30, 30))).toMatchObject({
    status: "fail",
    formula: "30 < 1.3 × 30",
    message:
      "Q shows a message again after 30 s, and F may run for 30 s: a run near its timeout is not deleted in time, and is done again.",
  });
});

it("adds the window", () => {
  expect(only(dup003, pair(20, 30, 5))).toMatchObject({
    formula: "30 < 1.3 × 20 + 5",
    message: expect.stringContaining("F may run for 20 s after a batching window of 5 s"),
  });
});

it("passes from 1.3 timeouts on", () => {
  expect(only(dup003, pair(30, 38)).status).toBe("fail");
  expect(only(dup003, pair(30, 39)).status).toBe("pass");
});

it("is silent where another one says what is worse", () => {
  expect(only(dup003, pair(60, 30))).toMatchObject({ reason: "DUP001 says what is worse" });
  expect(only(dup003, pair(30, 30, 5))).toMatchObject({ reason: "DUP002 says what is worse" });
});

it("cannot tell of a visibility timeout that is not known", () => {
  const open = queue({ visibilityTimeoutSeconds: unknown("it comes from a secret") });

  expect(only(dup003, { ...pair(30, 30), queues: [open] })).toMatchObject({
    status: "unknown",
    reason: "it comes from a secret",
  });
});
