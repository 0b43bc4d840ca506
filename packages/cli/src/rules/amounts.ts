/** Numbers as relations: what is not known lies at least within AWS's limits, and often in a relation to others. */

import { type Linear, type Symbol, spelled, symbol } from "../facts/linear.ts";
import { type Answer, linearOf } from "../facts/value.ts";

export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const TIMEOUT_LIMITS: Limits = { min: 1, max: 900 };
/** https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html */
export const WINDOW_LIMITS: Limits = { min: 0, max: 300 };
/** These and those below: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
export const VISIBILITY_LIMITS: Limits = { min: 0, max: 43_200 };
export const RETENTION_LIMITS: Limits = { min: 60, max: 1_209_600 };
export const DELAY_LIMITS: Limits = { min: 0, max: 900 };
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue.html */
export const RECEIVE_LIMITS: Limits = { min: 1, max: 1_000 };

export interface Amount {
  readonly answer: Answer<number>;
  readonly limits: Limits;
  /** What it is called where nothing else is known of it: `timeout of F`. */
  readonly name: string;
}

/**
 * Each amount in terms of what is not known. AWS refuses what lies outside of its limits, so a symbol that is an amount
 * but for a factor lies within them too.
 */
export function linears(...amounts: readonly Amount[]): readonly Linear[] {
  const all = amounts.map(({ answer, limits, name }) => linearOf(answer) ?? symbol(name, limits));
  const ranges = new Map<string, Limits>();
  const narrow = (id: string, by: Limits): void => {
    const { min, max } = ranges.get(id) ?? { min: -Infinity, max: Infinity };
    ranges.set(id, { min: Math.max(min, by.min), max: Math.min(max, by.max) });
  };
  for (const [index, { constant, terms }] of all.entries()) {
    for (const term of terms) narrow(term.symbol.id, term.symbol);
    const [only, ...rest] = terms;
    const limits = amounts[index]?.limits;
    if (only === undefined || limits === undefined || rest.length > 0) continue;
    const ends = [(limits.min - constant) / only.times, (limits.max - constant) / only.times];
    narrow(only.symbol.id, { min: Math.min(...ends), max: Math.max(...ends) });
  }
  const narrowed = (one: Symbol): Symbol => {
    const range = ranges.get(one.id);
    // An empty range is a definition that AWS refuses whatever the value: nothing is concluded from it.
    return range === undefined || range.min > range.max ? one : { ...one, ...range };
  };
  return all.map(({ constant, terms }) => ({
    constant,
    terms: terms.map((term) => ({ ...term, symbol: narrowed(term.symbol) })),
  }));
}

/** `30 s`, and how it is known when nobody wrote it: `30 s (the default)`, `4 days (345600 s, the default)`. */
export function inSeconds(answer: Answer<number>, linear: Linear): string {
  if (!answer.known) return linear.terms.length === 0 ? `${spelled(linear)} s` : `(${spelled(linear)}) s`;
  const { value } = answer;
  const days = value / 86_400;
  if (value === 0 || !Number.isInteger(days)) return `${value} s${howKnown(answer)}`;
  const notes = [`${value} s`, ...notesOf(answer)].join(", ");
  return `${days === 1 ? "1 day" : `${days} days`} (${notes})`;
}

/** ` (the default)`, ` (assuming …)`, or nothing. */
export function howKnown(answer: Answer<unknown>): string {
  return notesOf(answer)
    .map((note) => ` (${note})`)
    .join("");
}

function notesOf(answer: Answer<unknown>): readonly string[] {
  if (!answer.known) return [];
  if (answer.assuming !== undefined) return [`assuming ${answer.assuming}`];
  return answer.from === "default" ? ["the default"] : [];
}
