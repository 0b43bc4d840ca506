/** How long a message that is not acknowledged stays invisible (P9, P10). */

import { describe, expect, it } from "vitest";
import { type VisibilityQuestion, visibilityMs } from "../../src/engine/visibility.ts";

const CAP_MS = 43_200_000;

/** Without jitter unless chance says something. */
function ms(
  asked: Partial<VisibilityQuestion> & Pick<VisibilityQuestion, "how">,
  backoff?: (attempt: number) => number,
  chance = 0,
): number | undefined {
  const nothing = { attempt: undefined, receiveCount: undefined, leaseLeftMs: undefined, busy: undefined };
  return visibilityMs({ ...nothing, ...asked }, backoff, { token: () => "", fraction: () => chance });
}

it("a message that is left alone is not moved", () => {
  expect(ms({ how: "leave", attempt: 1, leaseLeftMs: 5 }, () => 9)).toBeUndefined();
});

describe("backoff", () => {
  it("is what the user's function says of the attempt, without jitter; without one the queue decides", () => {
    const backoff = (attempt: number): number => attempt * 1_000;
    expect(ms({ how: "backoff", attempt: 4 }, backoff, 0.5)).toBe(4_000);
    // A delivery that failed before it had an attempt is in its first.
    expect(ms({ how: "backoff" }, backoff)).toBe(1_000);
    expect(ms({ how: "backoff", attempt: 4 })).toBeUndefined();
  });

  it.each([
    [-1, 0],
    [CAP_MS, CAP_MS],
    [CAP_MS + 1, CAP_MS],
    [Number.NaN, 0],
    [Number.POSITIVE_INFINITY, 0],
  ])("%d becomes %d, which SQS takes", (said, becomes) => {
    expect(ms({ how: "backoff", attempt: 1 }, () => said)).toBe(becomes);
  });
});

describe("deadline", () => {
  it("C-13 · what has begun comes when its lease is over, what has not at once; a moment apart from each other", () => {
    expect(ms({ how: "deadline", leaseLeftMs: 7_000 }, undefined, 0.25)).toBe(7_250);
    expect(ms({ how: "deadline" }, undefined, 0.25)).toBe(250);
    expect(ms({ how: "deadline", leaseLeftMs: -7_000 })).toBe(0);
  });
});

describe("busy", () => {
  const busy = { leftMs: 20_000, runLeftMs: 90_000 };

  it("A-09 · comes when the lease is over, and does not use up its receives: from the third on when the run is", () => {
    expect(ms({ how: "busy", receiveCount: 2, busy }, undefined, 0.5)).toBe(20_500);
    expect(ms({ how: "busy", receiveCount: 3, busy }, undefined, 0.5)).toBe(90_500);
    expect(ms({ how: "busy", receiveCount: 5, busy })).toBe(90_000);
    // A source that does not count.
    expect(ms({ how: "busy", busy })).toBe(20_000);
  });

  it("A-09 · waits for the lease where it outlasts the run", () => {
    expect(ms({ how: "busy", receiveCount: 5, busy: { leftMs: 20_000, runLeftMs: -1_000 } })).toBe(20_000);
  });

  it("A-09 · comes within a second where lease and run are over", () => {
    expect(
      ms({ how: "busy", receiveCount: 5, busy: { leftMs: -5_000, runLeftMs: -1 } }, undefined, 0.5),
    ).toBe(500);
  });

  it("is left alone where nothing is known of its owner", () => {
    expect(ms({ how: "busy", receiveCount: 5 }, () => 9)).toBeUndefined();
  });
});
