/** The event source mapping on the SQS protocol, with functions in this process. */

import { setTimeout as sleep } from "node:timers/promises";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import {
  type BatchReport,
  type EventSourceMapping,
  type EventSourceMappingOptions,
  type InvokeResult,
  sqsEventSourceMapping,
} from "../../src/lambda/index.ts";
import {
  bodiesIn,
  inProcess,
  left,
  makeQueue,
  type RecordLike,
  sendAll,
  sqsClient,
  until,
} from "./support.ts";

// Most of it is waiting; a busy machine waits longer.
vi.setConfig({ testTimeout: 60_000 });

let emulator: FauxqsServer;
let sqs: SQSClient;
let endpoint = "";
beforeAll(async () => {
  emulator = await startFauxqs({ port: 0, logger: false });
  endpoint = `http://127.0.0.1:${emulator.port}`;
  sqs = sqsClient(endpoint);
});
afterAll(async () => {
  sqs.destroy();
  await emulator.stop();
});

interface Watched {
  readonly mapping: EventSourceMapping;
  readonly batches: BatchReport[];
  readonly errors: unknown[];
}
type MapOptions = Omit<EventSourceMappingOptions, "sqs" | "onError"> & {
  /** Called around each call to SQS, before it is sent and after it was answered: what it throws is what the mapping sees. */
  readonly fault?: (command: string, when: "before" | "after") => void;
};

function faulty(fault: (command: string, when: "before" | "after") => void): SQSClient {
  const client = sqsClient(endpoint, 1);
  client.middlewareStack.add(
    (next, context) => async (args) => {
      fault(String(context.commandName), "before");
      const answer = await next(args);
      fault(String(context.commandName), "after");
      return answer;
    },
    { step: "initialize" },
  );
  return client;
}

/** Each test has its own mappings, so that they can run at the same time; one that was given no fault has met no error. */
const it = test.extend<{ map: (options: MapOptions) => Watched }>({
  // vitest reads the names of fixtures from this pattern
  map: async ({}, use) => {
    const ends: (() => Promise<void>)[] = [];
    await use(({ fault, ...options }) => {
      const client = fault ? faulty(fault) : sqs;
      const batches: BatchReport[] = [];
      const errors: unknown[] = [];
      const mapping = sqsEventSourceMapping({
        sqs: client,
        onBatch: (batch) => batches.push(batch),
        onError: (error) => errors.push(error),
        ...options,
      });
      ends.push(async () => {
        await mapping.stop();
        if (fault) client.destroy();
        else expect(errors).toEqual([]);
      });
      return { mapping, batches, errors };
    });
    await Promise.all(ends.map((end) => end()));
  },
});

const bodies = (records: readonly RecordLike[]) => records.map(({ body }) => body);
const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index));

