/** `readLive` when AWS refuses, throttles, forgets or is not there. */

import { describe, expect, it, vi } from "vitest";
import { awsProblem } from "../../../src/aws/settings.ts";
import type { LiveProgress } from "../../../src/facts/live/read.ts";
import { functionArn, lambdaFunction, mapping, ordinary, queue, REGION } from "./account.ts";
import { type Asked, failure, type Intercept } from "./server.ts";
import { read, said } from "./support.ts";

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function denied(action: string): ReturnType<typeof failure> {
  return failure(
    403,
    action.startsWith("sqs:") ? "AccessDenied" : "AccessDeniedException",
    `User: arn:aws:iam::123456789012:user/doctor is not authorized to perform: ${action} because no identity-based policy allows the ${action} action`,
  );
}

const deny =
  (...actions: readonly string[]): Intercept =>
  ({ action }) =>
    actions.includes(action) ? denied(action) : undefined;

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html#API_ListFunctions_Errors and SQS's common errors. */
function throttled(action: string): ReturnType<typeof failure> {
  if (action.startsWith("lambda:")) return failure(429, "TooManyRequestsException", "Rate exceeded");
  return action.startsWith("sqs:")
    ? failure(403, "RequestThrottled", "Rate exceeded")
    : failure(400, "ThrottlingException", "Rate exceeded");
}

describe("access denied", () => {
  it("to one call makes that value unknown, and is listed once", async () => {
    const { facts, refused, allRefused } = await read(
      ordinary({
        functions: ["orders", "mails", "bills"].map((name) => lambdaFunction(name)),
        mappings: ["orders", "mails", "bills"].map((name) => mapping("orders", name)),
      }),
      { intercept: deny("lambda:GetFunctionConcurrency") },
    );

    const [fn] = facts[0]?.functions ?? [];
    expect(said(fn?.reservedConcurrency)).toBe("not allowed: lambda:GetFunctionConcurrency");
    expect(said(fn?.timeoutSeconds)).toBe(30);
    expect(refused).toEqual([
      {
        action: "lambda:GetFunctionConcurrency",
        what: "orders and 2 others",
        region: REGION,
        message: expect.stringMatching(/^AccessDeniedException: User: .* is not authorized to perform: /),
      },
    ]);
    expect(allRefused).toBe(false);
  });

  it.each([
    ["lambda:ListFunctionEventInvokeConfigs", "asynchronous settings"],
    ["sqs:GetQueueUrl", "queues"],
    ["sqs:GetQueueAttributes", "queues"],
    ["cloudwatch:GetMetricData", "metrics"],
    ["lambda:ListAliases", "aliases"],
    ["lambda:GetFunctionConfiguration", "versions"],
  ])("to %s leaves the rest known", async (action) => {
    const { facts, refused } = await read(
      ordinary({
        mappings: [
          mapping("orders", "orders"),
          mapping("orders", "orders", { UUID: "m2", FunctionArn: functionArn("orders:live") }),
        ],
        aliases: { orders: [{ Name: "live", FunctionVersion: "3" }] },
        versions: { "orders:3": lambdaFunction("orders", { Timeout: 9 }) },
      }),
      { intercept: deny(action) },
    );

    const [here] = facts;
    const reason = `not allowed: ${action}`;
    const known = {
      retries: said(here?.functions[0]?.async.maximumRetryAttempts),
      visibility: said(here?.queues[0]?.visibilityTimeoutSeconds),
      timeout: said(here?.functions[1]?.timeoutSeconds),
    };
    expect(known).toEqual({
      retries: action.includes("EventInvoke") ? reason : 2,
      visibility: action.startsWith("sqs:") ? reason : 180,
      timeout: action.includes("Aliases") || action.includes("Configuration") ? reason : 9,
    });
    expect(refused.map((one) => one.action)).toEqual([action]);
    const unmeasured = `some metrics are not known (${reason}): what happened is not seen there`;
    expect(here?.gaps.some((gap) => gap.reason === unmeasured)).toBe(action.startsWith("cloudwatch:"));
    expect(here?.functions[0]?.observed).toEqual({
      days: 14,
      ...(action.startsWith("cloudwatch:") ? { unmeasured: reason } : {}),
    });
  });

  it("to the list of functions leaves those that mappings name, unknown", async () => {
    const { facts } = await read(ordinary({ concurrency: { orders: 3 } }), {
      intercept: deny("lambda:ListFunctions"),
    });

    const [fn] = facts[0]?.functions ?? [];
    expect(fn?.id).toBe("orders");
    expect(said(fn?.timeoutSeconds)).toBe("not allowed: lambda:ListFunctions");
    expect(said(fn?.reservedConcurrency)).toBe(3);
    expect(facts[0]?.gaps[0]?.reason).toBe(
      "the list of functions ends after 0 (not allowed: lambda:ListFunctions): others are not seen",
    );
  });

  it("to the list of mappings is a gap over everything", async () => {
    const { facts } = await read(ordinary(), { intercept: deny("lambda:ListEventSourceMappings") });

    expect(facts[0]?.gaps[0]).toEqual({
      reason:
        "the list of event source mappings ends after 0 (not allowed: lambda:ListEventSourceMappings): others, and the queues they read from, are not seen",
    });
  });

  it("to all calls is told from that to some", async () => {
    const { allRefused, refused } = await read(ordinary(), { intercept: ({ action }) => denied(action) });

    expect(allRefused).toBe(true);
    expect(refused.map(({ action }) => action).toSorted()).toEqual([
      "lambda:ListEventSourceMappings",
      "lambda:ListFunctions",
    ]);
  });
});

