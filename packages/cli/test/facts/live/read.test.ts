/** `readLive`: what it makes of an account's answers. */

import { describe, expect, it } from "vitest";
import { functionArn, lambdaFunction, mapping, ordinary, queue, queueArn, REGION } from "./account.ts";
import { answer, read, said } from "./support.ts";

describe("a function that reads from a queue", () => {
  it("has all settings of both, each said to be live", async () => {
    const { facts, refused, allRefused } = await read(
      ordinary({
        concurrency: { orders: 20 },
        mappings: [
          mapping("orders", "orders", {
            BatchSize: 100,
            MaximumBatchingWindowInSeconds: 5,
            FunctionResponseTypes: ["ReportBatchItemFailures"],
            ScalingConfig: { MaximumConcurrency: 10 },
            FilterCriteria: { Filters: [{ Pattern: "{}" }] },
            LastProcessingResult: "OK",
          }),
        ],
      }),
    );

    const [here] = facts;
    expect(here).toMatchObject({ language: "live", file: "123456789012/eu-west-1" });
    expect(here?.functions.map(({ id }) => id)).toEqual(["orders"]);
    const [fn] = here?.functions ?? [];
    expect(fn).toMatchObject({ arn: functionArn("orders"), account: "123456789012", region: REGION });
    expect(answer(fn?.timeoutSeconds)).toEqual({ known: true, value: 30, from: "live" });
    expect(said(fn?.reservedConcurrency)).toBe(20);
    expect(said(fn?.deadLetter)).toBe(undefined);
    expect(said(fn?.async.configured)).toBe(false);
    expect(answer(fn?.async.maximumRetryAttempts)).toMatchObject({ value: 2, from: "default" });
    const [consumed, dead] = here?.queues ?? [];
    expect(consumed).toMatchObject({ id: "orders", arn: queueArn("orders") });
    expect(said(consumed?.visibilityTimeoutSeconds)).toBe(180);
    expect(said(consumed?.retentionSeconds)).toBe(345_600);
    expect(said(consumed?.fifo)).toBe(false);
    expect(said(consumed?.deadLetterQueue)).toBe("orders-dlq");
    expect(said(consumed?.maxReceiveCount)).toBe(5);
    expect(dead?.id).toBe("orders-dlq");
    expect(said(dead?.retentionSeconds)).toBe(1_209_600);
    expect(said(dead?.deadLetterQueue)).toBe(undefined);
    const [one] = here?.mappings ?? [];
    expect(one).toMatchObject({
      id: "orders-to-orders",
      kind: "sqs",
      sourceName: queueArn("orders"),
      observed: { state: "Enabled", lastProcessingResult: "OK" },
    });
    expect([one?.function, one?.source, one?.batchSize, one?.batchingWindowSeconds].map(said)).toEqual([
      "orders",
      "orders",
      100,
      5,
    ]);
    expect([one?.reportBatchItemFailures, one?.filters, one?.enabled].map(said)).toEqual([true, true, true]);
    expect(said(one?.maximumConcurrency)).toBe(10);
    expect(refused).toEqual([]);
    expect(allRefused).toBe(false);
  });

  it("is not asked for more than it needs", async () => {
    const { asked } = await read(ordinary());

    expect(asked.map(({ action, about }) => `${action} ${about}`.trim()).toSorted()).toEqual([
      "cloudwatch:GetMetricData",
      "lambda:GetFunctionConcurrency orders",
      "lambda:ListEventSourceMappings",
      "lambda:ListFunctionEventInvokeConfigs orders",
      "lambda:ListFunctions",
      "sqs:GetQueueAttributes orders",
      "sqs:GetQueueAttributes orders-dlq",
      "sqs:GetQueueUrl orders",
      "sqs:GetQueueUrl orders-dlq",
    ]);
  });
});

