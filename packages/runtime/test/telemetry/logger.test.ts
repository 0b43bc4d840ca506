/** Events and the user's own lines in the user's own logger (C-16, F-15, F-16). */

import { Logger } from "@aws-lambda-powertools/logger";
import { BatchProcessor, EventType, processPartialResponse } from "@aws-lambda-powertools/batch";
import { recordHandler } from "@effectively-once/runtime/powertools-batch";
import { correlated, correlationFields, loggerSink, sinks } from "@effectively-once/runtime/telemetry";
import { pino } from "pino";
import { describe, expect, it, vi } from "vitest";
import { sqs } from "../../src/index.ts";
import { bench, event, lambda, type Order, record } from "../engine/support.ts";
import { everyKind, SECRET } from "./support.ts";

/** Every line that is written to console while `fn` runs. */
async function consoleLines(fn: () => Promise<unknown>): Promise<string[]> {
  const lines: string[] = [];
  const spies = (["debug", "info", "warn", "error", "log"] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((...args: unknown[]) => {
      lines.push(args.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(" "));
    }),
  );
  // Powertools makes a console of its own.
  const streams = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, "write").mockImplementation((text: unknown) => {
      lines.push(String(text).trimEnd());
      return true;
    }),
  );
  try {
    await fn();
  } finally {
    for (const spy of streams) spy.mockRestore();
    for (const spy of spies) spy.mockRestore();
  }
  return lines;
}

function pinoLines() {
  const lines: string[] = [];
  const log = pino(
    { level: "debug", mixin: correlationFields },
    { write: (line: string) => void lines.push(line) },
  );
  return { log, lines };
}

describe("events as lines", () => {
  it("pino: failures and what is held are errors, a duplicate is not", async () => {
    const { log, lines } = pinoLines();
    await everyKind(loggerSink(log, { style: "fields-first" }), false);
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);

    expect(parsed.map(({ level, ending }) => [pino.levels.labels[Number(level)], ending])).toEqual([
      ["debug", "completed"],
      ["debug", "completed"],
      ["error", "failed"],
      ["info", "duplicate"],
      ["info", "duplicate"],
      ["error", "mismatch"],
      ["error", "invalid"],
    ]);
    expect(parsed[3]).toMatchObject({
      verdict: "duplicate",
      origin: "redelivery",
      receive_count: 3,
      message_id: "m1",
    });
  });

  it.each(["pino", "Powertools", "console"])(
    "F-15 · F-16 · %s: no payload, no sentence of others, one line per event, control characters replaced",
    async (which) => {
      const { log, lines } = pinoLines();
      const powertools = new Logger({ serviceName: "s", logLevel: "DEBUG" });
      const own = await consoleLines(() =>
        everyKind(
          which === "pino"
            ? loggerSink(log, { style: "fields-first" })
            : loggerSink(which === "Powertools" ? powertools : console),
        ),
      );
      const all = [...lines.map((line) => line.trimEnd()), ...own];

      expect(all.length).toBeGreaterThanOrEqual(7);
      for (const line of all) {
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(line).not.toMatch(new RegExp(`${SECRET}|declined`));
      }
    },
  );

  it("F-15 · the sentences of errors only when they are asked for, as one line", async () => {
    const { log, lines } = pinoLines();
    await everyKind(loggerSink(log, { style: "fields-first", errorMessages: true }), false);

    const failed = JSON.parse(lines[2] ?? "") as Record<string, string>;
    expect(failed["error_message"]).toBe(`card ${SECRET} was declined\uFFFDby the bank`);
    expect(lines[2]).not.toContain("cause");
  });

  it("a sink that throws keeps no other from hearing", async () => {
    const { log, lines } = pinoLines();
    const loud = sinks(
      () => {
        throw new Error("broken sink");
      },
      loggerSink(log, { style: "fields-first" }),
    );
    await consoleLines(() => everyKind(loud, false));

    expect(lines.length).toBe(7);
  });
});

describe("the user's own lines", () => {
  it("C-16 · pino, Powertools Logger and console carry each the id of the message in hand, records beside each other", async () => {
    const b = bench();
    const { log, lines } = pinoLines();
    const powertools = correlated(new Logger({ serviceName: "s" }));
    const plain = correlated(console);
    const handler = b
      .once({ onEvent: () => {} })
      .handler(sqs<Order>({ key: (m) => m.body.orderId, heartbeat: false }), async (m) => {
        for (let turn = 0; turn < 3; turn += 1) {
          await new Promise((resolve) => setImmediate(resolve));
          log.info(`pino ${m.body.orderId}`);
          powertools.info(`powertools ${m.body.orderId}`);
          plain.info(`console ${m.body.orderId}`);
        }
      });
    const records = ["o1", "o2", "o3"].map((orderId) => ({
      ...record(`m-${orderId}`, { orderId }),
      messageAttributes: { correlationId: { stringValue: `chain-${orderId}` } },
    }));
    const own = await consoleLines(async () => {
      await Promise.all([
        handler(event(...records.slice(0, 2)), lambda()),
        handler(event(...records.slice(2)), lambda()),
      ]);
      plain.info("console outside");
    });
    const all = [...lines, ...own].filter((line) => /o[123]/.test(line));

    expect(all.length).toBe(27);
    for (const line of all) {
      const [, order] = /(?:pino|powertools|console) (o[123])/.exec(line) ?? [];
      expect(line).toContain(`"correlation_id":"chain-${order}"`);
    }
    expect(own.at(-1)).toBe("console outside");
  });
});

describe("Powertools Batch", () => {
  it("its processor stays: what is done is deleted, what failed comes again, a duplicate is done", async () => {
    const b = bench();
    const ran: string[] = [];
    const onRecord = recordHandler(
      b.once(),
      { key: (m) => (m.body as Order).orderId, heartbeat: false },
      async (m) => {
        const { orderId } = m.body as Order;
        ran.push(orderId);
        if (orderId === "bad") throw new Error("no");
      },
    );
    const processor = new BatchProcessor(EventType.SQS);
    const records = [
      record("m1", { orderId: "a" }),
      record("m2", { orderId: "bad" }),
      record("m3", { orderId: "a" }),
    ].map((one) => ({ ...one, awsRegion: "eu-west-1", md5OfBody: "" }));
    const reply = await processPartialResponse({ Records: records } as never, onRecord as never, processor, {
      context: lambda() as never,
    });

    expect(reply).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
    expect(ran.toSorted()).toEqual(["a", "bad"]);
  });
});
