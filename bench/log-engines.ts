/**
 * What else could put logs together: DuckDB over the same files, and `node:sqlite` as the spill of the fold. Each in a
 * process of its own: `node --conditions=@effectively-once/source bench/log-engines.ts --gigabytes 1`.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { Spool } from "../packages/cli/src/logs/fold/spool.ts";
import { Tidy } from "../packages/cli/src/logs/fold/tidy.ts";
import { writeLogs } from "./logs.ts";

const { values } = parseArgs({
  options: {
    gigabytes: { type: "string", default: "1" },
    of: { type: "string" },
    folder: { type: "string", default: "" },
    rows: { type: "string", default: "0" },
  },
});

/** As many as the fold spills of so many deliveries, with what it keeps of each. */
function* rows(): Generator<{ readonly key: string; readonly at: number; readonly rest: string }> {
  const count = Number(values.rows);
  for (let index = 0; index < count; index += 1)
    yield { key: `order-${(index * 7_919) % count}`, at: index, rest: "x".repeat(150) };
}

const ENGINES: Readonly<Record<string, () => Promise<number>>> = {
  /** Only as far as the deliveries of each order: no invocations, no ends, no verdicts. */
  async duckdb() {
    const duckdb = await DuckDBInstance.create(":memory:", { memory_limit: "900MB", threads: "2" });
    const connection = await duckdb.connect();
    const reader = await connection.runAndReadAll(`
      WITH lines AS (SELECT line FROM read_csv('${values.folder}/*/*', columns = {'line': 'VARCHAR'}, delim = '\\x01',
        quote = '', escape = '', header = false, max_line_size = 10000000)),
      events AS (SELECT left(line, 24) AS seen, substr(line, 26) AS json FROM lines WHERE contains(line, '"Records":[{"messageId"')),
      records AS (SELECT seen, unnest(CAST(json_extract(json, '$.event.Records') AS JSON[])) AS record FROM events),
      keyed AS (SELECT seen, json_extract_string(json_extract_string(record, '$.body'), '$.orderId') AS key FROM records)
      SELECT count(*) AS n, count(DISTINCT key) AS keys, max(runs) FROM (
        SELECT key, row_number() OVER (PARTITION BY key ORDER BY seen) AS runs FROM keyed)`);
    return Number(reader.getRows()[0]?.[0]);
  },
  async sqlite() {
    const db = new DatabaseSync(join(values.folder, "spill.db"));
    db.exec(
      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE rows (key TEXT, row TEXT); BEGIN",
    );
    const put = db.prepare("INSERT INTO rows VALUES (?, ?)");
    for (const row of rows()) put.run(row.key, JSON.stringify(row));
    db.exec("COMMIT");
    let read = 0;
    for (const row of db.prepare("SELECT key, row FROM rows ORDER BY key").iterate()) {
      JSON.parse(String(row["row"]));
      read += 1;
    }
    db.close();
    return read;
  },
  async spool() {
    const spool = new Spool<{ readonly key: string }>((row) => row.key, {
      spills: () => true,
      folder: values.folder,
      signal: undefined,
      tidy: new Tidy(),
    });
    for (const row of rows()) spool.add(row);
    let read = 0;
    for await (const groups of spool.parts()) for (const group of groups) read += group.length;
    spool.close();
    return read;
  },
};

if (values.of === undefined) main();
else {
  const found = await ENGINES[values.of]?.();
  process.stdout.write(JSON.stringify({ found, maxRssMb: process.resourceUsage().maxRSS / 1_024 }));
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-log-engines-"));
  try {
    const { deliveries, bytes } = writeLogs(folder, Number(values.gigabytes) * 1e9);
    process.stdout.write(`${(bytes / 1e9).toFixed(2)} GB, ${deliveries} deliveries\n`);
    for (const engine of Object.keys(ENGINES)) {
      const startedMs = performance.now();
      const file = fileURLToPath(import.meta.url);
      const asked = ["--of", engine, "--folder", folder, "--rows", String(deliveries)];
      const run = spawnSync(process.execPath, [...process.execArgv, file, ...asked], { encoding: "utf8" });
      if (run.status !== 0) throw new Error(`${engine} ended with ${run.status}: ${run.stderr}`);
      const { found, maxRssMb } = JSON.parse(run.stdout) as { found: number; maxRssMb: number };
      const seconds = (performance.now() - startedMs) / 1_000;
      process.stdout.write(`${engine}: ${found} rows, ${seconds.toFixed(1)} s, ${Math.round(maxRssMb)} MB\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
