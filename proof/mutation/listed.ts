/** Mutants that change nothing anybody could see, each with its reason: `equivalent/<source file>.json`. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly statusReason?: string;
  readonly location: { readonly start: Place; readonly end: Place };
}
interface Place {
  readonly line: number;
  readonly column: number;
}

export interface Listed {
  /** From the root of the workspace. */
  readonly file: string;
  readonly mutator: string;
  /** What is replaced, and by what, both as `short` writes them. */
  readonly original: string;
  readonly replacement: string;
  /** The line that it begins in: should the line change, the reason must be given anew. */
  readonly near: string;
  readonly reason: string;
}

const FOLDER = join(import.meta.dirname, "equivalent");

export function readListed(): readonly Listed[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER).flatMap(
    (name) => JSON.parse(readFileSync(join(FOLDER, name), "utf8")) as readonly Listed[],
  );
}

export function short(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 80);
}

/** What of a mutant can be found again when lines above it have moved. */
export function describe(file: string, source: string, mutant: Mutant): Omit<Listed, "reason"> {
  const lines = source.split("\n");
  const { start, end } = mutant.location;
  const within = lines.slice(start.line - 1, end.line);
  const last = within.length - 1;
  within[last] = (within[last] ?? "").slice(0, end.column - 1);
  within[0] = (within[0] ?? "").slice(start.column - 1);
  return {
    file,
    mutator: mutant.mutatorName,
    original: short(within.join("\n")),
    replacement: short(mutant.replacement ?? ""),
    near: short(lines[start.line - 1] ?? ""),
  };
}

export function isSame(one: Omit<Listed, "reason">, other: Omit<Listed, "reason">): boolean {
  return (["file", "mutator", "original", "replacement", "near"] as const).every(
    (name) => one[name] === other[name],
  );
}
