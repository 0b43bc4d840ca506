/** A comment for a pull request: a table of what was found, the details folded away. */

import { spelledWorld } from "../facts/value.ts";
import type { Finding } from "../rules/check-all.ts";
import { entriesOf, type Entry, filesOf, helpOf, isFinding, type Report } from "./report.ts";
import { pipelinesOf } from "./pipelines.ts";
import { timelineLines } from "./timeline.ts";
import { lookedAt } from "./pretty-end.ts";

/** GitHub takes comments of up to 65,536 characters. */
const MAX_CHARACTERS = 65_000;
const SIGNS = { error: "🔴 error", warning: "🟡 warning", info: "🔵 info" } as const;

export function markdownReport(report: Report): string {
  const entries = entriesOf(report);
  const findings = entries.filter(({ outcome }) => isFinding(outcome));
  const open = entries.filter(({ outcome }) => !isFinding(outcome));
  const head = `### effectively-once doctor: ${headline(findings, open, report)}`;
  const end = lookedAt(report, Infinity, (_, text) => text)
    .map((line) => `${escaped(line)}\n`)
    .join("");
  const parts = [
    ...findingsPart(findings),
    ...findings.flatMap(({ outcome }, index) =>
      isFinding(outcome) ? [details(findings[index] as Entry, outcome)] : [],
    ),
    ...openPart(open),
    ...leftOut(report),
    ...(report.suppressed.length > 0 ? [`${report.suppressed.length} suppressed.`] : []),
  ];
  return cut(head, parts, end);
}

function headline(findings: readonly Entry[], open: readonly Entry[], report: Report): string {
  const count = (severity: string): number =>
    findings.filter(({ outcome }) => outcome.severity === severity).length;
  const said = (["error", "warning", "info"] as const)
    .map((severity) => [count(severity), severity] as const)
    .filter(([n]) => n > 0)
    .map(([n, severity]) => `${n} ${severity}${n > 1 && severity !== "info" ? "s" : ""}`);
  if (open.length > 0) said.push(`${open.length} open`);
  if (said.length > 0) return said.join(", ");
  if (filesOf(report).length === 0) return "no definition was found";
  return pipelinesOf(report.facts).length === 0 ? "nothing to audit" : "nothing was found";
}

function findingsPart(findings: readonly Entry[]): readonly string[] {
  if (findings.length === 0) return [];
  const rows = findings.map(({ outcome, file, place, about }) => {
    const where = place === undefined ? file : `${file}:${place.line}`;
    const message = isFinding(outcome) ? outcome.message : "";
    return `| ${SIGNS[outcome.severity]} | ${code(outcome.rule.id, true)} | ${code(where, true)} | ${escaped(about)} | ${escaped(message)} |`;
  });
  return [["| | rule | where | what | |", "|---|---|---|---|---|", ...rows].join("\n")];
}

function details({ file, place, about }: Entry, finding: Finding): string {
  const { rule, formula, when = {}, timeline = [], related = [], fixes = [] } = finding;
  const where = place === undefined ? file : `${file}:${place.line}`;
  const world = spelledWorld(when);
  const lines = [
    `<details><summary>${html(`${rule.id} ${rule.name}`)}: ${html(about === "" ? where : about)}</summary>`,
    "",
    `${escaped(finding.message)} ${escaped(rule.why)}`,
    "",
    ...(formula === undefined ? [] : [`- because ${code(formula)}`]),
    ...(world === "" ? [] : [`- when ${escaped(world)}`]),
    ...related.map(({ place: at, message }) => `- ${code(`${at.file}:${at.line}`)}: ${escaped(message)}`),
    ...fixes.map(({ pointer, to }) => `- fix: set ${code(pointer)} to ${code(JSON.stringify(to) ?? "")}`),
    `- what to do: ${escaped(rule.fix)}`,
    `- ${code(helpOf(rule))}`,
  ];
  const drawn = timelineLines(timeline);
  if (drawn.length > 0) lines.push("", fenced(drawn));
  return [...lines, "", "</details>"].join("\n");
}

function openPart(open: readonly Entry[]): readonly string[] {
  if (open.length === 0) return [];
  const rows = open.map(({ outcome, file, place, about }) => {
    const where = place === undefined ? file : `${file}:${place.line}`;
    const reason = outcome.status === "unknown" ? outcome.reason : "";
    return `| ${code(outcome.rule.id, true)} | ${code(where, true)} | ${escaped(about)} | ${escaped(reason)} |`;
  });
  return [
    [
      `<details><summary>${open.length} open: cannot be told from the definition</summary>`,
      "",
      "| rule | where | what | why not |",
      "|---|---|---|---|",
      ...rows,
      "",
      "</details>",
    ].join("\n"),
  ];
}

function leftOut({ facts, problems }: Report): readonly string[] {
  const said = [
    ...problems.map(({ file, message }) => `- ${code(file)}: ${escaped(message)}`),
    ...facts.flatMap(({ file, gaps }) =>
      gaps.map(({ reason, place }) => `- ${code(place?.file ?? file)}: ${escaped(reason)}`),
    ),
  ];
  return said.length === 0 ? [] : ["Not looked at:", [...new Set(said)].join("\n")];
}

/** Whole parts only, and the number of those that did not fit. */
function cut(head: string, parts: readonly string[], end: string): string {
  const kept: string[] = [head];
  let size = head.length + end.length + 200;
  for (const [index, part] of parts.entries()) {
    size += part.length + 2;
    if (size > MAX_CHARACTERS) {
      kept.push(
        `… and ${parts.length - index} more parts, which a comment has no room for: see the other formats.`,
      );
      break;
    }
    kept.push(part);
  }
  return `${[...kept, end].join("\n\n")}`;
}

/** As text of Markdown, in a table too: nothing in it formats, mentions somebody or starts HTML. */
function escaped(text: string): string {
  return html(oneLine(text))
    .replaceAll(/[\\`*_[\]|~#]/g, (char) => `\\${char}`)
    .replaceAll("@", "&#64;");
}

/** As code; within a table a pipe would end the cell even there. */
function code(text: string, table = false): string {
  const line = oneLine(text);
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = line.startsWith("`") || line.endsWith("`") ? " " : "";
  const span = `${fence}${pad}${line}${pad}${fence}`;
  return table ? span.replaceAll("|", "\\|") : span;
}

function fenced(lines: readonly string[]): string {
  const longest = Math.max(
    2,
    ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)),
  );
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, ...lines, fence].join("\n");
}

function html(text: string): string {
  return oneLine(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]+/g, " ");
}
