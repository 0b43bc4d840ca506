import { defineConfig } from "vitest/config";

const conditions = ["@effectively-once/source"];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
};
const within = (ending: string): string[] =>
  ["packages/*/{src,test}/**", "examples/*/test/**", "test/**"].map((folder) => `${folder}/*${ending}`);

/**
 * `unit` needs nothing but Node, and is what `npm run check` runs. `e2e` needs nothing but Node either, and real time:
 * whole runs of the command line. `services` needs Postgres (its setup starts an embedded one when none answers),
 * `browser` a Chromium (its setup fetches one where none is installed).
 */
export default defineConfig({
  test: {
    // Vitest leaves a core to itself, which of two is half; most tests here wait for a process or a database.
    maxWorkers: "100%",
    projects: [
      {
        ...shared,
        test: {
          name: "unit",
          include: within(".test.ts"),
          exclude: ["**/*.{services,e2e,browser}.test.ts", "**/node_modules/**"],
          testTimeout: 20_000,
        },
      },
      {
        ...shared,
        test: {
          name: "e2e",
          include: within(".e2e.test.ts"),
          // Visibility timeouts and leases run on in real time: one file at a time, when nothing else is running.
          fileParallelism: false,
          maxConcurrency: 2,
          // A stalled machine can make a message visible before its time; what is wrong fails twice.
          retry: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: "browser",
          include: within(".browser.test.ts"),
          globalSetup: ["test/browser/setup.ts"],
          runner: "test/services/runner.ts",
          // A time is measured: nothing else is to run beside it.
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        ...shared,
        test: {
          name: "services",
          include: within(".services.test.ts"),
          globalSetup: ["test/services/setup.ts"],
          runner: "test/services/runner.ts",
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
