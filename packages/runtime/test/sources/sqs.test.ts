/** What the SQS source makes of records, and what it says of those it cannot use. */

import { gzipSync } from "node:zlib";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { Permanent, sqs } from "../../src/index.ts";
import { queueUrl } from "../../src/sources/sqs/transport.ts";
import { bench, event, failures, lambda, type Order, record, recordingClient } from "../engine/support.ts";

const { client } = recordingClient();
type Options = Parameters<typeof sqs<Order>>[0];

/** Delivers to a handler that notes the bodies it ran on. */
async function deliver(options: Partial<Options>, ...records: ReturnType<typeof record>[]) {
  const b = bench();
  const ran: unknown[] = [];
  const source = sqs<Order>({ key: (m) => m.body.orderId, client, heartbeat: false, ...options });
  const handler = b.once().handler(source, async (m) => void ran.push(m.body));
  const reply = await handler(event(...records), lambda());
  const said = b.events.flatMap((one) =>
    one.kind === "delivery"
      ? [{ ending: one.ending, error: one.error as { code: string; message: string } }]
      : [],
  );
  return { ran, failed: failures(reply), said, calls: b.calls };
}

describe("bodies", () => {
  it("F-14 · JSON and base64 of JSON are read; text, double-encoded JSON without the key, and gzip are each invalid by themselves", async () => {
    const json = JSON.stringify({ orderId: "a" });
    const { ran, failed, said } = await deliver(
      {},
      record("plain", json),
      record("base64", Buffer.from(JSON.stringify({ orderId: "b" })).toString("base64")),
      record("text", "order 42"),
      record("double", JSON.stringify(json)),
      record("gzip", gzipSync(json).toString("base64")),
    );

    expect(ran).toEqual([{ orderId: "a" }, { orderId: "b" }]);
    expect(failed).toEqual(["text", "double", "gzip"]);
    expect(said.slice(2).map(({ error }) => error.code)).toEqual([
      "invalid-body",
      "invalid-key",
      "invalid-body",
    ]);
    expect(said[2]?.error.message).toMatch(/not JSON.*`body` function/);
  });

  it("F-13 · a pointer of the extended client is never a key of its own: it is invalid until `body` fetches what it names", async () => {
    const pointer = (s3Key: string) =>
      JSON.stringify([
        "software.amazon.payloadoffloading.PayloadS3Pointer",
        { s3BucketName: "large", s3Key },
      ]);
    // The same order sent twice: each send uploads again and has another pointer.
    const records = [record("m1", pointer("0001")), record("m2", pointer("0002"))];
    const without = await deliver({ key: (m) => JSON.stringify(m.body) }, ...records);
    expect(without.ran).toEqual([]);
    expect(without.said[0]?.error.message).toMatch(/s3:\/\/large\/0001.*`body` function/);

    const fetched = await deliver(
      {
        body: async ({ body }) => {
          const [, target] = JSON.parse(body) as [string, { s3Key: string }];
          return { orderId: "a", amount: target.s3Key.length };
        },
      },
      ...records,
    );
    expect(fetched.ran).toEqual([{ orderId: "a", amount: 4 }]);
    expect(fetched.failed).toEqual([]);
  });

  it("F-13 · a body of one mebibyte has a key and a fingerprint like any other", async () => {
    const large = { orderId: "large", text: "x".repeat(1_000_000) };
    const { ran, failed } = await deliver({}, record("m1", large), record("m2", large));
    expect(ran).toHaveLength(1);
    expect(failed).toEqual([]);
  });

  it("F-14 · a `body` function that throws fails its own record, which comes again; Permanent makes it invalid", async () => {
    const { ran, failed, said, calls } = await deliver(
      {
        body: ({ messageId, body }) => {
          if (messageId === "net") throw new Error("S3 timed out");
          if (messageId === "never") throw new Permanent("the object is gone");
          return JSON.parse(body);
        },
      },
      record("net", {}),
      record("never", {}),
      record("ok", { orderId: "a" }),
    );
    expect(ran).toEqual([{ orderId: "a" }]);
    expect(failed).toEqual(["net", "never"]);
    expect(said.map(({ ending }) => ending)).toEqual(["failed", "invalid", "completed"]);
    expect(said[0]?.error.message).toContain("S3 timed out");
    expect(calls).toEqual(["claim", "complete"]);
  });

  it("F-14 · a body nested beyond walking is invalid by itself", async () => {
    const deep = `{"orderId":"deep","x":${"[".repeat(20_000)}${"]".repeat(20_000)}}`;
    const { failed, said } = await deliver({}, record("deep", deep), record("ok", { orderId: "a" }));
    expect(failed).toEqual(["deep"]);
    expect(said[0]).toMatchObject({ ending: "invalid", error: { code: "invalid-body" } });
  });
});

