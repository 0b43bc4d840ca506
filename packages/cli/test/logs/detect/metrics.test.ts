/** `--queue` and `--function` through the SDK, against a server on this machine that answers as CloudWatch does. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { called } from "../../support.ts";
import { linesOf, workspace } from "./support.ts";

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
interface Input {
  readonly MetricDataQueries: readonly Query[];
  readonly StartTime: number;
  readonly EndTime: number;
  readonly NextToken?: string;
}

const { write } = workspace();
/** By queue or function, then by metric: one value for each data point. */
const DATA: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>> = {
  orders: {
    NumberOfMessagesSent: [600, 400],
    NumberOfMessagesReceived: [700, 610],
    NumberOfMessagesDeleted: [1_000],
    Invocations: [655],
    Errors: [0],
    Throttles: [0],
  },
  calm: { NumberOfMessagesSent: [5], NumberOfMessagesReceived: [5], NumberOfMessagesDeleted: [5] },
  torn: { Invocations: [10], Errors: [4], Throttles: [2] },
};
let server: Server;
let endpoint: string;
let asked: Input[] = [];
/** How the next requests fail. */
let failures: { readonly status: number; readonly body: object }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      expect(String(request.headers["x-amz-target"])).toMatch(/\.GetMetricData$/);
      const failure = failures.shift();
      response.writeHead(failure?.status ?? 200, { "content-type": "application/x-amz-json-1.0" });
      if (failure) return response.end(JSON.stringify(failure.body));
      const input = JSON.parse(body) as Input;
      asked.push(input);
      return response.end(JSON.stringify(answer(input)));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked = [];
  failures = [];
});

/** Shaped as https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html: one data point a page. */
function answer({ MetricDataQueries, NextToken = "0" }: Input): object {
  const page = Number(NextToken);
  const MetricDataResults = MetricDataQueries.map(({ Id, MetricStat: { Metric } }) => {
    const values = DATA[Metric.Dimensions[0]?.Value ?? ""]?.[Metric.MetricName] ?? [];
    return {
      Id,
      Label: Metric.MetricName,
      StatusCode: "Complete",
      Timestamps: [],
      Values: values.slice(page, page + 1),
    };
  });
  return { MetricDataResults, Messages: [], ...(page === 0 ? { NextToken: "1" } : {}) };
}

/** Of the day before yesterday: what is older CloudWatch counts in longer periods. */
const DAY = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
const SPAN = ["--since", `${DAY}T08:00:30Z`, "--until", `${DAY}T09:00:10Z`];

async function detected(...args: readonly string[]) {
  return await called("detect", ...args, "--endpoint-url", endpoint, "--region", "eu-west-1");
}

it("sums what CloudWatch has counted, and says what receives without a delete may be", async () => {
  const { code, out, err } = await detected("--queue", "orders", "--function", "orders", ...SPAN, "--json");
  expect(err).toBe("");
  expect(JSON.parse(out)).toMatchObject({
    schemaVersion: 1,
    summary: null,
    metrics: {
      from: `${DAY}T08:00:00.000Z`,
      to: `${DAY}T09:01:00.000Z`,
      queues: [
        {
          queue: "orders",
          sent: 1_000,
          deduplicated: null,
          received: 1_310,
          deleted: 1_000,
          receivesPerDelete: 1.31,
        },
      ],
      functions: [{ function: "orders", invocations: 655, errors: 0, throttles: 0 }],
    },
  });
  // Counts prove no duplicate.
  expect(code).toBe(0);
  expect(asked).toHaveLength(2);
  expect(asked[0]).toMatchObject({
    StartTime: Date.parse(`${DAY}T08:00:00Z`) / 1_000,
    EndTime: Date.parse(`${DAY}T09:01:00Z`) / 1_000,
  });
  expect(asked[0]?.MetricDataQueries.map(({ MetricStat }) => MetricStat.Stat)).toEqual(Array(7).fill("Sum"));
});

it("says in words that nothing has failed, and that logs tell the rest", async () => {
  const { out } = await detected("--queue", "orders", "--function", "orders", ...SPAN);
  expect(out).toContain(
    "orders: 1,000 sent, 1,310 received, 1,000 deleted: 1.31 receives for each that was deleted.",
  );
  expect(out).toContain("310 receives had no delete");
  expect(out).toContain("No invocation had an error or was throttled");
  expect(out).toContain("effectively-once detect --log-group");
  expect(out).not.toContain("duplicates were found");
});

it("does not say that nothing has failed where something has", async () => {
  const { out } = await detected("--queue", "orders", "--function", "torn", ...SPAN);
  expect(out).toContain("torn: 10 invocations, 4 errors, 2 throttles.");
  expect(out).not.toContain("No invocation had an error");
});

