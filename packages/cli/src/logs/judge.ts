/**
 * What a guard would have said of each delivery of one key. Pure, and silent in doubt: a verdict is given only where the
 * lines that are there prove it, whatever may have stood in lines that are missing.
 *
 * Without a guard every delivery runs; one that has succeeded has made its effects, so that from its end on the key counts
 * as completed, whoever else was running beside it.
 */

import type { Verdict } from "@effectively-once/runtime";
import { causeOf } from "./cause.ts";
import type { Context, Delivery, Judged, Outcome } from "./model.ts";

/** What a run has come to, seen from a later instant. */
type State = "running" | "completed" | "failed" | "killed" | { readonly unknown: string };

const KILLED: ReadonlySet<Outcome> = new Set(["timeout", "out-of-memory", "crash"]);
const RAN: ReadonlySet<Verdict> = new Set(["first", "retry", "takeover"]);

/**
 * @param deliveries all of one key, in the order in which they reached a handler
 */
export function judge(deliveries: readonly Delivery[], context: Context): readonly Judged[] {
  return deliveries.map((delivery, at) => {
    const earlier = deliveries.slice(0, at);
    const { verdict, reason } = verdictOf(delivery, earlier, context);
    const before = earlier.at(-1);
    const one = {
      delivery,
      verdict,
      origin: originOf(delivery, verdict, earlier),
      ran: ranOf(delivery),
      gapMs: before === undefined ? undefined : delivery.atMs - before.atMs,
      ...(reason === undefined ? {} : { reason }),
    };
    return { ...one, cause: causeOf(one, earlier, context) };
  });
}

type Answer = { readonly verdict: Judged["verdict"]; readonly reason?: string };

function verdictOf(delivery: Delivery, earlier: readonly Delivery[], context: Context): Answer {
  if (delivery.told) {
    const { verdict } = delivery.told;
    return verdict === undefined ? unknown("its store had not told the guard what it was") : { verdict };
  }
  if (earlier.length === 0) return firstOf(delivery, context);
  const runs = earlier.filter(mayHaveRun);
  const states = runs.map((run) => stateAt(run, delivery.atMs, context));
  // Final: nothing that is missing can take a completion back.
  if (states.includes("completed")) return { verdict: "duplicate" };
  if (!context.complete)
    return unknown("lines are missing: a delivery that is not there may have completed it");
  for (const state of states) if (typeof state === "object") return unknown(state.unknown);
  if (states.includes("running")) return { verdict: "busy" };
  if (runs.length === 0) return firstOf(delivery, context);
  const last = runs.toSorted((left, right) => endOf(left) - endOf(right)).at(-1);
  return { verdict: last && stateAt(last, delivery.atMs, context) === "killed" ? "takeover" : "retry" };
}

/** A message that the queue has counted before was received before; what became of that is not here. */
function firstOf({ receiveCount, invocation }: Delivery, { complete }: Context): Answer {
  if (receiveCount !== undefined && receiveCount > 1)
    return unknown(
      `it was received ${receiveCount} times, and the earlier receives are not in these logs: throttled, or before their first line`,
    );
  if (invocation !== undefined && invocation.retry > 0)
    return unknown("Lambda has retried the request, and its first run is not in these logs");
  return complete
    ? { verdict: "first" }
    : unknown("lines are missing: an earlier delivery may be among them");
}

/** A delivery that a guard has turned away has left no trace of effects, except that it tells of a completion. */
function mayHaveRun({ told }: Delivery): boolean {
  return told?.verdict === undefined || told.verdict === "duplicate" || RAN.has(told.verdict);
}

function stateAt(run: Delivery, atMs: number, { complete }: Context): State {
  const { told, invocation, failed } = run;
  if (told) {
    if (told.verdict === "duplicate") return "completed";
    if (atMs < told.endMs) return "running";
    if (told.ending === "completed") return "completed";
    if (told.ending === "failed") return "failed";
    // Cut off at its deadline, or not the owner any more: unconfirmed, as after a kill.
    return told.ending === "deadline" || told.ending === "fenced"
      ? "killed"
      : { unknown: `an earlier attempt ended as ${told.ending}` };
  }
  if (!invocation) return { unknown: "no request id says in which invocation an earlier delivery ran" };
  const { endMs, outcome, outcomeSaid, deliveries } = invocation;
  if (endMs !== undefined && atMs < endMs) return "running";
  if (failed) return "failed";
  if (KILLED.has(outcome)) return "killed";
  if (outcome === "error") return "failed";
  if (outcome !== "success" || (!outcomeSaid && !complete))
    return { unknown: "how an earlier invocation ended is not in these logs" };
  // What a partial response took back may stand in a line that is missing.
  if (!complete && deliveries > 1)
    return { unknown: "lines are missing: the message may have been reported as failed" };
  return "completed";
}

function endOf({ told, invocation, atMs }: Delivery): number {
  return told?.endMs ?? invocation?.endMs ?? atMs;
}

function originOf(
  { messageId, told }: Delivery,
  verdict: Judged["verdict"],
  earlier: readonly Delivery[],
): Judged["origin"] {
  if (verdict !== "busy" && verdict !== "duplicate") return undefined;
  if (told?.origin !== undefined) return told.origin;
  if (messageId === undefined) return undefined;
  if (earlier.some((one) => one.messageId === messageId)) return "redelivery";
  return earlier.some((one) => one.messageId === undefined) ? undefined : "resend";
}

function ranOf({ told, invocation }: Delivery): Judged["ran"] {
  if (told) return told.verdict === undefined ? "unknown" : RAN.has(told.verdict);
  return invocation === undefined ? "unknown" : true;
}

function unknown(reason: string): Answer {
  return { verdict: "unknown", reason };
}