describe("schemas", () => {
  it.each([
    ["zod", z.object({ orderId: z.string(), amount: z.number().optional() })],
    ["valibot", v.object({ orderId: v.string(), amount: v.optional(v.number()) })],
  ])("a body that %s refuses is invalid, with the path and never the value", async (_name, schema) => {
    const secret = "4111111111111111";
    const { ran, failed, said, calls } = await deliver(
      { schema },
      record("bad", { orderId: "a", amount: secret }),
      record("ok", { orderId: "b", amount: 1 }),
    );
    expect(ran).toEqual([{ orderId: "b", amount: 1 }]);
    expect(failed).toEqual(["bad"]);
    expect(said[0]).toMatchObject({ ending: "invalid", error: { code: "invalid-schema" } });
    expect(said[0]?.error.message).toMatch(/amount/);
    expect(calls).toEqual(["claim", "complete"]);
  });

  it("a schema that throws has said nothing about the body: the record fails and comes again", async () => {
    const schema = {
      "~standard": {
        validate: () => {
          throw new Error("the registry is down");
        },
      },
    };
    const { failed, said } = await deliver({ schema }, record("m1", { orderId: "a" }));
    expect(failed).toEqual(["m1"]);
    expect(said[0]).toMatchObject({ ending: "failed", error: { code: "invalid-schema" } });
  });
});

describe("keys", () => {
  it("F-01 · F-02 · an empty part, an object, and a function that throws are each invalid, and say what was got", async () => {
    const keys: Record<string, () => unknown> = {
      empty: () => ["a", ""],
      object: () => ({ id: 1 }),
      throws: () => {
        throw new Error("no such field");
      },
      rounded: () => 9007199254740993,
    };
    const { failed, said, ran } = await deliver(
      { key: (m) => keys[m.messageId]?.() as string },
      ...Object.keys(keys).map((id) => record(id, { orderId: "a" })),
    );
    expect(ran).toEqual([]);
    expect(failed).toEqual(Object.keys(keys));
    expect(said.map(({ error }) => error.message)).toEqual([
      expect.stringMatching(/key part 2 of 2 is an empty string/),
      expect.stringMatching(/the key is a value of type object/),
      expect.stringMatching(/threw: no such field/),
      expect.stringMatching(/too large to be exact/),
    ]);
  });

  it("A-04 · a fingerprint function leaves out what differs in an honest resend", async () => {
    const { ran, failed } = await deliver(
      { fingerprint: (m) => [m.body.orderId, m.body.amount] },
      record("m1", { orderId: "a", amount: 1, sentAt: 1 }),
      record("m2", { orderId: "a", amount: 1, sentAt: 2 }),
      record("m3", { orderId: "a", amount: 2, sentAt: 2 }),
    );
    expect(ran).toHaveLength(1);
    expect(failed).toEqual(["m3"]);
  });
});

describe("options", () => {
  it.each([
    [{ concurrency: 0 }, /`concurrency` must be a whole number, 1 or more, got 0/],
    [{ concurrency: 1.5 }, /got 1.5/],
    [{ deadlineMarginMs: -1 }, /`deadlineMarginMs` must be a number of milliseconds, 0 or more, got -1/],
    [{ key: "messageId" }, /needs a key: a function of the message, or "message-id"; got a string/],
  ])("%j is refused by name", (options, sentence) => {
    expect(() => sqs({ key: () => "a", ...options } as never)).toThrow(sentence);
  });

  it("an ARN gives the queue's URL in every partition", () => {
    expect(queueUrl("arn:aws:sqs:eu-west-1:123456789012:orders")).toBe(
      "https://sqs.eu-west-1.amazonaws.com/123456789012/orders",
    );
    expect(queueUrl("arn:aws-cn:sqs:cn-north-1:123456789012:orders")).toBe(
      "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/orders",
    );
  });
});
