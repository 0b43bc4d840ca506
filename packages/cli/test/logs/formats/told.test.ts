/** This project's own lines: written by its sink through the loggers themselves. */

import { Logger } from "@aws-lambda-powertools/logger";
import type { DeliveryEvent } from "@effectively-once/runtime";
import { loggerSink } from "@effectively-once/runtime/telemetry";
import { format } from "node:util";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { at, readText, REQUEST, said } from "./support.ts";

const AT = "2026-09-25T12:00:00.000Z";
const MESSAGE = "059f36b4-87a3-44ab-83d2-661975830a7d";

function event(over: Partial<DeliveryEvent> = {}): DeliveryEvent {
  return {
    kind: "delivery",
    scope: "orders",
    key: "order-4711",
    messageId: MESSAGE,
    receiveCount: 2,
    correlationId: "c1",
    verdict: "retry",
    origin: undefined,
    ending: "completed",
    attempt: 2,
    fence: 2,
    durationMs: 41.7,
    acknowledged: true,
    error: undefined,
    source: "arn:aws:sqs:eu-west-1:123456789012:orders",
    ageMs: undefined,
    leaseLeftMs: undefined,
    visibilityLeftMs: undefined,
    deadlineLeftMs: undefined,
    renewals: 0,
    traceparent: undefined,
    ...over,
  };
}

const EXPECTED = {
  kind: "told",
  key: "order-4711",
  messageId: MESSAGE,
  receiveCount: 2,
  verdict: "retry",
  ending: "completed",
  attempt: 2,
  durationMs: 42,
  acknowledged: true,
};

/** As Node's runtime in Lambda passes console on (src/LogPatch.js of aws/aws-lambda-nodejs-runtime-interface-client). */
function consoleLine(form: "text" | "json", one: DeliveryEvent): string {
  const lines: string[] = [];
  const write = (...args: readonly unknown[]): void => {
    lines.push(
      form === "text"
        ? [AT, REQUEST, "INFO", format(...args)].join("\t").replaceAll("\n", "\r")
        : JSON.stringify({ timestamp: AT, level: "INFO", requestId: REQUEST, message: format(...args) }),
    );
  };
  loggerSink({ debug: write, info: write, warn: write, error: write } as never)(one);
  return lines.join("\n");
}

describe("message completed and its like", () => {
  it("through pino", async () => {
    const lines: string[] = [];
    const log = pino(
      { level: "debug", timestamp: () => `,"time":${at(AT)}`, mixin: () => ({ awsRequestId: REQUEST }) },
      { write: (line: string) => void lines.push(line) },
    );

    loggerSink(log, { style: "fields-first" })(event());

    expect(await said(lines.join(""))).toEqual([{ ...EXPECTED, requestId: REQUEST, atMs: at(AT) }]);
  });

  it("through Powertools", async () => {
    const lines: string[] = [];
    const spy = vi.spyOn(process.stdout, "write").mockImplementation((text: unknown) => {
      lines.push(String(text));
      return true;
    });
    try {
      loggerSink(new Logger({ logLevel: "DEBUG", persistentKeys: { function_request_id: REQUEST } }))(
        event(),
      );
    } finally {
      spy.mockRestore();
    }

    expect(await said(lines.join(""))).toEqual([
      { ...EXPECTED, requestId: REQUEST, atMs: expect.closeTo(Date.now(), -5) },
    ]);
  });

  it.each(["text", "json"] as const)("through console in Lambda's %s format", async (form) => {
    expect(await said(consoleLine(form, event()))).toEqual([
      { ...EXPECTED, requestId: REQUEST, atMs: at(AT) },
    ]);
  });

  it("through console, where each line of it is a line of the file", async () => {
    const line = consoleLine("text", event()).replaceAll("\r", "\n");

    expect(await said(`${line}\n`)).toEqual([{ ...EXPECTED, requestId: REQUEST, atMs: at(AT) }]);
  });

  it.each([
    "it's",
    'say "a"',
    'it\'s "b"',
    'it\'s "b" `c`',
    "ünïcode 🦆",
    "back\\slash",
    "{ braces }, and: more",
  ])("through console, a key that is hard to quote: %s", async (key) => {
    expect(await said(consoleLine("text", event({ key })))).toMatchObject([{ kind: "told", key }]);
  });

  it("what the guard has turned away", async () => {
    const one = event({ verdict: "duplicate", origin: "resend", ending: "duplicate", attempt: undefined });

    const [told] = await said(consoleLine("text", one));

    expect(told).toMatchObject({
      verdict: "duplicate",
      origin: "resend",
      ending: "duplicate",
      acknowledged: true,
    });
    expect(told).not.toHaveProperty("attempt");
  });

  it("what the store has not told it, and an error", async () => {
    const one = event({
      verdict: undefined,
      ending: "store-error",
      acknowledged: false,
      error: new Error("no"),
    });

    const [told] = await said(consoleLine("json", one));

    expect(told).toMatchObject({ ending: "store-error", acknowledged: false });
    expect(told).not.toHaveProperty("verdict");
  });
});

