/** A known fault: a change of one place in our own code. */

export interface Edit {
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly put: string;
}

export interface Plant {
  readonly id: string;
  readonly says: string;
  readonly seen: string;
  readonly edits: readonly Edit[];
  readonly project: "unit" | "services";
  /** The test files that must be green before and red after. */
  readonly checks: readonly string[];
}

export function one(
  id: string,
  says: string,
  seen: string,
  [file, find, put]: readonly [string, string, string],
  checks: readonly string[],
  project: Plant["project"] = "unit",
): Plant {
  return { id, says, seen, edits: [{ file, find, put }], checks, project };
}
