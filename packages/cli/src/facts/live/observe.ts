/** Puts what CloudWatch saw to the facts of functions and queues. */

import type { FunctionFact, QueueFact } from "../model.ts";
import type { Calls } from "./calls.ts";
import type { LiveClients } from "./clients.ts";
import type { Measured, Wanted } from "../../aws/metric-data.ts";
import { measure, timeOf } from "./metrics.ts";

export interface Observable {
  readonly functions: readonly FunctionFact[];
  readonly queues: readonly QueueFact[];
  /** Ids: functions that something seen here calls, the sources of mappings, and where messages end up. */
  readonly watched: ReadonlySet<string>;
  readonly sources: ReadonlySet<string>;
  readonly deadLetters: ReadonlySet<string>;
}

export interface Observed {
  readonly functions: readonly FunctionFact[];
  readonly queues: readonly QueueFact[];
  readonly reasons: readonly string[];
}

export async function observe(
  calls: Calls,
  clients: LiveClients,
  { functions, queues, watched, sources, deadLetters }: Observable,
  { days, nowMs }: { readonly days: number; readonly nowMs: number },
  seen?: (done: number, of: number) => void,
): Promise<Observed> {
  const wanted: Wanted[] = [];
  const at = new Map<string, number>();
  const want = (key: string, some: readonly Wanted[]): void => {
    at.set(key, wanted.length);
    wanted.push(...some);
  };
  for (const one of functions) if (watched.has(one.id)) want(`function ${one.id}`, ofFunction(one));
  for (const { id } of queues) {
    // Those elsewhere have no metrics here; their ids are ARNs.
    if (id.startsWith("arn:")) continue;
    if (sources.has(id)) want(`source ${id}`, ofSource(id));
    if (deadLetters.has(id)) want(`dead ${id}`, ofDeadLetters(id));
  }
  const measured =
    wanted.length === 0 ? [] : await measure(calls, clients, wanted, timeOf(days, nowMs), seen);
  const read = (key: string, count: number): readonly Measured[] => {
    const from = at.get(key);
    return from === undefined ? [] : measured.slice(from, from + count);
  };
  return {
    reasons: [...new Set(measured.flatMap(({ reason }) => reason ?? []))],
    functions: functions.map((one) => {
      const some = read(`function ${one.id}`, OF_FUNCTION);
      if (some.length === 0) return one;
      const [maximumDurationMs, p99DurationMs, throttles] = some.map(({ value }) => value);
      return {
        ...one,
        observed: { ...given({ maximumDurationMs, p99DurationMs, throttles }), ...unmeasured(some), days },
      };
    }),
    queues: queues.map((one) => {
      const source = read(`source ${one.id}`, OF_SOURCE);
      const dead = read(`dead ${one.id}`, OF_DEAD_LETTERS);
      if (one.observed === undefined && source.length + dead.length === 0) return one;
      const [received, deleted, oldestMessageSeconds] = source.map(({ value }) => value);
      const counts = { received, deleted, oldestMessageSeconds, mostVisibleMessages: dead[0]?.value };
      return {
        ...one,
        observed: { ...one.observed, ...given(counts), ...unmeasured([...source, ...dead]), days },
      };
    }),
  };
}

/** How many metrics the functions below want. */
const OF_FUNCTION = 3;
const OF_SOURCE = 3;
const OF_DEAD_LETTERS = 1;

/**
 * `FunctionName` alone is all of its versions together, `Resource` with it one alias or version
 * (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html).
 */
function ofFunction({ id, qualifierOf }: FunctionFact): readonly Wanted[] {
  const dimensions: Record<string, string> =
    qualifierOf === undefined ? { FunctionName: id } : { FunctionName: qualifierOf, Resource: id };
  const of = (metric: string, statistic: Wanted["statistic"]): Wanted => ({
    namespace: "AWS/Lambda",
    metric,
    dimensions,
    statistic,
  });
  return [of("Duration", "Maximum"), of("Duration", "p99"), of("Throttles", "Sum")];
}

function ofSource(id: string): readonly Wanted[] {
  return [
    ofQueue(id, "NumberOfMessagesReceived", "Sum"),
    ofQueue(id, "NumberOfMessagesDeleted", "Sum"),
    ofQueue(id, "ApproximateAgeOfOldestMessage", "Maximum"),
  ];
}

function ofDeadLetters(id: string): readonly Wanted[] {
  return [ofQueue(id, "ApproximateNumberOfMessagesVisible", "Maximum")];
}

function ofQueue(id: string, metric: string, statistic: Wanted["statistic"]): Wanted {
  return { namespace: "AWS/SQS", metric, dimensions: { QueueName: id }, statistic };
}

function unmeasured(some: readonly Measured[]): { readonly unmeasured?: string } {
  const reason = some.find((one) => one.reason !== undefined)?.reason;
  return reason === undefined ? {} : { unmeasured: reason };
}

/** Without those that are `undefined`. */
function given<T extends Readonly<Record<string, number | undefined>>>(
  numbers: T,
): { readonly [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: number;
  };
}
