/** A hundred thousand schedules in each run of the checks, a fifth of them new each time; and two faults that must be found. */

import { randomInt } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { copyWorkspace } from "../../proof/plants/copy.ts";
import { edited } from "../../proof/plants/run.ts";
import { SOWN } from "../../proof/sim/sown.ts";
import { onThreads } from "../../proof/sim/threads.ts";

// A violation is a bug, whether or not another seed has one too.
describe("the simulator", { retry: 0, timeout: 900_000 }, () => {
  it("C-07 · C-14 · D-21 · 80,000 schedules of known seeds break no law", async () => {
    const { schedules, failures } = await onThreads({ seed: 1, schedules: 80_000 }, 2, () => true);
    expect(failures.map(({ seed, trace }) => [seed, ...trace])).toEqual([]);
    expect(schedules).toBe(80_000);
  });

  it("20,000 schedules of new seeds break none either", async () => {
    const seed = randomInt(1_000_000, 2_000_000_000);
    process.stderr.write(`simulator: new schedules from seed ${seed}\n`);
    const { failures } = await onThreads({ seed, schedules: 20_000 }, 2, () => true);
    expect(failures.map((failure) => [failure.seed, ...failure.trace])).toEqual([]);
  });

  it.each(["step-moves-back", "failed-acknowledged"])("finds the planted fault %s, and says how", (id) => {
    const sown = SOWN.find(({ plant }) => plant.id === id);
    if (!sown) throw new Error(`there is no fault "${id}"`);
    const { folder, remove } = copyWorkspace();
    try {
      for (const edit of sown.plant.edits) {
        const path = join(folder, edit.file);
        writeFileSync(path, edited(readFileSync(path, "utf8"), edit));
      }
      const { status, stderr } = spawnSync(
        process.execPath,
        [
          "--disable-warning=ExperimentalWarning",
          "--conditions=@effectively-once/source",
          "proof/sim.ts",
          ...["--schedules", "20000", "--law", sown.law],
        ],
        { cwd: folder, encoding: "utf8" },
      );
      expect(stderr).toMatch(new RegExp(`seed \\d+ breaks .*${sown.law}.*: npm run sim -- --seed`));
      expect(stderr).toContain(`VIOLATED ${sown.law}`);
      expect(status).toBe(1);
    } finally {
      remove();
    }
  });
});
