/** A change of some characters of a file, and nothing else of it. */

import type { Finding } from "../rules/check-all.ts";

export interface Edit {
  readonly file: string;
  /** UTF-16 units from the start of the text (a byte order mark is not of it); the end excluded. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** What it was planned for; `also`: what else it settles. */
  readonly finding: Finding;
  readonly also?: readonly Finding[];
}

/**
 * @throws RangeError when two edits overlap; inserts at one place go in as they are listed
 */
export function applyEdits(text: string, edits: readonly Pick<Edit, "start" | "end" | "text">[]): string {
  let done = "";
  let at = 0;
  for (const edit of edits.toSorted((left, right) => left.start - right.start || left.end - right.end)) {
    if (edit.start < at || edit.end < edit.start || edit.end > text.length)
      throw new RangeError(
        `an edit of ${edit.start} to ${edit.end} overlaps another, or ends outside of the text`,
      );
    done += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return done + text.slice(at);
}