describe("a mapping on an alias", () => {
  const versions = {
    "orders:3": lambdaFunction("orders", { Version: "3", Timeout: 300 }),
    "orders:4": lambdaFunction("orders", { Version: "4", Timeout: 60 }),
  };
  const live = { AliasArn: functionArn("orders:live"), Name: "live", FunctionVersion: "3" };

  it("has the timeout of the version behind it, not the function's own", async () => {
    const { facts } = await read(
      ordinary({
        mappings: [mapping("orders", "orders", { FunctionArn: functionArn("orders:live") })],
        aliases: { orders: [live] },
        versions,
      }),
    );

    const functions = facts[0]?.functions ?? [];
    expect(functions.map(({ id, qualifierOf }) => [id, qualifierOf])).toEqual([
      ["orders", undefined],
      ["orders:live", "orders"],
    ]);
    expect(functions.map(({ timeoutSeconds }) => said(timeoutSeconds))).toEqual([30, 300]);
    expect(said(facts[0]?.mappings[0]?.function)).toBe("orders:live");
  });

  it("has a case for each version that a weighted alias calls", async () => {
    const { facts } = await read(
      ordinary({
        mappings: [mapping("orders", "orders", { FunctionArn: functionArn("orders:live") })],
        aliases: { orders: [{ ...live, RoutingConfig: { AdditionalVersionWeights: { 4: 0.1 } } }] },
        versions,
      }),
    );

    const cases = facts[0]?.functions[1]?.timeoutSeconds.cases;
    expect(cases).toEqual([
      {
        when: { "the version behind orders:live": "3" },
        answer: { known: true, value: 300, from: "live" },
      },
      { when: { "the version behind orders:live": "4" }, answer: { known: true, value: 60, from: "live" } },
    ]);
  });

  it("needs no list of aliases when it names a version", async () => {
    const { facts, asked } = await read(
      ordinary({
        mappings: [mapping("orders", "orders", { FunctionArn: functionArn("orders:4") })],
        versions,
      }),
    );

    expect(said(facts[0]?.functions[1]?.timeoutSeconds)).toBe(60);
    expect(asked.map(({ action }) => action)).not.toContain("lambda:ListAliases");
  });

  it("has an unknown timeout when the alias is not there", async () => {
    const { facts } = await read(
      ordinary({ mappings: [mapping("orders", "orders", { FunctionArn: functionArn("orders:live") })] }),
    );

    expect(said(facts[0]?.functions[1]?.timeoutSeconds)).toBe("it is not there any more");
    expect(said(facts[0]?.functions[1]?.exists)).toBe(false);
  });
});

describe("asynchronous settings", () => {
  it("are those of the function itself, or of the alias that is called", async () => {
    const { facts } = await read(
      ordinary({
        mappings: [mapping("orders", "orders", { FunctionArn: functionArn("orders:live") })],
        aliases: { orders: [{ Name: "live", FunctionVersion: "3" }] },
        versions: { "orders:3": lambdaFunction("orders", { Version: "3" }) },
        invokes: {
          orders: [
            { FunctionArn: functionArn("orders:$LATEST"), MaximumRetryAttempts: 0 },
            {
              FunctionArn: functionArn("orders:live"),
              MaximumEventAgeInSeconds: 60,
              DestinationConfig: { OnFailure: { Destination: queueArn("orders-dlq") } },
            },
          ],
        },
      }),
    );

    const [plain, live] = facts[0]?.functions ?? [];
    expect([plain?.async.maximumRetryAttempts, plain?.async.maximumEventAgeSeconds].map(said)).toEqual([
      0, 21_600,
    ]);
    expect([live?.async.maximumRetryAttempts, live?.async.maximumEventAgeSeconds].map(said)).toEqual([2, 60]);
    expect(said(live?.async.onFailure)).toBe("orders-dlq");
    expect(said(plain?.async.onFailure)).toBe(undefined);
  });

  it("are read of functions that no mapping calls, and their concurrency is when there are any", async () => {
    const { facts, asked } = await read({
      functions: [lambdaFunction("quiet"), lambdaFunction("mails")],
      mappings: [],
      concurrency: { mails: 7 },
      invokes: { mails: [{ FunctionArn: functionArn("mails:$LATEST"), MaximumRetryAttempts: 1 }] },
    });

    const [quiet, mails] = facts[0]?.functions ?? [];
    expect(said(mails?.reservedConcurrency)).toBe(7);
    expect(said(quiet?.reservedConcurrency)).toBe(
      "it was not asked for, since no mapping calls the function",
    );
    expect(asked.filter(({ action }) => action === "lambda:GetFunctionConcurrency")).toHaveLength(1);
  });
});

