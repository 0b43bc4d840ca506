/**
 * Random schedules of faults against the real engine, in virtual time: `npm run sim -- --schedules 10000000`,
 * `npm run sim -- --seed 42 --schedules 1` for one of them again, `--minutes 10` for as many as that takes.
 * Exit code 1 when a law was broken: with the seed, and the shortest schedule that breaks it, line by line.
 */

import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { type Law, LAWS } from "@effectively-once/testkit/sim";
import { load, table, writeEvidence } from "./evidence.ts";
import { onThreads } from "./sim/threads.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    schedules: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    /** Only a schedule that breaks this law is a failure. */
    law: { type: "string" },
    minutes: { type: "string" },
    threads: { type: "string", default: String(cpus().length) },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: false },
  },
});
const whole = (name: "schedules" | "seed" | "threads"): number => {
  const value = Number(values[name]);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  process.stderr.write(`--${name} is a whole number, 1 or more, got "${values[name]}".\n`);
  process.exit(2);
};
const schedules = whole("schedules");
const seed = whole("seed");
const threads = Math.min(whole("threads"), schedules);
const loadBefore = load();
const startedMs = performance.now();
const cpuBefore = process.cpuUsage();
const seconds = (): number => (performance.now() - startedMs) / 1_000;
const overMs = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes) * 60_000;
const count = (value: number): string => value.toLocaleString("en-US");

let saidSeconds = 0;
let interrupted = false;
process.once("SIGINT", () => {
  interrupted = true;
});
const total = await onThreads({ seed, schedules, law: values.law as Law | undefined }, threads, (soFar) => {
  if (seconds() - saidSeconds >= 5) {
    saidSeconds = seconds();
    const rate = Math.round(soFar.schedules / saidSeconds);
    process.stderr.write(
      `${count(soFar.schedules)} of ${count(schedules)} schedules, ${count(rate)} a second\n`,
    );
  }
  return !interrupted && performance.now() - startedMs < overMs;
});
const took = seconds();
const cpu = process.cpuUsage(cpuBefore);
const cpuSeconds = (cpu.user + cpu.system) / 1_000_000;
const rate = Math.round(total.schedules / took);
if (values.json) process.stdout.write(`${JSON.stringify({ ...total, seed, seconds: took, cpuSeconds })}\n`);
else {
  const text = [
    `${count(total.schedules)} schedules from seed ${seed}, ${count(total.steps)} steps, ${took.toFixed(0)} s on ${threads} threads: ${count(rate)} schedules a second, ${count(Math.round(total.schedules / cpuSeconds))} for each second of a core. ${total.failures.length} violations.`,
    table(
      ["law", "looked at", "what it says"],
      Object.entries(LAWS).map(([law, says]) => [law, count(total.checks[law] ?? 0), says]),
    ),
    table(
      ["fault", "how often"],
      Object.entries(total.faults)
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([fault, times]) => [fault, count(times)]),
    ),
  ].join("\n\n");
  process.stdout.write(`${text}\n`);
  if (values.write && total.failures.length === 0 && !interrupted)
    writeEvidence({
      section: "simulator",
      command: `npm run sim -- --schedules ${schedules} --seed ${seed}${values.minutes === undefined ? "" : ` --minutes ${values.minutes}`} --write`,
      loadBefore,
      text,
    });
}
for (const failure of total.failures) {
  process.stderr.write(
    `\nseed ${failure.seed} breaks ${failure.violations.map(({ law }) => law).join(", ")}: npm run sim -- --seed ${failure.seed} --schedules 1\n`,
  );
  process.stderr.write(`choices ${JSON.stringify(failure.choices)}\n${failure.trace.join("\n")}\n`);
}
process.exitCode = total.failures.length > 0 ? 1 : interrupted ? 130 : 0;
