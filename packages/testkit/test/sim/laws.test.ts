/** Each law against records that are decided wrongly: found, and the same when it is shrunk and run again. */

import { describe, expect, it } from "vitest";
import { simulate } from "../../src/sim/run.ts";
import { LAWS } from "../../src/sim/laws.ts";
import { BROKEN } from "./broken-records.ts";

/** What is not a matter of the store: the planted faults of `npm run sim:plants` are in the engine. */
const ENGINES = ["no-unprotected-run", "ends"];

describe("the laws notice", () => {
  it.each(BROKEN.map((one) => [one.law, one.says, one] as const))(
    "%s: %s",
    { timeout: 120_000 },
    async (law, _says, { memory }) => {
      const { failures } = await simulate({ seed: 1, schedules: 60_000, law, memory });
      const [failure] = failures;
      // Of the shrunk schedule, run once more.
      expect(failure?.violations.map((one) => one.law)).toContain(law);
      expect(failure?.trace.filter((line) => line.startsWith(`VIOLATED ${law}: `))).not.toEqual([]);
    },
  );

  it("what a store can break", () => {
    const laws = new Set([...BROKEN.map(({ law }) => law as string), ...ENGINES]);
    expect([...laws].toSorted()).toEqual(Object.keys(LAWS).toSorted());
  });
});
