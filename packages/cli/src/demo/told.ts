/** What the guard tells of a delivery, on its way from a consumer's process to the demo's own. */

import type { DeliveryEvent } from "@effectively-once/runtime";

export interface ToldDelivery extends Pick<
  DeliveryEvent,
  | "messageId"
  | "receiveCount"
  | "verdict"
  | "origin"
  | "ending"
  | "attempt"
  | "durationMs"
  | "acknowledged"
  | "leaseLeftMs"
  | "visibilityLeftMs"
> {
  readonly endMs: number;
}

export function toldOf(event: DeliveryEvent): ToldDelivery {
  const { messageId, receiveCount, verdict, origin, ending, attempt, durationMs } = event;
  const { acknowledged, leaseLeftMs, visibilityLeftMs } = event;
  return {
    messageId,
    receiveCount,
    verdict,
    origin,
    ending,
    attempt,
    durationMs,
    acknowledged,
    leaseLeftMs,
    visibilityLeftMs,
    endMs: Date.now(),
  };
}

/** Out of what a consumer's process has sent. */
export function toldIn(message: unknown): ToldDelivery | undefined {
  return typeof message === "object" && message !== null && "told" in message
    ? (message.told as ToldDelivery)
    : undefined;
}
