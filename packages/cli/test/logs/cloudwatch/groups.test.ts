/** Log groups of an account, through the SDK's own client. */

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { awsSettings } from "../../../src/aws/settings.ts";
import { LOG_ACTIONS } from "../../../src/logs/cloudwatch/ask.ts";
import { type Groups, type GroupsAsked, openGroups } from "../../../src/logs/cloudwatch/groups.ts";
import { EntryReader } from "../../../src/logs/formats/reader.ts";
import { marksOf } from "../../../src/logs/formats/prefilter.ts";
import { newReadCounts } from "../../../src/logs/input/open.ts";
import { expressionsOf } from "../../../src/logs/keys/expressions.ts";
import type { Entry, ReadCounts } from "../../../src/logs/model.ts";
import { Usage } from "../../../src/usage.ts";
import { type LogEvent, type LogsServer, logsServer, type Settings } from "./server.ts";

const NOTHING = { profile: undefined, region: undefined, endpointUrl: undefined };
const GROUP = "/aws/lambda/orders";
const FROM = Date.UTC(2026, 8, 25, 12);
const ID = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

const starts = (count: number, everyMs: number): readonly LogEvent[] =>
  Array.from({ length: count }, (_, index) => ({
    timestamp: FROM + index * everyMs,
    message: `START RequestId: ${ID(index)} Version: 1\n`,
    logStreamName: `2026/09/25/[1]${index % 3}`,
  }));

interface Outcome extends LogsServer {
  readonly entries: readonly Entry[];
  readonly counts: ReadCounts;
  readonly problems: Groups["problems"];
}

async function read(settings: Settings, asked: Partial<GroupsAsked> = {}): Promise<Outcome> {
  const server = await logsServer(settings);
  const counts = newReadCounts();
  const groups = openGroups({
    groups: [GROUP],
    fromMs: FROM,
    toMs: FROM + 3_600_000,
    settings: awsSettings(NOTHING, NOTHING),
    signal: new AbortController().signal,
    counts,
    client: server.client,
    backoffMs: 1,
    pollMs: 1,
    ...asked,
  });
  const reader = new EntryReader(counts, expressionsOf({}));
  const entries: Entry[] = [];
  for await (const batch of groups.batches()) entries.push(...reader.read(batch));
  return { ...server, entries, counts, problems: groups.problems };
}

const ids = (entries: readonly Entry[]) => entries.map((entry) => entry.requestId);

it.each([...LOG_ACTIONS, "cloudwatch:GetMetricData"])("the docs say that %s has to be allowed", (action) => {
  expect(readFileSync(new URL("../../../../../docs/detect.md", import.meta.url), "utf8")).toContain(
    `\`${action}\``,
  );
});

describe("FilterLogEvents", () => {
  it("reads all pages of a group, in its streams", async () => {
    const { entries, counts, calls } = await read({ groups: { [GROUP]: starts(5, 1_000) } });

    expect(ids(entries)).toEqual([0, 1, 2, 3, 4].map(ID));
    expect(entries[4]).toEqual({
      kind: "started",
      requestId: ID(4),
      version: "1",
      atMs: FROM + 4_000,
      function: "orders",
      stream: "/aws/lambda/orders:2026/09/25/[1]1",
    });
    expect(counts).toMatchObject({ lines: 5, entries: 5 });
    expect(calls.map(({ body }) => body)).toMatchObject([
      { logGroupName: GROUP, startTime: FROM, endTime: FROM + 3_600_000 },
      { nextToken: "2" },
      { nextToken: "4" },
    ]);
  });

  it("reads several groups, each once, and takes ARNs", async () => {
    const other = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/mails:*";
    const { entries, calls } = await read(
      { groups: { [GROUP]: starts(1, 1), "/aws/lambda/mails": starts(1, 1) } },
      { groups: [GROUP, other, GROUP] },
    );

    expect(entries.map((entry) => entry.function)).toEqual(["orders", "mails"]);
    expect(calls[1]?.body).toMatchObject({
      logGroupIdentifier: "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/mails",
    });
  });

  it("asks again, more slowly, when it is throttled", async () => {
    const { entries, calls } = await read({
      groups: { [GROUP]: starts(3, 1_000) },
      intercept: ({ nth }) =>
        nth === 1 || nth === 3 ? { code: "ThrottlingException", message: "Rate exceeded" } : undefined,
    });

    expect(entries).toHaveLength(3);
    expect(calls).toHaveLength(4);
  });

  it("goes on behind an empty page, and not in a circle", async () => {
    const { entries, problems } = await read({ groups: { [GROUP]: starts(1, 1) }, page: 0 });

    expect(entries).toEqual([]);
    expect(problems).toMatchObject([{ reason: expect.stringMatching(/the same page again and again/) }]);
  });

  it("tells how far it has come", async () => {
    const told: unknown[] = [];

    await read(
      { groups: { [GROUP]: starts(3, 1_000) } },
      { onProgress: (progress) => void told.push(progress) },
    );

    expect(told).toEqual([
      { group: GROUP, events: 2, atMs: FROM + 1_000 },
      { group: GROUP, events: 3, atMs: FROM + 2_000 },
    ]);
  });
});

