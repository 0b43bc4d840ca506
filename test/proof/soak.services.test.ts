/** A short soak: real processes killed and frozen, connections cut, a fifth of the messages sent twice. */

import { expect, inject, it } from "vitest";
import { soak } from "../../proof/soak/run.ts";

it("B-01 … B-07 · C-01 · D-06 · A-04 · a short soak on Postgres: none lost, none doubled, everything that a kill left behind has ended", async () => {
  const report = await soak({
    place: "postgres",
    url: inject("postgresUrl"),
    messages: 120,
    ms: 15_000,
    seed: 7,
    workers: 3,
  });

  expect(report.lost).toEqual([]);
  expect(report.doubled).toEqual([]);
  expect(report.unrecovered).toBe(0);
  expect(report.kills + report.freezes).toBeGreaterThan(0);
  expect(report.sent).toBeGreaterThan(report.messages);
}, 300_000);