describe.concurrent("batches", () => {
  it("carry records as Lambda gives them; the ARN is asked of the queue", async ({ map }) => {
    const queue = await makeQueue(sqs, { fifo: true });
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queue.url,
        MessageBody: "{}",
        MessageGroupId: "g",
        MessageAttributes: {
          who: { DataType: "String", StringValue: "me" },
          raw: { DataType: "Binary", BinaryValue: new Uint8Array([1, 2, 3]) },
        },
      }),
    );
    const seen: RecordLike[] = [];
    map({ queueUrl: queue.url, lambda: inProcess((records) => void seen.push(...records)) });
    await until(() => seen.length === 1);

    const timestamp = expect.stringMatching(/^\d{13}$/);
    expect(seen[0]).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: "{}",
      attributes: {
        ApproximateReceiveCount: "1",
        ApproximateFirstReceiveTimestamp: timestamp,
        SentTimestamp: timestamp,
        SenderId: expect.any(String),
        MessageGroupId: "g",
        MessageDeduplicationId: expect.any(String),
        SequenceNumber: expect.any(String),
      },
      messageAttributes: {
        who: { stringValue: "me", stringListValues: [], binaryListValues: [], dataType: "String" },
        raw: { binaryValue: "AQID", stringListValues: [], binaryListValues: [], dataType: "Binary" },
      },
      md5OfBody: "99914b932bd37a50b983c5e7c90ae93b",
      md5OfMessageAttributes: expect.any(String),
      eventSource: "aws:sqs",
      eventSourceARN: queue.arn,
      awsRegion: "eu-west-1",
    });
  });

  it("say when their handler ran, where the function tells it", async ({ map }) => {
    const queue = await makeQueue(sqs);
    await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: "{}" }));
    const ran = { requestId: "r", fromMs: 1_000, toMs: 1_020 };
    const lambda = { invoke: async () => ({ outcome: "success" as const, reply: null, ran }) };

    const { batches } = map({ queueUrl: queue.url, lambda });
    await until(() => batches.length === 1);

    expect(batches[0]?.ran).toEqual(ran);
  });

  it("have no more than batchSize messages; what is done is deleted", async ({ map }) => {
    const queue = await makeQueue(sqs);
    await sendAll(sqs, queue.url, numbers(25));
    const sizes: number[] = [];
    const lambda = inProcess((records) => void sizes.push(records.length));
    map({ queueUrl: queue.url, lambda, batchSize: 4 });

    await until(async () => (await left(sqs, queue.url)) === 0);

    expect(sizes.reduce((sum, size) => sum + size)).toBe(25);
    expect(Math.max(...sizes)).toBe(4);
  });

  it("are gathered for the window, over several receives, up to batchSize", async ({ map }) => {
    const queue = await makeQueue(sqs);
    const sizes: number[] = [];
    const lambda = inProcess((records) => void sizes.push(records.length));
    await sendAll(sqs, queue.url, numbers(20));
    map({ queueUrl: queue.url, lambda, batchSize: 30, batchingWindowMs: 1_500, maxConcurrency: 2 });
    await sleep(500);
    await sendAll(sqs, queue.url, numbers(20));
    await until(async () => (await left(sqs, queue.url)) === 0);

    expect(sizes.reduce((sum, size) => sum + size)).toBe(40);
    expect(sizes.length).toBeLessThanOrEqual(4);
    expect(Math.max(...sizes)).toBeGreaterThan(10);
  });

  it("gather inside the visibility timeout: a longer window meets its own messages again", async ({
    map,
  }) => {
    const queue = await makeQueue(sqs, { visibilitySeconds: 1 });
    await sendAll(sqs, queue.url, ["early"]);
    const seen: RecordLike[] = [];
    const lambda = inProcess((records) => void seen.push(...records));
    map({ queueUrl: queue.url, lambda, batchingWindowMs: 2_500, maxConcurrency: 2 });

    await until(() => seen.length >= 2);

    expect(new Set(bodies(seen))).toEqual(new Set(["early"]));
    expect(
      Math.max(...seen.map(({ attributes }) => Number(attributes["ApproximateReceiveCount"]))),
    ).toBeGreaterThan(1);
  });

  it("end at 6 MB", async ({ map }) => {
    const queue = await makeQueue(sqs);
    for (const name of numbers(10))
      await sqs.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: name.repeat(1_000_000) }));
    const sizes: number[] = [];
    let largest = 0;
    const lambda = {
      invoke: async (event: unknown): Promise<InvokeResult> => {
        largest = Math.max(largest, Buffer.byteLength(JSON.stringify(event)));
        sizes.push((event as { Records: [] }).Records.length);
        return { outcome: "success", reply: null };
      },
    };
    map({ queueUrl: queue.url, lambda, batchSize: 10, maxConcurrency: 2 });
    await until(async () => (await left(sqs, queue.url)) === 0);

    expect(sizes.reduce((sum, size) => sum + size)).toBe(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6);
    expect(largest).toBeLessThanOrEqual(6_291_456);
    expect(largest).toBeGreaterThan(5_000_000);
  });
});

