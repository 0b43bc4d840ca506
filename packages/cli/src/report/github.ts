/**
 * Workflow commands, which GitHub shows beside the lines of a pull request
 * (https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands).
 */

import { portable } from "./fingerprint.ts";
import { entriesOf, type Entry, isFinding, messageOf, type Report, SEVERITIES } from "./report.ts";
import { spelledWorld } from "../facts/value.ts";

const COMMANDS = { error: "error", warning: "warning", info: "notice" } as const;

/** The worst first: GitHub shows ten of each kind in a step. */
export function githubReport(report: Report, base?: string): string {
  const entries = entriesOf(report);
  const findings = SEVERITIES.toReversed().flatMap((severity) =>
    entries.filter(({ outcome }) => isFinding(outcome) && outcome.severity === severity),
  );
  const lines = [
    ...findings.map((entry) =>
      command(COMMANDS[entry.outcome.severity], propertiesOf(entry, base), textOf(entry)),
    ),
    ...report.problems.map(({ file, message }) =>
      command("warning", { file: portable(file, base), title: "Not audited" }, message),
    ),
    ...report.facts.flatMap(({ file, gaps }) =>
      gaps.map(({ reason, place }) =>
        command(
          "warning",
          {
            file: portable(place?.file ?? file, base),
            ...(place === undefined ? {} : { line: place.line }),
            title: "Not looked at",
          },
          reason,
        ),
      ),
    ),
    ...openOf(entries),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** One for all open questions: one each would push the findings out of the ten. */
function openOf(entries: readonly Entry[]): readonly string[] {
  const open = entries.filter(({ outcome }) => !isFinding(outcome));
  if (open.length === 0) return [];
  const said = open.map(({ outcome, about, file }) => {
    const reason = outcome.status === "unknown" ? outcome.reason : "";
    return `${outcome.rule.id}${about === "" ? "" : ` ${about}`} (${file}): ${reason}`;
  });
  const title = `effectively-once cannot tell in ${open.length} ${open.length === 1 ? "case" : "cases"}`;
  return [command("notice", { title }, [...new Set(said)].join("\n"))];
}

function propertiesOf({ outcome, file, place }: Entry, base?: string): Properties {
  const title = `${outcome.rule.id} ${outcome.rule.name}`;
  if (outcome.facts.language === "live") return { title };
  const named = { file: portable(file, base) };
  if (place === undefined) return { ...named, title };
  const { line, column, endLine, endColumn } = place;
  // Columns are taken within one line only; theirs end with the last character.
  const columns: Properties =
    endLine === line ? { col: column, endColumn: Math.max(column, endColumn - 1) } : {};
  return { ...named, line, endLine: Math.max(line, endLine), ...columns, title };
}

function textOf({ outcome, about }: Entry): string {
  const { when = {} } = outcome;
  const world = spelledWorld(when);
  const lines = [
    `${about === "" ? "" : `${about}: `}${messageOf(outcome)}`,
    ...(isFinding(outcome) && outcome.formula !== undefined ? [outcome.formula] : []),
    ...(world === "" ? [] : [`when ${world}`]),
    outcome.rule.fix,
  ];
  return lines.join("\n");
}

type Properties = Readonly<Record<string, string | number>>;

function command(name: string, properties: Properties, message: string): string {
  const said = Object.entries(properties).map(([key, value]) => `${key}=${property(String(value))}`);
  return `::${name} ${said.join(",")}::${data(message)}`;
}

/** Without it a name from a template could start a command of its own. */
function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