describe("a stream", () => {
  it("is read with its mapping's own settings, and what is not known of it says why", async () => {
    const arn = `arn:aws:kinesis:${REGION}:123456789012:stream/clicks`;
    const { facts } = await read({
      functions: [lambdaFunction("clicks")],
      mappings: [
        mapping("none", "clicks", {
          UUID: "m1",
          EventSourceArn: arn,
          BatchSize: 200,
          MaximumRetryAttempts: 3,
          MaximumRecordAgeInSeconds: -1,
          BisectBatchOnFunctionError: true,
          DestinationConfig: { OnFailure: { Destination: "arn:aws:s3:::clicks-failed" } },
        }),
        mapping("none", "clicks", {
          UUID: "m2",
          EventSourceArn: `arn:aws:dynamodb:${REGION}:123456789012:table/orders/stream/2026-01-01T00:00:00.000`,
        }),
      ],
    });

    const [kinesis, table] = facts[0]?.streams ?? [];
    expect([kinesis?.id, table?.id]).toEqual(["clicks", "orders/stream/2026-01-01T00:00:00.000"]);
    expect(said(kinesis?.retentionSeconds)).toBe(
      "the retention of a Kinesis stream is not read from the account",
    );
    expect(said(table?.retentionSeconds)).toBe(86_400);
    const [first, second] = facts[0]?.mappings ?? [];
    expect([first?.kind, second?.kind]).toEqual(["kinesis", "dynamodb"]);
    expect([first?.maximumRetryAttempts, first?.maximumRecordAgeSeconds].map(said)).toEqual([3, -1]);
    expect(said(first?.bisectBatchOnFunctionError)).toBe(true);
    expect(said(first?.onFailure)).toEqual({ kind: "s3", to: "arn:aws:s3:::clicks-failed" });
    expect(answer(second?.maximumRetryAttempts)).toMatchObject({ value: -1, from: "default" });
  });
});

describe("a queue", () => {
  it.each([
    [
      "another account",
      "arn:aws:sqs:eu-west-1:999999999999:shared",
      "it is in another account (999999999999)",
    ],
    ["another region", "arn:aws:sqs:us-east-1:123456789012:far", "it is in another region (us-east-1)"],
  ])("of %s is there, unknown, and is not asked for", async (_, arn, reason) => {
    const { facts, asked } = await read(
      ordinary({ mappings: [mapping("x", "orders", { EventSourceArn: arn })] }),
    );

    const [one] = facts[0]?.queues ?? [];
    expect(one?.id).toBe(arn);
    expect(said(one?.visibilityTimeoutSeconds)).toBe(reason);
    expect(said(one?.maxReceiveCount)).toBe(reason);
    expect(said(facts[0]?.mappings[0]?.source)).toBe(arn);
    expect(asked.filter(({ action }) => action.startsWith("sqs:"))).toEqual([]);
  });

  it("that a mapping names and that is not there is said not to exist", async () => {
    const { facts } = await read(ordinary({ queues: {} }));

    expect(said(facts[0]?.queues[0]?.exists)).toBe(false);
    expect(said(facts[0]?.queues[0]?.visibilityTimeoutSeconds)).toBe("there is no such queue");
    expect(facts[0]?.gaps.map(({ reason }) => reason)).toContain(
      "the queue orders is named by a mapping, a function or a redrive policy, and is not there",
    );
  });

  it("that leads to itself through others is asked for once", async () => {
    const policy = (to: string) =>
      JSON.stringify({ deadLetterTargetArn: queueArn(to), maxReceiveCount: "5" });
    const { facts, asked } = await read(
      ordinary({
        queues: {
          orders: queue("orders", { RedrivePolicy: policy("b") }),
          b: queue("b", { RedrivePolicy: policy("orders") }),
        },
      }),
    );

    expect(facts[0]?.queues.map(({ id }) => id)).toEqual(["orders", "b"]);
    expect(said(facts[0]?.queues[0]?.maxReceiveCount)).toBe(5);
    expect(asked.filter(({ action }) => action === "sqs:GetQueueAttributes")).toHaveLength(2);
  });

  it("whose redrive policy cannot be read has an unknown one, not none", async () => {
    const { facts } = await read(
      ordinary({ queues: { orders: queue("orders", { RedrivePolicy: "{oops" }) } }),
    );

    expect(said(facts[0]?.queues[0]?.deadLetterQueue)).toBe("its redrive policy cannot be read: {oops");
    expect(said(facts[0]?.queues[0]?.maxReceiveCount)).toBe("its redrive policy cannot be read: {oops");
  });

  it("of first-in-first-out is one, by its attributes", async () => {
    const { facts } = await read(
      ordinary({
        mappings: [mapping("a.fifo", "orders")],
        queues: { "a.fifo": queue("a.fifo", { FifoQueue: "true", ContentBasedDeduplication: "true" }) },
      }),
    );

    const [one] = facts[0]?.queues ?? [];
    expect([one?.fifo, one?.contentBasedDeduplication].map(said)).toEqual([true, true]);
  });

  it("that a function or a mapping only sends failures to is read too", async () => {
    const { facts } = await read(
      ordinary({
        functions: [lambdaFunction("orders", { DeadLetterConfig: { TargetArn: queueArn("orders-dlq") } })],
        mappings: [],
      }),
    );

    expect(said(facts[0]?.functions[0]?.deadLetter)).toBe("orders-dlq");
    expect(facts[0]?.queues.map(({ id }) => id)).toEqual(["orders-dlq"]);
  });
});