describe.concurrent("answers", () => {
  it("name what comes again, and each message is told with its receive count and outcome", async ({
    map,
  }) => {
    const queue = await makeQueue(sqs, { visibilitySeconds: 1 });
    await sendAll(sqs, queue.url, ["good", "bad"]);
    const handed: string[] = [];
    const lambda = inProcess((records) => ({
      batchItemFailures: records
        .filter(({ body, attributes }) => body === "bad" && attributes["ApproximateReceiveCount"] === "1")
        .map(({ messageId }) => ({ itemIdentifier: messageId })),
    }));
    const { batches } = map({
      queueUrl: queue.url,
      lambda,
      onDelivery: ({ Body = "" }) => handed.push(Body),
    });
    await until(async () => (await left(sqs, queue.url)) === 0);
    await until(() => batches.flatMap(({ deliveries }) => deliveries).length === 3);

    const told = batches
      .flatMap(({ deliveries }) => deliveries)
      .map(({ message, receiveCount, outcome }) => [message.Body, receiveCount, outcome]);
    expect(told).toEqual(
      expect.arrayContaining([
        ["good", 1, "deleted"],
        ["bad", 1, "reported"],
        ["bad", 2, "deleted"],
      ]),
    );
    expect(handed.toSorted()).toEqual(["bad", "bad", "good"]);
    expect(batches[0]).toMatchObject({ outcome: "success", error: undefined });
  });

  it("E-10 · are ignored when partial responses are off: what was reported is deleted, and told as lost", async ({
    map,
  }) => {
    const queue = await makeQueue(sqs, { visibilitySeconds: 1 });
    await sendAll(sqs, queue.url, ["bad"]);
    const lambda = inProcess((records) => ({
      batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })),
    }));
    const { batches } = map({ queueUrl: queue.url, lambda, reportBatchItemFailures: false });
    await until(() => batches.length === 1);

    expect(batches[0]?.deliveries[0]).toMatchObject({ outcome: "deleted", lost: true });
    expect(await left(sqs, queue.url)).toBe(0);
  });

  it("E-03 · that name a stranger keep the whole batch", async ({ map }) => {
    const queue = await makeQueue(sqs);
    await sendAll(sqs, queue.url, ["a", "b"]);
    const lambda = inProcess(() => ({ batchItemFailures: [{ itemIdentifier: "stranger" }] }));
    const { batches } = map({ queueUrl: queue.url, lambda });
    await until(() => batches.flatMap(({ deliveries }) => deliveries).length === 2);

    for (const { deliveries } of batches)
      for (const delivery of deliveries) expect(delivery).toMatchObject({ outcome: "kept", lost: false });
    expect(await left(sqs, queue.url)).toBe(2);
  });
});

describe.concurrent("a function that fails", () => {
  it("deletes nothing; receive counts and the dead-letter queue are the queue's own", async ({ map }) => {
    const queue = await makeQueue(sqs, { visibilitySeconds: 1, maxReceiveCount: 2 });
    await sendAll(sqs, queue.url, ["poison"]);
    const { batches } = map({
      queueUrl: queue.url,
      lambda: inProcess(() => {
        throw new RangeError("always");
      }),
    });
    await until(async () => (await left(sqs, queue.deadUrl)) === 1);

    expect(batches.map(({ outcome, error }) => [outcome, error?.message])).toEqual([
      ["error", "always"],
      ["error", "always"],
    ]);
    expect(batches.flatMap(({ deliveries }) => deliveries.map(({ receiveCount }) => receiveCount))).toEqual([
      1, 2,
    ]);
    expect(await bodiesIn(sqs, queue.deadUrl)).toEqual(["poison"]);
    expect(await left(sqs, queue.url)).toBe(0);
  });

  it("by a timeout, a crash or because it cannot be invoked deletes nothing either", async ({ map }) => {
    const queue = await makeQueue(sqs, { visibilitySeconds: 1 });
    await sendAll(sqs, queue.url, ["one"]);
    const error = { name: "x", message: "x", stack: "" };
    const results: (InvokeResult | Error)[] = [
      { outcome: "timeout", error },
      { outcome: "crash", error },
      { outcome: "init-error", error },
      new Error("shut down"),
      { outcome: "success", reply: null },
    ];
    const lambda = {
      invoke: async () => {
        const result = results.shift();
        if (result instanceof Error) throw result;
        return result as InvokeResult;
      },
    };
    const { batches } = map({ queueUrl: queue.url, lambda });
    await until(async () => (await left(sqs, queue.url)) === 0);
    await until(() => batches.length === 5);

    expect(batches.map(({ outcome }) => outcome)).toEqual([
      "timeout",
      "crash",
      "init-error",
      "crash",
      "success",
    ]);
    expect(batches.map(({ deliveries }) => deliveries[0]?.receiveCount)).toEqual([1, 2, 3, 4, 5]);
    expect(batches[3]?.error?.message).toBe("shut down");
  });

  it("by throttling is asked again inside the visibility timeout, at no receive", async ({ map }) => {
    const queue = await makeQueue(sqs, { visibilitySeconds: 5 });
    await sendAll(sqs, queue.url, ["one"]);
    let asked = 0;
    const lambda = {
      invoke: async (): Promise<InvokeResult> => {
        asked += 1;
        return asked < 4
          ? { outcome: "throttled", error: { name: "x", message: "x", stack: "" } }
          : { outcome: "success", reply: null };
      },
    };
    const { batches } = map({ queueUrl: queue.url, lambda });
    await until(() => batches.length === 1);

    expect(asked).toBe(4);
    expect(batches[0]?.deliveries[0]).toMatchObject({ receiveCount: 1, outcome: "deleted" });
  });

  it("by throttling past the visibility timeout leaves the messages to it", async ({ map }) => {
    const queue = await makeQueue(sqs, { visibilitySeconds: 1 });
    await sendAll(sqs, queue.url, ["one"]);
    let throttling = true;
    const lambda = {
      invoke: async (): Promise<InvokeResult> =>
        throttling
          ? { outcome: "throttled", error: { name: "x", message: "x", stack: "" } }
          : { outcome: "success", reply: null },
    };
    const { batches } = map({ queueUrl: queue.url, lambda });
    await until(() => batches.length === 1);
    throttling = false;
    await until(() => batches.length === 2);

    expect(batches[0]).toMatchObject({
      outcome: "throttled",
      deliveries: [{ outcome: "kept", receiveCount: 1 }],
    });
    expect(batches[1]).toMatchObject({
      outcome: "success",
      deliveries: [{ outcome: "deleted", receiveCount: 2 }],
    });
  });
});

