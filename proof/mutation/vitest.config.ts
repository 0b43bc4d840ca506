import { defineConfig } from "vitest/config";

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

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [...(CHECKS[process.env["MUTATED_ROOM"] ?? ""] ?? [])],
    // The kills are processes, which no mutant is switched on in.
    exclude: ["**/*.{services,e2e}.test.ts", "**/*-kills.test.ts", "**/node_modules/**"],
    testTimeout: 20_000,
  },
});
