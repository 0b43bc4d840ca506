/** What a bundle of a function grows by, without its client: minified, as a bundler makes it. */

import { rolldown } from "rolldown";
import { expect, it } from "vitest";

const FACE = "@effectively-once/runtime";
const store = (name: string): string =>
  `export { createOnce, sqs } from "${FACE}"; export { ${name}Store } from "${FACE}/stores/${name}";`;

/** In bytes, minified: no more than this, rounded up from what was measured. */
const BUDGETS: readonly (readonly [string, string, number])[] = [
  ["createOnce, sqs and postgresStore", store("postgres"), 96_000],
  ["createOnce, sqs and dynamodbStore", store("dynamodb"), 110_000],
  ["createOnce, sqs and sqliteStore", store("sqlite"), 82_000],
  ["edges/aws-sdk", `export * from "${FACE}/edges/aws-sdk";`, 17_000],
  ["edges/fetch", `export * from "${FACE}/edges/fetch";`, 12_000],
  ["telemetry", `export * from "${FACE}/telemetry";`, 10_000],
];

async function minified(code: string): Promise<number> {
  const bundle = await rolldown({
    input: "entry",
    platform: "node",
    external: [/^node:/, /^@aws-sdk\//, /^pg$/],
    resolve: { conditionNames: ["@effectively-once/source", "import", "node"] },
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "entry" ? "\0entry" : undefined),
        load: (id) => (id === "\0entry" ? code : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ minify: true, format: "esm" });
  await bundle.close();
  return output.reduce((sum, part) => sum + ("code" in part ? Buffer.byteLength(part.code) : 0), 0);
}

it.each(BUDGETS)("%s", { timeout: 30_000 }, async (_what, code, budget) => {
  const bytes = await minified(code);
  expect(bytes).toBeLessThanOrEqual(budget);
  // A budget that nothing comes near holds nothing.
  expect(bytes).toBeGreaterThan(budget * 0.85);
});
