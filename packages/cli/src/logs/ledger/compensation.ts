/** `--compensation`: a line for each row that is too much, ready to be undone. */

import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Usage } from "../../usage.ts";
import { csvField } from "./csv.ts";
import { excessOf, type LedgerKey, type LedgerReport } from "./join.ts";

const HEADER =
  "key,ledger_line,amount,currency,rows_of_key,runs,repeated_runs,first_delivery,last_delivery,message_ids,request_ids,made_by\n";

export function* compensationLines({ doubled, doubledByRetries }: LedgerReport): Generator<string> {
  yield HEADER;
  for (const one of doubled) yield* linesOf(one, "duplicate");
  for (const one of doubledByRetries) yield* linesOf(one, "retry");
}

/** @throws Usage when it cannot be written */
export async function writeCompensation(path: string, ledger: LedgerReport): Promise<void> {
  try {
    await pipeline(Readable.from(compensationLines(ledger)), createWriteStream(path));
  } catch (error) {
    throw new Usage(`--compensation ${path} cannot be written: ${(error as Error).message}.`);
  }
}

function* linesOf(one: LedgerKey, madeBy: string): Generator<string> {
  for (const { line, amount, currency } of excessOf(one)) {
    const fields = [
      one.bookedAs ?? one.key,
      String(line),
      amount?.trim() ?? "",
      currency ?? "",
      String(one.rows.length),
      String(one.runs),
      String(one.repeatedRuns),
      new Date(one.firstAtMs).toISOString(),
      new Date(one.lastAtMs).toISOString(),
      one.messageIds.join(" "),
      one.requestIds.join(" "),
      madeBy,
    ];
    yield `${fields.map(csvField).join(",")}\n`;
  }
}
