/** CloudWatch's embedded metric format: one line on standard output per invocation, from which CloudWatch makes metrics. */

import { printable } from "../core/key.ts";
import { checkNames } from "../options.ts";
import { type Clock, systemClock } from "../ports.ts";
import type { InvocationEvent, OnceEvent } from "../types.ts";
import { type Unit, valuesOf } from "./values.ts";

export interface EmfOptions {
  /** @default "EffectivelyOnce" */
  readonly namespace?: string;
  /** Further dimensions, the same for all of this process: each set of their values is charged as metrics of its own. */
  readonly dimensions?: Readonly<Record<string, string>>;
  /** Takes one line. @default process.stdout, past any logger that would wrap it */
  readonly write?: (line: string) => void;
  readonly clock?: Clock;
}

/** Of one metric in one line (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html). */
const MAX_VALUES = 100;
const MAX_METRICS = 100;
const MAX_DIMENSIONS = 30;
const MAX_TEXT = 250;

interface Series {
  readonly unit: Unit;
  readonly values: number[];
}

/**
 * Counts and times as CloudWatch metrics, with the handler's scope as the only dimension: one request less than
 * PutMetricData, and none that the handler waits for. Ids are properties of the line and no dimensions.
 *
 * @example
 * const once = createOnce({ store, namespace: "orders", onEvent: emfSink() });
 */
export function emfSink(options: EmfOptions = {}): (event: OnceEvent) => void {
  checkNames("emfSink", options, ["namespace", "dimensions", "write", "clock"]);
  const { namespace = "EffectivelyOnce", dimensions = {}, clock = systemClock } = options;
  const write = options.write ?? ((line) => void process.stdout.write(`${line}\n`));
  const fixed = Object.entries(dimensions)
    .slice(0, MAX_DIMENSIONS - 1)
    .map(([name, value]) => [printable(name, MAX_TEXT), printable(value, MAX_TEXT)] as const);
  const scopes = new Map<string, Map<string, Series>>();

  return (event) => {
    const series = scopes.get(event.scope) ?? new Map<string, Series>();
    scopes.set(event.scope, series);
    for (const { name, unit, value } of valuesOf(event)) {
      const known = series.get(name);
      // Counts of one are one number in the line, however large the batch is.
      if (known && unit === "Count" && name !== "ReceiveCount")
        known.values[0] = (known.values[0] ?? 0) + value;
      else if (known) known.values.push(value);
      else series.set(name, { unit, values: [value] });
    }
    if (event.kind !== "invocation") return;
    scopes.delete(event.scope);
    for (const line of lines(series)) write(JSON.stringify(root(event, line)));
  };

  function root(event: InvocationEvent, metrics: ReadonlyMap<string, Series>): object {
    const properties = Object.fromEntries([
      ...fixed,
      ["scope", printable(event.scope, MAX_TEXT)],
      ...[...metrics].map(([name, { values }]) => [name, values.length === 1 ? values[0] : values] as const),
    ]);
    return {
      _aws: {
        Timestamp: Math.round(clock.wallMs()),
        CloudWatchMetrics: [
          {
            Namespace: namespace,
            Dimensions: [["scope", ...fixed.map(([name]) => name)]],
            Metrics: [...metrics].map(([Name, { unit }]) => ({ Name, Unit: unit })),
          },
        ],
      },
      ...properties,
      ...(event.requestId === undefined ? {} : { requestId: event.requestId }),
      ...(event.functionName === undefined ? {} : { functionName: event.functionName }),
      deliveries: event.deliveries,
    };
  }
}

/** As many lines as the longest series needs; each value is in exactly one. */
function lines(series: ReadonlyMap<string, Series>): readonly ReadonlyMap<string, Series>[] {
  const longest = Math.max(0, ...[...series.values()].map(({ values }) => values.length));
  return Array.from({ length: Math.ceil(longest / MAX_VALUES) }, (_, page) => {
    const part = [...series].flatMap(([name, { unit, values }]) => {
      const those = values.slice(page * MAX_VALUES, (page + 1) * MAX_VALUES);
      return those.length > 0 ? [[name, { unit, values: those }] as const] : [];
    });
    return new Map(part.slice(0, MAX_METRICS));
  });
}
