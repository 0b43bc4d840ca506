/** One run of `dev`, from the first message to Ctrl-C. */

import { setTimeout as sleep } from "node:timers/promises";
import {
  type BatchReport,
  type DeliveryReport,
  type EventSourceMapping,
  sqsEventSourceMapping,
} from "@effectively-once/testkit/lambda";
import type { Answer } from "../../command.ts";
import type { Call } from "../../options.ts";
import { Usage } from "../../usage.ts";
import { type DevFunction, startFunction } from "./function.ts";
import { messagesIn } from "./messages.ts";
import { type DevQueue, openQueue } from "./queue.ts";
import { devSettings } from "./settings.ts";

const POLL_MS = 300;
/** Empty this many times in a row: what a delete has just removed may still be counted. */
const EMPTY_TIMES = 2;

export async function runDev(call: Call): Promise<Answer> {
  const settings = devSettings(call);
  const outgoing = call.list("send").map((file) => ({ file, ...messagesIn(file) }));
  const { output } = call;
  for (const note of settings.notes) output.warn(note);
  for (const { file, bad } of outgoing)
    for (const { line, reason } of bad) output.warn(`${file}, line ${line} is not sent: ${reason}`);
  const queue = await openQueue(call, settings);
  const run = new Run(call, queue);
  const fn = startFunction({
    settings,
    region: call.aws().region ?? (queue.endpoint === undefined ? undefined : "us-east-1"),
    env: run.environment(),
    onLine: (text) => output.note(output.paint("dim", `  | ${text}`)),
    onWarning: ({ error }) => output.warn(`${error?.code ?? ""} ${error?.message ?? ""}`),
    onReload: (file) => output.note(`${file} has changed: the next batch runs the new code`),
  });
  let mapping: EventSourceMapping | undefined;
  try {
    await checkLoads(fn);
    mapping = sqsEventSourceMapping({
      sqs: queue.sqs,
      queueUrl: queue.url,
      lambda: fn,
      batchSize: settings.batchSize,
      batchingWindowMs: settings.batchingWindowSeconds * 1_000,
      ...(settings.maxConcurrency === undefined ? {} : { maxConcurrency: settings.maxConcurrency }),
      reportBatchItemFailures: settings.reportBatchItemFailures,
      onBatch: (batch) => run.batch(batch, fn),
      onError: (error) => output.warn(`the queue cannot be polled: ${String(error)}`),
    });
    output.note(`${settings.handler} polls ${queue.url}${queue.endpoint ? ` at ${queue.endpoint}` : ""}`);
    for (const { bodies } of outgoing) await queue.send(bodies);
    await run.until(call.flag("once"));
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new Usage(error.message);
    throw error;
  } finally {
    await mapping?.stop();
    await fn.close();
    await queue.close();
  }
  return { exitCode: call.flag("once") && run.failed() ? 1 : 0 };
}

/** A handler that cannot be loaded is named before the first message is received, and counts no receive. */
async function checkLoads(fn: DevFunction): Promise<void> {
  const result = await fn.invoke({ Records: [] });
  if (result.outcome === "init-error") throw new Usage(`the handler does not load: ${result.error.message}`);
}

class Run {
  readonly #call: Call;
  readonly #queue: DevQueue;
  /** The last outcome of each message. */
  readonly #last = new Map<string, DeliveryReport["outcome"] | "lost">();
  #dead = 0;

  constructor(call: Call, queue: DevQueue) {
    this.#call = call;
    this.#queue = queue;
  }

  /** The handler's own SQS calls go where this queue is. */
  environment(): Readonly<Record<string, string>> {
    const { AWS_ACCESS_KEY_ID, AWS_PROFILE } = process.env;
    const { endpoint } = this.#queue;
    if (endpoint === undefined) return {};
    const found: Record<string, string> = { AWS_ENDPOINT_URL_SQS: endpoint };
    if (!AWS_ACCESS_KEY_ID && !AWS_PROFILE) {
      found["AWS_ACCESS_KEY_ID"] = "local";
      found["AWS_SECRET_ACCESS_KEY"] = "local";
    }
    return found;
  }

  batch(batch: BatchReport, fn: DevFunction): void {
    const { output } = this.#call;
    for (const delivery of batch.deliveries) {
      const { messageId, receiveCount, outcome, lost, reason } = delivery;
      const told = fn.told(messageId);
      this.#last.set(messageId, lost ? "lost" : outcome);
      const error = told?.error?.message ?? (outcome === "deleted" ? undefined : batch.error?.message);
      const verdict =
        told?.verdict ?? told?.ending ?? (batch.outcome === "success" ? outcome : batch.outcome);
      const data = {
        at: new Date().toISOString(),
        messageId,
        receiveCount,
        verdict: told?.verdict ?? null,
        origin: told?.origin ?? null,
        ending: told?.ending ?? null,
        key: told?.key ?? null,
        invocation: batch.outcome,
        outcome: lost ? "lost" : outcome,
        durationMs: Math.round(batch.durationMs),
        error: error ?? reason ?? null,
      };
      const good = outcome === "deleted" && !lost;
      const line = [
        data.at.slice(11, 23),
        messageId.slice(0, 8),
        `receive ${receiveCount}`,
        output.paint(good ? "green" : "yellow", verdict.padEnd(10)),
        told?.ending !== undefined && told.ending !== told.verdict ? told.ending : "",
        lost ? "deleted although reported: lost" : good ? "deleted" : "comes again",
        error === undefined ? "" : `(${error})`,
      ];
      output.record(data, line.filter((part) => part !== "").join("  "));
    }
  }

  /** Until Ctrl-C, or until the queue is empty. */
  async until(once: boolean): Promise<void> {
    const { interrupted, output } = this.#call;
    for (let empty = 0; !interrupted.aborted && !(once && empty >= EMPTY_TIMES);) {
      await sleep(POLL_MS, undefined, { signal: interrupted }).catch(() => {});
      for (const messageId of await this.#queue.dead()) {
        this.#dead += 1;
        output.record(
          { at: new Date().toISOString(), messageId, outcome: "dead-letter" },
          `${messageId.slice(0, 8)}  ${output.paint("red", "in the dead-letter queue")}`,
        );
      }
      if (once) empty = (await this.#queue.left()) === 0 ? empty + 1 : 0;
    }
  }

  failed(): boolean {
    return this.#dead > 0 || [...this.#last.values()].some((outcome) => outcome !== "deleted");
  }
}
