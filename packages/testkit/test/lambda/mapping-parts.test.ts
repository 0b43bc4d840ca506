import type { Message } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { Groups } from "../../src/lambda/groups.ts";
import { eventBytes, recordOf, splitByBytes } from "../../src/lambda/records.ts";
import { judge } from "../../src/lambda/reply.ts";

const ARN = "arn:aws:sqs:eu-west-1:000000000000:orders";

describe("what the mapping deletes", () => {
  const batch: Message[] = [{ MessageId: "a" }, { MessageId: "b" }];
  const ids = (messages: readonly Message[]) => messages.map((one) => one.MessageId);
  const done = (reply: unknown, reports = true) =>
    ids(judge(batch, { outcome: "success", reply }, reports).done);

  it("E-03 · an empty, null, unknown or misnamed identifier fails the whole batch", () => {
    for (const itemIdentifier of ["", null, undefined, "stranger", 7])
      expect(done({ batchItemFailures: [{ itemIdentifier: "a" }, { itemIdentifier }] })).toEqual([]);
    for (const failure of [{ messageId: "a" }, null, "a", []])
      expect(done({ batchItemFailures: [failure] })).toEqual([]);
    for (const batchItemFailures of ["a", {}, 1, true]) expect(done({ batchItemFailures })).toEqual([]);
  });

  it("E-03b · a missing answer is complete success", () => {
    for (const reply of [null, undefined, {}, [], { batchItemFailures: null }, { batchItemFailures: [] }])
      expect(done(reply)).toEqual(["a", "b"]);
  });

  it("E-10 · with partial responses off the answer is ignored, and what it reported is known", () => {
    const reply = { batchItemFailures: [{ itemIdentifier: "a" }] };
    expect(done(reply, false)).toEqual(["a", "b"]);
    expect(ids(judge(batch, { outcome: "success", reply }, false).reported)).toEqual(["a"]);
    expect(done(reply)).toEqual(["b"]);
    expect(done({ batchItemFailures: [{ itemIdentifier: "stranger" }] }, false)).toEqual(["a", "b"]);
  });

  it("nothing is deleted when the invocation failed, however it did", () => {
    const error = { name: "Error", message: "", stack: "" };
    for (const outcome of ["error", "init-error", "timeout", "crash", "throttled", "too-large"] as const)
      for (const reports of [true, false])
        expect(judge(batch, { outcome, error }, reports)).toEqual({ done: [], reported: [] });
  });

  it("a message that is in the batch twice is kept twice", () => {
    const twice = [
      { MessageId: "a", ReceiptHandle: "1" },
      { MessageId: "b" },
      { MessageId: "a", ReceiptHandle: "2" },
    ];
    const reply = { batchItemFailures: [{ itemIdentifier: "a" }] };
    expect(ids(judge(twice, { outcome: "success", reply }, true).done)).toEqual(["b"]);
  });
});

describe("the records", () => {
  it("have every field as Lambda gives it, binary attributes as base64", () => {
    const message: Message = {
      MessageId: "m",
      ReceiptHandle: "h",
      Body: "{}",
      MD5OfBody: "md5",
      MD5OfMessageAttributes: "md5a",
      Attributes: { ApproximateReceiveCount: "2" },
      MessageAttributes: {
        text: { DataType: "String", StringValue: "é" },
        count: { DataType: "Number.int", StringValue: "1" },
        bytes: { DataType: "Binary", BinaryValue: new Uint8Array([0, 255, 16]) },
      },
    };

    expect(recordOf(message, ARN)).toEqual({
      messageId: "m",
      receiptHandle: "h",
      body: "{}",
      attributes: { ApproximateReceiveCount: "2" },
      messageAttributes: {
        text: { stringValue: "é", stringListValues: [], binaryListValues: [], dataType: "String" },
        count: { stringValue: "1", stringListValues: [], binaryListValues: [], dataType: "Number.int" },
        bytes: { binaryValue: "AP8Q", stringListValues: [], binaryListValues: [], dataType: "Binary" },
      },
      md5OfBody: "md5",
      md5OfMessageAttributes: "md5a",
      eventSource: "aws:sqs",
      eventSourceARN: ARN,
      awsRegion: "eu-west-1",
    });
    expect(recordOf({ MessageId: "m", Body: "x" }, ARN)).not.toHaveProperty("md5OfMessageAttributes");
  });

  it("are split so that no event is larger than 6 MB, in order, none lost", () => {
    const messages = Array.from({ length: 20 }, (_, index): Message => ({
      MessageId: String(index),
      // Control characters are six bytes each as JSON.
      Body: index % 3 === 0 ? "\u0001".repeat(300_000) : "x".repeat(400_000),
    }));

    const batches = splitByBytes(messages, ARN);

    expect(batches.flat()).toEqual(messages);
    for (const batch of batches) {
      const event = { Records: batch.map((message) => recordOf(message, ARN)) };
      expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(6_291_456);
    }
    for (const [index, batch] of batches.slice(0, -1).entries()) {
      const next = batches[index + 1]?.[0] as Message;
      const bytes = [...batch, next].reduce((sum, message) => sum + eventBytes(message, ARN), 14);
      expect(bytes).toBeGreaterThan(6_291_456);
    }
    expect(splitByBytes([], ARN)).toEqual([]);
  });
});

describe("groups", () => {
  const never = new AbortController().signal;

  it("are taken by one batch at a time, and waited for in turn", async () => {
    const groups = new Groups();
    const order: string[] = [];
    const run = async (name: string, names: readonly string[]) => {
      const giveBack = await groups.take(new Set(names), never);
      order.push(`+${name}`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`-${name}`);
      giveBack?.();
    };

    await Promise.all([run("1", ["a", "b"]), run("2", ["b", "c"]), run("3", ["d"]), run("4", ["c", "a"])]);

    expect(order.indexOf("+3")).toBeLessThan(order.indexOf("-1"));
    expect(order.indexOf("+2")).toBeGreaterThan(order.indexOf("-1"));
    expect(order.indexOf("+4")).toBeGreaterThan(order.indexOf("-2"));
  });

  it("that stay taken until the wait is over are not got, and free ones are got whatever the signal says", async () => {
    const groups = new Groups();
    await groups.take(new Set(["a"]), never);
    const over = new AbortController();
    const waiting = groups.take(new Set(["a", "b"]), over.signal);
    over.abort();

    expect(await waiting).toBeUndefined();
    expect(await groups.take(new Set(["b"]), over.signal)).toBeTypeOf("function");
    expect(await groups.take(new Set(["a"]), over.signal)).toBeUndefined();
  });
});
