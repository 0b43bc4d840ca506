/** Finds or starts the services that tests need, before the first of them, and stops what it started. */

import type { TestProject } from "vitest/node";
import { HOW_TO_DYNAMODB, startDynamodb } from "./dynamodb.ts";
import { found, isCi, type Service } from "./found.ts";
import { HOW_TO_POSTGRES, startPostgres } from "./postgres.ts";

declare module "vitest" {
  export interface ProvidedContext {
    postgresUrl: string;
    dynamodbUrl: string;
    /** By the name that tests inject: why the service is not there. The runner skips the files that need it. */
    missingServices: Readonly<Record<string, string>>;
  }
}

/** By the name that tests inject. A missing service has an address too, so that the files which name it can be read. */
const SERVICES = {
  postgresUrl: {
    name: "Postgres",
    howTo: HOW_TO_POSTGRES,
    start: startPostgres,
    nowhere: "postgres://127.0.0.1:1/none",
  },
  dynamodbUrl: {
    name: "DynamoDB Local",
    howTo: HOW_TO_DYNAMODB,
    start: startDynamodb,
    nowhere: "http://127.0.0.1:1",
  },
} as const;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ci = isCi(process.env);
  const missing: Record<string, string> = {};
  const started: Service[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(started.map((service) => service.stop()));
  };
  const finding = Object.entries(SERVICES).map(async ([key, { name, howTo, start, nowhere }]) => {
    const service = await found(name, { ci, howTo, start: () => start(process.env) });
    if (service.missing === undefined) started.push(service);
    else missing[key] = service.missing;
    project.provide(key as keyof typeof SERVICES, service.missing === undefined ? service.url : nowhere);
  });
  const failed = (await Promise.allSettled(finding)).find((one) => one.status === "rejected");
  if (failed) {
    await stop();
    throw failed.reason;
  }
  project.provide("missingServices", missing);
  for (const sentence of Object.values(missing)) console.warn(`skipped what needs it: ${sentence}`);
  return stop;
}
