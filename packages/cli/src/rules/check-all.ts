/** All rules over all facts, under one profile: what the doctor found. Printing it, and choosing an exit code, are other rooms. */

import type { Facts } from "../facts/model.ts";
import { type Outcome, type Profile, type Rule, type Severity } from "./rule.ts";

export type Finding = Extract<Outcome, { status: "fail" }> & {
  readonly rule: Rule;
  readonly facts: Facts;
  readonly severity: Severity;
};
export type Open = Extract<Outcome, { status: "unknown" }> & {
  readonly rule: Rule;
  readonly facts: Facts;
  readonly severity: Severity;
};

export type Passed = Extract<Outcome, { status: "pass" }> & { readonly rule: Rule; readonly facts: Facts };

export interface Checked {
  readonly findings: readonly Finding[];
  readonly unknown: readonly Open[];
  /** What is well; for reports that list that too. */
  readonly passed?: readonly Passed[];
  /** How often each rule had an answer, by its id: what was looked at, and not only what was wrong. */
  readonly counts: Readonly<Record<string, Readonly<Record<Outcome["status"], number>>>>;
}

export function checkAll(
  rules: readonly Rule[],
  all: readonly Facts[],
  profile: Profile,
  severities: Readonly<Record<string, Severity | "off">> = {},
): Checked {
  const findings: Finding[] = [];
  const unknown: Open[] = [];
  const passed: Passed[] = [];
  const counts: Record<string, Record<Outcome["status"], number>> = {};
  for (const rule of rules) {
    const asked = severities[rule.id] ?? rule.severity[profile];
    // Switched off by its profile alone, a rule still says what is an error by itself: a maxReceiveCount of 1, a reserved concurrency of 0.
    if (asked === "off" && (severities[rule.id] === "off" || profile !== "minimal")) continue;
    const errorsOnly = asked === "off";
    const base = errorsOnly ? "error" : asked;
    const count = (counts[rule.id] = { fail: 0, unknown: 0, pass: 0, "not-applicable": 0 });
    for (const facts of all)
      for (const outcome of rule.check(facts)) {
        if (errorsOnly && !(outcome.status === "fail" && outcome.severity === "error")) continue;
        count[outcome.status] += 1;
        if (outcome.status === "fail")
          findings.push({ ...outcome, rule, facts, severity: outcome.severity ?? base });
        else if (outcome.status === "unknown") unknown.push({ ...outcome, rule, facts, severity: base });
        else if (outcome.status === "pass") passed.push({ ...outcome, rule, facts });
      }
  }
  return { findings, unknown, passed, counts };
}
