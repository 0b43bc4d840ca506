/** Random schedules as a check of the engine's mutants: they meet what tests of single sentences do not combine. */

import { simulate } from "@effectively-once/testkit/sim";
import { expect, it } from "vitest";

const SCHEDULES = 3_000;

it("no law is broken in random schedules", { timeout: 60_000 }, async () => {
  const { failures } = await simulate({ seed: 1, schedules: SCHEDULES });
  expect(failures.map(({ seed, violations }) => [seed, violations])).toEqual([]);
});
