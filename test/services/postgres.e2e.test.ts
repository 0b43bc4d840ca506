/** The embedded Postgres, in a process of its own, as `npm test` uses it where no other answers. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

const program = `
  import { startPostgres } from "./postgres.ts";
  const service = await startPostgres({ PGPORT: "1" });
  process.exitCode = 7;
  console.log(service.url);
  await service.stop();
`;

it("starts where none answers, stops, and leaves a failed run's exit code alone", () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program],
    { cwd: join(import.meta.dirname), encoding: "utf8" },
  );
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^postgres:\/\/postgres:postgres@127\.0\.0\.1:\d+\/postgres\n$/);
  expect(status).toBe(7);
}, 120_000);
