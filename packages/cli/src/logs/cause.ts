/** Why a message came again: from how the delivery before it ended, and from the time between, against the visibility timeout. */

import { abandonedOf, Abandoned } from "./abandoned.ts";
import { receivedAtMs } from "./harm.ts";
import type { Cause, Context, Delivery, Judged } from "./model.ts";
import { KILLED, SLACK_MS, traitsOf } from "./trace.ts";

/** Lambda gathers a batch for this long at most. */
const MAX_WINDOW_SECONDS = 300;
/** A run that is cut off so near to a deployment was most likely cut off by it. */
const DEPLOYMENT_MS = 60_000;

type Unexplained = Omit<Judged, "cause">;

/** Goes through the deliveries of one key once, in their order. */
export class History {
  readonly #context: Context;
  readonly #abandoned: Abandoned;
  readonly #messages = new Map<string, Judged>();
  #last: Judged | undefined;

  constructor(deliveries: readonly Delivery[], context: Context) {
    this.#context = context;
    this.#abandoned = new Abandoned(abandonedOf(deliveries), context.visibilityTimeoutSeconds);
  }

  causeOf({ delivery }: Unexplained): Cause | undefined {
    const { messageId, invocation, told } = delivery;
    if (invocation !== undefined && invocation.retry > 0) return "async-retry";
    // A guard knows of deliveries that these logs do not hold.
    if (this.#last === undefined)
      return told && told.verdict !== "first" && told.verdict !== "invalid" ? "unknown" : undefined;
    const same = messageId === undefined ? undefined : this.#messages.get(messageId);
    if (same) return redeliveryCause(delivery, same, this.#context);
    if (messageId === undefined || this.#last.delivery.messageId === undefined) return "unknown";
    // Another message: that an earlier one was given up shows only where none of its deliveries is missing.
    if (!this.#context.complete) return "unknown";
    return this.#abandoned.mayBe(delivery) ? "redrive" : "producer-retry";
  }

  add(judged: Judged): void {
    const { messageId } = judged.delivery;
    if (messageId !== undefined) this.#messages.set(messageId, judged);
    this.#abandoned.pass(judged.delivery);
    this.#last = judged;
  }
}

function redeliveryCause(delivery: Delivery, last: Judged, context: Context): Cause {
  // Each delivery of a message says when the first was received.
  const firstReceivedAtMs = last.delivery.firstReceivedAtMs ?? delivery.firstReceivedAtMs;
  const before = { ...last.delivery, firstReceivedAtMs };
  const [count, next] = [before.receiveCount, delivery.receiveCount];
  if (count !== undefined && count === next) {
    const [one, other] = [before.invocation?.id, delivery.invocation?.id];
    return one !== undefined && other !== undefined && one !== other ? "queue-duplicate" : "unknown";
  }
  // The delivery that made it come again may be missing.
  if (!context.complete && (count === undefined || next !== count + 1)) return "unknown";
  // Handed back because another had it: what brought it then still has.
  if (before.told?.verdict === "busy" && !before.told.acknowledged) return last.cause ?? "unknown";
  // What a guard has said of it is missing: it may have turned it away.
  if (!context.complete && !before.told && traitsOf(before, context)?.guarded) return "unknown";
  // A batch is answered for at its end, whenever its message was done.
  const endedMs = before.invocation?.endMs ?? (context.complete ? before.told?.endMs : undefined);
  if (endedMs === undefined) return "unknown";
  if (delivery.atMs < endedMs) return visibilityCause(before, endedMs, context);
  return before.told
    ? toldCause(delivery, before, before.told, endedMs, context)
    : endedCause(delivery, before, endedMs, context);
}

function toldCause(
  delivery: Delivery,
  before: Delivery,
  { acknowledged, ending }: NonNullable<Delivery["told"]>,
  endedMs: number,
  context: Context,
): Cause {
  const done = ending === "completed" || ending === "duplicate";
  // Done, and yet handed back with its batch.
  if (!acknowledged) return done ? "partial-responses-off" : "failure-retry";
  // Done, and killed with its batch before the queue could be told.
  if (before.invocation && KILLED.has(before.invocation.outcome))
    return killedCause(delivery, before.invocation, endedMs, context);
  const survived = before.invocation?.outcome === "success" && before.invocation.outcomeSaid;
  return context.complete || survived ? afterSuccess(before, endedMs, context) : "unknown";
}

/** The run before had ended, and no guard says how. One that failed would have come again whatever its visibility. */
function endedCause(delivery: Delivery, before: Delivery, endedMs: number, context: Context): Cause {
  const { invocation } = before;
  if (before.failed) return "failure-retry";
  const traits = traitsOf(before, context);
  if (!invocation) return "unknown";
  if (KILLED.has(invocation.outcome)) return killedCause(delivery, invocation, endedMs, context);
  if (traits?.guarded) return "unknown";
  if (invocation.outcome === "success") return afterSuccess(before, endedMs, context);
  if (invocation.outcome !== "error" || !context.complete) return "unknown";
  // One message has failed and the whole batch comes again, with all that had succeeded.
  return invocation.deliveries > 1 && traits?.partialResponses !== true
    ? "partial-responses-off"
    : "failure-retry";
}

function killedCause(
  delivery: Delivery,
  run: NonNullable<Delivery["invocation"]>,
  endedMs: number,
  context: Context,
): Cause {
  if (run.outcome !== "crash") return "killed";
  const version = delivery.invocation?.version;
  if (version !== undefined && run.version === version) return "killed";
  // When a version was first seen is not when it began, where lines are missing.
  if (!context.complete) return "unknown";
  const deployedAtMs = traitsOf(delivery, context)?.deployedAtMs ?? [];
  const near = deployedAtMs.some((deployedMs) => Math.abs(deployedMs - endedMs) <= DEPLOYMENT_MS);
  return near ? "deployment" : "killed";
}

/** It had succeeded, and yet it came again: its visibility was over before, unless that cannot be. */
function afterSuccess(before: Delivery, endedMs: number, context: Context): Cause {
  const { visibilityTimeoutSeconds, complete } = context;
  if (!complete && before.told === undefined) return "unknown";
  const inTime =
    visibilityTimeoutSeconds !== undefined &&
    endedMs + SLACK_MS < receivedAtMs(before) + visibilityTimeoutSeconds * 1_000;
  // Of later receives the time is not known: they may have waited, and then it was too late.
  const surely =
    before.receiveCount === 1 ||
    (before.told === undefined && traitsOf(before, context)?.partialResponses === undefined);
  return inTime && surely ? "unknown" : visibilityCause(before, endedMs, context);
}

/**
 * The visibility runs from the receive: a run that alone would have fitted in did not because of the time before it. When
 * that began is only known of a message's first receive.
 */
function visibilityCause(before: Delivery, endedMs: number, context: Context): Cause {
  const { visibilityTimeoutSeconds, batchingWindowSeconds } = context;
  if (visibilityTimeoutSeconds === undefined) return "visibility-expired";
  const visibilityMs = visibilityTimeoutSeconds * 1_000;
  const { startMs, durationMs } = before.invocation ?? {};
  const startedMs = startMs ?? before.atMs;
  const receivedMs = receivedAtMs(before);
  const ranMs = durationMs ?? endedMs - startedMs;
  if (ranMs >= visibilityMs) return "visibility-expired";
  if (!context.complete && before.receiveCount === 1 && before.firstReceivedAtMs === undefined)
    return "unknown";
  if (receivedMs >= startedMs) return "visibility-expired";
  // The line that says when it began is missing, and it may have been before.
  if (startMs === undefined && durationMs === undefined && ranMs + SLACK_MS >= visibilityMs) return "unknown";
  const window = batchingWindowSeconds ?? MAX_WINDOW_SECONDS;
  return startedMs - receivedMs <= window * 1_000 + SLACK_MS ? "batching-window" : "throttling";
}
