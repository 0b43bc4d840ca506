/**
 * Every schedule of small scopes, with ever more faults in each, for as long as it ends in time:
 * `npm run sim:exhaustive`, `npm run sim:exhaustive -- --minutes 1 --scope plain`.
 * Exit code 1 when a law was broken.
 */

import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { BOUNDS, type Exhausted, type Scope, SCOPES } from "@effectively-once/testkit/sim";
import { load, table, writeEvidence } from "./evidence.ts";
import type { Bounds } from "./sim/exhaust-thread.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    minutes: { type: "string", default: "10" },
    scope: { type: "string", multiple: true },
    /** How far to go at most; what ends in time decides before. */
    faults: { type: "string", default: "6" },
    threads: { type: "string", default: String(cpus().length) },
    write: { type: "boolean", default: false },
  },
});
const limitMs = Number(values.minutes) * 60_000;
const loadBefore = load();
const count = (value: number): string => value.toLocaleString("en-US");

type Timed = Exhausted & { readonly seconds: number };

function scoped({ name }: Scope): Promise<readonly Timed[]> {
  const done: Timed[] = [];
  const bounds: Bounds = { scope: name, limitMs, mostFaults: Number(values.faults) };
  const worker = new Worker(join(import.meta.dirname, "sim/exhaust-thread.ts"), {
    workerData: bounds,
    execArgv: ["--disable-warning=ExperimentalWarning", "--conditions=@effectively-once/source"],
  });
  worker.on("message", (found: Timed) => void done.push(found));
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => resolve(done));
  });
}

const chosen = SCOPES.filter(({ name }) => values.scope?.includes(name) ?? true);
const waiting = [...chosen];
const found = new Map<Scope, readonly Timed[]>();
async function lane(): Promise<void> {
  for (let scope = waiting.shift(); scope; scope = waiting.shift()) found.set(scope, await scoped(scope));
}
await Promise.all(Array.from({ length: Number(values.threads) }, lane));
const all = chosen.flatMap((scope) => found.get(scope) ?? []);
const text = [
  ...chosen.map(({ name, says }) => `- **${name}**: ${says}.`),
  "",
  "A schedule is every choice of these, the first of each list but for as many as the faults at most:",
  "",
  ...BOUNDS.map((bound) => `- ${bound}.`),
  "",
  table(
    [
      "scope",
      "faults at most",
      "schedules",
      "distinct states",
      "ended where one was before",
      "seconds",
      "violations",
      "all of it",
    ],
    all.map(({ scope, faults, schedules, states, met, seconds, violations, complete }) => [
      scope,
      String(faults),
      count(schedules),
      count(states),
      count(met),
      seconds.toFixed(0),
      String(violations.length),
      complete ? "yes" : `no: cut after ${values.minutes} minutes`,
    ]),
  ),
].join("\n");
process.stdout.write(`${text}\n`);
const broken = all.flatMap(({ violations }) => violations);
for (const { choices, violations, trace } of broken.slice(0, 3)) {
  const laws = violations.map(({ law, text }) => `VIOLATED ${law}: ${text}`);
  process.stderr.write(`\nchoices ${JSON.stringify(choices)}\n${[...trace, ...laws].join("\n")}\n`);
}
if (values.write && broken.length === 0)
  writeEvidence({
    section: "exhaustive",
    command: `npm run sim:exhaustive -- --minutes ${values.minutes} --faults ${values.faults} --write`,
    loadBefore,
    text,
  });
process.exitCode = broken.length > 0 ? 1 : 0;
