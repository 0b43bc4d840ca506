/** One scope: one fault more each time, until its time is over. */

import { parentPort, workerData } from "node:worker_threads";
import { exhaust, SCOPES } from "@effectively-once/testkit/sim";

export interface Bounds {
  readonly scope: string;
  readonly limitMs: number;
  /** How many faults a schedule may have at most. */
  readonly mostFaults: number;
}

const SAYS_MS = 5_000;
const { scope: name, limitMs, mostFaults } = workerData as Bounds;
const scope = SCOPES.find((one) => one.name === name);
if (!scope) throw new Error(`there is no scope "${name}"`);

// Errors are thrown on purpose by the thousand here, and nobody reads where.
Error.stackTraceLimit = 0;
const startedMs = performance.now();
let saidMs = startedMs;
for (let faults = 0; faults <= mostFaults; faults += 1) {
  const fromMs = performance.now();
  const found = await exhaust({
    scope,
    faults,
    goesOn: (schedules, states) => {
      const nowMs = performance.now();
      if (nowMs - saidMs > SAYS_MS) {
        saidMs = nowMs;
        process.stderr.write(`${name}, ${faults} faults: ${schedules} schedules, ${states} states\n`);
      }
      return nowMs - startedMs < limitMs;
    },
  });
  parentPort?.postMessage({ ...found, seconds: (performance.now() - fromMs) / 1_000 });
  if (!found.complete || found.violations.length > 0) break;
}
