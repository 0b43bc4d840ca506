/** All that a run of the doctor has to say, whatever the format, and the one order in which every format says it. */

import type { Edit } from "../fix/edit.ts";
import type { Facts } from "../facts/model.ts";
import type { Place } from "../facts/value.ts";
import type { Checked, Finding, Open } from "../rules/check-all.ts";
import type { Profile, Rule, Severity } from "../rules/rule.ts";
import type { Suppressed, Unused } from "../suppress/suppress.ts";
import { factsOfSubject, type Judged } from "./subject.ts";

/** From the mildest on. */
export const SEVERITIES: readonly Severity[] = ["info", "warning", "error"];

export interface Report {
  readonly version: string;
  readonly profile: Profile;
  readonly facts: readonly Facts[];
  /** What is left after the suppressions. */
  readonly checked: Checked;
  readonly suppressed: readonly Suppressed[];
  /** Suppressions that did nothing, or do not hold. */
  readonly unusedSuppressions: readonly Unused[];
  /** Files that were asked for and could not be audited, or not wholly. */
  readonly problems: readonly { readonly file: string; readonly message: string }[];
  /** The rules that were asked; without it, those that have a finding are described. */
  readonly rules?: readonly Rule[];
  /** From `planFixes`: SARIF carries them as fixes. */
  readonly edits?: readonly Edit[];
}

/** One line of a report: a finding, or a question that could not be answered, suppressed or not. */
export interface Entry {
  readonly outcome: Judged;
  /** Where it is said to be; without a place of its own, where its subject is defined. */
  readonly file: string;
  readonly place: Place | undefined;
  /** `orders → worker`: what it is about, for people. */
  readonly about: string;
  readonly suppressed: Suppressed["by"] | undefined;
}

/** Findings and open questions by file, line, rule and subject: the same facts give the same bytes. */
export function entriesOf({ checked }: Pick<Report, "checked">): readonly Entry[] {
  return sorted([...checked.findings, ...checked.unknown].map((outcome) => entryOf(outcome)));
}

export function suppressedEntries({ suppressed }: Pick<Report, "suppressed">): readonly Entry[] {
  return sorted(suppressed.map(({ outcome, by }) => entryOf(outcome, by)));
}

export function isFinding(outcome: Judged): outcome is Finding {
  return outcome.status === "fail";
}

/** Its message, or why there is none. */
export function messageOf(outcome: Finding | Open): string {
  return outcome.status === "fail" ? outcome.message : `Cannot tell: ${outcome.reason}.`;
}

/** The files and accounts that were looked at, each once. */
export function filesOf({ facts }: Pick<Report, "facts">): readonly string[] {
  return [...new Set(facts.map(({ file }) => file))].toSorted(byText);
}

/** The page that explains a rule. */
export function helpOf(rule: Rule): string {
  return `docs/rules/${rule.id}.md`;
}

/** By code units, so that no locale changes the order. */
export function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function entryOf(outcome: Judged, suppressed?: Suppressed["by"]): Entry {
  const { place, subject } = outcome;
  const around = factsOfSubject(outcome).find((fact) => fact.place !== undefined);
  return {
    outcome,
    file: place?.file ?? around?.place?.file ?? outcome.facts.file,
    place,
    about: aboutOf(subject),
    suppressed,
  };
}

function aboutOf({ queue, mapping, function: name, other }: Judged["subject"]): string {
  const ends = [queue, name].filter((id) => id !== undefined);
  const rest = ends.length > 0 ? ends : [mapping].filter((id) => id !== undefined);
  const named = rest.join(" → ");
  return other === undefined ? named : named === "" ? other : `${other} (${named})`;
}

function sorted(entries: readonly Entry[]): readonly Entry[] {
  const keyed = entries.map((entry) => ({ entry, key: keyOf(entry) }));
  return keyed.toSorted((left, right) => compare(left.key, right.key)).map(({ entry }) => entry);
}

function keyOf({ outcome, file, place }: Entry): readonly (string | number)[] {
  const { rule, status, subject, when = {} } = outcome;
  return [
    file,
    place?.line ?? Number.MAX_SAFE_INTEGER,
    place?.column ?? 0,
    rule.id,
    status,
    subject.mapping ?? "",
    subject.queue ?? "",
    subject.function ?? "",
    subject.other ?? "",
    JSON.stringify(Object.entries(when).toSorted(([a], [b]) => byText(a, b))),
    messageOf(outcome),
  ];
}

function compare(left: readonly (string | number)[], right: readonly (string | number)[]): number {
  for (const [index, one] of left.entries()) {
    const other = right[index] ?? "";
    const order =
      typeof one === "number" && typeof other === "number" ? one - other : byText(String(one), String(other));
    if (order !== 0) return order;
  }
  return 0;
}
