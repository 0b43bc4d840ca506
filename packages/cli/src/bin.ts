#!/usr/bin/env node
/** The command line: the one place that prints and that sets the exit code. */

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { type DemoReport, runDemo, SIDES } from "./demo/run.ts";

const HELP = `effectively-once: stop, find and prove the absence of duplicate effects

  effectively-once demo [--messages 300] [--seed N] [--store-url sqlite:<folder>|postgres://…]
                        [--keep] [--format pretty|json | --json]

The demo sends the same orders to three consumers on this machine, kills and freezes
their processes, and counts every charge and every row.

  effectively-once demo
  effectively-once demo --seed 42 --format json
  effectively-once demo --store-url postgres://localhost/test

Exit code: 0 the guarded side lost and doubled nothing, 1 it did, 2 wrong usage, 130 interrupted.
`;

class Usage extends Error {}

function table(report: DemoReport): string {
  const rows = [
    ["", "messages", "deliveries", "effects", "doubled", "lost"],
    ...SIDES.map((side) => {
      const { messages, deliveries, effects, duplicatedEffects, lost } = report[side];
      return [side, messages, deliveries, effects, duplicatedEffects, lost].map(String);
    }),
  ];
  const text = rows
    .map((row) => row.map((cell, index) => (index === 0 ? cell.padEnd(12) : cell.padStart(11))).join(""))
    .join("\n");
  const verdicts = Object.entries(report.guarded.verdicts).map(([verdict, count]) => `${verdict} ${count}`);
  return `${text}\n\nguarded: in doubt ${report.guarded.inDoubt}; ${verdicts.join(", ")}\nseed ${report.seed}, store ${report.store}\n`;
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  const value = text === undefined ? otherwise : Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Usage(`--${name} is a whole number, got "${text}".`);
}

async function main(): Promise<number> {
  const [command, ...rest] = process.argv.slice(2);
  if (command === undefined || command === "--help" || command === "help" || rest.includes("--help")) {
    process.stdout.write(HELP);
    return 0;
  }
  if (command !== "demo") throw new Usage(`there is no command "${command}".`);
  const { values } = readArgs(rest);
  const format = values.json ? "json" : (values.format ?? "pretty");
  if (format !== "json" && format !== "pretty")
    throw new Usage(`--format is pretty or json, got "${format}".`);
  const seed = whole("seed", values.seed, randomInt(1_000_000));
  const interrupt = new AbortController();
  process.once("SIGINT", () => interrupt.abort());
  process.once("SIGTERM", () => interrupt.abort());
  process.stderr.write(`seed ${seed}\n`);
  try {
    const report = await runDemo({
      seed,
      messages: whole("messages", values.messages, 300),
      storeUrl: values["store-url"],
      keep: values.keep ?? false,
      signal: interrupt.signal,
      progress: (line) => process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`),
    });
    process.stdout.write(format === "json" ? `${JSON.stringify(report)}\n` : `\n${table(report)}`);
    return report.guarded.lost + report.guarded.duplicatedEffects > 0 ? 1 : 0;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  }
}

function readArgs(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seed: { type: "string" },
        messages: { type: "string" },
        "store-url": { type: "string" },
        keep: { type: "boolean" },
        format: { type: "string" },
        json: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const usage = error instanceof Usage || error instanceof RangeError;
  process.stderr.write(
    usage
      ? `effectively-once: ${error.message}\nSee effectively-once --help.\n`
      : `${String((error as Error).stack)}\n`,
  );
  process.exitCode = usage ? 2 : 3;
}
