/**
 * What the guard costs, counted and timed on real stores: `npm run bench:costs`, with `-- --write` into docs/costs.md.
 * The counts are exact; the times are of this machine, with the store on the same machine, and say only which is dearer.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Context, createOnce, type SqsMessage, sqs } from "@effectively-once/runtime";
import type { Store } from "@effectively-once/runtime/store";
import { postgresStore } from "@effectively-once/runtime/stores/postgres";
import { sqliteStore } from "@effectively-once/runtime/stores/sqlite";
import pg from "pg";

interface Bench {
  readonly name: string;
  readonly unit: string;
  readonly store: Store<unknown>;
  /** How many times the database was asked so far. */
  asked(): number;
  /** Lets the leases of all claims run out. */
  expire(): Promise<void>;
  close(): Promise<void>;
}

const ROUNDS = 40;

async function sqlite(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-bench-"));
  let aheadMs = 0;
  const clock = {
    wallMs: () => Date.now() + aheadMs,
    monotonicMs: () => performance.now(),
    after: (ms: number, fn: () => void) => {
      const timer = setTimeout(fn, ms);
      return () => clearTimeout(timer);
    },
  };
  const inner = sqliteStore({ path: join(folder, "records.db"), clock });
  await inner.setup();
  let asked = 0;
  const counted = Object.fromEntries(
    Object.entries(inner).map(([name, value]: [string, unknown]) => [
      name,
      typeof value !== "function"
        ? value
        : (...args: unknown[]): unknown => {
            asked += 1;
            return (value as (...given: unknown[]) => unknown)(...args);
          },
    ]),
  );
  return {
    name: "SQLite",
    unit: "store calls",
    store: counted as unknown as Store<unknown>,
    asked: () => asked,
    expire: async () => {
      aheadMs += 3_600_000;
    },
    close: async () => {
      await inner.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function postgres(): Promise<Bench> {
  const schema = `bench_${process.pid}`;
  const pool = new pg.Pool({
    host: process.env["PGHOST"] ?? "127.0.0.1",
    user: process.env["PGUSER"] ?? "postgres",
    database: process.env["PGDATABASE"] ?? "test",
  });
  let asked = 0;
  // Every statement that travels, inside of transactions too.
  const count = (client: { query: unknown }): void => {
    const query = client.query as (...args: unknown[]) => unknown;
    client.query = (...args: unknown[]) => {
      asked += 1;
      return query.apply(client, args);
    };
  };
  pool.on("connect", (client) => count(client));
  const store = postgresStore({ pool, schema });
  await store.setup();
  return {
    name: "Postgres",
    unit: "round trips",
    store: store as unknown as Store<unknown>,
    asked: () => asked,
    expire: async () => {
      await pool.query(`UPDATE "${schema}".effectively_once_records SET lease_until_ms = 0`);
    },
    close: async () => {
      await pool.query(`DROP SCHEMA "${schema}" CASCADE`);
      await pool.end();
    },
  };
}

type Ctx = Context<unknown>;
type Handle = (message: SqsMessage<{ readonly id: string }>, ctx: Ctx) => Promise<unknown>;

interface Case {
  readonly says: string;
  readonly messages: number;
  readonly run: Handle;
  /** Brings the batch's records into a state before it is measured. */
  readonly before?: "completed" | "failed" | "lapsed";
}

const CASES: readonly Case[] = [
  { says: "ten new messages, no verb", messages: 10, run: async () => {} },
  { says: "ten duplicates", messages: 10, run: async () => {}, before: "completed" },
  { says: "ten retries after a failure", messages: 10, run: async () => {}, before: "failed" },
  { says: "ten takeovers, one after another", messages: 10, run: async () => {}, before: "lapsed" },
  {
    says: "ten new messages, one `keyed` each",
    messages: 10,
    run: (_m, ctx) => ctx.keyed("a", async ({ key }) => key),
  },
  { says: "ten new messages, one `commit` each", messages: 10, run: (_m, ctx) => ctx.commit(async () => 1) },
  { says: "one new message, no verb", messages: 1, run: async () => {} },
  { says: "`keyed`", messages: 1, run: (_m, ctx) => ctx.keyed("a", async ({ key }) => key) },
  {
    says: "`keyed` with `remoteMemoryMs`",
    messages: 1,
    run: (_m, ctx) => ctx.keyed("a", async ({ key }) => key, { remoteMemoryMs: 86_400_000 }),
  },
  { says: "`repeatable`", messages: 1, run: (_m, ctx) => ctx.repeatable("a", async () => 1) },
  { says: "`plain`", messages: 1, run: (_m, ctx) => ctx.plain("a", async () => 1) },
  { says: "`transact`, an empty body", messages: 1, run: (_m, ctx) => ctx.transact("a", async () => 1) },
  { says: "`commit`, an empty body", messages: 1, run: (_m, ctx) => ctx.commit(async () => 1) },
];

let serial = 0;
function event(messages: number) {
  return {
    Records: Array.from({ length: messages }, () => {
      const id = `message-${(serial += 1)}`;
      return {
        messageId: id,
        receiptHandle: id,
        body: JSON.stringify({ id }),
        attributes: { ApproximateReceiveCount: "1" },
        messageAttributes: {},
        eventSource: "aws:sqs",
        eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:bench",
      };
    }),
  };
}

async function measure(bench: Bench, one: Case): Promise<{ readonly asked: number; readonly ms: number }> {
  let run: Handle = one.run;
  const once = createOnce({ store: bench.store, namespace: "bench", onEvent: () => {} });
  const source = sqs<{ readonly id: string }>({
    key: (m) => m.body.id,
    heartbeat: false,
    client: { send: async () => ({}) },
  });
  const handler = once.handler(source, (m, ctx) => run(m, ctx as Ctx), { name: `case-${(serial += 1)}` });
  const context = { functionName: "bench", getRemainingTimeInMillis: () => 60_000 };
  const times: number[] = [];
  let asked = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const batch = event(one.messages);
    if (one.before !== undefined) {
      run = one.before === "failed" ? () => Promise.reject(new Error("bench")) : async () => {};
      if (one.before === "lapsed") await claimOnly(bench.store, handler, batch, context);
      else await handler(batch, context);
      if (one.before === "lapsed") await bench.expire();
      run = one.run;
    }
    const askedBefore = bench.asked();
    const startedMs = performance.now();
    await handler(batch, context);
    times.push(performance.now() - startedMs);
    asked = bench.asked() - askedBefore;
  }
  return { asked, ms: times.toSorted((a, b) => a - b)[ROUNDS >> 1] ?? 0 };
}

/** Claims that nobody ends: what a killed process leaves behind. */
async function claimOnly(
  store: Store<unknown>,
  handler: (batch: ReturnType<typeof event>, context: object) => Promise<unknown>,
  batch: ReturnType<typeof event>,
  context: object,
): Promise<void> {
  const claim = store.claim.bind(store);
  let asked: Parameters<typeof claim>[0] = [];
  store.claim = (requests) => {
    asked = requests;
    return Promise.resolve(requests.map(() => ({ kind: "refused" })));
  };
  await handler(batch, context);
  store.claim = claim;
  await store.claim(asked);
}

const benches = [await sqlite(), await postgres()];
const rows = [
  ["", ...benches.flatMap(({ name, unit }) => [`${name}: ${unit}`, "ms"])],
  ["---", ...benches.flatMap(() => ["--:", "--:"])],
];
for (const one of CASES) {
  const cells: string[] = [];
  for (const bench of benches) {
    const { asked, ms } = await measure(bench, one);
    cells.push(String(asked), ms.toFixed(1));
  }
  process.stderr.write(`${one.says}: ${cells.join(" ")}\n`);
  rows.push([one.says, ...cells]);
}
for (const bench of benches) await bench.close();
const table = rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
process.stdout.write(`${table}\n`);
if (process.argv.includes("--write")) {
  const path = join(import.meta.dirname, "../docs/costs.md");
  const page = readFileSync(path, "utf8");
  const today = new Date().toISOString().slice(0, 10);
  const block = `<!-- costs -->\n\nMade by \`npm run bench:costs -- --write\` on ${today}, Node ${process.versions.node}, ${ROUNDS} rounds, the median.\n\n${table}\n\n<!-- /costs -->`;
  writeFileSync(
    path,
    page.replace(/<!-- costs -->[^]*<!-- \/costs -->/, () => block),
  );
  // The gate of the format is the formatter's own: its columns are not guessed here.
  spawnSync(join(import.meta.dirname, "../node_modules/.bin/oxfmt"), [path]);
}
process.exit(0);
