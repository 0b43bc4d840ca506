/**
 * The soak: `npm run soak -- --messages 20000 --minutes 10`, `npm run soak -- --store postgres --seed 4 --json --no-write`.
 * Exit code 1 when anything was lost or doubled, or when recovery took longer than it may: while a frozen process held
 * the lock of the whole store, longer by that.
 */

import { parseArgs } from "node:util";
import { load, table, writeEvidence } from "./evidence.ts";
import { PLACE_NAMES } from "./places.ts";
import { SERVICES } from "./services.ts";
import { soak, type SoakReport } from "./soak/run.ts";

const { values } = parseArgs({
  allowNegative: true,
  options: {
    store: { type: "string", multiple: true },
    messages: { type: "string", default: "20000" },
    minutes: { type: "string", default: "10" },
    workers: { type: "string", default: "6" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    write: { type: "boolean", default: true },
  },
});
const loadBefore = load();
const reports: SoakReport[] = [];
for (const place of PLACE_NAMES.filter((name) => values.store?.includes(name) ?? true)) {
  const service = await SERVICES[place](process.env);
  try {
    const report = await soak({
      place,
      url: service.url,
      messages: Number(values.messages),
      ms: Number(values.minutes) * 60_000,
      seed: Number(values.seed),
      workers: Number(values.workers),
      progress: (line) => process.stderr.write(`${line}\n`),
    });
    reports.push(report);
    if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  } finally {
    await service.stop();
  }
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
const text = [
  ...reports.flatMap(({ place, lost, doubled }) => [
    ...lost.slice(0, 20).map((one) => `- ${place}: lost ${one}`),
    ...doubled.slice(0, 20).map((one) => `- ${place}: doubled ${one}`),
  ]),
  table(
    [
      "store",
      "messages",
      "sent",
      "batches",
      "kills",
      "freezes",
      "cut before",
      "cut after",
      "lost",
      "doubled",
      "held",
      "recovered",
      "p50",
      "p99",
      "bound",
      "standstills",
      "longest",
      "p99 outside",
      "others p50",
      "others p99",
      "took",
    ],
    reports.map((one) => [
      one.place,
      String(one.messages),
      String(one.sent),
      String(one.deliveries),
      String(one.kills),
      String(one.freezes),
      String(one.cutsBefore),
      String(one.cutsAfter),
      String(one.lost.length),
      String(one.doubled.length),
      String(one.held),
      String(one.recoveries),
      seconds(one.recoveryP50Ms),
      seconds(one.recoveryP99Ms),
      seconds(one.recoveryBoundMs),
      String(one.standstills),
      seconds(one.longestStandstillMs),
      seconds(one.recoveryOutsideP99Ms),
      seconds(one.latencyP50Ms),
      seconds(one.latencyP99Ms),
      `${one.seconds} s`,
    ]),
  ),
].join("\n\n");
process.stdout.write(`${text}\n`);
const command = `npm run soak -- --messages ${values.messages} --minutes ${values.minutes} --workers ${values.workers} --seed ${values.seed}`;
if (values.write) writeEvidence({ section: "soak", command, loadBefore, text });
process.exitCode = reports.every(
  ({ lost, doubled, recoveryOutsideP99Ms, recoveryP99Ms, recoveryBoundMs, longestStandstillMs }) =>
    lost.length + doubled.length === 0 &&
    recoveryOutsideP99Ms <= recoveryBoundMs &&
    recoveryP99Ms <= recoveryBoundMs + longestStandstillMs,
)
  ? 0
  : 1;
