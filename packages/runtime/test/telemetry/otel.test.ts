/** OpenTelemetry, by its own in-memory exporters: spans with links, metrics, and nothing of a payload (F-15). */

import { context, metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import * as sdkTrace from "@opentelemetry/sdk-trace";
import { otelSink } from "@effectively-once/runtime/telemetry";
import { afterAll, expect, it } from "vitest";
import { everyKind, SECRET } from "./support.ts";

const exporter = new sdkTrace.InMemorySpanExporter();
const provider = new sdkTrace.TracerProvider({
  spanProcessors: [new sdkTrace.SimpleSpanProcessor({ exporter })],
});
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({
  exporter: metricExporter,
  exportIntervalMillis: 3_600_000,
});
const meters = new MeterProvider({ readers: [reader] });
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
afterAll(async () => {
  await meters.shutdown();
  await provider.shutdown();
  context.disable();
  trace.disable();
  metrics.disable();
});

it("a span per delivery with the messaging attributes, linked to the producer's trace, a child of the invocation's span", async () => {
  const tracer = provider.getTracer("test");
  const invocation = tracer.startSpan("invocation");
  await context.with(trace.setSpan(context.active(), invocation), () =>
    everyKind(otelSink({ tracer, meter: meters.getMeter("test") })),
  );
  invocation.end();
  const spans = exporter.getFinishedSpans().filter(({ name }) => name === "process orders");
  const [first, , failed, redelivered] = spans;

  expect(spans.length).toBe(7);
  expect(spans.every(({ kind }) => kind === SpanKind.CONSUMER)).toBe(true);
  expect(spans.every((span) => span.parentSpanContext?.spanId === invocation.spanContext().spanId)).toBe(
    true,
  );
  expect(first?.attributes).toMatchObject({
    "messaging.system": "aws_sqs",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.destination.name": "orders",
    "messaging.message.id": "m1",
    "effectively_once.verdict": "first",
    "effectively_once.ending": "completed",
    "effectively_once.receive_count": 1,
  });
  expect(first?.links.map(({ context: { traceId, spanId } }) => [traceId, spanId])).toEqual([
    ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"],
  ]);
  expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
  expect(failed?.attributes["error.type"]).toBe("Error");
  // A duplicate that was recognised is no error.
  expect(redelivered?.attributes).toMatchObject({
    "effectively_once.verdict": "duplicate",
    "effectively_once.origin": "redelivery",
  });
  expect(redelivered?.status.code).toBe(SpanStatusCode.UNSET);
  expect(redelivered?.attributes).not.toHaveProperty("error.type");
  const said = JSON.stringify(spans.map(({ attributes, events, status }) => [attributes, events, status]));
  expect(said).not.toContain(SECRET);
  expect(said).not.toContain("declined");
});

it("metrics: deliveries by verdict, origin and ending; durations, margins and the store's times; no id among their attributes", async () => {
  await reader.forceFlush();
  const found = metricExporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((one) => one.metrics));
  const byName = new Map(found.map((metric) => [metric.descriptor.name, metric]));
  const points = byName.get("messaging.client.consumed.messages")?.dataPoints ?? [];

  expect(points.reduce((sum, { value }) => sum + Number(value), 0)).toBe(7);
  expect(
    points
      .map(
        ({ attributes }) =>
          `${String(attributes["effectively_once.verdict"])} ${String(attributes["effectively_once.origin"])}`,
      )
      .toSorted(),
  ).toEqual([
    "duplicate redelivery",
    "duplicate resend",
    "first undefined",
    "first undefined",
    "invalid undefined",
    "mismatch resend",
  ]);
  for (const name of [
    "messaging.process.duration",
    "effectively_once.lease.left",
    "effectively_once.store.duration",
  ]) {
    expect(byName.get(name)?.descriptor.unit).toBe("s");
    expect(byName.get(name)?.dataPoints.length).toBeGreaterThan(0);
  }
  const attributes = found.flatMap(({ dataPoints }) =>
    dataPoints.flatMap((point) => Object.keys(point.attributes)),
  );
  expect(attributes.filter((name) => /id$|key|correlation/.test(name))).toEqual([]);
});
