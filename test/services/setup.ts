/** Finds or starts the services that tests need, before the first of them, and stops what it started. */

import type { TestProject } from "vitest/node";
import { found, isCi, type Service } from "./found.ts";
import { HOW_TO_POSTGRES, startPostgres } from "./postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
    /** By the name that tests inject: why the service is not there. The runner skips the files that need it. */
    missingServices: Readonly<Record<string, string>>;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ci = isCi(process.env);
  const missing: Record<string, string> = {};
  const started: Service[] = [];
  const postgres = await found("Postgres", {
    ci,
    howTo: HOW_TO_POSTGRES,
    start: () => startPostgres(process.env),
  });
  if (postgres.missing === undefined) started.push(postgres);
  else missing["postgresUrl"] = postgres.missing;
  // A missing service has an address too, so that the files which name it can be read; nothing answers at port 1.
  project.provide(
    "postgresUrl",
    postgres.missing === undefined ? postgres.url : "postgres://127.0.0.1:1/none",
  );
  project.provide("missingServices", missing);
  for (const sentence of Object.values(missing)) console.warn(`skipped what needs it: ${sentence}`);
  return async () => {
    for (const service of started) await service.stop();
  };
}
