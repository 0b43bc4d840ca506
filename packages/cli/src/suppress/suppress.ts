/** What somebody decided not to be told of: taken out of what was checked, and kept beside it with who said so and why. */

import { didYouMean } from "../nearest.ts";
import { fingerprintsOf, portable } from "../report/fingerprint.ts";
import { factsOfSubject, type Judged } from "../report/subject.ts";
import type { Fact, Facts } from "../facts/model.ts";
import type { Checked } from "../rules/check-all.ts";
import type { Rule } from "../rules/rule.ts";
import { type Baseline, type BaselineEntry, hides } from "./baseline.ts";
import type { IgnoreComment } from "./comments.ts";
import { type ConfiguredIgnore, fits } from "./configured.ts";

export type SuppressedBy = "comment" | "metadata" | "configuration" | "baseline";

export interface Suppressed {
  readonly outcome: Judged;
  readonly by: {
    readonly kind: SuppressedBy;
    /** A baseline gives none. */
    readonly reason?: string;
    readonly file?: string;
    readonly line?: number;
  };
}

/** A suppression that did nothing: there is nothing to suppress any more, or it does not hold. */
export interface Unused {
  readonly kind: SuppressedBy;
  readonly rule: string;
  /** A sentence for people. */
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
}

export interface Suppressions {
  readonly comments?: readonly IgnoreComment[];
  readonly config?: readonly ConfiguredIgnore[];
  readonly baseline?: Baseline;
  /** All that was audited, for the suppressions at things that have no finding. */
  readonly facts?: readonly Facts[];
  /** All rules there are, in whatever profile: others are said to be unknown. */
  readonly rules?: readonly Pick<Rule, "id" | "name">[];
  /** All files that were read: an entry of the baseline for another one is not gone. */
  readonly files?: readonly string[];
  /** The folder that relative paths start from. */
  readonly base?: string;
}

export interface Suppressing {
  readonly checked: Checked;
  readonly suppressed: readonly Suppressed[];
  readonly unused: readonly Unused[];
}

/** One suppression, wherever it was written. */
interface Source {
  readonly by: Suppressed["by"];
  readonly rule: string;
  /** Why it does not hold. */
  readonly wrong?: string;
  /** Of a baseline. */
  readonly entry?: BaselineEntry;
  covers(outcome: Judged): boolean;
}

/** The first that covers an outcome has it: what stands at the thing itself before the configuration, the baseline last. */
export function suppress(checked: Checked, given: Suppressions = {}): Suppressing {
  const outcomes: readonly Judged[] = [...checked.findings, ...checked.unknown];
  const sources = [
    ...(given.comments ?? []).map((comment) => ofComment(comment, given.base)),
    ...ofMetadata(given.facts ?? outcomes.map(({ facts }) => facts)),
    ...(given.config ?? []).map((ignore) => ofConfigured(ignore, given.base)),
    ...ofBaseline(given.baseline, outcomes, given.base),
  ];
  const used = new Set<Source>();
  const suppressed = outcomes.flatMap((outcome): readonly Suppressed[] => {
    const covering = sources.filter(
      (source) => source.wrong === undefined && sameRule(source.rule, outcome) && source.covers(outcome),
    );
    for (const source of covering) used.add(source);
    const [first] = covering;
    return first === undefined ? [] : [{ outcome, by: first.by }];
  });
  const gone = new Set<Judged>(suppressed.map(({ outcome }) => outcome));
  return {
    checked: {
      ...checked,
      findings: checked.findings.filter((finding) => !gone.has(finding)),
      unknown: checked.unknown.filter((open) => !gone.has(open)),
    },
    suppressed,
    unused: sources
      .filter((source) => !used.has(source))
      .flatMap((source) => unusedOf(source, checked, given)),
  };
}

/** Rules go by their id or by their name. */
function sameRule(rule: string, { rule: { id, name } }: Judged): boolean {
  return rule.toUpperCase() === id || rule === name;
}

function ofComment(
  { file, line, rule, reason, lines, wrong }: IgnoreComment,
  base: string | undefined,
): Source {
  const own = portable(file, base);
  return {
    by: { kind: "comment", ...(reason === undefined ? {} : { reason }), file, line },
    rule,
    ...withoutReason(reason, wrong),
    covers: (outcome) =>
      placesOf(outcome).some(
        (place) =>
          portable(place.file, base) === own &&
          (lines === undefined || (place.line >= lines.from && place.line <= lines.to)),
      ),
  };
}

