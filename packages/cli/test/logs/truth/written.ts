/** What is left of an invocation when it is over, and at which instants things begin and end. */

import type { Arrived, Ran } from "./definition.ts";
import type { LiveInvocation } from "./live.ts";

export function ranOf(invocation: LiveInvocation): Ran {
  return {
    requestId: invocation.requestId,
    stream: invocation.stream,
    function: invocation.function,
    version: invocation.version,
    startMs: invocation.startMs,
    endMs: invocation.endMs,
    outcome: invocation.outcome,
    arrivals: invocation.lives.map(({ message, receive, truth, named, told }): Arrived => ({
      key: message.key,
      messageId: message.id,
      receiveCount: truth.receiveCount === undefined ? undefined : receive,
      sentAtMs: message.sentAtMs,
      firstReceivedAtMs: message.firstReceivedAtMs,
      source: message.source,
      atMs: truth.atMs,
      named,
      told,
    })),
  };
}

/** Some way into its run, and not at its end. */
export function mayBeCut({ lives, startMs, endMs }: LiveInvocation, nowMs: number): boolean {
  return lives.length > 0 && nowMs > startMs + 10 && endMs > nowMs + 2;
}

export function odd(ms: number): number {
  const whole = Math.ceil(ms);
  return whole % 2 === 0 ? whole + 1 : whole;
}

export function even(ms: number): number {
  const whole = Math.ceil(ms);
  return whole % 2 === 0 ? whole : whole + 1;
}
