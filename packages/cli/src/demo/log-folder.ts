/** `--logs <folder>`: refused before the work when something would be overwritten, written after it. */

import { accessSync, constants, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Usage } from "../usage.ts";
import { FUNCTION_TIMEOUT_SECONDS, type SideName, SIDES, VISIBILITY_SECONDS } from "./side.ts";

export interface Booked {
  readonly orderId: string;
  readonly cents: number;
}

/** What one side leaves behind. */
export interface SideRecords {
  readonly side: SideName;
  readonly lines: readonly string[];
  /** At the payment service. */
  readonly charges: readonly Booked[];
  /** In the table of orders. */
  readonly rows: readonly Booked[];
}

/**
 * A ledger for each kind of effect: where one had both, each order would have two rows and look doubled.
 *
 * @returns what writes the files, and answers the command that reads the first of them
 * @throws Usage for a folder that cannot be written, or that has one of the files
 */
export function logFolder(folder: string): (sides: readonly SideRecords[]) => string {
  const cannot = (error: unknown): Usage =>
    new Usage(`--logs ${folder} cannot be written: ${(error as Error).message}.`);
  if (folder === "") throw new Usage("--logs names the folder that gets the logs, such as demo-logs.");
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory())
    throw new Usage(`--logs names a folder, and ${folder} is a file. Name another one.`);
  try {
    accessSync(stat ? folder : nearest(folder), constants.W_OK);
  } catch (error) {
    throw cannot(error);
  }
  const ours = new Set(SIDES.flatMap((side) => Object.values(filesOf(side))));
  const there = stat ? readdirSync(folder).filter((name) => ours.has(name)) : [];
  if (there.length > 0)
    throw new Usage(
      `--logs ${folder} already has ${there.join(", ")}, and nothing is overwritten. Name another folder, or move ${there.length === 1 ? "it" : "them"} away.`,
    );
  return (sides) => {
    try {
      mkdirSync(folder, { recursive: true });
      for (const { side, lines, charges, rows } of sides) {
        const files = filesOf(side);
        const write = (name: string, all: readonly string[]): void =>
          writeFileSync(join(folder, name), all.map((line) => `${line}\n`).join(""), { flag: "wx" });
        write(files.log, lines);
        write(files.charges, tableOf(charges));
        write(files.orders, tableOf(rows));
      }
    } catch (error) {
      throw cannot(error);
    }
    return commandFor(folder, "naive");
  };
}

interface Files {
  readonly log: string;
  readonly charges: string;
  readonly orders: string;
}

function filesOf(side: SideName): Files {
  return { log: `${side}.log`, charges: `${side}.charges.csv`, orders: `${side}.orders.csv` };
}

function tableOf(booked: readonly Booked[]): readonly string[] {
  const rows = booked.map(({ orderId, cents }) => `${orderId},${(cents / 100).toFixed(2)},EUR`);
  return ["orderId,amount,currency", ...rows];
}

function commandFor(folder: string, side: SideName): string {
  const { log, charges } = filesOf(side);
  const [logFile, ledger] = [log, charges].map((name) => quoted(join(folder, name)));
  return `effectively-once detect ${logFile} --key '$.body.orderId' --visibility-timeout ${VISIBILITY_SECONDS} --timeout ${FUNCTION_TIMEOUT_SECONDS} --ledger ${ledger} --ledger-amount amount --ledger-currency currency`;
}

function quoted(path: string): string {
  return /^[\w./@:+-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

/** The folder in which the first missing one is to be made. */
function nearest(folder: string): string {
  let above = dirname(resolve(folder));
  while (!statSync(above, { throwIfNoEntry: false }) && above !== dirname(above)) above = dirname(above);
  return above;
}