it("lines that a handler logs with the key in hand are one delivery of each run (constructed)", async () => {
  const line = (ms: number, key: string) =>
    `${JSON.stringify({ level: 30, time: at(AT) + ms, awsRequestId: REQUEST, correlation_id: "c1", idempotency_key: key, attempt: 1, msg: "charged" })}\n`;
  const start = (ms: number) =>
    `${JSON.stringify({ time: new Date(at(AT) + ms).toISOString(), type: "platform.start", record: { requestId: REQUEST } })}\n`;

  const { entries } = await readText(
    start(0) + line(1, "a") + line(2, "a") + line(3, "b") + start(60_000) + line(60_001, "a"),
  );

  expect(entries.filter(({ kind }) => kind === "delivery")).toMatchObject([
    { key: "a", atMs: at(AT) + 1 },
    { key: "b", atMs: at(AT) + 3 },
    { key: "a", atMs: at(AT) + 60_001 },
  ]);
});

describe("dev --json (constructed after packages/cli/src/commands/dev/run.ts)", () => {
  const dev = (over: object) =>
    `${JSON.stringify({
      schemaVersion: 1,
      at: AT,
      messageId: MESSAGE,
      receiveCount: 1,
      verdict: null,
      origin: null,
      ending: null,
      key: null,
      invocation: "success",
      outcome: "deleted",
      durationMs: 40,
      error: null,
      ...over,
    })}\n`;

  it("a guarded handler tells its verdict", async () => {
    const line = dev({
      verdict: "busy",
      origin: "redelivery",
      ending: "busy",
      key: "order-4711",
      outcome: "reported",
    });

    expect(await said(line)).toEqual([
      {
        kind: "told",
        key: "order-4711",
        messageId: MESSAGE,
        receiveCount: 1,
        verdict: "busy",
        origin: "redelivery",
        ending: "busy",
        durationMs: 40,
        acknowledged: false,
        atMs: at(AT),
      },
    ]);
  });

  it.each([
    ["success", "success"],
    ["error", "error"],
    ["timeout", "timeout"],
    ["crash", "crash"],
  ])("one without a guard is a run that ended as %s", async (invocation, outcome) => {
    const requestId = `${MESSAGE}#1`;

    const { entries, counts } = await readText(dev({ invocation }));

    expect(entries).toMatchObject([
      { kind: "started", requestId, atMs: at(AT) - 40 },
      { kind: "delivery", requestId, messageId: MESSAGE, receiveCount: 1, atMs: at(AT) - 40 },
      { kind: "ended", requestId, outcome, durationMs: 40, atMs: at(AT) },
    ]);
    expect(counts.clockSteps).toBe(0);
  });

  it("a message that its handler reported has failed alone", async () => {
    expect((await said(dev({ outcome: "reported" }))).map((one) => "kind" in one && one.kind)).toEqual([
      "started",
      "delivery",
      "delivery-failed",
      "ended",
    ]);
  });

  it("what was not begun is no delivery, and neither is an arrival in the dead-letter queue", async () => {
    const dead = `${JSON.stringify({ schemaVersion: 1, at: AT, messageId: MESSAGE, outcome: "dead-letter" })}\n`;

    expect(await said(dev({ invocation: "throttled", outcome: "kept" }) + dead)).toEqual([]);
  });
});
