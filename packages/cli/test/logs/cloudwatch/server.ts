/**
 * CloudWatch Logs over a local HTTP server, as far as reading log groups asks: AWS JSON 1.1
 * (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html, API_StartQuery.html,
 * API_GetQueryResults.html, API_DescribeLogGroups.html).
 */

import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

export interface LogEvent {
  readonly timestamp: number;
  readonly message: string;
  readonly logStreamName?: string;
}

export type Body = Readonly<Record<string, unknown>>;

export interface Call {
  readonly action: string;
  readonly body: Body;
  /** Which call of this action it is, from 1 on. */
  readonly nth: number;
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly status?: number;
}

export interface LogsServer {
  readonly client: CloudWatchLogs;
  readonly calls: readonly Call[];
}

export interface Settings {
  readonly groups: Readonly<Record<string, readonly LogEvent[]>>;
  /** Events on a page. @default 2 */
  readonly page?: number;
  /** Rows that a query answers at most, whatever its limit is. @default 10,000 */
  readonly rows?: number;
  readonly intercept?: (call: Call) => Failure | "hang" | undefined;
}

export async function logsServer({
  groups,
  page = 2,
  rows = 10_000,
  intercept,
}: Settings): Promise<LogsServer> {
  const calls: Call[] = [];
  const queries = new Map<string, { readonly found: readonly object[]; looks: number }>();
  const answer = ({ action, body }: Call): Body | Failure => {
    const names = [
      ...((body["logGroupNames"] as string[] | undefined) ?? []),
      String(body["logGroupName"] ?? String(body["logGroupIdentifier"] ?? "").split(":")[6] ?? ""),
    ];
    const name = names[0] ?? "";
    const known = Object.hasOwn(groups, name);
    const missing = { code: "ResourceNotFoundException", message: "The specified log group does not exist." };
    const events = (groups[name] ?? []).map((event, index) => ({ ...event, eventId: `${name} ${index}` }));
    switch (action) {
      case "FilterLogEvents": {
        if (!known) return missing;
        const [from, to] = [Number(body["startTime"]), Number(body["endTime"])];
        const within = events.filter(({ timestamp }) => timestamp >= from && timestamp <= to);
        const at = Number(body["nextToken"] ?? 0);
        const next = at + page < within.length ? { nextToken: String(at + page) } : {};
        return { events: within.slice(at, at + page), searchedLogStreams: [], ...next };
      }
      case "StartQuery": {
        if (!known) return missing;
        const [from, to] = [Number(body["startTime"]) * 1_000, Number(body["endTime"]) * 1_000 + 999];
        const found = events
          .filter(({ timestamp }) => timestamp >= from && timestamp <= to)
          .slice(0, rows)
          .map(({ timestamp, message, logStreamName = "s", eventId }) => [
            {
              field: "@timestamp",
              value: new Date(timestamp).toISOString().replace("T", " ").replace("Z", ""),
            },
            { field: "@message", value: message },
            { field: "@logStream", value: logStreamName },
            { field: "@log", value: `123456789012:${name}` },
            { field: "@ptr", value: eventId },
          ]);
        const queryId = `q${queries.size + 1}`;
        queries.set(queryId, { found, looks: 0 });
        return { queryId };
      }
      case "GetQueryResults": {
        const query = queries.get(String(body["queryId"]));
        if (!query) return { code: "ResourceNotFoundException", message: "no such query" };
        query.looks += 1;
        return query.looks < 2
          ? { status: "Running", results: [] }
          : { status: "Complete", results: query.found, statistics: {} };
      }
      case "StopQuery":
        return { success: true };
      case "DescribeLogGroups": {
        const pattern = String(body["logGroupNamePattern"] ?? "");
        const found = Object.keys(groups).filter((one) => one.includes(pattern));
        return { logGroups: found.map((logGroupName) => ({ logGroupName })) };
      }
      default:
        return { code: "UnknownOperationException", message: action };
    }
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const action = String(request.headers["x-amz-target"] ?? "").split(".")[1] ?? "";
      const body = JSON.parse(Buffer.concat(parts).toString("utf8")) as Body;
      const call = { action, body, nth: calls.filter((one) => one.action === action).length + 1 };
      calls.push(call);
      const fate = intercept?.(call);
      if (fate === "hang") return;
      const given = fate ?? answer(call);
      const failed = "code" in given ? (given as Failure) : undefined;
      response
        .writeHead(failed ? (failed.status ?? 400) : 200, { "content-type": "application/x-amz-json-1.1" })
        .end(JSON.stringify(failed ? { __type: failed.code, message: failed.message } : given));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = new CloudWatchLogs({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
  onTestFinished(async () => {
    client.destroy();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  });
  return { client, calls };
}
