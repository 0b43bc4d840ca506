/** Why a message came again: from how the delivery before it ended, and from the time between, against the visibility timeout. */

import type { Cause, Context, Delivery, Judged } from "./model.ts";

/** How far a poller's receive and its first line lie apart at most, by experience of nobody: generous. */
const SLACK_MS = 2_000;
/** From so many failed receives on, a message that comes back under a new id has most likely been redriven. */
const REDRIVE_RECEIVES = 3;

export function causeOf(
  { delivery, verdict, gapMs }: Omit<Judged, "cause">,
  earlier: readonly Delivery[],
  context: Context,
): Cause | undefined {
  const same = earlier.findLast(
    ({ messageId }) => messageId !== undefined && messageId === delivery.messageId,
  );
  const before = same ?? earlier.at(-1);
  if (before === undefined || gapMs === undefined) return undefined;
  if (delivery.invocation !== undefined && delivery.invocation.retry > 0) return "async-retry";
  if (delivery.messageId === undefined || before.messageId === undefined) return "unknown";
  if (same === undefined) return resendCause(verdict, earlier);
  return redeliveryCause(delivery, same, verdict, context);
}

/** Another message with the same key. */
function resendCause(verdict: Judged["verdict"], earlier: readonly Delivery[]): Cause {
  const receives = Math.max(...earlier.map(({ receiveCount }) => receiveCount ?? 1), earlier.length);
  // What a dead-letter queue gives back has a new id; nobody sends again what was never done, after so many tries.
  if ((verdict === "retry" || verdict === "takeover") && receives >= REDRIVE_RECEIVES) return "redrive";
  return "producer-retry";
}

function redeliveryCause(
  delivery: Delivery,
  before: Delivery,
  verdict: Judged["verdict"],
  { visibilityTimeoutSeconds }: Context,
): Cause {
  const { invocation } = before;
  if (verdict === "takeover") return "killed";
  if (verdict === "retry") {
    // One message has failed and the whole batch comes again, with all that had succeeded.
    const whole = invocation !== undefined && invocation.outcome === "error" && invocation.deliveries > 1;
    return whole && !before.failed ? "partial-responses-off" : "failure-retry";
  }
  if (verdict === "unknown") return "unknown";
  const [count, next] = [before.receiveCount, delivery.receiveCount];
  if (count !== undefined && count === next) return "queue-duplicate";
  const startedMs = before.invocation?.startMs ?? before.atMs;
  const endedMs = before.invocation?.endMs ?? before.told?.endMs ?? before.atMs;
  // The visibility runs from the receive: what passed before the handler began is taken from it.
  const receivedMs =
    count === 1 && before.firstReceivedAtMs !== undefined ? before.firstReceivedAtMs : startedMs;
  if (visibilityTimeoutSeconds === undefined)
    return overlaps(delivery, endedMs) ? "visibility-expired" : "unknown";
  const expiresMs = receivedMs + visibilityTimeoutSeconds * 1_000;
  if (endedMs + SLACK_MS < expiresMs) return "unknown";
  if (endedMs - startedMs >= visibilityTimeoutSeconds * 1_000) return "visibility-expired";
  // The run alone would have fitted in: the time before it did not.
  const throttled = count !== undefined && next !== undefined && next > count + 1;
  return throttled ? "throttling" : receivedMs < startedMs ? "batching-window" : "visibility-expired";
}

function overlaps({ atMs }: Delivery, endedMs: number): boolean {
  return atMs < endedMs;
}
