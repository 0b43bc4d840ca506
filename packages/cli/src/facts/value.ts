/**
 * What a definition says of one setting: not one number but its cases, since a template leaves things open (a
 * condition, the value of a parameter); and in each case either a value with where it came from, or the reason why it
 * cannot be known. A value that is not known is never read as its default.
 */

import { constant, type Linear } from "./linear.ts";

/** A range of a file. Lines and columns count from 1; offsets are UTF-16 units from the file's start, the end excluded. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly start?: number;
  readonly end?: number;
  /** JSON pointer in a template (`/Resources/Q/Properties/VisibilityTimeout`), address in Terraform (`aws_sqs_queue.q.visibility_timeout_seconds`). */
  readonly pointer?: string;
  /** The construct's path in a CDK application. */
  readonly construct?: string;
}

/** Where a value came from. */
export type From = "literal" | "globals" | "default" | "parameter-default" | "mapping" | "branch" | "live";

/** What a template leaves open, decided: `{ IsProd: "true", Stage: "dev" }`. `{}` holds everywhere. */
export type World = Readonly<Record<string, string>>;

export interface Known<T> {
  readonly known: true;
  readonly value: T;
  readonly from: From;
  /** Where the value itself stands; for a default, the thing that does not set it. */
  readonly place?: Place;
  /** What was taken for granted, as a part of a sentence: `the default of the parameter Timeout`. */
  readonly assuming?: string;
}

export interface Unknown {
  readonly known: false;
  /** A part of a sentence, without a full stop: `queue is imported (Fn::ImportValue)`. */
  readonly reason: string;
  readonly place?: Place;
  /** For a number: how it depends on what is not known. */
  readonly linear?: Linear;
}

export type Answer<T> = Known<T> | Unknown;

export interface Case<T> {
  readonly when: World;
  readonly answer: Answer<T>;
}

/** Its cases exclude each other, and one of them holds in every world. The first is the one of all defaults, where there is such. */
export interface Value<T> {
  readonly cases: readonly Case<T>[];
}

/** More worlds than these are not looked at one by one. */
const MAX_WORLDS = 256;

export function known<T>(value: T, from: From, more: { place?: Place; assuming?: string } = {}): Value<T> {
  return { cases: [{ when: {}, answer: { known: true, value, from, ...more } }] };
}

export function unknown(reason: string, more: { place?: Place; linear?: Linear } = {}): Value<never> {
  return { cases: [{ when: {}, answer: { known: false, reason, ...more } }] };
}

/** One answer for each way in which the cases of all `values` go together. */
export interface Joint<T extends readonly unknown[]> {
  readonly when: World;
  readonly answers: { readonly [K in keyof T]: Answer<T[K]> };
}

/**
 * @returns `undefined` when there are more than 256 ways.
 */
export function together<T extends readonly unknown[]>(
  ...values: { readonly [K in keyof T]: Value<T[K]> }
): readonly Joint<T>[] | undefined {
  const all = values as readonly Value<unknown>[];
  // Most settings have one case, which holds everywhere.
  const first = all.map(({ cases }) => cases[0]);
  if (all.every(({ cases }, at) => cases.length === 1 && isEverywhere(first[at]?.when)))
    return [{ when: EVERYWHERE, answers: first.map((one) => one?.answer) }] as unknown as readonly Joint<T>[];
  let joints: { when: World; answers: readonly Answer<unknown>[] }[] = [{ when: EVERYWHERE, answers: [] }];
  for (const { cases } of all) {
    joints = joints.flatMap(({ when, answers }) =>
      cases.flatMap((one) => {
        const both = meet(when, one.when);
        return both === undefined ? [] : [{ when: both, answers: [...answers, one.answer] }];
      }),
    );
    if (joints.length > MAX_WORLDS) return undefined;
  }
  return joints as unknown as readonly Joint<T>[];
}

const EVERYWHERE: World = Object.freeze({});

function isEverywhere(when: World = EVERYWHERE): boolean {
  for (const _ in when) return false;
  return true;
}

/** The worlds in which both hold; `undefined`: there is none. */
export function meet(left: World, right: World): World | undefined {
  if (isEverywhere(right)) return left;
  if (isEverywhere(left)) return right;
  for (const [choice, taken] of Object.entries(right))
    if (Object.hasOwn(left, choice) && left[choice] !== taken) return undefined;
  return { ...left, ...right };
}

/** Each known value changed; what is not known stays so, and its relation to others is lost. */
export function mapped<T, U>(value: Value<T>, change: (value: T, known: Known<T>) => U): Value<U> {
  return chained(value, (one) => ({ ...one, value: change(one.value, one) }));
}

/** As {@link mapped}, where a known value may turn out to be unknown. */
export function chained<T, U>(value: Value<T>, change: (known: Known<T>) => Answer<U>): Value<U> {
  return {
    cases: value.cases.map(({ when, answer }) => ({
      when,
      answer: answer.known ? change(answer) : withoutLinear(answer),
    })),
  };
}

function withoutLinear({ reason, place }: Unknown): Unknown {
  return { known: false, reason, ...(place ? { place } : {}) };
}

/** A number as far as it is known: a constant, or its relation to what is not. */
export function linearOf(answer: Answer<number>): Linear | undefined {
  return answer.known ? constant(answer.value) : answer.linear;
}

/** `Stage is dev and IsProd is false`, for a sentence; empty when it holds everywhere. */
export function spelledWorld(when: World): string {
  return Object.entries(when)
    .map(([choice, taken]) => `${choice} is ${taken}`)
    .join(" and ");
}
