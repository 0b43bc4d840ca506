/** Where a correlation id is read from, and that each message keeps its own (C-16, F-16). */

import { describe, expect, it } from "vitest";
import { outgoing, readCorrelation } from "../src/correlation.ts";
import { sqs } from "../src/index.ts";
import { bench, event, lambda, type Order, record } from "./engine/support.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;

describe("where it is read from", () => {
  it.each([
    ["an attribute", { attributes: { correlationId: "a" } }, "a"],
    ["an attribute of another spelling", { attributes: { "Correlation-ID": "a" } }, "a"],
    ["an HTTP header", { attributes: { "x-correlation-id": "a", traceparent } }, "a"],
    ["a field of the detail", { detail: { correlationId: "d" }, attributes: { traceparent } }, "d"],
    ["the metadata of the detail", { detail: { metadata: { correlation_id: "d" } } }, "d"],
    ["baggage", { attributes: { baggage: "user=1, correlationId=b%201;p=1", traceparent } }, "b_1"],
    ["traceparent", { attributes: { traceparent }, traceHeader: "Root=1-2-3" }, TRACE],
    ["X-Ray's header", { traceHeader: "Root=1-67891233-abc;Parent=5;Sampled=1" }, "1-67891233-abc"],
    ["X-Ray's HTTP header", { attributes: { "X-Amzn-Trace-Id": "Self=1;Root=1-2-3" } }, "1-2-3"],
    ["nowhere", { attributes: { other: "x", correlationId: "" }, detail: "text" }, undefined],
    [
      "not a trace of zeros",
      { attributes: { traceparent: `00-${"0".repeat(32)}-b7ad6b7169203331-01` } },
      undefined,
    ],
  ])("%s", (_where, places, id) => {
    expect(readCorrelation(places).id).toBe(id);
  });

  it("F-16 · an id with line breaks, control characters or of great length goes on as one safe word", () => {
    const { id } = readCorrelation({
      attributes: { correlationId: `a\n{"level":"ERROR"} \u001b[31m${"x".repeat(500)}` },
    });

    expect(id).toMatch(/^[\x21-\x7e]{128}$/);
    expect(id).toMatch(/^a_\{"level":"ERROR"\}__\[31mx/);
  });

  it("trace context goes on as it came, and only when it is well-formed", () => {
    const good = readCorrelation({ attributes: { traceparent, tracestate: "a=1", baggage: "b=2" } });
    const bad = readCorrelation({
      attributes: { traceparent: "00-x\r\nSet-Cookie: 1", tracestate: "a=1", baggage: "b=\n2" },
    });

    expect(outgoing("id", good.carrier)).toEqual([
      ["correlationId", "id"],
      ["traceparent", traceparent],
      ["baggage", "b=2"],
      ["tracestate", "a=1"],
    ]);
    expect(outgoing("id", bad.carrier)).toEqual([["correlationId", "id"]]);
  });
});

describe("whose it is", () => {
  it("C-16 · several records and several invocations at once in one process: each message has its own, on every event", async () => {
    const b = bench();
    const once = b.once();
    const seen = new Map<string, Set<string>>();
    const handler = once.handler(
      sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }),
      async (m, ctx) => {
        const ids = seen.get(m.body.orderId) ?? new Set();
        seen.set(m.body.orderId, ids.add(ctx.correlationId));
        for (let turn = 0; turn < 5; turn += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          ids.add(once.context()?.correlationId ?? "none");
          const inner = await once.run([m.body.orderId, turn], async (nested) => nested.correlationId);
          if (inner.ran) ids.add(inner.value);
        }
      },
    );
    const batches = Array.from({ length: 4 }, (_, batch) =>
      event(
        ...Array.from({ length: 5 }, (_none, index) => {
          const orderId = `o${batch}-${index}`;
          return {
            ...record(`m-${orderId}`, { orderId }),
            messageAttributes: { correlationId: { stringValue: `chain-${orderId}` } },
          };
        }),
      ),
    );
    await Promise.all(batches.map((batch) => handler(batch, lambda())));

    expect(seen.size).toBe(20);
    for (const [orderId, ids] of seen) expect([...ids]).toEqual([`chain-${orderId}`]);
    for (const said of b.events)
      if (said.kind === "delivery" && said.messageId) expect(said.correlationId).toBe(`chain-${said.key}`);
    expect(once.context()).toBeUndefined();
    const kept = [];
    for await (const one of b.store.list({ scope: "test/default" }))
      kept.push([one.label, one.correlationId]);
    expect(kept.length).toBe(20);
    for (const [label, id] of kept) expect(id).toBe(`chain-${label}`);
  });

  it("without one, every delivery of a key has the same", async () => {
    const b = bench();
    const handler = b
      .once()
      .handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), async () => {});
    await handler(event(record("m1", { orderId: "o" })), lambda());
    await handler(event(record("m2", { orderId: "o" })), lambda());

    const ids = b.events.flatMap((said) => (said.kind === "delivery" ? [said.correlationId] : []));
    expect(ids.length).toBe(2);
    expect(new Set(ids).size).toBe(1);
  });
});
