/** The smallest wrong conditions: one operator of a region turned into its neighbour. */

import type { Region } from "./regions.ts";

export interface ConditionMutant {
  readonly region: Region;
  /** Of the whole file. */
  readonly mutated: string;
  readonly line: number;
  /** The line that it is in, without what surrounds it. */
  readonly near: string;
  /** How many of the same change come before it in that line. */
  readonly nth: number;
  readonly change: string;
}

type Rule = readonly [find: RegExp, put: string];

const SQL: readonly Rule[] = [
  [/ AND /g, " OR "],
  [/ OR /g, " AND "],
  [/ <= /g, " < "],
  [/ > /g, " >= "],
  [/ <> /g, " = "],
  // Not where a value is set, or a constant of the code.
  [/ = (?!CASE|[("`])/g, " <> "],
  [/\bIS NOT NULL/g, "IS NULL"],
  [/\bIS NULL/g, "IS NOT NULL"],
  [/\bNOT (?!NULL|MATERIALIZED)/g, ""],
  [/ FOR UPDATE OF r/g, ""],
  [/, true\)/g, ", false)"],
];
const TS: readonly Rule[] = [
  [/ && /g, " || "],
  [/ \|\| /g, " && "],
  [/ === /g, " !== "],
  [/ !== /g, " === "],
  [/ <= /g, " < "],
  [/ > /g, " >= "],
  [/ >= /g, " > "],
  [/(?<=[( ])!(?=[a-z(])/g, ""],
  [/(?<=if \()(?=[a-zA-Z.?]+\))/g, "!"],
  [/\.some\(/g, ".every("],
  [/\.every\(/g, ".some("],
  [/ \|\|= /g, " = "],
  [/ \+ /g, " - "],
];

/** @throws Error when a region is not where it was: the code has moved on, and the list must follow. */
export function mutantsOf(region: Region, text: string): readonly ConditionMutant[] {
  const start = text.indexOf(region.from);
  const end = text.indexOf(region.to, start);
  if (start < 0 || end < 0 || text.includes(region.from, start + 1))
    throw new Error(`${region.file}: no region, or more than one, from ${region.from} to ${region.to}`);
  const mutants: ConditionMutant[] = [];
  for (const [find, put] of region.language === "sql" ? SQL : TS)
    for (const match of text.slice(start, end).matchAll(find)) {
      const at = start + match.index;
      if (inComment(text, at)) continue;
      const [found] = match;
      const from = text.lastIndexOf("\n", at) + 1;
      const near = text.slice(from, text.indexOf("\n", at)).trim();
      const change = `${found.trim() || "nothing"} → ${put.trim() || "nothing"}`;
      mutants.push({
        region,
        mutated: text.slice(0, at) + put + text.slice(at + found.length),
        line: text.slice(0, at).split("\n").length,
        near,
        nth: mutants.filter((one) => one.near === near && one.change === change).length,
        change,
      });
    }
  return mutants.toSorted((a, b) => a.line - b.line);
}

function inComment(text: string, at: number): boolean {
  const before = text.slice(text.lastIndexOf("\n", at) + 1, at);
  return /^\s*(\*|\/\/|\/\*)/.test(before) || before.includes(" // ");
}
