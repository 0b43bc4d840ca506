/** The source's own calls to SQS, through the real SDK client against a local endpoint that answers as SQS does. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { sqs } from "../../src/index.ts";
import { bench, event, failures, lambda, type Order, record } from "../engine/support.ts";

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: object;
}
let server: Server | undefined;
let sdk: SQSClient | undefined;
afterEach(() => {
  sdk?.destroy();
  server?.closeAllConnections();
  server?.close();
  vi.unstubAllEnvs();
});

/** An endpoint that speaks the SQS JSON protocol, and the actions it was asked for. */
async function endpoint(answer: (action: string, input: Record<string, unknown>) => Answer) {
  const actions: string[] = [];
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const action = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
      actions.push(action);
      const { status, type, body } = answer(action, JSON.parse(text) as Record<string, unknown>);
      const headers = type ? { "x-amzn-errortype": type } : {};
      response
        .writeHead(status, { "content-type": "application/x-amz-json-1.0", ...headers })
        .end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sdk = new SQSClient({
    endpoint: url,
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
    maxAttempts: 1,
  });
  return { actions, client: sdk, url };
}

function slowly(client: SQSClient, told: (reason: unknown) => void = () => {}) {
  const b = bench();
  const source = sqs<Order>({ key: (m) => m.body.orderId, client });
  const handler = b.once({ leaseMs: 300 }).handler(source, async (_m, ctx) => {
    ctx.signal.addEventListener("abort", () => told(ctx.signal.reason));
    await new Promise((resolve) => setTimeout(resolve, 350));
  });
  return { ...b, handler };
}

describe("the heartbeat's visibility", () => {
  it("a role without the permission is told of once, by name, and is not asked again; the message completes", async () => {
    const { actions, client } = await endpoint(() => ({
      status: 403,
      type: "AccessDeniedException",
      body: { message: "User is not authorized to perform: sqs:changemessagevisibility" },
    }));
    const w = slowly(client);

    expect(failures(await w.handler(event(record("m1", { orderId: "a" })), lambda()))).toEqual([]);
    await w.handler(event(record("m2", { orderId: "b" })), lambda());

    expect(actions).toEqual(["ChangeMessageVisibilityBatch"]);
    const said = w.events.filter((one) => one.kind === "warning").map(({ error }) => error);
    expect(said).toMatchObject([{ code: "visibility-permission" }]);
    expect(said[0]?.message).toMatch(/Allow it to the function's role: Lambda's managed SQS role does not/);
    expect(w.endings()).toEqual(["completed", "completed"]);
  });

  it("C-10 · a handle that SQS no longer knows tells the handler to stop, and the message is reported", async () => {
    const { client } = await endpoint((_action, { Entries }) => ({
      status: 200,
      body: {
        Successful: [],
        Failed: (Entries as readonly { Id: string }[]).map(({ Id }) => ({
          Id,
          Code: "ReceiptHandleIsInvalid",
          SenderFault: true,
        })),
      },
    }));
    let reason: unknown;
    const w = slowly(client, (given) => (reason = given));

    expect(failures(await w.handler(event(record("m1", { orderId: "a" })), lambda()))).toEqual(["m1"]);
    expect(reason).toMatchObject({ code: "fenced" });
    expect(w.endings()).toEqual(["fenced"]);
  });

  it("C-10 · an entry that failed for SQS's own reasons says nothing about the message", async () => {
    const { client } = await endpoint((_action, { Entries }) => ({
      status: 200,
      body: {
        Successful: [],
        Failed: (Entries as readonly { Id: string }[]).map(({ Id }) => ({
          Id,
          Code: "InternalError",
          SenderFault: false,
        })),
      },
    }));
    const w = slowly(client);

    expect(failures(await w.handler(event(record("m1", { orderId: "a" })), lambda()))).toEqual([]);
  });

  it("a wrong endpoint is told of once and costs no message", async () => {
    const { client } = await endpoint(() => ({ status: 200, body: {} }));
    await new Promise((resolve) => server?.close(resolve));
    const w = slowly(client);

    expect(failures(await w.handler(event(record("m1", { orderId: "a" })), lambda()))).toEqual([]);
    expect(w.warnings()).toEqual(["queue-unreachable"]);
  });
});

describe("what is not acknowledged", () => {
  it("is moved to where the endpoint of the environment says, with the ARN's account and name", async () => {
    const seen: unknown[] = [];
    const { client, url } = await endpoint((_action, input) => {
      seen.push(input);
      return { status: 200, body: { Successful: [], Failed: [] } };
    });
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", url);
    const b = bench();
    const source = sqs<Order>({
      key: (m) => m.body.orderId,
      client,
      heartbeat: false,
      backoff: (attempt) => attempt * 60_000,
    });
    const handler = b.once().handler(source, async () => {
      throw new Error("no");
    });

    await handler(event(record("m1", { orderId: "a" })), lambda());
    await handler(event(record("m1", { orderId: "a" })), lambda());

    expect(seen).toMatchObject([
      { QueueUrl: `${url}/000000000000/orders`, Entries: [{ VisibilityTimeout: 60 }] },
      { Entries: [{ VisibilityTimeout: 120 }] },
    ]);
  });
});
