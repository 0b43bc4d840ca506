/** What a queue's settings should be, and the changes that lead there without breaking another rule. */

import type { Facts, FunctionFact, QueueFact } from "../facts/model.ts";
import type { Value } from "../facts/value.ts";
import { RETENTION_LIMITS, VISIBILITY_LIMITS } from "./amounts.ts";
import { fixOf } from "./fixes.ts";
import { consumersOf, isMapping } from "./pipelines.ts";
import { remembering } from "./remember.ts";
import type { Fix } from "./rule.ts";

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const RUNS_IN_VISIBILITY = 6;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
export const RECEIVES_BEFORE_DEAD_LETTER = 5;
const DAY = 86_400;

/** A longer visibility timeout; and a longer retention, where a message would else expire before its last receive. */
export function visibilityFixes(facts: Facts, queue: QueueFact): readonly Fix[] {
  const { visibility } = targetsOf(facts, queue);
  return visibility?.fix ? withRetention(facts, queue, [visibility.fix]) : [];
}

/** As many receives as throttling needs; and a longer retention, where they take longer than the message is kept. */
export function receiveFixes(facts: Facts, queue: QueueFact): readonly Fix[] {
  const { receives } = targetsOf(facts, queue);
  return receives?.fix ? withRetention(facts, queue, [receives.fix]) : [];
}

/** A retention within which a message can reach its dead-letter queue. */
export function retentionFixes(facts: Facts, queue: QueueFact): readonly Fix[] {
  return withRetention(facts, queue, []);
}

/** A dead-letter queue that keeps messages as long as SQS does. */
export function deadLetterRetentionFixes(
  facts: Facts,
  queue: QueueFact,
  deadLetter: QueueFact,
): readonly Fix[] {
  const kept = largest(queue.retentionSeconds);
  const fix = fixOf(
    deadLetter,
    "retention",
    deadLetter.retentionSeconds,
    RETENTION_LIMITS.max,
    facts.language,
  );
  if (fix === undefined || kept === undefined || kept >= RETENTION_LIMITS.max) return [];
  const passesOn = deadLetter.deadLetterQueue.cases.some(({ answer }) => !answer.known || answer.value);
  return passesOn || outlivesMemory(facts, queue, kept, kept + RETENTION_LIMITS.max) ? [] : [fix];
}

interface Target {
  readonly seconds: number;
  readonly fix?: Fix;
}

/** Where a setting cannot be changed, the target is what it is. The same whichever rule asks, so that fixes agree. */
const targetsOf: (
  facts: Facts,
  queue: QueueFact,
) => { readonly visibility: Target | undefined; readonly receives: Target | undefined } =
  remembering(targetsFor);

function targetsFor(
  facts: Facts,
  queue: QueueFact,
): { readonly visibility: Target | undefined; readonly receives: Target | undefined } {
  const { language } = facts;
  const needed = visibilityNeeded(facts, queue);
  return {
    visibility: target(queue.visibilityTimeoutSeconds, needed, (to) =>
      isShared(facts, queue)
        ? undefined
        : fixOf(queue, "visibilityTimeout", queue.visibilityTimeoutSeconds, to, language),
    ),
    receives: target(queue.maxReceiveCount, RECEIVES_BEFORE_DEAD_LETTER, (to) =>
      isShared(facts, queue)
        ? undefined
        : fixOf(queue, "maxReceiveCount", queue.maxReceiveCount, to, language),
    ),
  };
}

function target(
  value: Value<number | undefined>,
  atLeast: number | undefined,
  fix: (to: number) => Fix | undefined,
): Target | undefined {
  const now = largest(value);
  if (now === undefined) return undefined;
  const change = atLeast !== undefined && atLeast > now ? fix(atLeast) : undefined;
  return change && atLeast !== undefined ? { seconds: atLeast, fix: change } : { seconds: now };
}

/** Six runs and the window, of the consumer that needs most; `undefined` when none of them is known. */
function visibilityNeeded(facts: Facts, queue: QueueFact): number | undefined {
  const needs = consumersOf(facts, queue).flatMap(({ consumer }) => {
    const called = isMapping(consumer) ? [consumer.function] : [consumer.enrichment, consumer.target];
    const runs = called.map((value) => Math.max(0, ...functionsOf(facts, value).map(longestRun)));
    const run = runs.reduce((sum, one) => sum + one, 0);
    const fifo = largest(queue.fifo) === true;
    const window = fifo ? 0 : (largest(consumer.batchingWindowSeconds) ?? 0);
    return run > 0 ? [RUNS_IN_VISIBILITY * run + window] : [];
  });
  return needs.length > 0 ? Math.min(VISIBILITY_LIMITS.max, Math.max(...needs)) : undefined;
}