describe("throttling", () => {
  it.each([1, 4])("of each call %i times loses nothing", async (times) => {
    const account = ordinary({ concurrency: { orders: 20 }, metrics: { "Throttles Sum orders": [3] } });
    const calm = await read(account);
    const seen = new Map<string, number>();
    const busy = await read(account, {
      intercept: ({ action, about, body }) => {
        const key = `${action} ${about} ${String(body["NextToken"])}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
        return (seen.get(key) ?? 0) <= times ? throttled(action) : undefined;
      },
    });

    expect(busy.facts).toEqual(calm.facts);
    expect(busy.refused).toEqual([]);
    expect(busy.asked).toHaveLength(calm.asked.length * (times + 1));
  });

  it("without an end makes a value unknown, with the reason", async () => {
    const { facts, refused, allRefused } = await read(ordinary(), {
      pacing: {
        lambda: { atOnce: 8, perSecond: Number.POSITIVE_INFINITY },
        sqs: { atOnce: 8, perSecond: Number.POSITIVE_INFINITY },
        cloudwatch: { atOnce: 8, perSecond: Number.POSITIVE_INFINITY },
        backoffMs: 0,
      },
      intercept: ({ action }) => (action === "sqs:GetQueueAttributes" ? throttled(action) : undefined),
    });

    expect(said(facts[0]?.queues[0]?.visibilityTimeoutSeconds)).toBe(
      "sqs:GetQueueAttributes was throttled 15 times (RequestThrottled: Rate exceeded)",
    );
    expect(refused).toEqual([]);
    expect(allRefused).toBe(false);
  });
});

describe("an error of AWS's own", () => {
  it("makes one value unknown", async () => {
    const { facts } = await read(ordinary(), {
      intercept: ({ action }) =>
        action === "lambda:GetFunctionConcurrency"
          ? failure(500, "ServiceException", "An error occurred.")
          : undefined,
    });

    expect(said(facts[0]?.functions[0]?.reservedConcurrency)).toBe(
      "lambda:GetFunctionConcurrency failed (ServiceException: An error occurred)",
    );
  });
});

describe("credentials", () => {
  it("that have expired end the reading with the SDK's error, for which there is a sentence", async () => {
    const error = await read(ordinary(), {
      intercept: () =>
        failure(403, "ExpiredTokenException", "The security token included in the request is expired"),
    }).catch((thrown: unknown) => thrown);

    expect((error as Error).name).toBe("ExpiredTokenException");
    expect(awsProblem(error)).toMatch(/^AWS does not accept these credentials \(ExpiredTokenException: /);
  });

  it("that expire on the way end it too", async () => {
    const reading = read(ordinary(), {
      intercept: ({ action }) =>
        action === "sqs:GetQueueAttributes"
          ? failure(403, "ExpiredToken", "The security token included in the request is expired")
          : undefined,
    });

    await expect(reading).rejects.toMatchObject({ name: "ExpiredToken" });
  });

  it("that one region does not take, and others do, make that region a gap", async () => {
    let inSouth = 0;
    const { facts } = await read(ordinary(), {
      regions: [REGION, "me-south-1"],
      intercept: ({ region }) => {
        if (region !== "me-south-1") return undefined;
        inSouth += 1;
        return failure(
          403,
          "UnrecognizedClientException",
          "The security token included in the request is invalid.",
        );
      },
    });

    expect(inSouth).toBeGreaterThan(0);
    expect(facts.map(({ file }) => file)).toEqual(["123456789012/eu-west-1", "unknown account/me-south-1"]);
    expect(facts[1]?.gaps).toEqual([
      {
        reason:
          "nothing of me-south-1 was read, where AWS does not take the credentials that it takes elsewhere: the account may not have switched that region on (UnrecognizedClientException: The security token included in the request is invalid)",
      },
    ]);
  });

  it("that no region takes end it", async () => {
    const reading = read(ordinary(), {
      regions: [REGION, "me-south-1"],
      intercept: () =>
        failure(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
    });

    await expect(reading).rejects.toMatchObject({ name: "UnrecognizedClientException" });
  });
});

describe("the network", () => {
  it("may cut a connection once: the SDK asks again", async () => {
    const { facts, asked } = await read(ordinary(), {
      maxAttempts: 3,
      intercept: ({ action, nth }) =>
        action === "lambda:ListEventSourceMappings" && nth === 1 ? "reset" : undefined,
    });

    expect(facts[0]?.mappings).toHaveLength(1);
    expect(asked.filter(({ action }) => action === "lambda:ListEventSourceMappings")).toHaveLength(2);
  });

  it("that is cut for good ends the reading with an error that has a sentence", async () => {
    const error = await read(ordinary(), { intercept: () => "reset" }).catch((thrown: unknown) => thrown);

    expect(awsProblem(error)).toMatch(/^the endpoint cannot be reached/);
  });
});

describe("a function that is deleted while it is read", () => {
  const account = ordinary({
    functions: [lambdaFunction("orders"), lambdaFunction("mails")],
    mappings: [mapping("orders", "orders"), mapping("orders", "mails")],
  });

  it("is left out with a gap; the others stay", async () => {
    const { facts } = await read(account, {
      intercept: ({ action, about }) =>
        action === "lambda:GetFunctionConcurrency" && about === "mails"
          ? failure(404, "ResourceNotFoundException", "Function not found: mails")
          : undefined,
    });

    expect(facts[0]?.functions.map(({ id }) => id)).toEqual(["orders"]);
    expect(facts[0]?.mappings.map((one) => said(one.function))).toEqual([
      "orders",
      "the function mails is not there any more",
    ]);
    expect(facts[0]?.gaps[0]).toEqual({
      reason: "the function mails is not there any more, and is left out",
      about: ["mails"],
    });
  });
});

describe("an abort", () => {
  it.each(["hang", "throttle"] as const)("ends the reading at once, when calls %s", async (how) => {
    const controller = new AbortController();
    const reason = new Error("interrupted");
    let askedAtMs = 0;
    const reading = read(ordinary(), {
      signal: controller.signal,
      pacing: {
        lambda: { atOnce: 1, perSecond: 1_000 },
        sqs: { atOnce: 1, perSecond: 1_000 },
        cloudwatch: { atOnce: 1, perSecond: 1_000 },
        backoffMs: 60_000,
      },
      intercept: ({ action }: Asked) => {
        setTimeout(() => {
          askedAtMs = performance.now();
          controller.abort(reason);
        }, 20);
        return how === "hang" ? "hang" : throttled(action);
      },
    });

    await expect(reading).rejects.toBe(reason);
    expect(performance.now() - askedAtMs).toBeLessThan(1_000);
  });

  it("before the first call makes none", async () => {
    const asked: Asked[] = [];
    const reading = read(ordinary(), {
      signal: AbortSignal.abort(new Error("too late")),
      intercept: (call) => {
        asked.push(call);
        return undefined;
      },
    });

    await expect(reading).rejects.toThrow("too late");
    expect(asked).toEqual([]);
  });
});

describe("a large account", () => {
  it("of 1,000 functions is read whole, page by page, and quickly", { timeout: 120_000 }, async () => {
    const names = Array.from({ length: 1_000 }, (_, n) => `worker-${n}`);
    const mapped = names.slice(0, 100);
    const warned = vi.spyOn(process, "emitWarning");
    const steps: LiveProgress[] = [];
    const before = process.cpuUsage();
    const { facts, asked } = await read(
      {
        functions: names.map((name) => lambdaFunction(name)),
        mappings: mapped.map((name) => mapping(name, name)),
        queues: Object.fromEntries(mapped.map((name) => [name, queue(name)])),
      },
      { onProgress: (step) => steps.push(step) },
    );

    expect(facts[0]?.functions).toHaveLength(1_000);
    expect(facts[0]?.mappings).toHaveLength(100);
    expect(
      facts[0]?.queues.every(({ visibilityTimeoutSeconds }) => said(visibilityTimeoutSeconds) === 30),
    ).toBe(true);
    expect(asked.filter(({ action }) => action === "lambda:ListFunctions")).toHaveLength(20);
    // 3 metrics of each function, and 3 of each queue.
    const metrics = asked.filter(({ action }) => action === "cloudwatch:GetMetricData");
    expect(metrics.map(({ body }) => (body["MetricDataQueries"] as unknown[]).length).toSorted()).toEqual([
      100, 500,
    ]);
    expect(steps.filter(({ step }) => step === "settings").at(-1)).toEqual({
      region: REGION,
      step: "settings",
      done: 1_000,
      of: 1_000,
    });
    expect(warned).not.toHaveBeenCalled();
    // Of the processor, since other work on the machine makes the clock's time say little.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(10_000);
  });
});

describe("several regions", () => {
  it("have facts each, in the order they were asked for, once", async () => {
    const { facts, asked } = await read(ordinary(), {
      regions: ["us-east-1", REGION, "us-east-1", "eu-central-1", "eu-north-1", "ap-south-1"],
    });

    expect(facts.map(({ file }) => file.split("/")[1])).toEqual([
      "us-east-1",
      REGION,
      "eu-central-1",
      "eu-north-1",
      "ap-south-1",
    ]);
    expect(asked.filter(({ action }) => action === "lambda:ListFunctions")).toHaveLength(5);
  });
});
