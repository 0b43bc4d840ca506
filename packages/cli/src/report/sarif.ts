/** SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), for code scanning and editors. */

import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Edit } from "../fix/edit.ts";
import type { Place } from "../facts/value.ts";
import { spelledWorld } from "../facts/value.ts";
import { type Rule, type Severity } from "../rules/rule.ts";
import { fingerprintsOf, portable } from "./fingerprint.ts";
import {
  byText,
  entriesOf,
  type Entry,
  helpOf,
  isFinding,
  messageOf,
  type Report,
  suppressedEntries,
} from "./report.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const LEVELS = { error: "error", warning: "warning", info: "note" } as const satisfies Record<
  Severity,
  string
>;

export function sarifReport(report: Report, base?: string): object {
  const entries = [...entriesOf(report), ...suppressedEntries(report)];
  const rules = rulesOf(report, entries);
  const prints = fingerprintsOf(
    entries.map(({ outcome }) => outcome),
    base,
  );
  const driver = {
    name: "effectively-once",
    version: report.version,
    rules: rules.map((rule) => descriptor(rule, report)),
  };
  const results = entries.map((entry) => ({
    ruleId: entry.outcome.rule.id,
    ruleIndex: rules.findIndex(({ id }) => id === entry.outcome.rule.id),
    // "open" is what the tool had not enough information to decide (3.27.9); only a "fail" has a level (3.27.10).
    ...(isFinding(entry.outcome)
      ? { kind: "fail", level: LEVELS[entry.outcome.severity] }
      : { kind: "open", level: "none" }),
    message: { text: textOf(entry) },
    locations: [locationOf(entry, base)],
    ...relatedOf(entry, base),
    partialFingerprints: { "effectivelyOnce/v1": prints.get(entry.outcome) },
    // When one result says how it stands with suppressions, all have to (3.27.23).
    ...(report.suppressed.length > 0 ? { suppressions: suppressionsOf(entry) } : {}),
    ...fixesOf(entry, report.edits ?? [], base),
    properties: propertiesOf(entry),
  }));
  return {
    $schema: SCHEMA,
    version: "2.1.0",
    runs: [
      {
        tool: { driver },
        columnKind: "utf16CodeUnits",
        invocations: [
          { executionSuccessful: true, toolExecutionNotifications: notificationsOf(report, base) },
        ],
        results,
      },
    ],
  };
}

function rulesOf({ rules = [] }: Report, entries: readonly Entry[]): readonly Rule[] {
  const all = new Map<string, Rule>();
  for (const rule of [...rules, ...entries.map(({ outcome }) => outcome.rule)]) all.set(rule.id, rule);
  return [...all.values()].toSorted((left, right) => byText(left.id, right.id));
}

function descriptor(rule: Rule, { profile }: Report): object {
  const severity = rule.severity[profile];
  const source = rule.source === undefined ? "" : `\n\nIt rests on: ${rule.source}`;
  return {
    id: rule.id,
    name: rule.name,
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.why },
    help: {
      text: `${rule.why}\n\n${rule.fix}${source}\n\nMore: ${helpOf(rule)}`,
      markdown: `${rule.why}\n\n**What to do:** ${rule.fix}${source}\n\nMore: \`${helpOf(rule)}\``,
    },
    defaultConfiguration:
      severity === "off" ? { enabled: false, level: "none" } : { enabled: true, level: LEVELS[severity] },
  };
}

function textOf({ outcome }: Entry): string {
  const message = messageOf(outcome);
  const { when = {} } = outcome;
  return Object.keys(when).length === 0 ? message : `${message} This holds when ${spelledWorld(when)}.`;
}

function locationOf({ outcome, file, place, about }: Entry, base?: string): object {
  const { subject, facts } = outcome;
  const logical = [
    ["function", subject.function],
    ["resource", subject.queue],
    ["resource", subject.mapping],
    ["resource", subject.other],
  ].flatMap(([kind, name]) => (name === undefined ? [] : [{ name, kind }]));
  // A thing in an account is in no file.
  const physical = facts.language === "live" ? {} : { physicalLocation: physicalOf(file, place, base) };
  return {
    ...physical,
    ...(logical.length > 0 ? { logicalLocations: logical } : {}),
    ...(about === "" ? {} : { message: { text: about } }),
  };
}

function physicalOf(file: string, place: Place | undefined, base?: string): object {
  const region =
    place === undefined
      ? undefined
      : {
          startLine: place.line,
          startColumn: place.column,
          endLine: Math.max(place.line, place.endLine),
          endColumn: place.endLine > place.line ? place.endColumn : Math.max(place.column, place.endColumn),
        };
  return { artifactLocation: { uri: uriOf(file, base) }, ...(region === undefined ? {} : { region }) };
}

/** Relative to the project, or absolute for a file outside of it. */
export function uriOf(file: string, base?: string): string {
  const named = portable(file, base);
  if (isAbsolute(named)) return pathToFileURL(named).href;
  return named.split("/").map(encodeURIComponent).join("/");
}

function relatedOf({ outcome }: Entry, base?: string): object {
  const related = isFinding(outcome) ? (outcome.related ?? []) : [];
  if (related.length === 0) return {};
  return {
    relatedLocations: related.map(({ place, message }, id) => ({
      id,
      message: { text: message },
      physicalLocation: physicalOf(place.file, place, base),
    })),
  };
}

function suppressionsOf({ suppressed }: Entry): readonly object[] {
  if (suppressed === undefined) return [];
  const inSource = suppressed.kind === "comment" || suppressed.kind === "metadata";
  return [
    {
      kind: inSource ? "inSource" : "external",
      status: "accepted",
      ...(suppressed.reason === undefined ? {} : { justification: suppressed.reason }),
    },
  ];
}

function fixesOf({ outcome }: Entry, edits: readonly Edit[], base?: string): object {
  const own = edits.filter((edit) => edit.finding === outcome || edit.also?.some((one) => one === outcome));
  if (own.length === 0) return {};
  const files = [...new Set(own.map(({ file }) => file))].toSorted(byText);
  return {
    fixes: [
      {
        description: { text: outcome.rule.fix },
        artifactChanges: files.map((file) => ({
          artifactLocation: { uri: uriOf(file, base) },
          replacements: own
            .filter((edit) => edit.file === file)
            .map(({ start, end, text }) => ({
              deletedRegion: { charOffset: start, charLength: end - start },
              insertedContent: { text },
            })),
        })),
      },
    ],
  };
}

function propertiesOf({ outcome }: Entry): object {
  const { subject, when = {}, severity } = outcome;
  return {
    severity,
    ...subject,
    ...(Object.keys(when).length > 0 ? { when } : {}),
    ...(isFinding(outcome) && outcome.formula !== undefined ? { formula: outcome.formula } : {}),
  };
}

function notificationsOf({ problems, unusedSuppressions, facts }: Report, base?: string): readonly object[] {
  const notification = (level: string, text: string, file?: string, line?: number): object => ({
    level,
    message: { text },
    ...(file === undefined
      ? {}
      : {
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(file, base) },
                ...(line === undefined ? {} : { region: { startLine: line } }),
              },
            },
          ],
        }),
  });
  return [
    ...problems.map(({ file, message }) => notification("error", message, file)),
    ...unusedSuppressions.map(({ message, file, line }) => notification("warning", message, file, line)),
    ...facts.flatMap(({ file, gaps }) =>
      gaps.map(({ reason, place }) =>
        notification("warning", `Not looked at: ${reason}.`, place?.file ?? file, place?.line),
      ),
    ),
  ];
}