describe.concurrent("FIFO queues", () => {
  it("of one group never two batches at once, though its visibility runs out; other groups go on", async ({
    map,
  }) => {
    const queue = await makeQueue(sqs, { fifo: true, visibilitySeconds: 1 });
    const group = (body: unknown) => String(body)[0] ?? "";
    await sendAll(sqs, queue.url, ["a1", "a2", "b1", "b2"], group);
    const running = new Set<string>();
    const log: string[] = [];
    const lambda = inProcess(async (records) => {
      const names = new Set(bodies(records).map(group));
      for (const name of names) {
        if (running.has(name)) log.push(`two of ${name} at once`);
        running.add(name);
      }
      log.push(...bodies(records).map((body) => `+${body}`));
      // Longer than the visibility timeout: the queue hands the group out a second time meanwhile.
      if (log.filter((line) => line === "+a1").length === 1 && names.has("a")) await sleep(2_500);
      log.push(...bodies(records).map((body) => `-${body}`));
      for (const name of names) running.delete(name);
    });
    const { batches } = map({ queueUrl: queue.url, lambda, batchSize: 1 });
    await until(async () => (await left(sqs, queue.url)) === 0);

    expect(log.filter((line) => line.startsWith("two"))).toEqual([]);
    expect(log.lastIndexOf("-a1")).toBeLessThan(log.indexOf("+a2"));
    expect(log.indexOf("-b2")).toBeLessThan(log.indexOf("-a1"));
    expect(log.indexOf("-b1")).toBeLessThan(log.indexOf("+b2"));
    await until(() => batches.some(({ outcome }) => outcome === "not-started"));
  });

  it("E-08 · a poison message goes to the dead-letter queue, and its group goes on after it", async ({
    map,
  }) => {
    const queue = await makeQueue(sqs, { fifo: true, visibilitySeconds: 1, maxReceiveCount: 2 });
    await sendAll(sqs, queue.url, ["poison", "after"], () => "g");
    const order: string[] = [];
    const lambda = inProcess((records) => {
      order.push(...bodies(records));
      return {
        batchItemFailures: records
          .filter(({ body }) => body === "poison")
          .map(({ messageId }) => ({ itemIdentifier: messageId })),
      };
    });
    map({ queueUrl: queue.url, lambda });
    await until(async () => (await left(sqs, queue.url)) === 0);

    expect(order).toEqual(["poison", "poison", "after"]);
    expect(await bodiesIn(sqs, queue.deadUrl)).toEqual(["poison"]);
  });
});

