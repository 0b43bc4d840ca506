/** The visibility timeout against the function's timeout: four inequalities, each implied by the one before it. */

import { type Linear, isLess, plus, scaled, spelled } from "../facts/linear.ts";
import type { Facts } from "../facts/model.ts";
import { type Answer, type Value, known } from "../facts/value.ts";
import { TIMEOUT_LIMITS, VISIBILITY_LIMITS, WINDOW_LIMITS, inSeconds, linears } from "./amounts.ts";
import { visibilityFixes } from "./margins.ts";
import { type Pipeline, pipelinesOf, runsIn, settingOf, subjectOf } from "./pipelines.ts";
import { placeOf, relatedTo } from "./places.ts";
import type { Fix, Outcome, TimelineBar } from "./rule.ts";
import { type Failure, type Judgement, cannotTell, inEachWorld } from "./worlds.ts";

/** From the worst to the mildest. Each fires when the visibility timeout is below `tenths / 10 × timeout`, plus the window. */
const LEVELS = [
  { id: "DUP001", tenths: 10, window: false },
  { id: "DUP002", tenths: 10, window: true },
  { id: "DUP003", tenths: 13, window: true },
  { id: "DUP004", tenths: 60, window: true },
] as const;
type Level = (typeof LEVELS)[number];
export type LevelId = Level["id"];

/** What a finding of one level says, after the numbers. */
export interface Saying {
  readonly queue: string;
  readonly function: string;
  readonly visibility: string;
  readonly timeout: string;
  /** Empty without a batching window. */
  readonly window: string;
}

/**
 * One outcome for each pipeline and world. Only the worst level that certainly holds fails; the milder ones are implied
 * by it, and `not-applicable`.
 */
export function checkVisibility(
  facts: Facts,
  id: LevelId,
  message: (saying: Saying) => string,
): readonly Outcome[] {
  return pipelinesOf(facts).flatMap((pipeline) => {
    const { mapping, function: called, queue } = pipeline;
    const fixes = queue.found ? visibilityFixes(facts, queue.fact) : [];
    const values = [
      runsIn(pipeline),
      settingOf(called, (fact) => fact.timeoutSeconds),
      settingOf(queue, (fact) => fact.visibilityTimeoutSeconds),
      mapping.batchingWindowSeconds,
      settingOf(queue, (fact) => fact.fifo),
    ] as const;
    return inEachWorld<[true, number, number, number, boolean]>(
      subjectOf(pipeline),
      values,
      ([, timeout, visibility, window, fifo]) =>
        judge(pipeline, { timeout, visibility, window: windowOf(window, fifo), fifo }, id, message, fixes),
    );
  });
}

interface Waits {
  readonly timeout: Answer<number>;
  readonly visibility: Answer<number>;
  readonly window: Answer<number>;
  readonly fifo: Answer<boolean>;
}

/** A FIFO queue takes no batching window: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html */
export function windowOf(window: Answer<number>, fifo: Answer<boolean>): Answer<number> {
  const [none] = NO_WINDOW.cases;
  return fifo.known && fifo.value && none !== undefined ? none.answer : window;
}
const NO_WINDOW: Value<number> = known(0, "default");

function judge(
  pipeline: Pipeline,
  waits: Waits,
  id: LevelId,
  message: (saying: Saying) => string,
  fixes: readonly Fix[],
): Judgement {
  const names = namesOf(pipeline);
  const [t, v, w] = linears(
    { answer: waits.timeout, limits: TIMEOUT_LIMITS, name: `timeout of ${names.function}` },
    { answer: waits.visibility, limits: VISIBILITY_LIMITS, name: `visibility timeout of ${names.queue}` },
    { answer: waits.window, limits: WINDOW_LIMITS, name: `window of ${pipeline.mapping.id}` },
  );
  if (t === undefined || v === undefined || w === undefined) return cannotTell([]);
  const holds = (level: Level): ReturnType<typeof isLess> => isLess(scaled(v, 10), limitOf(level, t, w));
  const at = LEVELS.findIndex((level) => level.id === id);
  const level = LEVELS[at] ?? LEVELS[0];
  const hasWindow = !(waits.window.known && waits.window.value === 0);
  if (id === "DUP002" && !hasWindow) return { status: "not-applicable", reason: "it has no batching window" };
  const worse = LEVELS.slice(0, at).find((one) => holds(one) === "always");
  const said = (one: Level): string => (one.id === "DUP001" && isGenerated(pipeline) ? "DUP011" : one.id);
  if (worse !== undefined) return { status: "not-applicable", reason: `${said(worse)} says what is worse` };
  switch (holds(level)) {
    case "never":
      return { status: "pass" };
    case "depends":
      return cannotTell(openOf(waits, hasWindow));
    case "always":
      if (said(level) !== id) return { status: "not-applicable", reason: `${said(level)} says so` };
      return failure(pipeline, waits, { t, v, w }, level, message, fixes);
  }
}

