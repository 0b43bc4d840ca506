import type { OnceEvent } from "../types.ts";

export { correlated, type CorrelationFields, correlationFields } from "./correlated.ts";
export { type EmfOptions, emfSink } from "./emf.ts";
export { type LoggerLike, loggerSink, type LoggerSinkOptions } from "./logger.ts";
export { type MeterLike, type OtelOptions, otelSink, type TracerLike } from "./otel.ts";
export { type PowertoolsMetricsLike, powertoolsMetricsSink } from "./powertools.ts";

/**
 * Several sinks as one: each is told every event, whatever another throws.
 *
 * @example
 * createOnce({ store, namespace: "orders", onEvent: sinks(emfSink(), loggerSink(new Logger())) });
 */
export function sinks(...all: readonly ((event: OnceEvent) => void)[]): (event: OnceEvent) => void {
  return (event) => {
    let failed: { readonly error: unknown } | undefined;
    for (const sink of all)
      try {
        sink(event);
      } catch (error) {
        failed ??= { error };
      }
    if (failed) throw failed.error;
  };
}