describe("Logs Insights", () => {
  it("reads what a query finds", async () => {
    const { entries, calls } = await read(
      { groups: { [GROUP]: starts(5, 1_000) } },
      { through: "insights", marks: marksOf(expressionsOf({})) },
    );

    expect(ids(entries)).toEqual([0, 1, 2, 3, 4].map(ID));
    expect(entries[0]).toMatchObject({ stream: "/aws/lambda/orders:2026/09/25/[1]0", function: "orders" });
    const body = calls[0]?.body ?? {};
    expect(body).toMatchObject({
      logGroupNames: [GROUP],
      startTime: FROM / 1_000,
      endTime: FROM / 1_000 + 3_600,
    });
    expect(body["queryString"]).toMatch(
      /^fields @timestamp, @message, @logStream, @log\n\| filter @message like \/.*Task timed out.*\/\n\| sort @timestamp asc\n\| limit 10000$/,
    );
  });

  it("reads more rows than one query answers, each once", async () => {
    const count = 25_000;

    const { entries, counts, problems, calls } = await read(
      { groups: { [GROUP]: starts(count, 40) } },
      { through: "insights" },
    );

    expect(ids(entries)).toEqual(Array.from({ length: count }, (_, index) => ID(index)));
    expect(counts.repeated).toBe(0);
    expect(problems).toEqual([]);
    expect(calls.filter(({ action }) => action === "StartQuery").length).toBeLessThan(8);
  });

  it("says so when one second holds more than it can ever answer", async () => {
    const { entries, problems } = await read(
      {
        groups: {
          [GROUP]: [
            ...starts(10_500, 0),
            { timestamp: FROM + 2_000, message: `START RequestId: ${ID(99_999)} Version: 1` },
          ],
        },
      },
      { through: "insights" },
    );

    expect(entries).toHaveLength(10_001);
    expect(problems).toMatchObject([
      {
        reason: expect.stringMatching(
          /10000 rows at most, and there are more in the second from 2026-09-25T12:00:00\.000Z on/,
        ),
      },
    ]);
  });

  it("a query that fails is said", async () => {
    const failed = read(
      {
        groups: { [GROUP]: [] },
        intercept: ({ action }) =>
          action === "StartQuery"
            ? { code: "MalformedQueryException", message: "unexpected symbol" }
            : undefined,
      },
      { through: "insights" },
    );

    await expect(failed).rejects.toThrow(
      /orders cannot be read: AWS answered MalformedQueryException: unexpected symbol/,
    );
  });

  it("an abort stops the query", async () => {
    const stop = new AbortController();
    const server = await logsServer({
      groups: { [GROUP]: [] },
      intercept: ({ action }) => {
        if (action !== "GetQueryResults") return undefined;
        stop.abort(new Error("stopped"));
        return "hang";
      },
    });
    const groups = openGroups({
      groups: [GROUP],
      fromMs: FROM,
      toMs: FROM + 1_000,
      settings: awsSettings(NOTHING, NOTHING),
      signal: stop.signal,
      counts: newReadCounts(),
      client: server.client,
      through: "insights",
    });

    await expect(groups.batches().next()).rejects.toThrow("stopped");
    expect(server.calls.map(({ action }) => action)).toEqual(["StartQuery", "GetQueryResults", "StopQuery"]);
  });
});

