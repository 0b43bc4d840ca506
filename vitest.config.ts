import { defineConfig } from "vitest/config";

const conditions = ["@effectively-once/source"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};

/** `unit` needs nothing but Node; `services` needs Postgres (test setup starts an embedded one when none answers). */
export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          include: [
            "packages/*/{src,test}/**/*.test.ts",
            "examples/*/test/**/*.test.ts",
            "test/**/*.test.ts",
          ],
          exclude: ["**/*.services.test.ts", "**/node_modules/**"],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: "services",
          include: [
            "packages/*/{src,test}/**/*.services.test.ts",
            "examples/*/test/**/*.services.test.ts",
            "test/**/*.services.test.ts",
          ],
          globalSetup: ["test/services/setup.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
