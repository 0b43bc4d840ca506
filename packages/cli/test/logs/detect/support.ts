/** Logs of one function, line by line: constructed, in the form of an export to S3. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

export const START = Date.parse("2026-09-01T08:00:00Z");

export interface Run {
  readonly id: string;
  /** Seconds from the start of the logs. */
  readonly at: number;
  readonly took?: number;
  readonly fails?: "error" | "timeout";
  readonly messages?: readonly Message[];
  /** Further lines of the handler. */
  readonly says?: readonly string[];
  readonly stream?: string;
}

export interface Message {
  readonly id: string;
  readonly order: string;
  readonly receives?: number;
  /** Seconds between its first receive and the handler. @default 0.05 */
  readonly waited?: number;
}

const requestOf = (id: string): string => `00000000-0000-4000-8000-${id.padStart(12, "0")}`;

export function request(id: string): string {
  return requestOf(id);
}

/** The lines of some runs by their time, each in a log stream of its own unless it names one. */
export function linesOf(runs: readonly Run[]): string {
  return `${runs
    .flatMap((run) => runLines(run))
    .toSorted((left, right) => left.atMs - right.atMs)
    .map(({ atMs, text }) => `${iso(atMs)} ${text}`)
    .join("\n")}\n`;
}

function runLines({
  id,
  at,
  took = 1,
  fails,
  messages = [],
  says = [],
}: Run): readonly { atMs: number; text: string }[] {
  const requestId = requestOf(id);
  const [startMs, endMs] = [START + at * 1_000, START + (at + took) * 1_000];
  const console = (atMs: number, level: string, text: string) => ({
    atMs,
    text: `${iso(atMs)}\t${requestId}\t${level}\t${text}`,
  });
  const event = { Records: messages.map((message) => record(message, startMs)) };
  return [
    { atMs: startMs, text: `START RequestId: ${requestId} Version: $LATEST` },
    ...(messages.length > 0 ? [console(startMs + 2, "INFO", JSON.stringify(event))] : []),
    ...says.map((text) => console(startMs + 5, "INFO", text)),
    ...(fails === "error"
      ? [console(endMs, "ERROR", 'Invoke Error \t{"errorType":"Error","errorMessage":"no"}')]
      : []),
    ...(fails === "timeout"
      ? [{ atMs: endMs, text: `${iso(endMs)} ${requestId} Task timed out after ${took}.00 seconds` }]
      : []),
    { atMs: endMs, text: `END RequestId: ${requestId}` },
    {
      atMs: endMs,
      text: `REPORT RequestId: ${requestId}\tDuration: ${took * 1_000}.00 ms\tBilled Duration: ${took * 1_000} ms\tMemory Size: 128 MB\tMax Memory Used: 60 MB\t`,
    },
  ];
}

function record({ id, order, receives = 1, waited = 0.05 }: Message, startMs: number): object {
  return {
    messageId: id,
    receiptHandle: "AQEB",
    body: JSON.stringify({ orderId: order }),
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(START),
      ApproximateFirstReceiveTimestamp: String(receives === 1 ? startMs - waited * 1_000 : START + 10),
    },
    messageAttributes: {},
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-west-1:123456789012:orders",
  };
}

/** What this project's loggerSink writes. */
export function told(order: string, verdict: string, ending: string, more: object = {}): string {
  const fields = {
    scope: "orders",
    key: order,
    message_id: `m-${order}`,
    verdict,
    ending,
    acknowledged: true,
  };
  return JSON.stringify({ msg: `message ${ending}`, ...fields, attempt: 1, duration_ms: 40, ...more });
}

export function workspace(): {
  readonly folder: string;
  write(name: string, content: string | Buffer): string;
} {
  const folder = mkdtempSync(join(tmpdir(), "effectively-once-detect-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    folder,
    write(name, content) {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