describe.concurrent("pollers", () => {
  async function mostAtOnce(
    map: (options: MapOptions) => Watched,
    maxConcurrency: number | undefined,
    messages: number,
  ): Promise<number> {
    const queue = await makeQueue(sqs);
    await sendAll(sqs, queue.url, numbers(messages));
    let now = 0;
    let most = 0;
    const lambda = inProcess(async () => {
      now += 1;
      most = Math.max(most, now);
      await sleep(700);
      now -= 1;
    });
    map({ queueUrl: queue.url, lambda, batchSize: 1, ...(maxConcurrency ? { maxConcurrency } : {}) });
    await until(async () => (await left(sqs, queue.url)) === 0);
    return most;
  }

  it("keep to maxConcurrency, start with five, and grow to more while all are busy", async ({ map }) => {
    const most = await Promise.all([
      mostAtOnce(map, 2, 6),
      mostAtOnce(map, undefined, 20),
      mostAtOnce(map, 8, 30),
    ]);
    expect(most).toEqual([2, 5, 8]);
  });

  it("that fail are told, wait longer each time, and lose nothing", async ({ map }) => {
    const queue = await makeQueue(sqs, { visibilitySeconds: 1 });
    await sendAll(sqs, queue.url, numbers(3));
    let broken = true;
    let polls = 0;
    const seen: string[] = [];
    const { errors } = map({
      fault: (command, when) => {
        if (command !== "ReceiveMessageCommand" || when === "after") return;
        polls += 1;
        if (broken) throw new Error("connection refused");
      },
      queueUrl: queue.url,
      lambda: inProcess((records) => void seen.push(...bodies(records))),
      maxConcurrency: 2,
    });
    await sleep(1_500);
    const before = polls;
    broken = false;
    await until(() => new Set(seen).size === 3);

    // Two pollers, at 0, about 150, 450, 1050 ms: not one poll per tick.
    expect(before).toBeGreaterThan(2);
    expect(before).toBeLessThan(20);
    expect(errors.length).toBe(before);
    expect(String(errors[0])).toContain("connection refused");
  });

  it("lose nothing when the answer of a receive is lost", async ({ map }) => {
    const queue = await makeQueue(sqs, { visibilitySeconds: 1 });
    await sendAll(sqs, queue.url, numbers(3));
    let lost = 0;
    const seen: string[] = [];
    map({
      fault: (command, when) => {
        if (command !== "ReceiveMessageCommand" || when === "before" || lost >= 2) return;
        lost += 1;
        throw new Error("socket hang up");
      },
      queueUrl: queue.url,
      lambda: inProcess((records) => void seen.push(...bodies(records))),
      maxConcurrency: 2,
    });
    await until(async () => (await left(sqs, queue.url)) === 0);

    expect(lost).toBe(2);
    expect(new Set(seen)).toEqual(new Set(numbers(3)));
  });

  it("keep what a window has gathered when a later poll of it fails", async ({ map }) => {
    const queue = await makeQueue(sqs);
    await sendAll(sqs, queue.url, ["one"]);
    let received = 0;
    const seen: RecordLike[] = [];
    map({
      fault: (command, when) => {
        if (command !== "ReceiveMessageCommand") return;
        if (when === "before" && received > 0) throw new Error("throttled by SQS");
        if (when === "after") received += 1;
      },
      queueUrl: queue.url,
      lambda: inProcess((records) => void seen.push(...records)),
      batchingWindowMs: 1_000,
      maxConcurrency: 2,
    });
    await until(() => seen.length === 1);

    expect(seen[0]?.attributes["ApproximateReceiveCount"]).toBe("1");
  });
});