describe("a mapping's state", () => {
  it.each([
    ["Enabled", true],
    ["Creating", true],
    ["Enabling", true],
    ["Disabled", false],
    ["Disabling", false],
    ["Updating", "Lambda is just changing it (Updating)"],
  ])("%s", async (State, expected) => {
    const { facts } = await read(ordinary({ mappings: [mapping("orders", "orders", { State })] }));

    expect(said(facts[0]?.mappings[0]?.enabled)).toBe(expected);
  });

  it("Deleting leaves it out, with a gap", async () => {
    const { facts } = await read(
      ordinary({ mappings: [mapping("orders", "orders", { State: "Deleting" })] }),
    );

    expect(facts[0]?.mappings).toEqual([]);
    expect(facts[0]?.gaps[0]?.reason).toBe(
      `the mapping orders-to-orders from ${queueArn("orders")} to orders is being deleted, and is left out`,
    );
  });
});

describe("what is not seen", () => {
  it("is said: asynchronous triggers, tables, pipes", async () => {
    const { facts } = await read(ordinary());

    expect(facts[0]?.gaps).toEqual([
      {
        reason:
          "asynchronous triggers (SNS, EventBridge, S3, Scheduler, IoT) are not seen in an account: of them, only the functions' own asynchronous settings and dead-letter queues are",
        about: ["orders"],
      },
      {
        reason:
          "DynamoDB tables are not read in an account: where a function remembers what it has done is not seen",
        about: ["orders"],
      },
      {
        reason: "EventBridge pipes, and consumers that are no Lambda functions, are not seen in an account",
        about: ["orders", "orders-dlq"],
      },
    ]);
  });

  it("is what a filter left out, where it reads from the same queue", async () => {
    const { facts, asked } = await read(
      ordinary({
        functions: [lambdaFunction("orders"), lambdaFunction("audit")],
        mappings: [mapping("orders", "orders"), mapping("orders", "audit"), mapping("else", "audit")],
      }),
      { functionFilter: (name) => name === "orders" },
    );

    expect(facts[0]?.functions.map(({ id }) => id)).toEqual(["orders"]);
    expect(facts[0]?.mappings.map(({ id }) => id)).toEqual(["orders-to-orders"]);
    expect(facts[0]?.gaps.slice(0, 2)).toEqual([
      { reason: "only the functions that were asked for are read: there may be others" },
      { reason: "orders is also read by audit, which was not asked for", about: ["orders"] },
    ]);
    expect(asked.map(({ about }) => about)).not.toContain("audit");
  });

  it("is an environment that Lambda could not decrypt", async () => {
    const { facts } = await read(
      ordinary({
        functions: [
          lambdaFunction("orders", { Environment: { Error: { ErrorCode: "AccessDeniedException" } } }),
        ],
      }),
    );

    expect(facts[0]?.gaps[0]?.reason).toBe(
      "the environment of orders cannot be read (AccessDeniedException)",
    );
  });
});
