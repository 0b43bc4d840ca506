import { expect, it } from "vitest";
import type { Facts } from "../../src/facts/model.ts";
import { unknown } from "../../src/facts/value.ts";
import { dup002 } from "../../src/rules/dup002/rule.ts";
import { at, fn, literal, mapping, only, queue } from "./support.ts";

function pair(timeout: number, visibility: number, window: number): Partial<Facts> {
  return {
    functions: [fn({ timeoutSeconds: literal(timeout) })],
    queues: [queue({ visibilityTimeoutSeconds: literal(visibility) })],
    mappings: [mapping({ batchingWindowSeconds: literal(window, "/Resources/M/Properties/Window") })],
  };
}

it("counts the window inside of the visibility timeout", () => {
  expect(only(dup002, pair(29, 30, 5))).toMatchObject({
    status: "fail",
    formula: "30 < 29 + 5",
    message:
      "Q shows a message again after 30 s. It may wait 5 s in the batching window before F starts, which may run for 29 s: a second copy can start while the first one is still running.",
    related: [
      { message: "the timeout of F is 29 s" },
      { place: at("/Resources/M/Properties/Window"), message: "the batching window is 5 s" },
      { message: "M connects Q to F" },
    ],
    timeline: [
      { label: "invisible", fromSeconds: 0, toSeconds: 30 },
      { label: "batching window", fromSeconds: 0, toSeconds: 5 },
      { label: "first run", fromSeconds: 5, toSeconds: 34 },
      { label: "second copy", fromSeconds: 30, toSeconds: 59 },
    ],
  });
});

it("passes from equality on", () => {
  expect(only(dup002, pair(25, 30, 5)).status).toBe("pass");
});

it("is not about a mapping without a window", () => {
  expect(only(dup002, pair(30, 30, 0))).toMatchObject({
    status: "not-applicable",
    reason: "it has no batching window",
  });
});

it("is silent where DUP001 says what is worse", () => {
  expect(only(dup002, pair(60, 30, 5))).toMatchObject({
    status: "not-applicable",
    reason: "DUP001 says what is worse",
  });
});

it("cannot tell with a window that is not known, and says so", () => {
  const open = mapping({ batchingWindowSeconds: unknown("it is a parameter without a default") });

  expect(only(dup002, { ...pair(29, 30, 0), mappings: [open] })).toMatchObject({
    status: "unknown",
    reason: "it is a parameter without a default",
  });
});
