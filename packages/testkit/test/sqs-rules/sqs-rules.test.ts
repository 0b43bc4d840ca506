import {
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { startSqsRules, type SqsCall, type SqsRules } from "@effectively-once/testkit/sqs-rules";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

let emulator: FauxqsServer;
let rules: SqsRules;
let sqs: SQSClient;
const calls: SqsCall[] = [];
beforeAll(async () => {
  emulator = await startFauxqs({ port: 0, logger: false });
  rules = await startSqsRules({
    endpoint: `http://127.0.0.1:${emulator.port}`,
    onCall: (call) => calls.push(call),
  });
  sqs = client(rules.url);
});
afterAll(async () => {
  sqs.destroy();
  await rules.close();
  await emulator.stop();
});

// The emulator and the proxy read Date.now, so that no test has to wait for a visibility timeout.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());
function later(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1_000);
}

function client(endpoint: string): SQSClient {
  return new SQSClient({
    endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts: 1,
  });
}

let queues = 0;
async function queue(kind: "standard" | "fifo", visibilitySeconds = 10): Promise<string> {
  const name = `rules-${++queues}${kind === "fifo" ? ".fifo" : ""}`;
  const Attributes = {
    VisibilityTimeout: String(visibilitySeconds),
    ...(kind === "fifo" ? { FifoQueue: "true", ContentBasedDeduplication: "true" } : {}),
  };
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes }));
  return QueueUrl;
}

async function send(QueueUrl: string, body: string): Promise<void> {
  const group = QueueUrl.endsWith(".fifo") ? { MessageGroupId: body } : {};
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body, ...group }));
}

async function receive(QueueUrl: string, VisibilityTimeout?: number): Promise<string[]> {
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout }),
  );
  return Messages.map(({ ReceiptHandle = "" }) => ReceiptHandle);
}

const change = (QueueUrl: string, ReceiptHandle: string, VisibilityTimeout: number) =>
  sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));

describe("the visibility of an expired handle", () => {
  it("C-10 · the emulator alone revives it, which is what the proxy is for", async () => {
    const direct = client(`http://127.0.0.1:${emulator.port}`);
    const url = await queue("standard");
    await send(url, "a");
    const [handle = ""] = await receive(url);

    later(11);
    await direct.send(
      new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: handle, VisibilityTimeout: 60 }),
    );

    expect(await receive(url)).toEqual([]);
    direct.destroy();
  });

  it.each(["standard", "fifo"] as const)("C-10 · answers 200 and has no effect (%s)", async (kind) => {
    const url = await queue(kind);
    await send(url, "a");
    const [handle = ""] = await receive(url);
    const before = rules.ignoredVisibility();

    later(11);
    const { $metadata } = await change(url, handle, 60);

    expect($metadata.httpStatusCode).toBe(200);
    expect(rules.ignoredVisibility()).toBe(before + 1);
    expect(await receive(url)).toHaveLength(1);
  });

  it("is not taken for one that was extended in time, given at the receive, or changed on the queue", async () => {
    const url = await queue("standard");
    for (const body of ["a", "b"]) await send(url, body);
    const [a = "", b = ""] = await receive(url);
    const before = rules.ignoredVisibility();

    later(8);
    await change(url, a, 10);
    later(8);
    await change(url, a, 10);
    expect(rules.ignoredVisibility()).toBe(before);
    await change(url, b, 10);
    expect(rules.ignoredVisibility()).toBe(before + 1);

    const [again = ""] = await receive(url, 30);
    later(20);
    await change(url, again, 1);
    expect(rules.ignoredVisibility()).toBe(before + 1);

    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { VisibilityTimeout: "100" } }),
    );
    later(2);
    const [longer = ""] = await receive(url);
    later(90);
    await change(url, longer, 1);
    expect(rules.ignoredVisibility()).toBe(before + 1);
  });

  it("of zero ends the handle at once", async () => {
    const url = await queue("standard");
    await send(url, "a");
    const [handle = ""] = await receive(url);
    const before = rules.ignoredVisibility();

    await change(url, handle, 0);
    await change(url, handle, 60);

    expect(rules.ignoredVisibility()).toBe(before + 1);
    expect(await receive(url)).toHaveLength(1);
  });

  it("in a batch is answered with the entries that are passed on, each under its own id", async () => {
    const url = await queue("standard");
    await send(url, "old");
    const [old = ""] = await receive(url);
    later(11);
    await send(url, "new");
    const fresh = await receive(url);
    const entry = (Id: string, ReceiptHandle: string) => ({ Id, ReceiptHandle, VisibilityTimeout: 60 });

    const { Successful, Failed } = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: [
          entry("old", old),
          entry("none", "no-such-handle"),
          ...fresh.map((one, n) => entry(`n${n}`, one)),
        ],
      }),
    );

    expect(Successful?.map(({ Id }) => Id).toSorted()).toEqual(["n0", "n1", "old"]);
    expect(Failed?.map(({ Id }) => Id)).toEqual(["none"]);
    later(50);
    expect(await receive(url)).toEqual([]);
    const alone = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: [entry("old", old)] }),
    );
    expect(alone.Successful?.map(({ Id }) => Id)).toEqual(["old"]);
  });

  it("is the emulator's to answer once the message is deleted", async () => {
    const url = await queue("standard");
    await send(url, "a");
    const [old = ""] = await receive(url);
    later(11);
    const [fresh = ""] = await receive(url);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: fresh }));

    await expect(change(url, old, 60)).rejects.toThrow(/does not exist or is not available/);
  });
});

