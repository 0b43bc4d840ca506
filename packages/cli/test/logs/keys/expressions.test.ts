/** `--key` and its like, over logs. */

import { describe, expect, it } from "vitest";
import { expressionsOf } from "../../../src/logs/keys/expressions.ts";
import { Usage } from "../../../src/usage.ts";
import { at, OTHER, readText, REQUEST } from "../formats/support.ts";

const AT = "2026-09-25T12:00:00.000Z";
const sqs = (...bodies: readonly unknown[]) => ({
  Records: bodies.map((body, index) => ({
    messageId: `m${index + 1}`,
    body: typeof body === "string" ? body : JSON.stringify(body),
    eventSource: "aws:sqs",
  })),
});
const logged = (value: unknown) => `${AT}\t${REQUEST}\tINFO\t${JSON.stringify(value)}\n`;

const deliveries = async (text: string, asked: Parameters<typeof readText>[1]) => {
  const { entries, counts } = await readText(text, asked);
  return { found: entries.filter(({ kind }) => kind === "delivery"), counts };
};

describe("a path", () => {
  it.each(["$.body.orderId", "$.Records[*].body.orderId", "$..orderId"])(
    "%s reads each record of a logged event, with its body parsed",
    async (key) => {
      const { found } = await deliveries(logged(sqs({ orderId: "o-1" }, { orderId: 2 })), { key });

      expect(found).toMatchObject([
        { key: "o-1", messageId: "m1", requestId: REQUEST },
        { key: "2", messageId: "m2", requestId: REQUEST },
      ]);
    },
  );

  it("a record without it is counted, and keeps its message id", async () => {
    const { found, counts } = await deliveries(logged(sqs({ orderId: "o-1" }, "no JSON", {})), {
      key: "$.body.orderId",
    });

    expect(found.map((one) => "key" in one)).toEqual([true, false, false]);
    expect(counts.withoutKey).toBe(2);
  });

  it("reads what a handler logs of one order, once for each run", async () => {
    const line = (ms: number, requestId: string) =>
      `${JSON.stringify({ timestamp: new Date(at(AT) + ms).toISOString(), level: "INFO", requestId, message: { orderId: "o-1" } })}\n`;

    const { found, counts } = await deliveries(line(0, REQUEST) + line(5, REQUEST) + line(9, OTHER), {
      key: "$.orderId",
    });

    expect(found).toMatchObject([
      { key: "o-1", requestId: REQUEST, atMs: at(AT) },
      { key: "o-1", requestId: OTHER, atMs: at(AT) + 9 },
    ]);
    expect(counts).toMatchObject({ repeated: 0, withoutKey: 0 });
  });

  it("a line of the handler about a message of the logged event is no other delivery", async () => {
    const start = `${AT} START RequestId: ${REQUEST} Version: 1\n`;
    const line = logged({ msg: "charged", body: { orderId: "o-1" } });

    const { found } = await deliveries(start + logged(sqs({ orderId: "o-1" })) + line, {
      key: "$.body.orderId",
    });

    expect(found).toHaveLength(1);
  });

  it("reads other fields too, in the line or in the record", async () => {
    const record = { context: { rid: OTHER }, when: 1_790_000_000, payload: { order: "o-1", msg: "m-9" } };

    const { found } = await deliveries(`${JSON.stringify(record)}\n`, {
      key: "$.payload.order",
      messageId: "$.payload.msg",
      requestId: "$.context.rid",
      time: "$.when",
    });

    expect(found).toMatchObject([
      { key: "o-1", messageId: "m-9", requestId: OTHER, atMs: 1_790_000_000_000 },
    ]);
  });

  it("--time stands before the instant of what the line is wrapped in", async () => {
    const event = {
      timestamp: 1_790_000_009_000,
      eventId: "1",
      message: '{"order":"o-1","when":1790000000}',
    };

    const { found } = await deliveries(JSON.stringify(event), { key: "$.order", time: "$.when" });

    expect(found).toMatchObject([{ atMs: 1_790_000_000_000 }]);
  });
});

describe("a regular expression", () => {
  it("reads lines of text, by its named groups", async () => {
    const { found } = await deliveries(
      `${AT}\t${REQUEST}\tINFO\torder o-1 of message m-7 begun\n${AT}\t${REQUEST}\tINFO\tanother line\n`,
      { key: "/order (?<key>\\S+) of message (?<messageId>\\S+)/" },
    );

    expect(found).toMatchObject([{ key: "o-1", messageId: "m-7", requestId: REQUEST }]);
  });

  it("reads the messages of events that are wrapped in others", async () => {
    const document = {
      events: [{ timestamp: 1_790_000_000_000, eventId: "1", message: 'the order "o-1"\n' }],
    };

    const { found } = await deliveries(JSON.stringify(document), { key: '/order "(?<key>[^"]+)"/i' });

    expect(found).toMatchObject([{ key: "o-1", atMs: 1_790_000_000_000 }]);
  });
});

it("no business key is guessed", async () => {
  const { found, counts } = await deliveries(logged(sqs({ orderId: "o-1", id: 1 })), {});

  expect(found).toHaveLength(1);
  expect(found[0]).not.toHaveProperty("key");
  expect(counts.withoutKey).toBe(0);
});

describe("what is not understood", () => {
  it.each([
    [
      { key: "orderId" },
      /^--key is a path, such as \$\.body\.id, or a regular expression between slashes.*; got "orderId"\.$/,
    ],
    [{ key: "/order (\\S+)/" }, /^--key \/order \(\\S\+\)\/ has no group named "key"/],
    [{ messageId: "/(?<key>x)/" }, /^--message-id .* has no group named "messageId"/],
    [{ key: "/(?<key>x/" }, /^--key .* is no regular expression: /],
    [{ key: "/(?<key>x)/g" }, /has the flag "g"/],
    [{ requestId: "$.a[" }, /^--request-id \$\.a\[ is not understood at character 4/],
    [{ time: "" }, /^--time is a path/],
  ])("%j", (asked, message) => {
    expect(() => expressionsOf(asked)).toThrow(Usage);
    expect(() => expressionsOf(asked)).toThrow(message);
  });
});