/** In tenths, so that 1.3 times a timeout is compared without rounding. */
function limitOf(level: Level, timeout: Linear, window: Linear): Linear {
  const run = scaled(timeout, level.tenths);
  return level.window ? plus(run, scaled(window, 10)) : run;
}

function openOf({ timeout, visibility, window }: Waits, hasWindow: boolean): readonly Answer<number>[] {
  return hasWindow ? [visibility, timeout, window] : [visibility, timeout];
}

function isGenerated({ queue }: Pipeline): boolean {
  return queue.found && queue.fact.generatedBy !== undefined;
}

function namesOf({ mapping, function: called, queue }: Pipeline): {
  readonly queue: string;
  readonly function: string;
} {
  return {
    queue: queue.found ? queue.fact.id : mapping.sourceName,
    function: called.found ? called.fact.id : `the function of ${mapping.id}`,
  };
}

function failure(
  pipeline: Pipeline,
  waits: Waits,
  { t, v, w }: { readonly t: Linear; readonly v: Linear; readonly w: Linear },
  level: Level,
  message: (saying: Saying) => string,
  fixes: readonly Fix[],
): Failure {
  const { mapping, queue } = pipeline;
  const names = namesOf(pipeline);
  const saying = {
    ...names,
    visibility: inSeconds(waits.visibility, v),
    timeout: inSeconds(waits.timeout, t),
    window: waits.window.known && waits.window.value === 0 ? "" : inSeconds(waits.window, w),
  };
  const timeline = timelineOf(waits);
  return {
    status: "fail",
    message: message(saying),
    formula: formulaOf(level, { t, v, w }),
    ...placeOf(waits.visibility, queue.found ? queue.fact : mapping),
    related: relatedTo(
      [
        pipeline.function.found ? placeOf(waits.timeout, pipeline.function.fact) : undefined,
        `the timeout of ${names.function} is ${saying.timeout}`,
      ],
      [
        saying.window === "" ? undefined : placeOf(waits.window, mapping),
        `the batching window is ${saying.window}`,
      ],
      [mapping, `${mapping.id} connects ${names.queue} to ${names.function}`],
    ),
    ...(fixes.length > 0 ? { fixes } : {}),
    ...(timeline ? { timeline } : {}),
  };
}

/** `30 < 6 × 10 + 5` where the timeout is known, else with what is not: `6 × Timeout < 6 × Timeout + 5`. */
function formulaOf(
  { tenths, window }: Level,
  { t, v, w }: { readonly t: Linear; readonly v: Linear; readonly w: Linear },
): string {
  const wait = window ? w : scaled(w, 0);
  if (t.terms.length > 0) return `${spelled(v)} < ${spelled(plus(tenth(scaled(t, tenths)), wait))}`;
  const run = tenths === 10 ? spelled(t) : `${tenths / 10} × ${spelled(t)}`;
  const waits = wait.terms.length === 0 && wait.constant === 0 ? "" : ` + ${spelled(wait)}`;
  return `${spelled(v)} < ${run}${waits}`;
}

/** Divided at the end, since 13 × 3 / 10 is 3.9 and 1.3 × 3 is not. */
function tenth({ constant, terms }: Linear): Linear {
  return {
    constant: constant / 10,
    terms: terms.map(({ symbol, times }) => ({ symbol, times: times / 10 })),
  };
}

function timelineOf({ timeout, visibility, window }: Waits): readonly TimelineBar[] | undefined {
  if (!timeout.known || !visibility.known || !window.known) return undefined;
  const start = window.value;
  const bar = (label: string, fromSeconds: number, seconds: number): TimelineBar => ({
    label,
    fromSeconds,
    toSeconds: fromSeconds + seconds,
  });
  return [
    bar("invisible", 0, visibility.value),
    ...(start > 0 ? [bar("batching window", 0, start)] : []),
    bar("first run", start, timeout.value),
    bar("second copy", visibility.value, timeout.value),
  ];
}
