import { defineConfig } from "vitest/config";

const conditions = ["@effectively-once/source"];

/** What the mutants of `core` and `engine` meet: the unit tests of the runtime, and the conformance of the memory store. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: [
      "packages/runtime/test/{core,engine,sources}/*.test.ts",
      "packages/testkit/test/conformance/memory.test.ts",
    ],
    exclude: ["**/*.{services,e2e}.test.ts", "**/node_modules/**"],
    testTimeout: 20_000,
  },
});
