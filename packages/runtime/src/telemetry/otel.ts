/**
 * OpenTelemetry: a span per delivery and metrics, by the semantic conventions for messaging
 * (https://opentelemetry.io/docs/specs/semconv/messaging/sqs/, in development). What they have no name for is under
 * `effectively_once.`.
 */

import { TRACEPARENT } from "../correlation.ts";
import { isOnceError } from "../errors.ts";
import { checkNames } from "../options.ts";
import { type Clock, systemClock } from "../ports.ts";
import type { DeliveryEvent, InvocationEvent, OnceEvent } from "../types.ts";

type Attributes = Record<string, string | number | boolean>;

/** A `Tracer` of @opentelemetry/api, typed by the part that is used. */
export interface TracerLike {
  startSpan(
    name: string,
    options: {
      readonly kind: number;
      readonly startTime: number;
      readonly attributes: Attributes;
      readonly links: {
        readonly context: {
          readonly traceId: string;
          readonly spanId: string;
          readonly traceFlags: number;
          readonly isRemote: boolean;
        };
      }[];
    },
  ): { setStatus(status: { readonly code: number }): unknown; end(endTime: number): void };
}

interface InstrumentLike {
  readonly unit: string;
  readonly description: string;
}
/** A `Meter` of @opentelemetry/api, typed by the part that is used. */
export interface MeterLike {
  createCounter(name: string, options: InstrumentLike): { add(value: number, attributes: Attributes): void };
  createHistogram(
    name: string,
    options: InstrumentLike,
  ): { record(value: number, attributes: Attributes): void };
}

export interface OtelOptions {
  /** `trace.getTracer("effectively-once")` */
  readonly tracer?: TracerLike;
  /** `metrics.getMeter("effectively-once")` */
  readonly meter?: MeterLike;
  readonly clock?: Clock;
}

const CONSUMER = 4;
const ERROR = 2;
/** Endings that are somebody's fault; a duplicate, or a message that is busy elsewhere, is nobody's. */
const FAULTS: ReadonlySet<DeliveryEvent["ending"]> = new Set([
  "failed",
  "fenced",
  "deadline",
  "store-error",
  "in-doubt",
  "mismatch",
  "invalid",
]);

/**
 * A span per delivery, made when it has ended: a child of the span that is active then (the invocation's), with a link to
 * the trace of the producer where the message carries one. What the handler's own spans are children of is not changed.
 *
 * @example
 * createOnce({ store, namespace: "orders", onEvent: otelSink({ tracer: trace.getTracer("orders") }) });
 */
export function otelSink(options: OtelOptions): (event: OnceEvent) => void {
  checkNames("otelSink", options, ["tracer", "meter", "clock"]);
  const { tracer, clock = systemClock } = options;
  const meters = options.meter && instruments(options.meter);
  return (event) => {
    if (event.kind === "delivery") {
      if (tracer) span(tracer, event, clock.wallMs());
      meters?.delivery(event);
    } else if (event.kind === "invocation") meters?.invocation(event);
  };
}

function span(tracer: TracerLike, event: DeliveryEvent, endMs: number): void {
  const attributes = { ...common(event), ...own(event) };
  const one = tracer.startSpan(`process ${destination(event)}`, {
    kind: CONSUMER,
    startTime: endMs - event.durationMs,
    attributes,
    links: linksOf(event.traceparent),
  });
  if (FAULTS.has(event.ending)) one.setStatus({ code: ERROR });
  one.end(endMs);
}

function destination({ source, scope }: DeliveryEvent): string {
  return source === "run" ? scope : (source.split(":").at(-1) ?? source);
}

/** What metrics are told apart by: nothing with more values than there are kinds. */
function common(event: DeliveryEvent): Attributes {
  const attributes: Attributes = {
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.destination.name": destination(event),
    "effectively_once.scope": event.scope,
    "effectively_once.ending": event.ending,
  };
  if (event.source.includes(":sqs:")) attributes["messaging.system"] = "aws_sqs";
  if (event.verdict) attributes["effectively_once.verdict"] = event.verdict;
  if (event.origin) attributes["effectively_once.origin"] = event.origin;
  if (FAULTS.has(event.ending)) attributes["error.type"] = errorType(event);
  return attributes;
}

/** Its name or code: a sentence may hold what nobody should keep. */
function errorType({ error, ending }: DeliveryEvent): string {
  if (isOnceError(error)) return error.code;
  return error instanceof Error ? error.name : ending;
}

function own(event: DeliveryEvent): Attributes {
  const attributes: Attributes = { "effectively_once.correlation_id": event.correlationId };
  if (event.messageId !== undefined) attributes["messaging.message.id"] = event.messageId;
  if (event.key !== undefined) attributes["effectively_once.key"] = event.key;
  if (event.attempt !== undefined) attributes["effectively_once.attempt"] = event.attempt;
  if (event.fence !== undefined) attributes["effectively_once.fence"] = event.fence;
  if (event.receiveCount !== undefined) attributes["effectively_once.receive_count"] = event.receiveCount;
  return attributes;
}

function linksOf(traceparent: string | undefined) {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return [];
  return [{ context: { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true } }];
}

function instruments(meter: MeterLike) {
  const seconds = (name: string, description: string) =>
    meter.createHistogram(name, { unit: "s", description });
  const duration = seconds("messaging.process.duration", "How long a delivery was processed.");
  const messages = meter.createCounter("messaging.client.consumed.messages", {
    unit: "{message}",
    description: "Deliveries, by verdict, origin and ending.",
  });
  const receives = meter.createHistogram("effectively_once.receive_count", {
    unit: "{receive}",
    description: "How often the queue had handed the message out.",
  });
  const lease = seconds("effectively_once.lease.left", "What was left of the lease when the attempt ended.");
  const visibility = seconds("effectively_once.visibility.left", "What was left of the visibility last set.");
  const renewals = meter.createCounter("effectively_once.lease.renewals", {
    unit: "{renewal}",
    description: "Renewals of leases.",
  });
  const fenced = meter.createCounter("effectively_once.fenced_writes", {
    unit: "{write}",
    description: "Writes that were refused because another attempt owns the record.",
  });
  const store = seconds(
    "effectively_once.store.duration",
    "What one call of the store took, on average of its invocation.",
  );
  return {
    delivery(event: DeliveryEvent): void {
      const attributes = common(event);
      const scope = { "effectively_once.scope": event.scope };
      messages.add(1, attributes);
      if (event.attempt !== undefined) duration.record(event.durationMs / 1_000, attributes);
      if (event.receiveCount !== undefined) receives.record(event.receiveCount, scope);
      if (event.leaseLeftMs !== undefined) lease.record(event.leaseLeftMs / 1_000, scope);
      if (event.visibilityLeftMs !== undefined) visibility.record(event.visibilityLeftMs / 1_000, scope);
      if (event.renewals > 0) renewals.add(event.renewals, scope);
    },
    invocation({ scope, fencedWrites, store: times }: InvocationEvent): void {
      if (fencedWrites > 0) fenced.add(fencedWrites, { "effectively_once.scope": scope });
      for (const [operation, { totalMs, calls }] of Object.entries(times))
        store.record(totalMs / calls / 1_000, {
          "effectively_once.scope": scope,
          "effectively_once.store.operation": operation,
        });
    },
  };
}
