/** `--log-group` through the SDK, against a server on this machine that answers as CloudWatch Logs does. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { called } from "../../support.ts";
import { linesOf, START } from "./support.ts";

const RUNS = [1, 40].map((at) => ({
  id: String(at),
  at,
  messages: [{ id: "m-1", order: "A", receives: at === 1 ? 1 : 2 }],
}));
let server: Server;
let endpoint: string;
const asked: Readonly<Record<string, unknown>>[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const input = JSON.parse(body) as Readonly<Record<string, unknown>>;
      asked.push({ target: request.headers["x-amz-target"], ...input });
      const denied = input["logGroupName"] === "/aws/lambda/secret";
      response.writeHead(denied ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(
        JSON.stringify(
          denied
            ? { __type: "AccessDeniedException", message: "not authorized to perform logs:FilterLogEvents" }
            : page(),
        ),
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

/** Shaped as https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html has it. */
function page(): object {
  const lines = linesOf(RUNS).trimEnd().split("\n");
  return {
    events: lines.map((line, at) => ({
      eventId: String(at).padStart(56, "0"),
      ingestionTime: START,
      logStreamName: "2026/09/01/[$LATEST]0123456789abcdef0123456789abcdef",
      message: `${line.slice(25)}\n`,
      timestamp: Date.parse(line.slice(0, 24)),
    })),
    searchedLogStreams: [],
  };
}

it("reads the log groups that were named, in the time that was asked for", async () => {
  const since = ["--since", "2026-09-01T08:00:00Z", "--until", "2026-09-01T09:00:00Z"];
  const { code, out, err } = await called(
    ...["detect", "--log-group", "/aws/lambda/orders", "--endpoint-url", endpoint, "--json", ...since],
  );
  expect(err).toBe("");
  expect(JSON.parse(out)).toMatchObject({
    summary: { deliveries: 2, repeatedRuns: 1, verdicts: { first: 1, duplicate: 1 } },
    read: { sources: 1, problems: [] },
    keys: [{ deliveries: [{ function: "orders" }, { function: "orders" }] }],
  });
  expect(code).toBe(1);
  expect(asked[0]).toMatchObject({ logGroupName: "/aws/lambda/orders", startTime: START });
});

it("answers for the groups that it may read; what is in the others is unknown", async () => {
  const groups = ["--log-group", "/aws/lambda/orders", "--log-group", "/aws/lambda/secret"];
  const args = [
    "detect",
    ...groups,
    "--endpoint-url",
    endpoint,
    "--json",
    "--since",
    "2026-09-01",
    "--fail-on",
    "none",
  ];
  const { code, out } = await called(...args);
  expect(JSON.parse(out)).toMatchObject({
    summary: { deliveries: 2 },
    read: { problems: [{ source: "/aws/lambda/secret", denied: true }] },
  });
  expect(code).toBe(0);
  expect((await called(...args, "--fail-on-unknown")).code).toBe(1);
});

it("says what is missing when it may read none", async () => {
  const { code, out, err } = await called(
    "detect",
    "--log-group",
    "/aws/lambda/secret",
    "--endpoint-url",
    endpoint,
    "--json",
  );
  expect([code, out]).toEqual([2, ""]);
  expect(err).toMatch(/\/aws\/lambda\/secret cannot be read: AWS refused logs:FilterLogEvents/);
});