it.each([
  ["a URL", "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"],
  ["an ARN", "arn:aws:sqs:eu-west-1:123456789012:orders"],
])("takes a queue by %s", async (_how, queue) => {
  await detected("--queue", queue, ...SPAN);
  expect(asked[0]?.MetricDataQueries[0]?.MetricStat.Metric).toMatchObject({
    Namespace: "AWS/SQS",
    Dimensions: [{ Name: "QueueName", Value: "orders" }],
  });
});

it.each([
  [10, 60],
  [40, 300],
  [200, 3_600],
])("of %i days ago in periods of %i s, which CloudWatch still has", async (days, seconds) => {
  await detected("--queue", "calm", "--since", `${days}d`);
  expect(asked[0]?.MetricDataQueries[0]?.MetricStat.Period).toBe(seconds);
  expect((asked[0]?.StartTime ?? 1) % seconds).toBe(0);
});

it("fails for what cannot be told only when it is asked to", async () => {
  expect((await detected("--queue", "orders", ...SPAN, "--fail-on-unknown")).code).toBe(1);
  expect((await detected("--queue", "calm", ...SPAN, "--fail-on-unknown")).code).toBe(0);
});

it("tries again when it is throttled", async () => {
  failures = [{ status: 400, body: { __type: "ThrottlingException", message: "Rate exceeded" } }];
  const { code, out } = await detected("--queue", "calm", ...SPAN);
  expect(out).toContain("calm: 5 sent, 5 received, 5 deleted");
  expect(code).toBe(0);
});

it.each([
  [["--queue", "nowhere", ...SPAN], /CloudWatch has no data of the queue "nowhere"/],
  [["--queue", "calm", "--since", "500d"], /keeps metrics for 455 days/],
  [["--queue", "calm", "--html", "x.html"], /--html is for logs, and none were named/],
  [["--queue", "calm", "--key", "$.body.id"], /--key is for logs/],
])("%j ends with 2 and says why", async (args, said) => {
  const { code, err } = await detected(...args);
  expect(err).toMatch(said);
  expect(code).toBe(2);
});

const DENIED = {
  status: 400,
  body: { __type: "AccessDeniedException", message: "not authorized to perform: cloudwatch:GetMetricData" },
};

it.each(["Forbidden", "InternalError"])(
  "of a metric that is answered %s there is no sum, and no part of one",
  async (StatusCode) => {
    const results = { MetricDataResults: [{ Id: "m1", StatusCode, Values: [3] }] };
    failures = [{ status: 200, body: results }];
    const { code, err } = await detected("--queue", "calm", ...SPAN);
    expect(err).toContain(`CloudWatch answered ${StatusCode}`);
    expect(code).toBe(2);
  },
);

it("without logs a refusal ends it, with the action that is missing", async () => {
  failures = [DENIED];
  const { code, err } = await detected("--queue", "calm", ...SPAN);
  expect(err).toMatch(/AWS refused cloudwatch:GetMetricData .*Allow it to this user or role/);
  expect(code).toBe(2);
});

const LOGS = write(
  "counted.log",
  linesOf([
    { id: "1", at: 1, messages: [{ id: "m-1", order: "A" }] },
    { id: "2", at: 40, messages: [{ id: "m-2", order: "B" }] },
  ]).replaceAll("2026-09-01", DAY),
);

it("stands beside the logs, over their span, and says how many receives are not in them", async () => {
  const { code, out } = await detected(LOGS, "--queue", "orders");
  expect(out).toContain("What CloudWatch has counted");
  expect(out).toContain("Of 1,310 receives 2 are in these logs as deliveries");
  expect(code).toBe(0);
  expect(asked[0]).toMatchObject({
    StartTime: Date.parse(`${DAY}T08:00:00Z`) / 1_000,
    EndTime: Date.parse(`${DAY}T08:01:00Z`) / 1_000,
  });
  const { out: json } = await detected(LOGS, "--queue", "orders", "--json");
  expect(JSON.parse(json)).toMatchObject({
    summary: { deliveries: 2 },
    metrics: { queues: [{ received: 1_310 }] },
  });
});

it("beside logs a refusal is a problem of its own, and the logs are told all the same", async () => {
  failures = [DENIED];
  const { code, out } = await detected(LOGS, "--queue", "orders", "--json");
  expect(JSON.parse(out)).toMatchObject({
    summary: { deliveries: 2 },
    read: { problems: [{ source: "CloudWatch metrics", denied: true }] },
  });
  expect(code).toBe(0);
});