describe("a delete with an expired handle", () => {
  it("is refused on a FIFO queue, and the message comes again", async () => {
    const url = await queue("fifo");
    await send(url, "a");
    const [handle = ""] = await receive(url);
    const before = rules.refusedDeletes();

    later(11);
    const refused = sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: handle }));

    await expect(refused).rejects.toMatchObject({
      name: "InvalidParameterValue",
      message: /ReceiptHandle is invalid. Reason: The receipt handle has expired/,
      $metadata: { httpStatusCode: 400 },
    });
    expect(rules.refusedDeletes()).toBe(before + 1);
    expect(await receive(url)).toHaveLength(1);
  });

  it("is refused by its id in a batch, and the others are deleted", async () => {
    const url = await queue("fifo");
    await send(url, "old");
    const [old = ""] = await receive(url);
    later(6);
    await send(url, "new");
    const [fresh = ""] = await receive(url);
    later(6);

    const { Successful, Failed } = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: "old", ReceiptHandle: old },
          { Id: "new", ReceiptHandle: fresh },
        ],
      }),
    );

    expect(Successful?.map(({ Id }) => Id)).toEqual(["new"]);
    expect(Failed).toEqual([
      {
        Id: "old",
        SenderFault: true,
        Code: "ReceiptHandleIsInvalid",
        Message: "The receipt handle has expired",
      },
    ]);
    later(20);
    expect(await receive(url)).toHaveLength(1);
  });

  it("is left to the emulator on a standard queue, and one in time is passed on", async () => {
    const url = await queue("standard");
    for (const body of ["a", "b"]) await send(url, body);
    const [a = "", b = ""] = await receive(url);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: a }));
    later(11);
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: b }));

    expect((await receive(url)).length).toBeLessThanOrEqual(1);
  });
});

describe("what passes through", () => {
  it("is counted per action and told with its expired handles; queue URLs point to the proxy", async () => {
    const url = await queue("standard");
    expect(new URL(url).origin).toBe(rules.url);
    await send(url, "a");
    const [handle = ""] = await receive(url);
    later(11);
    const before = { ...rules.calls() };
    await change(url, handle, 60);
    await receive(url);

    const name = new URL(url).pathname.split("/").at(-1) ?? "";
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: name }))).QueueUrl).toBe(url);
    expect((await sqs.send(new ListQueuesCommand({ QueueNamePrefix: name }))).QueueUrls).toEqual([url]);
    expect(rules.calls()["ReceiveMessage"]).toBe((before["ReceiveMessage"] ?? 0) + 1);
    expect(rules.calls()["ChangeMessageVisibility"]).toBe((before["ChangeMessageVisibility"] ?? 0) + 1);
    expect(calls.findLast(({ action }) => action === "ChangeMessageVisibility")?.expired).toEqual([handle]);
  });

  it("is refused when it is not the protocol, and an emulator that is gone is said", async () => {
    const response = await fetch(rules.url, { method: "POST", body: "Action=ListQueues" });
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining("JSON protocol")]);

    const nowhere = await startSqsRules({ endpoint: "http://127.0.0.1:9" });
    const lost = client(nowhere.url);
    await expect(lost.send(new ListQueuesCommand({}))).rejects.toMatchObject({
      name: "InternalFailure",
      $metadata: { httpStatusCode: 500 },
    });
    lost.destroy();
    await nowhere.close();
    await expect(startSqsRules({ endpoint: "" })).rejects.toThrow(/endpoint is the emulator's URL/);
  });
});
