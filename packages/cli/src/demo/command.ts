/** `effectively-once demo`: its options, its progress, its table. */

import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import type { PictureData } from "../picture/data.ts";
import { pictureFile } from "../picture/file.ts";
import { formatOf, Usage, whole } from "../usage.ts";
import { logFolder, type SideRecords } from "./log-folder.ts";
import type { DemoReport } from "./report.ts";
import { runDemo } from "./run.ts";
import { SIDES } from "./side.ts";

export const DEMO_HELP = `effectively-once demo: the whole story on this machine, without an account

The same orders go to three consumers. Their queue's visibility timeout is shorter than a slow order
takes, a fifth of the orders is sent twice, processes are killed and frozen. Then every charge at the
payment service and every row in the orders table is counted.

  --messages <n>       orders, before the resends (default 300)
  --seed <n>           of the traffic and of the faults (default random, and printed)
  --store-url <url>    sqlite:<file>, postgres://user:password@host/database or
                       dynamodb://<table>?region=…&endpoint=… (tables of its own, called after that one)
                       (default an SQLite file in a temporary folder)
  --keep               leave the tables, and say where they are
  --html <file>        also a picture of every delivery on each side: one page that needs no network
  --logs <folder>      also what the three functions have logged, as Lambda writes it, and what was booked:
                       naive.log, naive.charges.csv and naive.orders.csv, the same of each side. Nothing
                       is overwritten. It ends with the command that finds the duplicates in them
  --format pretty|json, --json

Examples:
  effectively-once demo
  effectively-once demo --seed 42 --format json
  effectively-once demo --html demo.html
  effectively-once demo --logs demo-logs
  effectively-once demo --store-url sqlite:./demo.db --keep
  effectively-once demo --store-url postgres://localhost/test

Exit codes: 0 the guarded side lost and doubled nothing, 1 it did, 2 usage or a store that cannot be
reached, 3 our own bug, 130 interrupted.
`;

const COLUMNS: readonly string[] = ["messages", "deliveries", "effects", "doubled", "lost"];

/** The table that people read, and that README shows. */
export function table(report: DemoReport): string {
  const rows = SIDES.map((side) => {
    const { messages, deliveries, effects, duplicatedEffects, lost } = report[side];
    return [side, messages, deliveries, effects, duplicatedEffects, lost].map(String);
  });
  const text = [["", ...COLUMNS], ...rows]
    .map((row) => row.map((cell, index) => (index === 0 ? cell.padEnd(12) : cell.padStart(11))).join(""))
    .join("\n");
  const verdicts = Object.entries(report.guarded.verdicts)
    .toSorted(([, left], [, right]) => right - left)
    .map(([verdict, count]) => `${verdict} ${count}`);
  return `${text}\n\nguarded: in doubt ${report.guarded.inDoubt}; ${verdicts.join(", ")}\nseed ${report.seed}, store ${report.store}\n`;
}

export async function demo(args: readonly string[], interrupted: AbortSignal): Promise<number> {
  const values = read(args);
  const format = formatOf(values);
  const seed = whole("seed", values.seed, randomInt(1_000_000));
  const messages = whole("messages", values.messages, 300, 1);
  const write = values.html === undefined ? undefined : await pictureFile(values.html);
  const keepLogs = values.logs === undefined ? undefined : logFolder(values.logs);
  let picture: PictureData | undefined;
  let records: readonly SideRecords[] | undefined;
  const { isTTY } = process.stderr;
  process.stderr.write(`seed ${seed}\n`);
  const report = await runDemo({
    seed,
    messages,
    storeUrl: values["store-url"],
    keep: values.keep ?? false,
    signal: interrupted,
    onPicture: (data) => {
      picture = data;
    },
    ...(keepLogs && {
      onLogs: (sides: readonly SideRecords[]) => {
        records = sides;
      },
    }),
    progress: (line) => process.stderr.write(isTTY ? `\r\x1b[K${line}` : `${line}\n`),
    say: (line) => process.stderr.write(`${isTTY ? "\r\x1b[K" : ""}${line}\n`),
  });
  if (isTTY) process.stderr.write("\r\x1b[K");
  if (write && picture) process.stderr.write(`picture: ${write(picture)}\n`);
  const next = records && keepLogs?.(records);
  process.stdout.write(format === "json" ? `${JSON.stringify(report)}\n` : `\n${table(report)}`);
  if (next !== undefined)
    process.stderr.write(`logs: ${values.logs}. Find the duplicates in them:\n${next}\n`);
  return report.guarded.lost + report.guarded.duplicatedEffects > 0 ? 1 : 0;
}

function read(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        seed: { type: "string" },
        messages: { type: "string" },
        "store-url": { type: "string" },
        keep: { type: "boolean" },
        html: { type: "string" },
        logs: { type: "string" },
        format: { type: "string" },
        json: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new Usage((error as Error).message);
  }
}
