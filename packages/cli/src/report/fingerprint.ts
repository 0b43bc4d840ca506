/** What stays the same of a finding when lines move and numbers change: its rule, its subject, its file, and the world that it holds in. */

import { createHash } from "node:crypto";
import { isAbsolute, relative, sep } from "node:path";
import { byText } from "./report.ts";
import type { Judged } from "./subject.ts";

/** A file as it is named wherever the working directory is that of the project: relative, with `/`. */
export function portable(file: string, base: string = process.cwd()): string {
  const from = isAbsolute(file) ? relative(base, file) : file;
  // One of another folder, or of another drive, keeps its name.
  const named = from === ".." || from.startsWith(`..${sep}`) || isAbsolute(from) ? file : from;
  return named.replaceAll(sep === "\\" ? "\\" : "/", "/").replace(/^(?:\.\/)+/, "");
}

/**
 * One for each outcome, all different: several of one rule on one subject are told apart by their order in the file. A
 * question that could not be answered has another one than the finding that it may turn out to be.
 */
export function fingerprintsOf<T extends Judged>(
  outcomes: readonly T[],
  base?: string,
): ReadonlyMap<T, string> {
  const seen = new Map<string, number>();
  const found = new Map<T, string>();
  const inFile = outcomes.toSorted((left, right) => {
    const [one, other] = [left.place, right.place];
    return (one?.line ?? 0) - (other?.line ?? 0) || (one?.column ?? 0) - (other?.column ?? 0);
  });
  for (const outcome of inFile) {
    const said = spoken(outcome, base);
    const nth = seen.get(said) ?? 0;
    seen.set(said, nth + 1);
    const hash = createHash("sha256").update(nth === 0 ? said : `${said}\n${nth}`);
    found.set(outcome, hash.digest("hex").slice(0, 32));
  }
  return found;
}

function spoken({ rule, status, subject, when = {}, place, facts }: Judged, base?: string): string {
  return JSON.stringify([
    rule.id,
    status,
    portable(place?.file ?? facts.file, base),
    subject.function ?? null,
    subject.queue ?? null,
    subject.mapping ?? null,
    subject.other ?? null,
    Object.entries(when).toSorted(([left], [right]) => byText(left, right)),
  ]);
}
