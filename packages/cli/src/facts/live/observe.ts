/** Puts what CloudWatch saw to the facts of functions and queues. */

import type { FunctionFact, QueueFact } from "../model.ts";
import type { Calls } from "./calls.ts";
import type { LiveClients } from "./clients.ts";
import { measure, timeOf, type Wanted } from "./metrics.ts";

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
  if (wanted.length === 0) return { functions, queues, reasons: [] };
  const { values, reasons } = await measure(calls, clients, wanted, timeOf(days, nowMs), seen);
  const read = (key: string, count: number): readonly (number | undefined)[] => {
    const from = at.get(key);
    return from === undefined ? [] : values.slice(from, from + count);
  };
  return {
    reasons,
    functions: functions.map((one) => {
      const [maximumDurationMs, p99DurationMs, throttles] = read(`function ${one.id}`, 3);
      const observed = { ...defined({ maximumDurationMs, p99DurationMs, throttles }), days };
      return at.has(`function ${one.id}`) ? { ...one, observed } : one;
    }),
    queues: queues.map((one) => {
      const [received, deleted, oldestMessageSeconds] = read(`source ${one.id}`, 3);
      const [mostVisibleMessages] = read(`dead ${one.id}`, 1);
      const observed = {
        ...defined({
          received,
          deleted,
          oldestMessageSeconds,
          mostVisibleMessages,
          visibleMessages: one.observed?.visibleMessages,
        }),
        days,
      };
      return one.observed !== undefined || at.has(`source ${one.id}`) || at.has(`dead ${one.id}`)
        ? { ...one, observed }
        : one;
    }),
  };
}

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

function defined<T extends Readonly<Record<string, number | undefined>>>(
  numbers: T,
): { readonly [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]?: number;
  };
}
