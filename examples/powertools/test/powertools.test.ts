/** The example: one order sent twice, one that has no key; as EventBridge delivers them. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "effectively-once-powertools-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("G-05 · Powertools' processor, logger and metrics stay: a resend is done once, what has no key comes again", async () => {
  vi.stubEnv("ORDERS_DB", join(folder, "orders.db"));
  const { handler, store } = await import("../src/orders.ts");
  await store.setup();
  const record = (messageId: string, id: string, detail: object) => ({
    messageId,
    receiptHandle: messageId,
    body: JSON.stringify({ id, source: "shop", "detail-type": "OrderPlaced", detail }),
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: String(Date.now()),
      SenderId: "s",
      ApproximateFirstReceiveTimestamp: "1",
    },
    messageAttributes: {},
    md5OfBody: "",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-west-1:000000000000:orders",
    awsRegion: "eu-west-1",
  });
  const out: string[] = [];
  const write = vi
    .spyOn(process.stdout, "write")
    .mockImplementation((text: unknown) => out.push(String(text)) > 0);
  const errors = vi
    .spyOn(process.stderr, "write")
    .mockImplementation((text: unknown) => out.push(String(text)) > 0);
  const Records = [
    record("m1", "e1", { orderId: "o1", correlationId: "chain-1" }),
    record("m2", "e2", { orderId: "o1", correlationId: "chain-1" }),
    record("m3", "e3", {}),
  ];
  const reply = await handler({ Records }, { getRemainingTimeInMillis: () => 30_000 } as never);
  write.mockRestore();
  errors.mockRestore();
  await store.close();
  const lines = out
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

  expect(reply).toEqual({ batchItemFailures: [{ itemIdentifier: "m3" }] });
  expect(lines.filter(({ message }) => message === "order o1")).toMatchObject([
    { correlation_id: "chain-1" },
  ]);
  expect(lines.find((line) => "_aws" in line)).toMatchObject({ Orders: 1, service: "orders" });
});
