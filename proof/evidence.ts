/** What was measured, on the page that tells it: each part between its own markers. */

import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");

export interface Evidence {
  readonly section:
    | "matrix"
    | "simulator"
    | "conditions"
    | "exhaustive"
    | "sim-plants"
    | "plants-unit"
    | "plants-services"
    | "mutation"
    | "soak"
    | "truth";
  readonly command: string;
  /** Load averages when it began; when it ended is read here. */
  readonly loadBefore: string;
  readonly text: string;
}

export function load(): string {
  return loadavg()
    .map((average) => average.toFixed(1))
    .join(", ");
}

export function writeEvidence({ section, command, loadBefore, text }: Evidence): void {
  writePart("docs/evidence.md", section, { command, loadBefore, text });
}

/** Puts a text between the markers of its part of a page, with the command that made it, the date, the machine, the load. */
export function writePart(
  page: string,
  part: string,
  { command, loadBefore, text }: Omit<Evidence, "section">,
): void {
  const path = join(ROOT, page);
  const before = readFileSync(path, "utf8");
  const begin = `<!-- ${part}: begin -->`;
  const end = `<!-- ${part}: end -->`;
  const from = before.indexOf(begin);
  const to = before.indexOf(end);
  if (from < 0 || to < from)
    throw new Error(`${page} has no part between "${begin}" and "${end}". Put both lines back.`);
  const machine = `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}, ${process.platform} ${process.arch}`;
  const made = [
    `\`${command}\``,
    `${new Date().toISOString().slice(0, 10)}, ${machine}`,
    `load average (1, 5, 15 min) before: ${loadBefore}; after: ${load()}`,
  ].join(" · ");
  writeFileSync(path, `${before.slice(0, from)}${begin}\n\n${made}\n\n${text.trim()}\n\n${before.slice(to)}`);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, 3, ...rows.map((row) => (row[column] ?? "").length)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
