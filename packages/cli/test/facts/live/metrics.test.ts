/** What is asked of CloudWatch, and what becomes of its answers. */

import { describe, expect, it } from "vitest";
import { functionArn, lambdaFunction, mapping, ordinary, queue, queueArn } from "./account.ts";
import { type Asked, failure } from "./server.ts";
import { NOW_MS, read } from "./support.ts";

interface Query {
  readonly Id: string;
  readonly MetricStat: {
    readonly Metric: {
      readonly Namespace: string;
      readonly MetricName: string;
      readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
    };
    readonly Period: number;
    readonly Stat: string;
  };
}

function queriesOf(call: Asked | undefined): readonly string[] {
  return ((call?.body["MetricDataQueries"] ?? []) as readonly Query[]).map(spelled);
}

function spelled({ MetricStat: { Metric, Period, Stat } }: Query): string {
  const dimensions = Metric.Dimensions.map(({ Name, Value }) => `${Name}=${Value}`).join(",");
  return `${Metric.Namespace} ${Metric.MetricName} ${Stat} ${dimensions} per ${Period}`;
}

describe("the metrics", () => {
  it("are asked for by day, from a midnight on, of what a mapping reads and calls and of dead-letter queues", async () => {
    const { asked } = await read(
      ordinary({ functions: [lambdaFunction("orders"), lambdaFunction("never-called")] }),
      { days: 7 },
    );

    const [call] = asked.filter(({ action }) => action === "cloudwatch:GetMetricData");
    expect(queriesOf(call)).toEqual([
      "AWS/Lambda Duration Maximum FunctionName=orders per 86400",
      "AWS/Lambda Duration p99 FunctionName=orders per 86400",
      "AWS/Lambda Throttles Sum FunctionName=orders per 86400",
      "AWS/SQS NumberOfMessagesReceived Sum QueueName=orders per 86400",
      "AWS/SQS NumberOfMessagesDeleted Sum QueueName=orders per 86400",
      "AWS/SQS ApproximateAgeOfOldestMessage Maximum QueueName=orders per 86400",
      "AWS/SQS ApproximateNumberOfMessagesVisible Maximum QueueName=orders-dlq per 86400",
    ]);
    expect(call?.body["StartTime"]).toBe(Date.UTC(2026, 8, 18) / 1_000);
    expect(call?.body["EndTime"]).toBe(NOW_MS / 1_000);
  });

  it("of an alias are its own, not the whole function's", async () => {
    const { facts, asked } = await read(
      ordinary({
        mappings: [mapping("orders", "orders", { FunctionArn: functionArn("orders:live") })],
        aliases: { orders: [{ Name: "live", FunctionVersion: "3" }] },
        versions: { "orders:3": lambdaFunction("orders", { Version: "3" }) },
        metrics: { "Duration Maximum orders": [100], "Duration Maximum orders:live": [50] },
      }),
    );

    expect(facts[0]?.functions.map(({ observed }) => observed?.maximumDurationMs)).toEqual([100, 50]);
    const [call] = asked.filter(({ action }) => action === "cloudwatch:GetMetricData");
    expect(queriesOf(call)).toContain(
      "AWS/Lambda Duration p99 FunctionName=orders,Resource=orders:live per 86400",
    );
  });

  it("are summed or compared over the days, whatever page they came on", async () => {
    const { facts } = await read(
      ordinary({
        metrics: {
          "Duration Maximum orders": [900, 12_000, 700],
          "Duration p99 orders": [800, 750],
          "Throttles Sum orders": [1, 0, 4],
          "NumberOfMessagesReceived Sum orders": [110, 220],
          "NumberOfMessagesDeleted Sum orders": [100, 200],
          "ApproximateAgeOfOldestMessage Maximum orders": [40, 3_600],
          "ApproximateNumberOfMessagesVisible Maximum orders-dlq": [0, 7],
        },
        queues: {
          ...ordinary().queues,
          "orders-dlq": queue("orders-dlq", { ApproximateNumberOfMessages: "2" }),
        },
      }),
    );

    expect(facts[0]?.functions[0]?.observed).toEqual({
      maximumDurationMs: 12_000,
      p99DurationMs: 800,
      throttles: 5,
      days: 14,
    });
    expect(facts[0]?.queues.map(({ observed }) => observed)).toEqual([
      { received: 330, deleted: 300, oldestMessageSeconds: 3_600, visibleMessages: 0, days: 14 },
      { visibleMessages: 2, mostVisibleMessages: 7, days: 14 },
    ]);
  });

  it("that have no data are left open, without a reason", async () => {
    const { facts } = await read(ordinary());

    expect(facts[0]?.functions[0]?.observed).toEqual({ days: 14 });
    expect(facts[0]?.queues[0]?.observed).toEqual({ visibleMessages: 0, days: 14 });
  });

  it("are not asked for of a queue elsewhere, and not at all where nothing is read", async () => {
    const { asked } = await read({ functions: [lambdaFunction("orders")], mappings: [] });

    expect(asked.map(({ action }) => action)).not.toContain("cloudwatch:GetMetricData");
  });

  it("that end on the second page are unknown, since a part of a sum is none", async () => {
    const { facts } = await read(
      ordinary({ metrics: { "NumberOfMessagesReceived Sum orders": [110, 220] } }),
      {
        intercept: ({ action, body }) =>
          action === "cloudwatch:GetMetricData" && body["NextToken"] !== undefined
            ? failure(500, "InternalServiceFault", "Sorry")
            : undefined,
      },
    );

    expect(facts[0]?.queues[0]?.observed).toEqual({
      visibleMessages: 0,
      unmeasured: "cloudwatch:GetMetricData failed (InternalServiceFault: Sorry)",
      days: 14,
    });
  });

  it.each([0, 456, 1.5])("over %d days are refused", async (days) => {
    await expect(read(ordinary(), { days })).rejects.toThrow(
      `Metrics are asked for over 1 to 455 days, got ${days}.`,
    );
  });

  it("of a queue that is both read and a dead-letter queue are all asked for", async () => {
    const { facts } = await read(
      ordinary({
        mappings: [mapping("orders", "orders"), mapping("orders-dlq", "orders")],
        metrics: {
          "NumberOfMessagesReceived Sum orders-dlq": [3],
          "ApproximateNumberOfMessagesVisible Maximum orders-dlq": [2],
        },
      }),
    );

    expect(facts[0]?.queues.find(({ arn }) => arn === queueArn("orders-dlq"))?.observed).toEqual({
      received: 3,
      mostVisibleMessages: 2,
      visibleMessages: 0,
      days: 14,
    });
  });
});