/** Where a finding is, what else it rests on, and where the things are defined that it is about. */
function placesOf(outcome: Judged): readonly { readonly file: string; readonly line: number }[] {
  const related = outcome.status === "fail" ? (outcome.related ?? []).map(({ place }) => place) : [];
  return [outcome.place, ...related, ...factsOfSubject(outcome).map(({ place }) => place)].filter(
    (place) => place !== undefined,
  );
}

function ofMetadata(all: readonly Facts[]): readonly Source[] {
  const facts = new Set(
    all.flatMap(({ functions, queues, streams, mappings, pipes, deliveries, tables, idempotency }) =>
      [functions, queues, streams, mappings, pipes, deliveries, tables, idempotency].flat<
        readonly (readonly Fact[])[]
      >(),
    ),
  );
  return [...facts].flatMap((fact) =>
    (fact.ignores ?? []).map(({ rule, reason }): Source => ({
      by: {
        kind: "metadata",
        ...(reason === undefined ? {} : { reason }),
        ...(fact.place === undefined ? {} : { file: fact.place.file, line: fact.place.line }),
      },
      rule,
      ...withoutReason(reason),
      covers: (outcome) => factsOfSubject(outcome).includes(fact),
    })),
  );
}

function ofConfigured(ignore: ConfiguredIgnore, base: string | undefined): Source {
  const { rule, reason } = ignore;
  const fit = (pattern: string | undefined, name: string | undefined): boolean =>
    pattern === undefined || (name !== undefined && fits(pattern, name));
  return {
    by: { kind: "configuration", reason },
    rule,
    ...withoutReason(reason),
    covers: (outcome) => {
      const { subject, place, facts } = outcome;
      return (
        fit(ignore.function, subject.function) &&
        fit(ignore.queue, subject.queue) &&
        fit(ignore.mapping, subject.mapping) &&
        fit(ignore.file, portable(place?.file ?? facts.file, base))
      );
    },
  };
}

function ofBaseline(
  baseline: Baseline | undefined,
  outcomes: readonly Judged[],
  base: string | undefined,
): readonly Source[] {
  if (baseline === undefined) return [];
  const prints = fingerprintsOf(outcomes, base);
  return baseline.entries.map((entry) => ({
    by: { kind: "baseline", file: baseline.file },
    rule: entry.rule,
    entry,
    covers: (outcome) => prints.get(outcome) === entry.fingerprint && hides(entry, outcome),
  }));
}

function withoutReason(reason: string | undefined, wrong?: string): Pick<Source, "wrong"> {
  if (wrong !== undefined) return { wrong };
  return reason === undefined || reason.trim() === ""
    ? { wrong: "it gives no reason, and does not hold without one" }
    : {};
}

function unusedOf(source: Source, checked: Checked, given: Suppressions): readonly Unused[] {
  const message = unusedMessage(source, checked, given);
  if (message === undefined) return [];
  const { kind, file, line } = source.by;
  return [
    {
      kind,
      rule: source.rule,
      message,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
    },
  ];
}

/** `undefined`: nothing can be said against it in this run. */
function unusedMessage(
  { rule, wrong, entry }: Source,
  { counts }: Checked,
  { rules, files, base }: Suppressions,
): string | undefined {
  const known = rules?.find(({ id, name }) => rule.toUpperCase() === id || rule === name);
  if (entry !== undefined) {
    const looked = files === undefined || files.some((file) => portable(file, base) === entry.file);
    // Of a rule that was not asked, or of a file that was not read, nobody knows.
    if (!looked || !Object.hasOwn(counts, rule)) return undefined;
    return `The baseline's ${rule} of ${subjectOf(entry)} in ${entry.file} is gone, or is worse now: write it again with --write-baseline.`;
  }
  if (rule === "")
    return "The suppression names no rule: write effectively-once-ignore DUP003: and the reason.";
  if (rules !== undefined && known === undefined)
    return `The suppression of ${rule} does nothing: there is no such rule.${didYouMean(
      rule,
      rules.map(({ id }) => id),
    )}`;
  if (wrong !== undefined) return `The suppression of ${rule} does not hold: ${wrong}.`;
  if (known !== undefined && !Object.hasOwn(counts, known.id)) return undefined;
  return `The suppression of ${rule} is not needed: there is nothing of that rule to suppress there.`;
}

function subjectOf({ queue, function: name, mapping, other }: BaselineEntry): string {
  return [queue, name, mapping, other].find((id) => id !== undefined) ?? "something";
}
