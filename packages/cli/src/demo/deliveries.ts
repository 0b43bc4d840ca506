/** What the event source mapping saw of a side's deliveries: when each began and ended, and how. */

import type { BatchReport } from "@effectively-once/testkit/lambda";
import type { Message } from "@aws-sdk/client-sqs";
import type { Outcome } from "../logs/model.ts";

export interface SeenDelivery {
  readonly orderId: string;
  readonly messageId: string;
  readonly receiveCount: number;
  readonly startMs: number;
  /** Left out while it runs. */
  endMs?: number;
  /** Of the invocation. */
  outcome: Outcome;
  /** Nothing ran: the function had no room. */
  throttled: boolean;
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
  readonly #all: SeenDelivery[] = [];
  readonly #running = new Map<Message, SeenDelivery>();

  get count(): number {
    return this.#all.length;
  }

  began(message: Message): void {
    const delivery: SeenDelivery = {
      orderId: (JSON.parse(message.Body ?? "{}") as { orderId?: string }).orderId ?? "",
      messageId: message.MessageId ?? "",
      receiveCount: Number(message.Attributes?.ApproximateReceiveCount ?? 1),
      startMs: Date.now(),
      outcome: "unknown",
      throttled: false,
      failed: false,
      batch: 1,
    };
    this.#all.push(delivery);
    this.#running.set(message, delivery);
  }

  ended({ outcome, deliveries }: BatchReport): void {
    const endMs = Date.now();
    for (const { message, outcome: became } of deliveries) {
      const delivery = this.#running.get(message);
      this.#running.delete(message);
      if (!delivery) continue;
      delivery.endMs = endMs;
      delivery.outcome = OUTCOMES[outcome];
      delivery.throttled = OUTCOMES[outcome] === "unknown";
      delivery.failed = became === "reported";
      delivery.batch = deliveries.length;
    }
  }

  /** In the order in which they reached the function. */
  all(): readonly SeenDelivery[] {
    return [...this.#all];
  }
}
