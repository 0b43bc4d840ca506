/** Platform events in JSON. */

import { expect, it } from "vitest";
import { at, said } from "./support.ts";

const ID = "6d68ca91-49c9-448d-89b8-7ca3e6dc66aa";

/** https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html, on one line each. */
const DOCUMENTED = `{"time":"2022-10-12T00:00:15.064Z","type":"platform.start","record":{"requestId":"${ID}","version":"$LATEST","tracing":{"spanId":"54565fb41ac79632","type":"X-Amzn-Trace-Id","value":"Root=1-62e900b2-710d76f009d6e7785905449a;Parent=0efbd19962d95b05;Sampled=1"}}}
{"time":"2022-10-12T00:01:15.000Z","type":"platform.runtimeDone","record":{"requestId":"${ID}","status":"success","spans":[{"name":"someTimeSpan","start":"2022-08-02T12:01:23:521Z","durationMs":80.0}],"metrics":{"durationMs":140.0,"producedBytes":16}}}
{"time":"2022-10-12T00:01:15.000Z","type":"platform.report","record":{"requestId":"${ID}","metrics":{"billedDurationMs":694,"durationMs":693.92,"initDurationMs":397.68,"maxMemoryUsedMB":84,"memorySizeMB":128},"status":"success"}}
`;

const EXPECTED = [
  { kind: "started", requestId: ID, version: "$LATEST", atMs: at("2022-10-12T00:00:15.064Z") },
  {
    kind: "ended",
    by: "runtimeDone",
    requestId: ID,
    outcome: "success",
    durationMs: 140,
    atMs: at("2022-10-12T00:01:15.000Z"),
  },
  {
    kind: "ended",
    by: "report",
    requestId: ID,
    outcome: "success",
    durationMs: 693.92,
    initMs: 397.68,
    memoryMb: 128,
    maxMemoryMb: 84,
    atMs: at("2022-10-12T00:01:15.000Z"),
  },
];

it("events as AWS documents them", async () => {
  expect(await said(DOCUMENTED)).toEqual(EXPECTED);
});

it("the same as a list, as extensions are given them", async () => {
  const list = `[${DOCUMENTED.trim().split("\n").join(",\n ")}]`;

  expect(await said(list)).toEqual(EXPECTED);
});

it("a function's line within the telemetry is what the function has written", async () => {
  // The line is the schema reference's, with an event in it.
  const record = `2022-10-12T00:03:50.000Z\t${ID}\tINFO\t{"detail-type":"order","id":"e1"}\n`;
  const line = JSON.stringify({ time: "2022-10-12T00:03:50.000Z", type: "function", record });

  expect(await said(line)).toEqual([
    { kind: "delivery", requestId: ID, messageId: "e1", atMs: at("2022-10-12T00:03:50.000Z") },
  ]);
});

it.each([
  // constructed: each status that the schema knows
  ["timeout", undefined, "timeout"],
  ["error", "Function.Error", "error"],
  ["error", "Runtime.ExitError", "crash"],
  ["error", "Runtime.OutOfMemory", "out-of-memory"],
  ["failure", undefined, "crash"],
  ["new-status", undefined, "unknown"],
])("the status %s of type %s is %s", async (status, errorType, outcome) => {
  const record = { requestId: ID, status, errorType, metrics: { durationMs: 5 } };
  const line = JSON.stringify({ time: "2026-09-25T12:00:00.000Z", type: "platform.report", record });

  expect(await said(line)).toMatchObject([{ kind: "ended", outcome }]);
});

it("events that are about no request give nothing, and a fault is a crash (constructed)", async () => {
  const event = (type: string, record: unknown) =>
    `${JSON.stringify({ time: "2026-09-25T12:00:00.000Z", type, record })}\n`;

  expect(
    await said(
      event("platform.initStart", { initializationType: "on-demand", phase: "init" }) +
        event("platform.logsDropped", { droppedRecords: 3 }) +
        event("platform.fault", `RequestId: ${ID} Process exited before completing request`),
    ),
  ).toEqual([{ kind: "failed", requestId: ID, outcome: "crash", atMs: at("2026-09-25T12:00:00.000Z") }]);
});
