/** What one delivery has left behind for those that follow it: a run with its end, a completion, or a doubt. */

import type { Verdict } from "@effectively-once/runtime";
import { receivedAtMs } from "./harm.ts";
import type { Context, Delivery, FunctionTraits, Outcome } from "./model.ts";

/** How a run has come out, from its end on. A doubt is a sentence. */
export type End = "completed" | "failed" | "killed" | { readonly doubt: string };

export type Trace =
  /** Turned away, or never begun. */
  | { readonly kind: "none" }
  | { readonly kind: "run"; readonly endMs: number; readonly end: End; readonly told: boolean }
  /** A guard knew it as completed, at the latest when it said so. */
  | { readonly kind: "was-completed"; readonly endMs: number }
  /** A guard knew of another run, or of an earlier one. */
  | { readonly kind: "was-held" }
  /** From its arrival on nobody can tell how its key stands, unless it is completed by another. */
  | { readonly kind: "doubt"; readonly doubt: string };

export const KILLED: ReadonlySet<Outcome> = new Set(["timeout", "out-of-memory", "crash"]);
export const RAN: ReadonlySet<Verdict> = new Set(["first", "retry", "takeover"]);

/** An answer comes back and the message is deleted some time after the handler has ended: generous. */
export const SLACK_MS = 2_000;
/** Sources whose events cannot fail in part. */
const WHOLE = /^arn:aws[a-z-]*:(s3|sns|events|scheduler|iot|logs|cloudwatch):/;

export function traitsOf({ invocation }: Delivery, { functions }: Context): FunctionTraits | undefined {
  return functions?.get(invocation?.function ?? "");
}

/**
 * @param disowned its run has succeeded in time, and yet its message came again
 */
export function traceOf(delivery: Delivery, context: Context, disowned: boolean): Trace {
  const { told, invocation } = delivery;
  if (told) return toldTrace(told);
  if (traitsOf(delivery, context)?.guarded)
    return {
      kind: "doubt",
      doubt: "a guard was there, and what it said of an earlier delivery is not in these logs",
    };
  if (!invocation)
    return { kind: "doubt", doubt: "no request id says in which invocation an earlier delivery ran" };
  if (invocation.endMs === undefined)
    return { kind: "doubt", doubt: "when an earlier invocation ended is not in these logs" };
  return {
    kind: "run",
    endMs: invocation.endMs,
    end: endOf(delivery, invocation, context, disowned),
    told: false,
  };
}

function toldTrace({ verdict, ending, endMs }: NonNullable<Delivery["told"]>): Trace {
  // Never begun: a store that does not answer does not mean to run without it.
  if (verdict === undefined || verdict === "invalid") return { kind: "none" };
  if (verdict === "duplicate") return { kind: "was-completed", endMs };
  if (verdict === "busy" || verdict === "mismatch") return { kind: "was-held" };
  if (verdict === "in-doubt") return { kind: "doubt", doubt: "an earlier delivery is held, in doubt" };
  const end =
    ending === "completed" || ending === "failed"
      ? ending
      : { doubt: `an earlier attempt ended as ${ending}: its lease may have lasted longer` };
  return { kind: "run", endMs, end, told: true };
}

function endOf(
  delivery: Delivery,
  { outcome, outcomeSaid }: NonNullable<Delivery["invocation"]>,
  context: Context,
  disowned: boolean,
): End {
  if (delivery.failed) return "failed";
  if (KILLED.has(outcome)) return "killed";
  if (outcome === "error") return "failed";
  if (outcome !== "success" || (!outcomeSaid && !context.complete))
    return { doubt: "how an earlier invocation ended is not in these logs" };
  // That a partial response has named it may stand in a line that is missing.
  if (!context.complete && !isWhole(delivery, context))
    return { doubt: "lines are missing: an earlier delivery may have been reported as failed" };
  if (disowned)
    return {
      doubt:
        "it came again although its run had succeeded before its visibility ran out: reported as failed in a batch response that is not in these logs, or not deleted",
    };
  return "completed";
}

/** Whether the invocation's outcome is that of each of its messages. */
function isWhole(delivery: Delivery, context: Context): boolean {
  return (
    traitsOf(delivery, context)?.partialResponses === false ||
    (delivery.source !== undefined && WHOLE.test(delivery.source))
  );
}

/**
 * Deliveries whose message came again with a higher count though their run had succeeded, clearly before its visibility
 * ran out. What succeeds is deleted in time: so it had failed in a batch response that nobody has logged, or the queue
 * has lost the deletion. It matters only where responses are not in the logs, and where the timeout is known.
 */
export function disownedOf(deliveries: readonly Delivery[], context: Context): ReadonlySet<Delivery> {
  const { visibilityTimeoutSeconds } = context;
  const disowned = new Set<Delivery>();
  if (visibilityTimeoutSeconds === undefined || deliveries.length < 2) return disowned;
  const last = new Map<string, Delivery>();
  const messages = new Set<string>();
  for (const delivery of deliveries) {
    const { messageId } = delivery;
    if (messageId === undefined) continue;
    const before = last.get(messageId);
    last.set(messageId, delivery);
    if (before && isDisowned(before, delivery, visibilityTimeoutSeconds * 1_000, context))
      messages.add(messageId);
  }
  // What was untrue of one of its runs may be untrue of the last, which nothing contradicts.
  if (messages.size > 0)
    for (const delivery of deliveries)
      if (delivery.messageId !== undefined && messages.has(delivery.messageId)) disowned.add(delivery);
  return disowned;
}

function isDisowned(before: Delivery, next: Delivery, visibilityMs: number, context: Context): boolean {
  const endMs = before.invocation?.endMs;
  return (
    before.told === undefined &&
    endMs !== undefined &&
    before.invocation?.outcome === "success" &&
    before.receiveCount !== undefined &&
    next.receiveCount !== undefined &&
    next.receiveCount > before.receiveCount &&
    next.atMs >= endMs &&
    endMs + SLACK_MS < receivedAtMs(before) + visibilityMs &&
    traitsOf(before, context)?.partialResponses === undefined
  );
}
