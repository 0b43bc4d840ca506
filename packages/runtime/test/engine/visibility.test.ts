/** How long a message that is not acknowledged stays invisible (P9). */

import { expect, it } from "vitest";
import { visibilityMs } from "../../src/engine/visibility.ts";

it("A-09 · a busy message waits for the lease where it outlasts the run, and does not use up its receives", () => {
  const asked = {
    how: "busy",
    attempt: undefined,
    receiveCount: 5,
    leaseLeftMs: undefined,
    busy: { leftMs: 20_000, runLeftMs: -1_000 },
  } as const;
  const random = { token: () => "", fraction: () => 0 };

  expect(visibilityMs(asked, undefined, random)).toBe(20_000);
  expect(visibilityMs({ ...asked, busy: { leftMs: 20_000, runLeftMs: 90_000 } }, undefined, random)).toBe(
    90_000,
  );
});