describe("what AWS refuses", () => {
  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
  const denied = {
    code: "AccessDeniedException",
    message: "User: arn:aws:iam::123456789012:user/me is not authorized to perform: logs:FilterLogEvents",
  };

  it("access to one group is said, and the others are read", async () => {
    const { entries, problems } = await read(
      {
        groups: { [GROUP]: starts(1, 1), secret: [] },
        intercept: ({ body }) => (body["logGroupName"] === "secret" ? denied : undefined),
      },
      { groups: ["secret", GROUP] },
    );

    expect(entries).toHaveLength(1);
    expect(problems).toEqual([
      {
        path: "secret",
        reason: `secret cannot be read: AWS refused logs:FilterLogEvents (${denied.message}). Allow it to this user or role.`,
        denied: true,
      },
    ]);
  });

  it("access to the only group is an error", async () => {
    const refused = read({ groups: { [GROUP]: [] }, intercept: () => denied });

    await expect(refused).rejects.toThrow(Usage);
    await expect(refused).rejects.toThrow(/AWS refused logs:FilterLogEvents/);
  });

  it.each([
    [
      "/aws/lambda/order",
      /there is no log group "\/aws\/lambda\/order"\. Did you mean "\/aws\/lambda\/orders"\?/,
    ],
    ["billing", /there is no log group "billing"\. There are \/aws\/lambda\/orders\./],
  ])("a group that does not exist, %s, is answered by near names", async (name, message) => {
    const missing = read({ groups: { [GROUP]: [] } }, { groups: [name] });

    await expect(missing).rejects.toThrow(Usage);
    await expect(missing).rejects.toThrow(message);
  });

  it("one that does not exist, and names that may not be listed", async () => {
    const missing = read(
      { groups: {}, intercept: ({ action }) => (action === "DescribeLogGroups" ? denied : undefined) },
      { groups: ["order"] },
    );

    await expect(missing).rejects.toThrow(
      'there is no log group "order". Check the name, --region and --profile.',
    );
  });

  it("credentials that have expired end all", async () => {
    const expired = read(
      {
        groups: { [GROUP]: [], other: [] },
        intercept: () => ({
          code: "ExpiredTokenException",
          message: "The security token included in the request is expired",
        }),
      },
      { groups: [GROUP, "other"] },
    );

    await expect(expired).rejects.toThrow(Usage);
    await expect(expired).rejects.toThrow(
      /AWS does not accept these credentials \(ExpiredTokenException: .*Sign in again/,
    );
  });

  it("throttling without end is said", async () => {
    const throttled = read({
      groups: { [GROUP]: [] },
      intercept: () => ({ code: "ThrottlingException", message: "Rate exceeded" }),
    });

    await expect(throttled).rejects.toThrow(/logs:FilterLogEvents was throttled 12 times/);
  }, 60_000);

  it("an endpoint that is not there", async () => {
    const server = await logsServer({ groups: {} });
    const gone = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
    server.client.middlewareStack.add(() => async () => Promise.reject(gone), { step: "finalizeRequest" });
    const groups = openGroups({
      groups: [GROUP],
      fromMs: FROM,
      toMs: FROM + 1,
      settings: awsSettings(NOTHING, NOTHING),
      signal: new AbortController().signal,
      counts: newReadCounts(),
      client: server.client,
    });

    await expect(groups.batches().next()).rejects.toThrow(/The endpoint cannot be reached/);
  });
});

it("an abort ends a call that is under way, with its reason", async () => {
  const stop = new AbortController();
  const reading = read(
    {
      groups: { [GROUP]: [] },
      intercept: () => {
        stop.abort(new Error("stopped"));
        return "hang";
      },
    },
    { signal: stop.signal },
  );

  await expect(reading).rejects.toThrow("stopped");
});

it.each([
  [{ groups: [] }, /^--log-group names a log group/],
  [{ fromMs: FROM + 1, toMs: FROM + 1 }, /^--since is to be before --until/],
])("%j is said before anything is asked", async (asked, message) => {
  await expect(read({ groups: {} }, asked)).rejects.toThrow(message);
});
