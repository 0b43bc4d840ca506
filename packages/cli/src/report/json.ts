/** The report for programs, in the shape that is pinned: `schemaVersion` 1. */

import { fingerprintsOf } from "./fingerprint.ts";
import { pipelinesOf } from "./pipelines.ts";
import {
  type Entry,
  entriesOf,
  filesOf,
  helpOf,
  isFinding,
  type Report,
  suppressedEntries,
} from "./report.ts";
import { factsOfSubject } from "./subject.ts";

export function jsonReport(report: Report): object {
  const entries = entriesOf(report);
  const pipelines = pipelinesOf(report.facts);
  const suppressed = suppressedEntries(report);
  const prints = fingerprintsOf([...entries, ...suppressed].map(({ outcome }) => outcome));
  const printed = (entry: Entry): object => ({ ...said(entry), fingerprint: prints.get(entry.outcome) });
  const count = (severity: string): number =>
    entries.filter(({ outcome }) => isFinding(outcome) && outcome.severity === severity).length;
  return {
    schemaVersion: 1,
    version: report.version,
    profile: report.profile,
    summary: {
      pipelines: pipelines.length,
      error: count("error"),
      warning: count("warning"),
      info: count("info"),
      unknown: entries.filter(({ outcome }) => !isFinding(outcome)).length,
      suppressed: report.suppressed.length,
      files: filesOf(report).length,
      functions: report.facts.reduce((sum, { functions }) => sum + functions.length, 0),
    },
    pipelines,
    findings: entries.map(printed),
    suppressed: suppressed.map(printed),
    unusedSuppressions: report.unusedSuppressions,
    gaps: report.facts.flatMap(({ file, gaps }) =>
      gaps.map(({ reason, place, about }) => ({
        file: place?.file ?? file,
        line: place?.line ?? null,
        reason,
        about: about ?? null,
      })),
    ),
    problems: report.problems,
    rules: report.checked.counts,
  };
}

/** Names come in the pinned order; those that were added follow. */
function said({ outcome, file, place, suppressed }: Entry): object {
  const { subject, facts, rule } = outcome;
  const live = facts.language === "live" ? liveOf(outcome) : {};
  const shared = {
    function: subject.function ?? null,
    queue: subject.queue ?? null,
    mapping: subject.mapping ?? null,
    other: subject.other ?? null,
  };
  const at = {
    file,
    line: place?.line ?? null,
    column: place?.column ?? null,
    endLine: place?.endLine ?? null,
    endColumn: place?.endColumn ?? null,
    ...(place?.pointer === undefined ? {} : { pointer: place.pointer }),
    ...(place?.construct === undefined ? {} : { construct: place.construct }),
  };
  const after = {
    when: outcome.when ?? {},
    ...live,
    ...(suppressed === undefined ? {} : { suppressed }),
  };
  if (!isFinding(outcome))
    return {
      ruleId: rule.id,
      severity: outcome.severity,
      status: "unknown",
      reason: outcome.reason,
      ...at,
      ...shared,
      help: helpOf(rule),
      ...after,
    };
  return {
    ruleId: rule.id,
    severity: outcome.severity,
    status: "fail",
    ...at,
    ...shared,
    message: outcome.message,
    formula: outcome.formula ?? null,
    help: helpOf(rule),
    fixes: (outcome.fixes ?? []).map(({ file: of, pointer, from, to }) => ({
      file: of,
      pointer,
      from: from ?? null,
      to,
    })),
    related: (outcome.related ?? []).map(({ place: of, message }) => ({
      file: of.file,
      line: of.line,
      column: of.column,
      endLine: of.endLine,
      endColumn: of.endColumn,
      message,
    })),
    timeline: outcome.timeline ?? [],
    ...after,
  };
}

function liveOf(outcome: Entry["outcome"]): object {
  const [fact] = factsOfSubject(outcome);
  const [account = null, region = null] = outcome.facts.file.split("/");
  return {
    account: fact?.account ?? account,
    region: fact?.region ?? region,
    arn: fact?.arn ?? null,
  };
}
