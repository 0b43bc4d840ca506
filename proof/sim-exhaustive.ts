/**
 * Every schedule of small scopes, with ever more faults in each, for as long as it ends in time:
 * `npm run sim:exhaustive`, `npm run sim:exhaustive -- --minutes 1 --scope plain`.
 * Exit code 1 when a law was broken.
 */

import { parseArgs } from "node:util";
import { exhaust, type Exhausted, type Scope, SCOPES } from "@effectively-once/testkit/sim";
import { load, table, writeEvidence } from "./evidence.ts";

Error.stackTraceLimit = 0;
const { values } = parseArgs({
  allowNegative: true,
  options: {
    minutes: { type: "string", default: "10" },
    scope: { type: "string", multiple: true },
    write: { type: "boolean", default: false },
  },
});
const limitMs = Number(values.minutes) * 60_000;
const MOST_FAULTS = 6;
const loadBefore = load();
const count = (value: number): string => value.toLocaleString("en-US");

/** One fault more each time, until the time of this scope is over. */
async function scoped(scope: Scope): Promise<readonly Exhausted[]> {
  const startedMs = performance.now();
  const done: Exhausted[] = [];
  let saidMs = startedMs;
  for (let faults = 0; faults <= MOST_FAULTS; faults += 1) {
    const found = await exhaust({
      scope,
      faults,
      goesOn: (schedules, states) => {
        const nowMs = performance.now();
        if (nowMs - saidMs > 5_000) {
          saidMs = nowMs;
          process.stderr.write(
            `${scope.name}, ${faults} faults: ${count(schedules)} schedules, ${count(states)} states\n`,
          );
        }
        return nowMs - startedMs < limitMs;
      },
    });
    done.push(found);
    if (!found.complete || found.violations.length > 0) break;
  }
  return done;
}

const chosen = SCOPES.filter(({ name }) => values.scope?.includes(name) ?? true);
const all: Exhausted[] = [];
for (const scope of chosen) all.push(...(await scoped(scope)));
const text = [
  ...chosen.map(({ name, says }) => `- **${name}**: ${says}.`),
  "",
  table(
    [
      "scope",
      "faults at most",
      "schedules",
      "distinct states",
      "ended where one was before",
      "violations",
      "all of it",
    ],
    all.map(({ scope, faults, schedules, states, met, violations, complete }) => [
      scope,
      String(faults),
      count(schedules),
      count(states),
      count(met),
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
    command: `npm run sim:exhaustive -- --minutes ${values.minutes} --write`,
    loadBefore,
    text,
  });
process.exitCode = broken.length > 0 ? 1 : 0;
