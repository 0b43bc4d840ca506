/**
 * What a guard would have said of each delivery of one key. Pure, and silent in doubt: a verdict is given only where the
 * lines that are there prove it, whatever may have stood in lines that are missing.
 *
 * Without a guard every delivery runs. A run holds its key until its invocation ends; one that has succeeded has made its
 * effects, so that from its end on the key counts as completed, whoever else was running beside it. What a guard itself has
 * said stands. `test/logs/truth/definition.ts` has all of it.
 */

import { History } from "./cause.ts";
import type { Context, Delivery, Judged } from "./model.ts";
import { type Holder, Past, type Standing } from "./past.ts";
import { disownedOf, RAN, traceOf, traitsOf } from "./trace.ts";

/**
 * @param deliveries all of one key, in the order in which they reached a handler
 */
export function judge(deliveries: readonly Delivery[], context: Context): readonly Judged[] {
  const past = new Past();
  const history = new History(deliveries, context);
  const disowned = disownedOf(deliveries, context);
  const toldFirst = deliveries.findLastIndex(({ told }) => told?.verdict === "first");
  const seen = new Set<string>();
  let before: Delivery | undefined;
  return deliveries.map((delivery, at) => {
    const hidden = hiddenOf(delivery, seen, context);
    if (hidden !== undefined) past.doubt(delivery.atMs, hidden);
    // A guard calls only that the first before which nothing has claimed the key.
    if (at < toldFirst && !delivery.told) past.doubt(delivery.atMs, UNCLAIMED);
    const { origin, ...answer } = verdictOf(delivery, past.at(delivery.atMs), before === undefined, context);
    const one = {
      delivery,
      ...answer,
      origin,
      ran: ranOf(delivery, context),
      gapMs: before === undefined || delivery.undated ? undefined : delivery.atMs - before.atMs,
    };
    const judged = { ...one, cause: history.causeOf(one) };
    past.add(delivery, traceOf(delivery, context, disowned.has(delivery)));
    history.add(judged);
    if (delivery.messageId !== undefined) seen.add(delivery.messageId);
    if (delivery.invocation !== undefined) seen.add(delivery.invocation.requestId);
    before = delivery;
    return judged;
  });
}

type Answer = Pick<Judged, "verdict" | "reason" | "beside" | "origin">;

const UNCLAIMED =
  "a guard was there, and has called a later delivery the first: this one had not come to its claim";
const UNDATED = "of this delivery only the failure is in the logs: when it came is not";
const UNPLACED = "nothing says whether it came in one batch with the run that held its key";
/** The messages of one batch are logged together. */
const TOGETHER_MS = 1_000;
const LOST = "lines are missing: an earlier delivery may be among them";

function verdictOf(delivery: Delivery, standing: Standing, isFirst: boolean, context: Context): Answer {
  const { completed, held, heldForCertain, doubt, last, beside } = standing;
  if (delivery.told) return toldAnswer(delivery.told);
  if (delivery.undated) return unknown(UNDATED, false);
  // Final: nothing that is missing can take a completion back.
  if (completed) {
    // One that is in doubt may have completed it before.
    const sure = completed.told || doubt === undefined;
    return { verdict: "duplicate", origin: sure ? originOf(delivery, completed, context) : undefined };
  }
  const besides = beside || held !== undefined;
  if (!context.complete) {
    // A guard that has let a run in, and completed it, has let in no other meanwhile.
    if (heldForCertain) return heldAnswer(delivery, heldForCertain, context);
    return unknown(LOST, beside);
  }
  if (doubt !== undefined) return unknown(doubt, besides);
  if (held) return heldAnswer(delivery, held, context);
  if (last === undefined) return isFirst ? { verdict: "first", origin: undefined } : lastOf(undefined);
  return lastOf(last);
}

function toldAnswer({ verdict, origin }: NonNullable<Delivery["told"]>): Answer {
  if (verdict === undefined) return unknown("its store had not told the guard what it was", false);
  return { verdict, origin: verdict === "busy" || verdict === "duplicate" ? origin : undefined };
}

function lastOf(last: Standing["last"]): Answer {
  // Those before it were turned away before they had begun.
  if (last === undefined) return { verdict: "first", origin: undefined };
  return { verdict: last === "killed" ? "takeover" : "retry", origin: undefined };
}

/** Of two in one batch the second waits for the first, and is what that has come to. */
function heldAnswer(delivery: Delivery, holder: Holder, context: Context): Answer {
  const origin = originOf(delivery, holder, context);
  const apart = Math.abs(delivery.atMs - (holder.atMs ?? Number.NEGATIVE_INFINITY));
  const placed = holder.invocationId !== undefined && delivery.invocation !== undefined;
  if (!placed && apart <= TOGETHER_MS) return unknown(UNPLACED, true);
  const together = holder.invocationId !== undefined && holder.invocationId === delivery.invocation?.id;
  if (!together || holder.end === undefined) return { verdict: "busy", origin };
  if (typeof holder.end === "object") return unknown(holder.end.doubt, true);
  return { verdict: holder.end === "completed" ? "duplicate" : "busy", origin };
}

/** Against the run that has completed it or holds it, as a guard's record names it. */
function originOf({ messageId }: Delivery, holder: Holder, { complete }: Context): Judged["origin"] {
  if (messageId === undefined || holder.messageId === undefined) return undefined;
  // Without a guard several runs may have succeeded, and the first of them may be missing.
  if (!complete && !holder.told) return undefined;
  return messageId === holder.messageId ? "redelivery" : "resend";
}

/** Why earlier receives of a message may have reached a handler and are not in these logs. */
function hiddenOf(
  { atMs, messageId, receiveCount, firstReceivedAtMs, invocation, told }: Delivery,
  seen: ReadonlySet<string>,
  { fromMs, functions }: Context,
): string | undefined {
  // A guard remembers what logs have forgotten.
  if (told?.verdict !== undefined || (messageId !== undefined && seen.has(messageId))) return undefined;
  if (receiveCount !== undefined && receiveCount > 1) {
    if (firstReceivedAtMs !== undefined && firstReceivedAtMs >= fromMs) {
      const silent = functions?.get(invocation?.function ?? "")?.killedSilently;
      // Received within the logs, and yet in none of them: throttled, which leaves no lines.
      if (!silent || silent.toMs < firstReceivedAtMs || silent.fromMs > atMs) return undefined;
      return "it was received before, when runs were killed that name no message: it may have been in one of them";
    }
    return "it was received before these logs begin, as far as they say, and what became of it then is not in them";
  }
  return invocation !== undefined && invocation.retry > 0 && !seen.has(invocation.requestId)
    ? "Lambda has retried the request, and its first run is not in these logs"
    : undefined;
}

function ranOf(delivery: Delivery, context: Context): Judged["ran"] {
  const { told, invocation } = delivery;
  if (told) {
    if (told.verdict === undefined) return false;
    // Its lease may have been given back before it began.
    if (RAN.has(told.verdict)) return told.ending === "deadline" ? "unknown" : true;
    return false;
  }
  // What a guard has not told of it may have turned away, or was killed before it could tell.
  if (traitsOf(delivery, context)?.guarded) return "unknown";
  return invocation === undefined ? "unknown" : true;
}

function unknown(reason: string, beside: boolean): Answer {
  return { verdict: "unknown", reason, origin: undefined, ...(beside ? { beside: true } : {}) };
}
