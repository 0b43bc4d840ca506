import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const conditions = ["@effectively-once/source"];

/** What the mutants of a room meet: its own quick tests, and for the engine random schedules of faults too. */
const CHECKS: Readonly<Record<string, readonly string[]>> = {
  core: ["packages/runtime/test/core/*.test.ts", "packages/testkit/test/conformance/memory.test.ts"],
  engine: [
    "packages/runtime/test/engine/*.test.ts",
    "packages/runtime/test/sources/*.test.ts",
    "packages/runtime/test/edges/*.test.ts",
    "packages/runtime/test/telemetry/*.test.ts",
    ...(process.env["MUTATE_QUICK"] === "1" ? [] : ["proof/mutation/simulated.test.ts"]),
  ],
};

/** A mutant is killed by the first test that fails: a room's own are asked first, those that take a second or more last. */
const LAST = /\/(time|order|verbs|late-answers|transport|batch|simulated)\.test\.ts$/;

class QuickFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number =>
      LAST.test(moduleId) ? 2 : Number(!moduleId.includes("/test/engine/"));
    return Promise.resolve(files.toSorted((one, other) => place(one) - place(other)));
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [...(CHECKS[process.env["MUTATED_ROOM"] ?? ""] ?? [])],
    // The kills are processes, which no mutant is switched on in.
    exclude: ["**/*.{services,e2e}.test.ts", "**/*-kills.test.ts", "**/node_modules/**"],
    // Many a mutant waits for ever.
    testTimeout: 12_000,
    // One worker for all files of a mutant: to start one for each takes longer than most files do.
    isolate: false,
    sequence: { sequencer: QuickFirst },
  },
});
