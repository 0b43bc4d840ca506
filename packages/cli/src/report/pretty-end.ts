/** The end of the report for people: what could not be told, a table, and what was looked at. */

import { byText, type Entry, filesOf, isFinding, type Report } from "./report.ts";
import { cells, harmless, padded, wrapped } from "../cells.ts";
import { pipelinesOf } from "./pipelines.ts";
import type { Paint } from "./pretty.ts";

const COLUMNS = ["error", "warning", "info", "unknown"] as const;

/** Open questions, those of one subject with one reason together. */
export function undecided(entries: readonly Entry[], width: number, paint: Paint): readonly string[] {
  const open = entries.filter(({ outcome }) => !isFinding(outcome));
  if (open.length === 0) return [];
  const groups = new Map<
    string,
    { readonly first: Entry; readonly rules: Set<string>; readonly reason: string }
  >();
  for (const entry of open) {
    const { outcome, about, file, place } = entry;
    if (outcome.status !== "unknown") continue;
    const key = JSON.stringify([outcome.reason, about, file, place?.line ?? null]);
    const group = groups.get(key) ?? { first: entry, rules: new Set<string>(), reason: outcome.reason };
    group.rules.add(outcome.rule.id);
    groups.set(key, group);
  }
  return [
    paint("bold", `Cannot tell (${open.length})`),
    ...[...groups.values()].flatMap(({ first: { about, file, place }, rules, reason }) => {
      const where = place === undefined ? file : `${file}:${place.line}`;
      const ids = [...rules].toSorted(byText).join(", ");
      return [
        ...wrapped(`${ids}${about === "" ? "" : `: ${about}`}, ${where}`, width - 2).map(
          (line) => `  ${line}`,
        ),
        ...wrapped(reason, width - 4).map((line) => `    ${paint("dim", line)}`),
      ];
    }),
  ];
}

/** What readers had to leave out, and files that could not be read: whatever is in them was not audited. */
export function notSeen({ facts, problems }: Report, width: number, paint: Paint): readonly string[] {
  const said = [
    ...problems.map(({ file, message }) => (message.includes(file) ? message : `${file}: ${message}`)),
    ...facts.flatMap(({ file, gaps }) =>
      gaps.map(({ reason, place }) => `${place ? `${place.file}:${place.line}` : file}: ${reason}`),
    ),
  ];
  if (said.length === 0) return [];
  const lines = [...new Set(said)].toSorted(byText).flatMap((one) => {
    const [first = "", ...rest] = wrapped(one, width - 4);
    return [`  ${first}`, ...rest.map((line) => `    ${line}`)];
  });
  return [paint("bold", `Not looked at (${said.length})`), ...lines];
}

/** One line for each rule that found or asked something, and the sums. */
export function summary(
  report: Report,
  entries: readonly Entry[],
  available: number,
  paint: Paint,
): readonly string[] {
  const rows = new Map<string, Record<(typeof COLUMNS)[number], number>>();
  const total = { error: 0, warning: 0, info: 0, unknown: 0 };
  const full = entries.map(({ outcome: { rule } }) => `${rule.id} ${rule.name}`);
  // The numbers beside it take their room first.
  const fits = Math.max(0, ...full.map(cells)) + COLUMNS.join("  ").length + 2 <= available;
  for (const { outcome } of entries) {
    const name = fits ? `${outcome.rule.id} ${outcome.rule.name}` : outcome.rule.id;
    const row = rows.get(name) ?? { error: 0, warning: 0, info: 0, unknown: 0 };
    const column = isFinding(outcome) ? outcome.severity : "unknown";
    row[column] += 1;
    total[column] += 1;
    rows.set(name, row);
  }
  const suppressed =
    report.suppressed.length > 0 ? [paint("dim", `${report.suppressed.length} suppressed`)] : [];
  if (rows.size === 0) return suppressed;
  const names = [...rows.keys()].toSorted(byText);
  const width = Math.max(...names.map(cells));
  const line = (name: string, counts: Readonly<Record<string, number>>): string =>
    `${padded(name, width)}${COLUMNS.map((column) => number(counts[column] ?? 0, column)).join("")}`;
  return [
    paint("dim", `${" ".repeat(width)}${COLUMNS.map((column) => `  ${column}`).join("")}`),
    ...names.map((name) => line(name, rows.get(name) ?? {})),
    paint("bold", line("all", total)),
    ...suppressed,
  ];
}

function number(count: number, column: string): string {
  return `  ${(count === 0 ? "·" : String(count)).padStart(column.length)}`;
}

/** The last words: what was looked at, so that silence cannot be taken for health. */
export function lookedAt(report: Report, width: number, paint: Paint): readonly string[] {
  const { facts, checked, profile } = report;
  const files = filesOf(report);
  const where = files.length === 1 ? harmless(files[0] ?? "") : many(files.length, "file");
  const functions = facts.reduce((sum, one) => sum + one.functions.length, 0);
  const pipelines = pipelinesOf(facts);
  const rules = Object.keys(checked.counts).length;
  if (files.length === 0) return wrapped("No definition was found: nothing was audited.", width);
  if (functions === 0 && pipelines.length === 0)
    return wrapped(`No Lambda function was found in ${where}: there was nothing to audit.`, width);
  const kinds = new Map<string, number>();
  for (const { source } of pipelines) kinds.set(source.kind, (kinds.get(source.kind) ?? 0) + 1);
  const each = [...kinds]
    .toSorted(([left], [right]) => byText(left, right))
    .map(([kind, n]) => `${n} ${kind}`);
  const told =
    `Looked at ${where}: ${many(functions, "function")}, ${many(pipelines.length, "pipeline")}` +
    `${each.length > 0 ? ` (${each.join(", ")})` : ""}, ${many(rules, "rule")}, profile ${profile}.`;
  const clean = checked.findings.length === 0;
  const verdict = clean
    ? checked.unknown.length > 0
      ? "Nothing was found; some questions stay open."
      : pipelines.length === 0
        ? "Nothing delivers to a function there."
        : "Nothing was found."
    : "";
  return [...wrapped(told, width), ...(verdict === "" ? [] : [paint(clean ? "green" : "bold", verdict)])];
}

function many(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
