/** The report for people, on a terminal. */

import type { Files } from "../facts/files.ts";
import { spelledWorld } from "../facts/value.ts";
import type { Finding } from "../rules/check-all.ts";
import type { Severity } from "../rules/rule.ts";
import { ascii as toAscii, cells, harmless, wrapped } from "../cells.ts";
import { excerpt, Sources } from "./excerpt.ts";
import { lookedAt, notSeen, summary, undecided } from "./pretty-end.ts";
import { entriesOf, type Entry, helpOf, isFinding, type Report } from "./report.ts";
import { timelineLines } from "./timeline.ts";

export type Style = "bold" | "dim" | "red" | "yellow" | "cyan" | "green";
/** Colours a text, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

export interface PrettyOptions {
  readonly paint: Paint;
  /** Columns of the terminal. */
  readonly width: number;
  readonly ascii: boolean;
  readonly files: Files;
}

const COLOURS: Readonly<Record<Severity, Style>> = { error: "red", warning: "yellow", info: "cyan" };

export function prettyReport(report: Report, options: PrettyOptions): string {
  const paint = options.paint;
  // Lines that are longer than this are hard to read on any terminal.
  const width = Math.max(40, Math.min(options.width, 120));
  const entries = entriesOf(report);
  const sources = new Sources(options.files);
  const found = entries.flatMap((entry) =>
    isFinding(entry.outcome) ? [findingLines(entry, entry.outcome, sources, width, paint)] : [],
  );
  const parts = [
    ...found,
    undecided(entries, width, paint),
    notSeen(report, width, paint),
    summary(report, entries, width, paint),
    lookedAt(report, width, paint),
  ];
  const text = parts
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
  return options.ascii ? toAscii(text) : text;
}

function findingLines(
  { file, place, about }: Entry,
  finding: Finding,
  sources: Sources,
  width: number,
  paint: Paint,
): readonly string[] {
  const { rule, severity, message, formula, when, related = [], timeline = [], fixes = [] } = finding;
  const inner = width - 2;
  const at = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  const gutter = Math.max(0, ...[place, ...related.map((one) => one.place)].map((one) => digits(one?.line)));
  const lines = [
    ...headLines(),
    ...wrapped(message, inner).map((line) => `  ${line}`),
    `  ${paint("dim", "at")} ${harmless(at)}`,
    ...shown(place, COLOURS[severity]),
  ];
  for (const { place: other, message: said } of related) {
    const start = `${harmless(other.file)}:${other.line}:${other.column}`;
    lines.push(
      `  ${paint("dim", "see")} ${start}: ${wrapped(said, inner).join(" ")}`,
      ...shown(other, "cyan"),
    );
  }
  if (formula !== undefined) lines.push(`  ${paint("dim", "because")} ${harmless(formula)}`);
  if (when !== undefined && Object.keys(when).length > 0)
    lines.push(`  ${paint("dim", "when")} ${harmless(spelledWorld(when))}`);
  const drawn = timelineLines(timeline, inner);
  if (drawn.length > 0) lines.push("", ...drawn.map((line) => `  ${line}`), "");
  const remedy = fixes.map(({ pointer, to }) => `${pointer} to ${JSON.stringify(to)}`);
  const advice = remedy.length > 0 ? `set ${remedy.join(", ")}` : rule.fix;
  const [first = "", ...more] = wrapped(advice, inner - 4);
  lines.push(`  ${paint("green", "fix")} ${first}`, ...more.map((line) => `      ${line}`));
  lines.push(`  ${paint("dim", "help")} ${helpOf(rule)}`);
  return lines;

  function headLines(): readonly string[] {
    const head = `${paint(COLOURS[severity], severity)} ${paint("bold", rule.id)} ${rule.name}`;
    const plain = `${severity} ${rule.id} ${rule.name}: ${about}`;
    if (about === "") return [head];
    if (cells(plain) <= width) return [`${head}: ${harmless(about)}`];
    return [`${head}:`, ...wrapped(about, inner).map((line) => `  ${line}`)];
  }

  function shown(one: Entry["place"], colour: Style): readonly string[] {
    const cut = one === undefined ? undefined : excerpt(one, sources, inner - gutter);
    if (cut === undefined) return [];
    const bar = paint("dim", "│");
    return [
      `  ${paint("dim", cut.number.padStart(gutter))} ${bar} ${cut.text}`,
      `  ${" ".repeat(gutter)} ${bar} ${cut.indent}${paint(colour, cut.carets)}`,
    ];
  }
}

function digits(line: number | undefined): number {
  return line === undefined ? 0 : String(line).length;
}
