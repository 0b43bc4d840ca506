/** CloudWatch's embedded metric format: each line fits its specification, and holds nothing that it should not (F-15, F-16). */

import { Metrics } from "@aws-lambda-powertools/metrics";
import { emfSink, powertoolsMetricsSink, sinks } from "@effectively-once/runtime/telemetry";
import { Ajv } from "ajv";
import { describe, expect, it, vi } from "vitest";
import type { OnceEvent } from "../../src/index.ts";
import { sqs } from "../../src/index.ts";
import { bench, lambda, orders } from "../engine/support.ts";
import { everyKind, HOSTILE, SECRET } from "./support.ts";

const text = (maxLength: number) => ({ type: "string", minLength: 1, maxLength });
const UNITS = [
  "Seconds",
  "Microseconds",
  "Milliseconds",
  "Bytes",
  "Count",
  "Percent",
  "None",
  "Count/Second",
];
/** The format's own rules, as its page words them (CloudWatch_Embedded_Metric_Format_Specification.html). */
const SPECIFICATION = {
  type: "object",
  required: ["_aws"],
  properties: {
    _aws: {
      type: "object",
      required: ["Timestamp", "CloudWatchMetrics"],
      properties: {
        Timestamp: { type: "integer" },
        CloudWatchMetrics: {
          type: "array",
          items: {
            type: "object",
            required: ["Namespace", "Dimensions", "Metrics"],
            properties: {
              Namespace: text(1_024),
              Dimensions: {
                type: "array",
                minItems: 1,
                items: { type: "array", minItems: 1, maxItems: 30, items: text(250) },
              },
              Metrics: {
                type: "array",
                minItems: 1,
                maxItems: 100,
                items: {
                  type: "object",
                  required: ["Name"],
                  properties: {
                    Name: text(1_024),
                    Unit: { enum: UNITS },
                    StorageResolution: { enum: [1, 60] },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
};
const valid = new Ajv({ strict: false }).compile(SPECIFICATION);

interface Line {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
  readonly [name: string]: unknown;
}

/** What no schema says: every name that is meant has its member, numbers, or up to 100 of them. */
function check(line: string): Line {
  expect(line).not.toContain("\n");
  const parsed = JSON.parse(line) as Line;
  expect([valid(parsed), valid.errors]).toEqual([true, null]);
  for (const { Dimensions, Metrics } of parsed._aws.CloudWatchMetrics) {
    for (const name of Dimensions.flat()) expect(typeof parsed[name]).toBe("string");
    for (const { Name } of Metrics) {
      const values = [parsed[Name]].flat();
      expect(values.length).toBeLessThanOrEqual(100);
      for (const value of values) expect(Number.isFinite(value)).toBe(true);
    }
  }
  return parsed;
}

describe("EMF", () => {
  it("one line per invocation: verdicts, origins and endings are counted, margins and the store's times measured", async () => {
    const lines: string[] = [];
    await everyKind(emfSink({ write: (line) => lines.push(line) }));
    const [first, second] = lines.map(check);

    expect(lines.length).toBe(2);
    expect(first).toMatchObject({ scope: "test/default", Deliveries: 3, First: 3, Completed: 2, Failed: 1 });
    expect(first).toMatchObject({ Acknowledged: 2, NotAcknowledged: 1, FencedWrites: 0, requestId: "r" });
    expect(second).toMatchObject({
      Deliveries: 4,
      Duplicate: 2,
      DuplicateOfRedelivery: 1,
      DuplicateOfResend: 1,
    });
    expect(second).toMatchObject({
      Mismatch: 1,
      MismatchOfResend: 1,
      Invalid: 1,
      ReceiveCount: [3, 1, 1, 1],
    });
    for (const name of [
      "Duration",
      "LeaseLeft",
      "DeadlineLeft",
      "Age",
      "StoreClaim",
      "StoreComplete",
      "StoreFail",
    ])
      expect(first?._aws.CloudWatchMetrics[0]?.Metrics.map((one) => one.Name)).toContain(name);
  });

  it("F-15 · F-16 · ids are no dimensions; neither payload, error text nor a raw line break is in a line", async () => {
    const lines: string[] = [];
    await everyKind(emfSink({ write: (line) => lines.push(line), dimensions: { service: `s\n${HOSTILE}` } }));

    for (const line of lines) {
      const { _aws } = check(line);
      expect(_aws.CloudWatchMetrics[0]?.Dimensions).toEqual([["scope", "service"]]);
      expect(line).not.toMatch(/4111|declined|\p{Cc}/u);
    }
  });

  it("a batch of more than a hundred is several lines, each value in one", async () => {
    const lines: string[] = [];
    const b = bench();
    const handler = b
      .once({ onEvent: emfSink({ write: (line) => lines.push(line) }) })
      .handler(sqs<{ orderId: string }>({ key: (m) => m.body.orderId, heartbeat: false }), async () => {});
    await handler(orders(250), lambda());
    const parsed = lines.map(check);

    expect(parsed.map((line) => [line["Duration"]].flat().length)).toEqual([100, 100, 50]);
    expect(parsed.map((line) => line["Deliveries"])).toEqual([250, undefined, undefined]);
  });

  it("C-16 · handlers of two scopes at once do not mix", async () => {
    const lines: string[] = [];
    const b = bench();
    const once = b.once({ onEvent: emfSink({ write: (line) => lines.push(line) }) });
    const make = (name: string) =>
      once.handler(
        sqs<{ orderId: string }>({ key: (m) => m.body.orderId, heartbeat: false }),
        () => new Promise((resolve) => setImmediate(() => resolve(undefined))),
        { name },
      );
    await Promise.all([make("one")(orders(3), lambda()), make("two")(orders(5), lambda())]);

    expect(
      lines
        .map(check)
        .map((line) => [line["scope"], line["Deliveries"]])
        .toSorted(),
    ).toEqual([
      ["test/one", 3],
      ["test/two", 5],
    ]);
  });
});

it("Powertools Metrics: the same numbers beside the user's own, published by the user", async () => {
  const metrics = new Metrics({ namespace: "orders", serviceName: "orders" });
  const said: string[] = [];
  // Powertools makes a console of its own.
  const out = vi
    .spyOn(process.stdout, "write")
    .mockImplementation((line: unknown) => said.push(String(line)) > 0);
  const seen: OnceEvent[] = [];
  await everyKind(sinks(powertoolsMetricsSink(metrics), (said) => seen.push(said)));
  metrics.addMetric("Own", "Count", 1);
  metrics.publishStoredMetrics();
  out.mockRestore();
  const line = check(said.at(-1)?.trimEnd() ?? "");

  expect(line).toMatchObject({ service: "orders", Own: 1 });
  expect([line["Deliveries"]].flat().length).toBe(7);
  expect(said.join("")).not.toContain(SECRET);
  expect(seen.length).toBeGreaterThan(8);
});
