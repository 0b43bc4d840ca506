/** Which lines are worth a look: most of a log is of no interest here, and is passed over at the speed of a search. */

import type { Expressions } from "../keys/expressions.ts";

/** What stands in each line that any reader of lines understands, escaped within another document or not. */
const MARKS: readonly string[] = [
  "Re(?:questId|cords)",
  "platform\\.",
  "acknowledged",
  "detail-type",
  "batchItemFailures",
  "idempotency_key",
  "logEvents",
  "awslogs",
  "invocation",
  "Task timed out",
  "Invoke Error",
  "Un(?:caught Exception|handled Promise)",
  "\\[ERROR\\] ",
  "Error raised from",
];

export interface Prefilter {
  /** A line of a file. */
  readonly line: (text: string) => boolean;
  /** An element of a document, whose message is escaped in it: a pattern of the user's cannot be tried on that. */
  readonly wrapped: (text: string) => boolean;
}

/** The source of a regular expression that finds every line of use; `undefined`: any line may be. */
export function marksOf({ fields, needles, patterns }: Expressions): string | undefined {
  if (needles === undefined || patterns.length > 0) return undefined;
  return [...MARKS, ...(fields.size === 0 ? [] : needles)].join("|");
}

export function prefilterOf({ fields, needles, patterns }: Expressions): Prefilter {
  if (fields.size === 0) {
    const marks = new RegExp(MARKS.join("|"));
    const test = (text: string): boolean => marks.test(text);
    return { line: test, wrapped: test };
  }
  const all = (): boolean => true;
  if (needles === undefined) return { line: all, wrapped: all };
  const marks = new RegExp([...MARKS, ...needles].join("|"));
  return {
    line: (text) => marks.test(text) || patterns.some((pattern) => pattern.test(text)),
    wrapped: patterns.length > 0 ? all : (text) => marks.test(text),
  };
}
