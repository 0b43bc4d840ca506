/** One batch, from the messages received to the deletes: the invocation, its retries while throttled, what becomes of each message. */

import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "@aws-sdk/client-sqs";
import { Groups } from "./groups.ts";
import type {
  BatchReport,
  DeliveryReport,
  EventSourceMappingOptions,
  MappingSettings,
} from "./mapping-options.ts";
import type { Queue, QueueFacts } from "./queue.ts";
import { recordOf } from "./records.ts";
import { type Judgement, judge } from "./reply.ts";
import { type InvokeResult, named } from "./results.ts";

export interface Received {
  readonly messages: readonly Message[];
  /** On the monotonic clock, when the first of them came: their visibility timeouts run from then at the earliest. */
  readonly receivedAtMs: number;
}

const FIRST_THROTTLE_PAUSE_MS = 100;
const LONGEST_THROTTLE_PAUSE_MS = 5_000;

export class Batches {
  readonly #options: EventSourceMappingOptions;
  readonly #settings: MappingSettings;
  readonly #queue: Queue;
  readonly #stopping: AbortSignal;
  readonly #groups = new Groups();

  constructor(
    options: EventSourceMappingOptions,
    settings: MappingSettings,
    queue: Queue,
    stopping: AbortSignal,
  ) {
    this.#options = options;
    this.#settings = settings;
    this.#queue = queue;
    this.#stopping = stopping;
  }

  async run(received: Received): Promise<void> {
    const facts = await this.#queue.facts();
    const leftMs = (): number => received.receivedAtMs + facts.visibilityMs - performance.now();
    if (!this.#settings.fifo) return this.#start(received, facts, leftMs);
    const names = new Set(received.messages.map((message) => groupOf(message) ?? ""));
    // Once their visibility is over the queue hands these messages out again, so that this batch is not to start any more.
    const over = AbortSignal.any([this.#stopping, AbortSignal.timeout(Math.max(0, Math.ceil(leftMs())))]);
    const giveBack = await this.#groups.take(names, over);
    if (!giveBack) {
      this.#report(
        received,
        { outcome: "not-started", error: undefined, ran: undefined },
        undefined,
        new Map(),
      );
      return;
    }
    try {
      await this.#start(received, facts, leftMs);
    } finally {
      giveBack();
    }
  }

  async #start(received: Received, facts: QueueFacts, leftMs: () => number): Promise<void> {
    const { messages } = received;
    const { onDelivery } = this.#options;
    for (const message of messages) quietly("onDelivery", () => onDelivery?.(message));
    const result = await this.#invoke(messages, facts, leftMs);
    const judgement = judge(messages, result, this.#settings.reports);
    const failed = await this.#queue.delete(judgement.done);
    const error = result.outcome === "success" ? undefined : result.error;
    this.#report(received, { outcome: result.outcome, error, ran: result.ran }, judgement, failed);
  }

  /** Lambda tries a throttled batch again until its messages' visibility timeout is over, and then leaves them to it. */
  async #invoke(
    messages: readonly Message[],
    facts: QueueFacts,
    leftMs: () => number,
  ): Promise<InvokeResult> {
    const event = { Records: messages.map((message) => recordOf(message, facts.arn)) };
    for (
      let pauseMs = FIRST_THROTTLE_PAUSE_MS;
      ;
      pauseMs = Math.min(pauseMs * 2, LONGEST_THROTTLE_PAUSE_MS)
    ) {
      const result = await this.#once(event);
      if (result.outcome !== "throttled" || leftMs() <= pauseMs || this.#stopping.aborted) return result;
      await sleep(pauseMs * (0.5 + Math.random() / 2), undefined, { signal: this.#stopping }).catch(() => {});
    }
  }

  /** A function that cannot be invoked at all (it was shut down) has failed. */
  async #once(event: object): Promise<InvokeResult> {
    try {
      return await this.#options.lambda.invoke(event);
    } catch (error) {
      const said = error instanceof Error ? named(error.name, error.message) : named("Error", String(error));
      return { outcome: "crash", error: said };
    }
  }

  #report(
    { messages, receivedAtMs }: Received,
    ended: Pick<BatchReport, "outcome" | "error" | "ran">,
    judgement: Judgement | undefined,
    failed: ReadonlyMap<Message, string>,
  ): void {
    const { onBatch } = this.#options;
    if (!onBatch) return;
    const deliveries = messages.map((message): DeliveryReport => {
      const done = judgement?.done.includes(message) === true;
      const reported = judgement?.reported.includes(message) === true;
      const reason = failed.get(message);
      const kept = reported ? "reported" : "kept";
      return {
        message,
        messageId: message.MessageId ?? "",
        receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
        groupId: groupOf(message),
        outcome: done ? (reason === undefined ? "deleted" : "delete-failed") : kept,
        reason,
        lost: done && reported && reason === undefined,
      };
    });
    quietly("onBatch", () => onBatch({ ...ended, durationMs: performance.now() - receivedAtMs, deliveries }));
  }
}

function groupOf(message: Message): string | undefined {
  return message.Attributes?.MessageGroupId;
}

/** A listener that throws must not change what becomes of a message. */
function quietly(what: string, call: () => void): void {
  try {
    call();
  } catch (error) {
    console.error(`sqsEventSourceMapping: ${what} threw`, error);
  }
}