describe.concurrent("stop", () => {
  it("ends after the batch in flight and its delete, and nothing is polled after it", async ({ map }) => {
    const queue = await makeQueue(sqs);
    await sendAll(sqs, queue.url, ["slow"]);
    let started = false;
    let polls = 0;
    const { mapping, batches } = map({
      fault: (command, when) => {
        if (command === "ReceiveMessageCommand" && when === "before") polls += 1;
      },
      queueUrl: queue.url,
      lambda: inProcess(async () => {
        started = true;
        await sleep(1_000);
      }),
    });
    await until(() => started);
    await mapping.stop();
    const before = polls;

    expect(batches).toMatchObject([{ outcome: "success", deliveries: [{ outcome: "deleted" }] }]);
    expect(await left(sqs, queue.url)).toBe(0);
    await sendAll(sqs, queue.url, ["late"]);
    await sleep(300);
    expect(polls).toBe(before);
    await mapping.stop();
  });

  it("does not lose a delete that SQS did not answer or refused for the moment", async ({ map }) => {
    const queue = await makeQueue(sqs);
    await sendAll(sqs, queue.url, ["one"]);
    let failures = 0;
    let started = false;
    const { mapping, batches } = map({
      fault: (command, when) => {
        if (command !== "DeleteMessageBatchCommand" || when === "after" || failures >= 2) return;
        failures += 1;
        throw new Error("service unavailable");
      },
      queueUrl: queue.url,
      lambda: inProcess(() => {
        started = true;
      }),
    });
    await until(() => started);
    await mapping.stop();

    expect(failures).toBe(2);
    expect(batches).toMatchObject([{ deliveries: [{ outcome: "deleted", receiveCount: 1 }] }]);
    expect(await left(sqs, queue.url)).toBe(0);
  });

  it("tells a delete that stays impossible, with SQS's reason", async ({ map }) => {
    const queue = await makeQueue(sqs);
    await sendAll(sqs, queue.url, ["one"]);
    const { batches } = map({
      fault: (command) => {
        if (command === "DeleteMessageBatchCommand") throw new Error("AccessDenied");
      },
      queueUrl: queue.url,
      lambda: inProcess(() => null),
    });
    await until(() => batches.length === 1);

    expect(batches[0]?.deliveries[0]).toMatchObject({ outcome: "delete-failed", reason: "AccessDenied" });
  });
});

describe.concurrent("options", () => {
  it("that Lambda refuses, or that are not there, are refused by name", () => {
    const lambda = inProcess(() => null);
    const queueUrl = "http://127.0.0.1/000000000000/orders";
    const refused = (options: object) => () =>
      sqsEventSourceMapping({ sqs, queueUrl, lambda, ...options } as EventSourceMappingOptions);

    expect(refused({ batchSise: 1 })).toThrow(/no option "batchSise". It has: sqs, queueUrl/);
    expect(refused({ batchSize: 0 })).toThrow(/batchSize is a whole number from 1 to 10000, got 0/);
    expect(refused({ batchSize: 11 })).toThrow(/needs a batching window of at least a second/);
    expect(refused({ batchSize: 10_001, batchingWindowMs: 1_000 })).toThrow(/1 to 10000/);
    expect(refused({ batchingWindowMs: 300_001 })).toThrow(/0 to 300000/);
    expect(refused({ maxConcurrency: 1 })).toThrow(/maxConcurrency is a whole number from 2 to 1000, got 1/);
    expect(refused({ maxConcurrency: 1_001 })).toThrow(/2 to 1000/);
    expect(refused({ queueUrl: `${queueUrl}.fifo`, batchingWindowMs: 1 })).toThrow(
      /FIFO queue has no batching/,
    );
    expect(refused({ queueUrl: `${queueUrl}.fifo`, batchSize: 11 })).toThrow(/1 to 10, got 11/);
    expect(refused({ queueUrl: "orders" })).toThrow(/queueUrl is the URL of a queue/);
    expect(refused({ sqs: undefined })).toThrow(/needs sqs/);
    expect(refused({ lambda: () => {} })).toThrow(/needs lambda/);
  });

  it("that are listeners and throw change nothing", async ({ map }) => {
    const queue = await makeQueue(sqs);
    await sendAll(sqs, queue.url, ["one"]);
    const said = console.error;
    const lines: unknown[][] = [];
    console.error = (...line) => void lines.push(line);
    try {
      const thrown = () => {
        throw new Error("from a listener");
      };
      map({ queueUrl: queue.url, lambda: inProcess(() => null), onDelivery: thrown, onBatch: thrown });
      await until(async () => (await left(sqs, queue.url)) === 0);
      await until(() => lines.length === 2);
    } finally {
      console.error = said;
    }
  });
});
