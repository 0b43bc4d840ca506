/** What the event source mapping saw of a side's deliveries: when each began and ended, and how. */

import type { BatchReport } from "@effectively-once/testkit/lambda";
import type { Message } from "@aws-sdk/client-sqs";
import type { Outcome } from "../logs/model.ts";

export interface SeenDelivery {
  readonly orderId: string;
  readonly messageId: string;
  readonly receiveCount: number;
  /** When its handler began, once it has ended: an environment may have had to be started before. */
  startMs: number;
  /** Left out while it runs. */
  endMs?: number;
  /** Of the invocation. */
  outcome: Outcome;
  /** The message itself was named as failed. */
  failed: boolean;
  /** How many messages the invocation was given. */
  batch: number;
}

const OUTCOMES: Readonly<Record<BatchReport["outcome"], Outcome>> = {
  success: "success",
  error: "error",
  "init-error": "error",
  timeout: "timeout",
  crash: "crash",
  throttled: "unknown",
  "too-large": "unknown",
  "not-started": "unknown",
};

export class Deliveries {
  readonly #all = new Set<SeenDelivery>();
  readonly #running = new Map<Message, SeenDelivery>();

  get count(): number {
    return this.#all.size;
  }

  /** How many have not ended: what they do yet is in no ledger. */
  get running(): number {
    return this.#running.size;
  }

  began(message: Message): void {
    const delivery: SeenDelivery = {
      orderId: (JSON.parse(message.Body ?? "{}") as { orderId?: string }).orderId ?? "",
      messageId: message.MessageId ?? "",
      receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
      startMs: Date.now(),
      outcome: "unknown",
      failed: false,
      batch: 1,
    };
    this.#all.add(delivery);
    this.#running.set(message, delivery);
  }

  ended({ outcome, deliveries, ran }: BatchReport): void {
    for (const { message, outcome: became } of deliveries) {
      const delivery = this.#running.get(message);
      this.#running.delete(message);
      if (!delivery) continue;
      // It never came to its handler: throttled, or its process had gone before.
      if (!ran) this.#all.delete(delivery);
      delivery.startMs = ran?.fromMs ?? delivery.startMs;
      delivery.endMs = ran?.toMs;
      delivery.outcome = OUTCOMES[outcome];
      delivery.failed = became === "reported";
      delivery.batch = deliveries.length;
    }
  }

  /** In the order in which they reached the handler. */
  all(): readonly SeenDelivery[] {
    return [...this.#all].toSorted((left, right) => left.startMs - right.startMs);
  }
}
