/**
 * The demo for many seeds and stores: `npm run demo:seeds -- --seeds 10 sqlite: postgres://localhost/test`.
 * Prints a Markdown table; exit code 1 when a guarded side lost or doubled anything, or a naive side doubled nothing.
 */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { DemoReport } from "../packages/cli/src/demo/report.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seeds: { type: "string", default: "10" }, messages: { type: "string", default: "300" } },
});
const bin = join(import.meta.dirname, "../packages/cli/src/bin.ts");

function demo(seed: number, storeUrl: string): Promise<DemoReport> {
  // "sqlite:" alone is the demo's own default, a file in a temporary folder.
  const store = storeUrl === "sqlite:" ? [] : ["--store-url", storeUrl];
  const args = ["demo", "--json", "--seed", String(seed), "--messages", values.messages, ...store];
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "--conditions=@effectively-once/source", bin, ...args],
      { maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        if (stdout === "") reject(error ?? new Error(stderr));
        else resolve(JSON.parse(stdout) as DemoReport);
      },
    );
  });
}

const shown = (side: { duplicatedEffects: number; lost: number }) =>
  `${side.duplicatedEffects} / ${side.lost}`;
let wrong = 0;
process.stdout.write(
  "| store | seed | deliveries | naive doubled / lost | naive with a key | guarded | in doubt | verdicts of the guarded side |\n| --- | --: | --: | --: | --: | --: | --: | --- |\n",
);
for (const storeUrl of positionals.length > 0 ? positionals : ["sqlite:"])
  for (let seed = 1; seed <= Number(values.seeds); seed += 1) {
    const { store, naive, naiveKeyed, guarded } = await demo(seed, storeUrl);
    if (guarded.lost + guarded.duplicatedEffects > 0) wrong += 1;
    if (naive.duplicatedEffects === 0 || naiveKeyed.duplicatedEffects === 0) wrong += 1;
    const verdicts = Object.entries(guarded.verdicts).map(([verdict, count]) => `${verdict} ${count}`);
    process.stdout.write(
      `| ${[store, seed, guarded.deliveries, shown(naive), shown(naiveKeyed), shown(guarded), guarded.inDoubt, verdicts.join(", ")].join(" | ")} |\n`,
    );
  }
process.exitCode = wrong > 0 ? 1 : 0;
