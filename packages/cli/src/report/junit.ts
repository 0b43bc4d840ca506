/** JUnit's XML: a suite for each file, a case for each rule and what it is about. */

import type { Passed } from "../rules/check-all.ts";
import type { Subject } from "../rules/rule.ts";
import { spelledWorld } from "../facts/value.ts";
import {
  byText,
  entriesOf,
  type Entry,
  isFinding,
  messageOf,
  type Report,
  suppressedEntries,
} from "./report.ts";

interface Case {
  readonly file: string;
  readonly className: string;
  readonly name: string;
  /** The elements inside. */
  readonly result: string;
  readonly counts: "passed" | "failure" | "skipped" | "error";
}

export function junitReport(report: Report): string {
  const cases = [
    ...[...entriesOf(report), ...suppressedEntries(report)].map(caseOf),
    ...(report.checked.passed ?? []).map(passedCase),
    ...report.problems.map(({ file, message }): Case => ({
      file,
      className: "effectively-once",
      name: "can be audited",
      result: element("error", message, "problem"),
      counts: "error",
    })),
    ...gapCases(report),
  ];
  const files = [...new Set([...report.facts.map(({ file }) => file), ...cases.map(({ file }) => file)])];
  const suites = files.toSorted(byText).map((file) =>
    suite(
      file,
      cases.filter((one) => one.file === file),
    ),
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="effectively-once doctor" ${counted(cases)}>`,
    ...suites.map((one) => one.replaceAll(/^/gm, "  ")),
    "</testsuites>\n",
  ].join("\n");
}

function suite(file: string, cases: readonly Case[]): string {
  const sorted = cases.toSorted(
    (left, right) => byText(left.className, right.className) || byText(left.name, right.name),
  );
  const lines = sorted.map(({ className, name, result }) => {
    const head = `  <testcase classname="${xml(className)}" name="${xml(name)}" file="${xml(file)}" time="0"`;
    return result === "" ? `${head}/>` : `${head}>${result}</testcase>`;
  });
  return [`<testsuite name="${xml(file)}" ${counted(cases)} time="0">`, ...lines, "</testsuite>"].join("\n");
}

function counted(cases: readonly Case[]): string {
  const of = (counts: Case["counts"]): number => cases.filter((one) => one.counts === counts).length;
  return `tests="${cases.length}" failures="${of("failure")}" errors="${of("error")}" skipped="${of("skipped")}"`;
}

function caseOf(entry: Entry): Case {
  const { outcome, file, place, suppressed } = entry;
  const { rule, subject, when = {} } = outcome;
  const shared = { file, className: className(rule), name: caseName(subject, when) };
  if (suppressed !== undefined) {
    const why = suppressed.reason ?? `it is in the ${suppressed.kind}`;
    return { ...shared, result: `<skipped message="${xml(`suppressed: ${why}`)}"/>`, counts: "skipped" };
  }
  if (!isFinding(outcome))
    return { ...shared, result: `<skipped message="${xml(outcome.reason)}"/>`, counts: "skipped" };
  const where = place === undefined ? file : `${file}:${place.line}:${place.column}`;
  const formula = outcome.formula === undefined ? [] : [outcome.formula];
  const body = [messageOf(outcome), ...formula, where, rule.fix].join("\n");
  return {
    ...shared,
    result: element("failure", body, outcome.severity, outcome.message),
    counts: "failure",
  };
}

function passedCase({ rule, subject, facts, when = {} }: Passed): Case {
  const name = caseName(subject, when);
  return { file: facts.file, className: className(rule), name, result: "", counts: "passed" };
}

function gapCases({ facts }: Report): readonly Case[] {
  return facts.flatMap(({ file, gaps }) =>
    gaps.map(({ reason, place }): Case => ({
      file: place?.file ?? file,
      className: "effectively-once",
      name: "is wholly looked at",
      result: `<skipped message="${xml(reason)}"/>`,
      counts: "skipped",
    })),
  );
}

function className({ id, name }: { readonly id: string; readonly name: string }): string {
  return `${id} ${name}`;
}

function caseName(
  { mapping, queue, function: name, other }: Subject,
  when: Readonly<Record<string, string>>,
): string {
  const about = [mapping, queue, name, other].filter((id) => id !== undefined).join(", ");
  const world = spelledWorld(when);
  return `${about === "" ? "all" : about}${world === "" ? "" : ` when ${world}`}`;
}

function element(name: string, body: string, type: string, message: string = body): string {
  return `<${name} type="${xml(type)}" message="${xml(message)}">${xml(body)}</${name}>`;
}

/** XML 1.0 has no way to write most control characters, and half a surrogate pair: they become U+FFFD. */
export function xml(text: string): string {
  return (
    text
      .toWellFormed()
      // eslint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u0084\u0086-\u009F\uFFFE\uFFFF]/g, "\uFFFD")
      .replaceAll(/[&<>"'\n\r\t]/g, (char) => ENTITIES[char] ?? char)
  );
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  // In an attribute they would be read as spaces.
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};