function functionsOf(facts: Facts, called: Value<string | undefined>): readonly FunctionFact[] {
  return called.cases.flatMap(({ answer }) =>
    answer.known ? facts.functions.filter(({ id }) => id === answer.value) : [],
  );
}

function longestRun({ timeoutSeconds }: FunctionFact): number {
  return Math.max(0, ...timeoutSeconds.cases.map(({ answer }) => (answer.known ? answer.value : 0)));
}

/** The fixes with those of the retentions that they need. None at all, when a retention cannot follow. */
function withRetention(facts: Facts, queue: QueueFact, fixes: readonly Fix[]): readonly Fix[] {
  const { visibility, receives } = targetsOf(facts, queue);
  const delay = largest(queue.delaySeconds);
  const kept = smallest(queue.retentionSeconds);
  if (visibility === undefined || receives === undefined || delay === undefined || kept === undefined)
    return fixes;
  const needed = receives.seconds * visibility.seconds + delay;
  if (kept >= needed) return fixes;
  // What is no fix of a finding about this must not make it worse either, nor leave it half done.
  if (needed > RETENTION_LIMITS.max || isShared(facts, queue)) return [];
  const to = Math.min(RETENTION_LIMITS.max, Math.ceil(needed / DAY) * DAY);
  const retention = fixOf(queue, "retention", queue.retentionSeconds, to, facts.language);
  if (retention === undefined || outlivesMemory(facts, queue, kept, to)) return [];
  const deadLetter = deadLetterOf(facts, queue);
  if (deadLetter === undefined || largest(queue.fifo) === true) return [...fixes, retention];
  const keptThere = smallest(deadLetter.retentionSeconds);
  if (keptThere === undefined || keptThere > to || keptThere <= kept) return [...fixes, retention];
  const raised = to < RETENTION_LIMITS.max ? deadLetterRetentionFixes(facts, queue, deadLetter) : [];
  return raised.length > 0 ? [...fixes, retention, ...raised] : [];
}

function deadLetterOf(facts: Facts, queue: QueueFact): QueueFact | undefined {
  const names = queue.deadLetterQueue.cases.map(({ answer }) => (answer.known ? answer.value : undefined));
  return facts.queues.find(({ id }) => names.includes(id));
}

/** Whether a consumer remembers for longer than messages live now, and not for as long as they then would. */
function outlivesMemory(facts: Facts, queue: QueueFact, now: number, then: number): boolean {
  const consumers = consumersOf(facts, queue).flatMap(({ consumer }) =>
    isMapping(consumer) ? functionsOf(facts, consumer.function).map(({ id }) => id) : [],
  );
  return facts.idempotency.some(
    (one) =>
      consumers.includes(one.function) &&
      one.recordsLastSeconds.cases.some(
        ({ answer }) => answer.known && answer.value >= now && answer.value < then,
      ),
  );
}

/** Written once for several queues: `for_each`, a module that is used twice. */
function isShared(facts: Facts, queue: QueueFact): boolean {
  const at = ({ settings }: QueueFact): string => `${settings?.file} ${settings?.pointer} ${settings?.start}`;
  return queue.settings !== undefined && facts.queues.some((one) => one !== queue && at(one) === at(queue));
}

/** Of all cases; `undefined` when one of them is not known, or is none. */
function largest<T extends number | boolean | undefined>(value: Value<T>): T | undefined {
  return extreme(value, (left, right) => left > right);
}

function smallest(value: Value<number>): number | undefined {
  return extreme(value, (left, right) => left < right);
}

function extreme<T extends number | boolean | undefined>(
  value: Value<T>,
  beats: (left: NonNullable<T>, right: NonNullable<T>) => boolean,
): T | undefined {
  let best: NonNullable<T> | undefined;
  for (const { answer } of value.cases) {
    if (!answer.known || answer.value === undefined || answer.value === null) return undefined;
    if (best === undefined || beats(answer.value, best)) best = answer.value;
  }
  return best;
}
